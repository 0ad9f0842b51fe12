import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.core import custom_resource
from lambdas.core.custom_resource import Answer, Caller
from lambdas.core.errors import InvalidRequestError
from lambdas.core.names import Names
from tests.lambdas.account import SITE
from tests.lambdas.makers import PIPELINE, RECIPE, STACK, preset_json

CALLER = Caller(
    response_url="https://answer", stack_id=STACK, request_id="r" * 36, logical_id="Sync", physical_id="spot-runner/a"
)
PROPERTIES = {
    "Preset": preset_json(),
    "PipelineArn": PIPELINE,
    "RecipeArn": RECIPE,
    "RecipeHash": "aaaa",
    "LaunchTemplateId": "lt-1",
    "LaunchTemplateVersion": "3",
}

OWN_AMI = {name: value for name, value in PROPERTIES.items() if name not in ("PipelineArn", "RecipeArn")}


def answered(answer: Answer) -> dict[str, Any]:
    found = json.loads(custom_resource.answer_body(CALLER, answer))
    return dict(found)


def test_a_success_returns_the_decision_as_data() -> None:
    assert answered(Answer(physical_id="spot-runner/a", decision="unchanged")) == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "spot-runner/a",
        "StackId": STACK,
        "RequestId": "r" * 36,
        "LogicalResourceId": "Sync",
        "Data": {"Decision": "unchanged"},
    }


def test_a_failure_has_its_reason_on_one_line_and_no_data() -> None:
    body = answered(Answer(physical_id="x", reason="first\nsecond\r\n\tthird"))
    assert (body["Status"], body["Reason"]) == ("FAILED", "first second third")
    assert "Data" not in body


@settings(deadline=None)
@given(st.text(min_size=1))
def test_an_answer_never_passes_four_kilobytes(text: str) -> None:
    body = custom_resource.answer_body(CALLER, Answer(physical_id="x" * 60, reason=text * 5000))
    assert len(body) <= 4096
    assert "\n" not in json.loads(body)["Reason"]


def test_a_request_without_a_commit_is_that_of_an_earlier_release() -> None:
    assert custom_resource.deployment({"ResourceProperties": PROPERTIES}, SITE).commit == ""


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_that_is_missing_or_no_text_is_named(name: str) -> None:
    for value in (None, "", 7):
        with pytest.raises(InvalidRequestError, match=name):
            custom_resource.deployment({"ResourceProperties": {**PROPERTIES, name: value}}, SITE)


def test_an_own_ami_stands_for_pipeline_and_recipe() -> None:
    wanted = custom_resource.deployment({"ResourceProperties": {**OWN_AMI, "Ami": "ami-0123456789abcdef0"}}, SITE)
    arn = "arn:aws:ec2:eu-west-1::image/ami-0123456789abcdef0"
    assert (wanted.ami_id, wanted.pipeline_arn, wanted.recipe_arn) == ("ami-0123456789abcdef0", None, arn)


@pytest.mark.parametrize("ami", ["", "ami-1", "ami-0123456789abcdef0/x", 7])
def test_what_is_no_id_of_an_ami_is_refused(ami: object) -> None:
    with pytest.raises(InvalidRequestError, match="the property Ami is"):
        custom_resource.deployment({"ResourceProperties": {**OWN_AMI, "Ami": ami}}, SITE)


def test_an_event_that_nobody_could_answer_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="it lacks 'ResponseURL'"):
        custom_resource.caller({"StackId": STACK})


@pytest.mark.parametrize(
    ("physical_id", "preset"),
    [
        ("spot-runner/linux-x64", "linux-x64"),
        ("spot-runner/-", None),
        ("spot-runner-2/linux-x64", None),
        ("spot-runner-preset-x-Sync-1ABC", None),
        (None, None),
    ],
)
def test_only_a_physical_id_of_ours_names_a_preset(physical_id: str | None, preset: str | None) -> None:
    caller = Caller(
        response_url="https://answer", stack_id=STACK, request_id="r", logical_id="Sync", physical_id=physical_id
    )
    assert custom_resource.preset_name(caller, Names(deployment="spot-runner")) == preset
