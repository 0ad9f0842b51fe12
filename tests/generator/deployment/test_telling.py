"""What a run of `deploy` shows on its page: a summary that renders, and annotations where something went wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from generator.deployment.deploy import deploy
from generator.deployment.report import Outcome, Report, StackResult
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from generator.deployment.telling import annotate_report, markdown, told
from generator.deployment.wanted import WantedStacks
from generator.errors import SpotRunnerError

MakeStack = Callable[..., Wanted]
MakeResource = Callable[..., dict[str, Any]]
ACTIONS = {"GITHUB_ACTIONS": "true"}


def a_result(**changed: Any) -> StackResult:
    values = {"stack": "team-preset-linux", "preset": "linux", "outcome": Outcome.CREATED}
    return StackResult(**(values | changed))


def cells(report: Report) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(report, "### Deployment"))
    return ["".join(child.content for child in t.children or ()) for t in tokens if t.type == "inline"]


def test_the_summary_has_a_row_per_stack_and_what_stays() -> None:
    results = (
        a_result(decision="building the first AMI"),
        a_result(stack="team-foundation", preset=None, outcome=Outcome.FAILED, reason="Table (T): a | b\nc"),
    )
    said = cells(Report(results=results, stays=("AMI ami-1",)))
    assert said[1:6] == ["stack", "preset", "outcome", "decision", "reason"]
    assert said[6:11] == ["team-preset-linux", "linux", "created", "building the first AMI", ""]
    assert said[11:16] == ["team-foundation", "", "failed", "", "Table (T): a | b c"]
    assert said[16:] == [
        "What stays:",
        "AMI ami-1",
        "1 of 2 stacks did not get there; mend what is named above and repeat.",
    ]


def test_text_of_aws_is_only_text() -> None:
    evil = "<img src=x> ![a](b) @octocat"
    tokens = (
        MarkdownIt("commonmark")
        .enable("table")
        .parse(markdown(Report(results=(a_result(reason=evil, decision=evil),), stays=(evil,)), "### Deployment"))
    )
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert not {"html_inline", "image", "link_open"} & kinds


def test_a_broken_preset_stops_no_other_and_is_marked_on_its_file(
    site: Site, a_stack: MakeStack, a_parameter: MakeResource, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = a_parameter("foundation")
    stacks = WantedStacks(
        foundation=a_stack("foundation"),
        control_plane=a_stack("control-plane"),
        presets=(a_stack(preset="broken", resources={"Topic": taken}), a_stack(preset="linux")),
    )
    report = deploy(site, stacks, {})
    annotate_report(ACTIONS, report)
    (line,) = capsys.readouterr().err.splitlines()
    assert {result.preset: str(result.outcome) for result in report.results if result.preset} == {
        "broken": "failed",
        "linux": "created",
    }
    assert not report.ok
    stack = stacks.presets[0].name
    assert line.startswith(f"::error file=presets/broken.yaml::{stack}: failed: Topic (AWS::SSM::Parameter): ")


def test_outside_of_actions_nothing_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    annotate_report({}, Report(results=(a_result(outcome=Outcome.FAILED, reason="x"),)))
    assert capsys.readouterr().err == ""


def test_what_keeps_a_deployment_from_beginning_is_told_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {**ACTIONS, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    with pytest.raises(SpotRunnerError), told(environ, "team", "test"):
        raise SpotRunnerError("*no* bootstrap")
    assert capsys.readouterr().err == "::error::*no* bootstrap\n"
    assert (tmp_path / "summary.md").read_text() == (
        "### Deployment of `team` in `test`\n\nNothing more was done: \\*no\\* bootstrap\n"
    )


def test_a_report_is_told_in_the_summary(tmp_path: Path) -> None:
    with told({"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}, "team", None) as tell:
        tell(Report(results=(a_result(),)))
    assert "| `team-preset-linux` | `linux` | created |" in (tmp_path / "summary.md").read_text()
