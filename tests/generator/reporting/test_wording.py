"""Whatever stands in `/status`, an issue shows it as text: nothing is rendered, nobody mentioned, no marker broken."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from generator.reporting import marker
from generator.reporting.actions import Open
from generator.reporting.known import Details
from generator.reporting.watch import NoAnswer
from tests.generator.reporting.report_makers import AUTHOR, SHA, Desk, a_preset, an_answer, at, known, ready

HOSTILE = [
    "@everyone", "<!-- spot-runner:preset=linux-x64 deployment=spot-runner -->", "--> <b>", "a\nb\r\n# c",
    "<img src=x>", "[x](https://evil.example)", "| a | b |", "`@octocat`", "#1", "../../etc", "a b=c", "x" * 256,
    "\u202eabc\x00\x1b[31m", "ünïcode 漢字", "-", " ", "%2D", "GH-1", "https://evil.example",
]  # fmt: skip
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ROW = r"\| {} \| (.*) \|$"


def body_of(answer: Any, **changes: Any) -> str:
    (action,) = Desk().run(answer, knowing=known(**changes))
    assert isinstance(action, Open)
    return action.body


def row(body: str, heading: str) -> str:
    found = re.search(ROW.format(re.escape(heading)), body, re.MULTILINE)
    assert found, body
    return found[1]


def rendered(markdown: str) -> tuple[list[str], list[str]]:
    """Return the HTML blocks and spans, and the addresses of links and images, that Markdown renders to."""
    html, addresses = [], []
    for token in PARSER.parse(markdown):
        for one in (token, *(token.children or ())):
            if one.type in {"html_block", "html_inline"}:
                html.append(one.content.strip())
            if one.type in {"link_open", "image"}:
                addresses.append(str(one.attrs.get("href", one.attrs.get("src"))))
    return html, addresses


def check_text(markdown: str, hidden_lines: int = 2) -> None:
    """Fail unless all that is rendered is our own: the hidden first and last lines of a body, our links."""
    html, addresses = rendered(markdown)
    assert len([one for one in html if one not in {"<span>", "</span>", "<code>", "</code>"}]) == hidden_lines
    assert all(
        one.startswith(("https://github.com/octo-org/", "https://abc.", "https://eu-west-1.")) for one in addresses
    )
    assert not re.search(r"(?<![\w`])@\w", re.sub(r"(`+).*?\1", "", markdown))


def test_the_body_says_all_that_is_known() -> None:
    body = body_of(an_answer(a_preset()))
    assert "Preset `linux-x64` is `failed` since 2026-11-23 12:00 UTC in deployment `spot-runner`." in body
    assert row(body, "Reason") == "build 1.0.3/1 failed"
    assert row(body, "What still serves") == "AMI `ami-00000000000000001` serves on: jobs run"
    assert row(body, "Last good build") == "`1.0.2/1`, begun 2026-11-22 12:00 UTC, AMI `ami-00000000000000001`"
    assert row(body, "Commit that last changed the recipe") == (
        f"[`{SHA[:12]}`](<https://github.com/octo-org/runners/commit/{SHA}>)"
    )
    assert f"`git revert {SHA[:12]}`" in body
    assert "`spot-runner rebuild linux-x64`" in body


def test_the_links_go_where_the_work_is() -> None:
    assert rendered(body_of(an_answer(a_preset())))[1] == [
        f"https://github.com/octo-org/runners/commit/{SHA}",
        "https://eu-west-1.console.aws.amazon.com/imagebuilder/home?region=eu-west-1#/pipelines",
        "https://github.com/octo-org/runners/blob/HEAD/presets/linux-x64.yaml",
        "https://abc.execute-api.eu-west-1.amazonaws.com/badge.svg?preset=linux-x64",
        "https://abc.execute-api.eu-west-1.amazonaws.com/status",
        "https://github.com/octo-org/runners/blob/HEAD/docs/deploying.md#when-something-fails",
    ]


def test_what_is_not_known_is_called_unknown() -> None:
    body = body_of(an_answer(a_preset()), details={}, guide=None)
    assert row(body, "Last good build") == "unknown"
    assert row(body, "Commit that last changed the recipe") == "unknown"
    assert "git revert" not in body
    assert "deploying.md" not in body


def test_a_preset_that_never_had_an_ami_says_that_jobs_wait_sta_3() -> None:
    never = a_preset(serving=False, amiId=None)
    body = body_of(an_answer(never), details={"linux-x64": Details(has_no_build=True)})
    assert row(body, "What still serves") == "Nothing serves: jobs that ask for this preset wait for its AMI"
    assert row(body, "Last good build") == "none yet"


def test_a_revert_promises_an_ami_only_where_one_of_the_recipe_before_lives() -> None:
    promise = "the AMI from before serves again without a build"
    assert promise in body_of(an_answer(a_preset()))
    about = replace(known().about("linux-x64"), keeps_before=False)
    body = body_of(an_answer(a_preset()), details={"linux-x64": about})
    assert f"`git revert {SHA[:12]}`." in body
    assert promise not in body


def test_no_revert_is_advised_of_a_commit_that_took_no_recipes_place() -> None:
    about = replace(known().about("linux-x64"), can_revert=False)
    body = body_of(an_answer(a_preset()), details={"linux-x64": about})
    assert SHA[:12] in body
    assert "git revert" not in body


def test_hidden_ami_ids_stay_hidden() -> None:
    assert (
        row(body_of(an_answer(a_preset(amiId=None))), "What still serves") == "Its AMI from before serves on: jobs run"
    )


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("eu-central-1", "eu-central-1.console.aws.amazon.com"),
    ],
)
def test_the_console_is_that_of_the_regions_partition(region: str, host: str) -> None:
    assert f"https://{host}/imagebuilder/home?region={region}#/pipelines" in body_of(
        an_answer(a_preset()), region=region
    )


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("field", ["name", "reason", "amiId"])
def test_hostile_text_is_text(field: str, text: str) -> None:
    check_text(body_of(an_answer(a_preset(**{field: text}))))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_names_are_found_again_and_are_harmless_in_titles_and_comments(text: str) -> None:
    desk = Desk()
    failed = an_answer(a_preset(name=text))
    desk.run(failed)
    assert desk.run(failed) == ()
    assert re.fullmatch(r"[\w.~% -]{1,140}\(spot-runner\)", desk.issues[1].title)
    assert "@" not in desk.issues[1].title
    for status in ("building", text, "ready"):
        desk.run(an_answer(a_preset(name=text, status=status, reason=text), status="ready"))
    assert desk.open() == []
    assert len(desk.said) == 3
    for _, words in desk.said:
        check_text(words, hidden_lines=0)


@given(st.text(min_size=1, max_size=256), st.text(max_size=300))
def test_any_name_and_reason_are_text_and_are_found_again(name: str, reason: str) -> None:
    try:
        answer = an_answer(a_preset(name=name, reason=reason))
    except UnicodeEncodeError:  # half a character: JSON cannot carry it
        return
    desk = Desk()
    desk.run(answer)
    check_text(desk.issues[1].body)
    (found,) = marker.filed(desk.listing(), AUTHOR, "spot-runner")
    assert found.subject.name == name
    assert desk.run(answer) == ()
    assert desk.run(an_answer(ready(name="linux-x64"))) != ()


def test_a_marker_in_a_reason_is_no_marker() -> None:
    line = marker.line(
        marker.Subject(kind="preset", name="other"), "spot-runner", marker.Told(status="x", since="-", said="-", turn=1)
    )
    desk = Desk()
    desk.run(an_answer(a_preset(reason=f"\n{line}\n")))
    (found,) = marker.filed(desk.listing(), AUTHOR, "spot-runner")
    assert found.subject.name == "linux-x64"


def test_a_hostile_message_and_a_hostile_failure_are_text() -> None:
    for text in HOSTILE:
        check_text(body_of(an_answer(message=text)))
        check_text(body_of(NoAnswer(cause="malformed", reason=text)))


def test_the_longest_answer_fits_in_an_issue() -> None:
    answer = an_answer(a_preset(name="漢" * 256, reason="#" * 10_000, amiId="|" * 256, status="failed"))
    assert len(body_of(answer)) < 65_536


def test_the_text_is_the_same_at_any_hour() -> None:
    desk = Desk()
    early, late = desk.run(an_answer(a_preset()), at(1)), Desk().run(an_answer(a_preset()), at(99))
    assert early == late
