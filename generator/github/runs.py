"""The run of a workflow that a command is part of."""

from collections.abc import Mapping

from generator.github.markdown import escaped

# https://docs.github.com/en/actions/reference/workflows-and-actions/variables
PARTS = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")


def url(environ: Mapping[str, str]) -> str | None:
    """Return the address of the run's page, or None outside of GitHub Actions."""
    server, repository, run = (environ.get(part, "") for part in PARTS)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None


def link(environ: Mapping[str, str]) -> str:
    """Return Markdown that names where the log is, with a link if there is one."""
    address = url(environ)
    return f"[the job's log and summary](<{address}>)" if address else escaped("what `spot-runner plan` prints")
