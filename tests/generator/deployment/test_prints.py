import json

import pytest

from generator.deployment.prints import report_lines
from generator.deployment.report import Outcome, Report, StackResult
from generator.printing import show


def a_result(outcome: Outcome, **more: str) -> StackResult:
    return StackResult(stack="team-preset-linux", preset="linux", outcome=outcome, **more)


def test_a_report_says_what_was_decided_for_a_preset() -> None:
    report = Report(results=(a_result(Outcome.CREATED, decision="building the first AMI"),))
    assert list(report_lines(report)) == ["team-preset-linux: created", "  building the first AMI", "Done."]


def test_a_report_of_nothing_says_so() -> None:
    assert list(report_lines(Report(results=(a_result(Outcome.UNCHANGED),))))[-1] == "Nothing to do."


def test_a_report_of_a_failure_names_the_reason_and_counts() -> None:
    report = Report(results=(a_result(Outcome.FAILED, reason="Topic: taken"), a_result(Outcome.CREATED)))
    lines = list(report_lines(report))
    assert lines[0] == "team-preset-linux: failed: Topic: taken"
    assert lines[-1] == "1 of 2 stacks did not get there; mend what is named above and repeat."


def test_what_stays_is_one_line_per_type_with_short_ids() -> None:
    stays = (
        "AWS::ImageBuilder::Component arn:aws:imagebuilder:eu-west-1:123456789012:component/base/1.0.0/1",
        "AWS::ImageBuilder::Component arn:aws:imagebuilder:eu-west-1:123456789012:component/docker/1.0.0/1",
        "the AMIs of preset linux, and their snapshots",
    )
    assert list(report_lines(Report(results=(a_result(Outcome.DELETED),), stays=stays)))[1:-1] == [
        "What stays:",
        "  AWS::ImageBuilder::Component: component/base/1.0.0/1, component/docker/1.0.0/1",
        "  the AMIs of preset linux, and their snapshots",
    ]


def test_a_report_for_a_script_is_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    show(Report(results=(a_result(Outcome.FAILED, reason="Topic: taken"),)).as_json())
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["results"][0]["outcome"]) == (False, "failed")
