"""GET /badge.svg as GitHub's image proxy sees it."""

import re
from typing import Any

import pytest

from tests.lambdas.account import PHASE_SECONDS, Account, client
from tests.lambdas.crashes import counted
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import PIPELINE, preset_json

HEADERS = {
    "Content-Type": "image/svg+xml; charset=utf-8",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


def words(answer: dict[str, Any]) -> str:
    """Return what a badge says; every answer is an image that the proxy shows and asks for again."""
    assert (answer["statusCode"], answer["headers"]) == (200, HEADERS)
    (title,) = re.findall("<title>(.*)</title>", answer["body"])
    return str(title)


def test_a_badge_is_one_query_that_only_reads_sta_1(account: Account) -> None:
    account.ready()
    held = account.items()
    with counted() as calls:
        account.status("/badge.svg", preset="linux-x64")
    assert calls.made == ["dynamodb.Query"]
    assert account.items() == held


def test_a_preset_is_followed_from_its_first_build_to_a_failed_one(account: Account) -> None:
    seen = [words(account.status("/badge.svg"))]
    account.deploy()
    seen.append(words(account.status("/badge.svg", preset="linux-x64")))
    account.build_to_the_end()
    account.deliver_all()
    seen.append(words(account.status("/badge.svg", preset="linux-x64")))
    account.builder.fail_next("*")
    account.start(PIPELINE)
    account.clock.advance(PHASE_SECONDS)
    account.deliver_all()
    seen.append(words(account.status("/badge.svg", preset="linux-x64")))
    account.build_to_the_end()
    account.deliver_all()
    seen += [words(account.status("/badge.svg", preset="linux-x64")), words(account.status("/badge.svg"))]
    assert seen == [
        "runners: degraded", "linux-x64: building", "linux-x64: ready", "linux-x64: updating",
        "linux-x64: failed, serving", "runners: degraded",
    ]  # fmt: skip


def test_one_preset_is_told_from_the_whole(account: Account) -> None:
    account.ready()
    account.deploy(Preset=preset_json(name="linux"), StackId="other")
    assert words(account.status("/badge.svg")) == "runners: building"
    assert words(account.status("/badge.svg", preset="linux")) == "linux: building"
    assert words(account.status("/badge.svg", preset="linux-x64")) == "linux-x64: ready"


def test_a_preset_that_is_not_there_is_an_image_too(account: Account) -> None:
    account.ready()
    assert words(account.status("/badge.svg", preset="linux-x46")) == "linux-x46: unknown preset"


@pytest.mark.parametrize("wanted", ["", "<script>alert(1)</script>", "linux-x64,linux-x64", "a" * 41, "linux-x64\n"])
def test_what_a_stranger_writes_is_never_sent_back(account: Account, wanted: str) -> None:
    account.ready()
    answer = account.status("/badge.svg", preset=wanted)
    assert words(answer) == "runners: unknown preset"
    assert not wanted or wanted not in answer["body"]


def test_other_parameters_change_nothing(account: Account) -> None:
    account.ready()
    assert words(account.status("/badge.svg", Preset="x", style="flat")) == "runners: ready"


@pytest.mark.parametrize(("query", "subject"), [({}, "runners"), ({"preset": "linux-x64"}, "linux-x64")])
def test_a_table_that_cannot_be_read_is_said_without_its_error_and_forgotten_sta_2(
    account: Account, query: dict[str, str], subject: str
) -> None:
    account.ready()
    with before("dynamodb.Query", refusal("InternalServerError")):
        answer = account.status("/badge.svg", **query)
    assert words(answer) == f"{subject}: unavailable"
    assert "InternalServerError" not in answer["body"]
    assert words(account.status("/badge.svg", **query)) == f"{subject}: ready"


def test_a_table_that_is_gone_is_unavailable(account: Account) -> None:
    client("dynamodb").delete_table(TableName="spot-runner")
    assert words(account.status("/badge.svg")) == "runners: unavailable"


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS"])
def test_only_get_is_answered(account: Account, method: str) -> None:
    answer = account.status("/badge.svg", method)
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/badge", "/badge.svg/", "/badge.svg/x", "/Badge.svg", "/badge.png"])
def test_only_the_one_path_is_a_badge(account: Account, path: str) -> None:
    assert account.status(path)["statusCode"] == 404


def test_a_badge_names_no_ami_and_so_asks_not_whether_it_may(account: Account) -> None:
    account.ready()
    shown, hidden = (account.status("/badge.svg", show_ami_ids=either) for either in ("true", "false"))
    assert shown == hidden
    assert "ami-" not in shown["body"]
