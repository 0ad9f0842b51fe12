"""Which job `spot-runner why` is asked about: an id or an address, and nothing that only looks like one."""

import pytest

from generator.errors import UsageError
from generator.jobs.job_id import parse

GITHUB = "https://github.com"


@pytest.mark.parametrize(
    "written",
    [
        "48615",
        f"{GITHUB}/octo-org/hello/actions/runs/77/job/48615",
        f"{GITHUB}/octo-org/hello/actions/runs/77/job/48615/",
        f"{GITHUB}/octo-org/hello/actions/runs/77/job/48615?pr=9#step:3:1",
        f"{GITHUB}/octo-org/hello/actions/runs/77/attempts/2/job/48615",
        "https://GitHub.com/octo-org/hello/actions/runs/77/job/48615",
    ],
)
def test_an_id_and_every_address_of_a_job_name_it(written: str) -> None:
    assert parse(written, GITHUB) == 48615


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0",
        "-1",
        "007",
        "4e3",
        "٤٢",
        "1" * 20,
        "48615 ",
        "48615\n",
        "linux-x64",
        f"{GITHUB}/octo-org/hello/actions/runs/77",
        f"{GITHUB}/octo-org/hello/actions/runs/77/job/",
        f"{GITHUB}/octo-org/hello/actions/runs/77/job/0",
        f"{GITHUB}/octo-org/hello/pull/77/job/48615",
        "http://github.com/octo-org/hello/actions/runs/77/job/48615",
        "github.com/octo-org/hello/actions/runs/77/job/48615",
        "https:///octo-org/hello/actions/runs/77/job/48615",
        "https://[::1/octo-org/hello/actions/runs/77/job/48615",
    ],
)
def test_anything_else_is_wrong_usage_with_what_is_accepted(written: str) -> None:
    with pytest.raises(UsageError, match=r"expected its id, or .*, https://github\.com/OWNER/REPOSITORY/.*/job/ID$"):
        parse(written, GITHUB)


def test_the_address_of_another_github_is_refused_with_both_hosts() -> None:
    with pytest.raises(UsageError, match=r"on 'octo\.ghe\.com', github\.serverUrl in spot-runner\.yaml says github"):
        parse("https://octo.ghe.com/octo-org/hello/actions/runs/77/job/48615", GITHUB)


def test_what_cannot_be_printed_is_shown_escaped_and_cut() -> None:
    with pytest.raises(UsageError) as refused:
        parse("\x1b[2J" + "x" * 500, GITHUB)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400
