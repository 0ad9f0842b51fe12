"""Which job is meant: its id in GitHub, or the address of its page, in which the id stands."""

import re
from urllib.parse import urlsplit

from generator.errors import UsageError
from generator.inputs.yaml_source import shown

ID = re.compile(r"[1-9][0-9]{0,18}")
# `html_url` of a job. https://docs.github.com/en/rest/actions/workflow-jobs#get-a-job-for-a-workflow-run
PAGE = re.compile(r"/[^/]+/[^/]+/actions/runs/[0-9]+(?:/attempts/[0-9]+)?/job/([1-9][0-9]{0,18})/?")
LONGEST_SHOWN = 200


def parse(written: str, server_url: str) -> int:
    """Return the id of the job; `server_url` is the GitHub whose jobs this deployment knows. Raises UsageError."""
    if ID.fullmatch(written):
        return int(written)
    page = _page(written)
    if page is None:
        raise UsageError(
            f"the job is '{shown(written, LONGEST_SHOWN)}', expected its id, or the address of its page, "
            f"{server_url}/OWNER/REPOSITORY/actions/runs/RUN/job/ID"
        )
    host, job_id = page
    expected = urlsplit(server_url).netloc
    if host.lower() != expected.lower():
        raise UsageError(
            f"the job is on '{shown(host)}', github.serverUrl in spot-runner.yaml says {expected}: choose the "
            "environment that serves it with --environment"
        )
    return job_id


def _page(written: str) -> tuple[str, int] | None:
    """Return host and job of an address, or None if it is that of no job."""
    try:
        address = urlsplit(written)
    except ValueError:
        return None
    found = PAGE.fullmatch(address.path)
    if address.scheme != "https" or not address.netloc or not found:
        return None
    return address.netloc, int(found[1])
