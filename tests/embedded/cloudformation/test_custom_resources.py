"""Custom resources: what the function is asked, and what its answers do."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

TOKEN = "arn:aws:lambda:eu-west-1:123456789012:function:sync"


def a_stack(**properties: Any) -> dict[str, Any]:
    given = {"ServiceToken": TOKEN, **properties}
    return {
        "Resources": {"Preset": {"Type": "Custom::Preset", "Properties": given}},
        "Outputs": {"Decision": {"Value": {"Fn::GetAtt": ["Preset", "Decision"]}}, "Id": {"Value": {"Ref": "Preset"}}},
    }


@pytest.fixture
def answers(aws: Any) -> Any:
    """Let the function decide something."""
    aws.answer = lambda request: {"Data": {"Decision": f"did {request['RequestType']}"}}
    return aws


def test_create_is_asked_with_strings_and_answers_with_data(answers: Any) -> None:
    stack = answers.deploy("s", a_stack(Count=3, Flags=[True, {"Half": 0.5}], ServiceTimeout=120))
    (request,) = answers.asked
    assert request["ResponseURL"].startswith(f"{answers.url}/_embedded/cloudformation/")
    assert {key: request[key] for key in ("RequestType", "LogicalResourceId", "ResourceType", "StackId")} == {
        "RequestType": "Create",
        "LogicalResourceId": "Preset",
        "ResourceType": "Custom::Preset",
        "StackId": stack["StackId"],
    }
    assert request["ResourceProperties"] == {
        "ServiceToken": TOKEN,
        "Count": "3",
        "Flags": ["true", {"Half": "0.5"}],
        "ServiceTimeout": "120",
    }
    assert "PhysicalResourceId" not in request
    assert answers.outputs("s") == {"Decision": "did Create", "Id": "made"}


def test_update_knows_the_old_properties_and_delete_the_last(answers: Any) -> None:
    answers.deploy("s", a_stack(Size=1))
    answers.deploy("s", a_stack(Size=2))
    answers.delete("s")
    _, update, delete = answers.asked
    assert (update["RequestType"], update["OldResourceProperties"]["Size"], update["PhysicalResourceId"]) == (
        "Update",
        "1",
        "made",
    )
    assert (delete["RequestType"], delete["ResourceProperties"]["Size"]) == ("Delete", "2")
    assert len({request["RequestId"] for request in answers.asked}) == 3


def test_unchanged_properties_ask_nothing(answers: Any) -> None:
    answers.deploy("s", a_stack(Size=1))
    more = a_stack(Size=1)
    more["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}
    answers.deploy("s", more)
    assert len(answers.asked) == 1


def test_another_physical_id_is_a_replacement_whose_old_one_is_deleted_at_the_end(answers: Any) -> None:
    answers.answer = lambda request: {"PhysicalResourceId": f"size-{request['ResourceProperties']['Size']}"}
    template = a_stack(Size=1)
    del template["Outputs"]["Decision"]
    answers.deploy("s", template)
    template["Resources"]["Preset"]["Properties"]["Size"] = 2
    answers.deploy("s", template)
    assert [(r["RequestType"], r.get("PhysicalResourceId")) for r in answers.asked] == [
        ("Create", None),
        ("Update", "size-1"),
        ("Delete", "size-1"),
    ]
    events = answers.events("s")
    assert events.index(("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")) < events.index(("Preset", "DELETE_COMPLETE"))


def test_failed_is_the_resources_reason_and_what_it_made_is_deleted(answers: Any) -> None:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        failed = {"Status": "FAILED", "Reason": "no such pipeline", "PhysicalResourceId": "half"}
        return failed if request["RequestType"] == "Create" else {}

    answers.answer = answer
    answers.deploy("s", a_stack(), "ROLLBACK_COMPLETE")
    reason = answers.failures("s")["Preset"]
    assert reason.startswith(
        "Received response status [FAILED] from custom resource. Message returned: no such pipeline"
    )
    assert [(r["RequestType"], r.get("PhysicalResourceId")) for r in answers.asked][1] == ("Delete", "half")


BAD = {
    "longer than 4096 bytes": ({"Data": {"Decision": "x" * 4096}}, "Response object is too long."),
    "of another stack": ({"StackId": "other"}, "Value of property StackId does not match"),
    "of another request": ({"RequestId": "other"}, "Value of property RequestId does not match"),
    "without a physical id": ({"PhysicalResourceId": None}, "Invalid PhysicalResourceId"),
    "of an unknown status": ({"Status": "DONE"}, "Status must be SUCCESS or FAILED"),
    "that is no JSON": (b"ok", "Invalid Response object"),
    "that is a number": (b"7", "Invalid Response object"),
}


@pytest.mark.parametrize("what", BAD)
def test_the_resource_fails_by_an_answer(what: str, answers: Any) -> None:
    said, expected = BAD[what]
    answers.answer = lambda request: said if request["RequestType"] == "Create" else {}
    answers.deploy("s", a_stack(), "ROLLBACK_COMPLETE")
    assert expected in answers.failures("s")["Preset"]
    assert answers.asked[1]["PhysicalResourceId"]


def test_an_answer_that_lacks_the_attribute_fails_the_stack(answers: Any) -> None:
    answers.answer = lambda _: {"Data": {}}
    answers.deploy("s", a_stack(), "ROLLBACK_COMPLETE")
    reasons = answers.cloudformation.describe_stack_events(StackName="s")["StackEvents"]
    assert any("Preset did not return Decision" in event.get("ResourceStatusReason", "") for event in reasons)


def test_silence_fails_when_the_clock_passes_the_service_timeout(answers: Any) -> None:
    heard = threading.Event()

    def answer(request: dict[str, Any]) -> dict[str, Any] | None:
        heard.set()
        return {} if request["RequestType"] == "Delete" else None

    answers.answer = answer
    answers.start("s", a_stack(ServiceTimeout=120))
    assert heard.wait(10)
    answers.clock.advance(119)
    assert answers.stack("s")["StackStatus"] == "CREATE_IN_PROGRESS"
    answers.clock.advance(2)
    answers.settled("s", "ROLLBACK_COMPLETE")
    assert "did not receive a response" in answers.failures("s")["Preset"]


def test_a_late_or_second_answer_changes_nothing_and_an_unknown_token_is_an_error(answers: Any) -> None:
    answers.deploy("s", a_stack())
    answers.reply(answers.asked[0], {"Data": {"Decision": "too late"}})
    assert answers.outputs("s")["Decision"] == "did Create"
    with pytest.raises(KeyError):
        answers.engine.receive("unknown", b"{}")


def test_the_service_token_cannot_change(answers: Any) -> None:
    answers.deploy("s", a_stack())
    answers.deploy("s", a_stack(ServiceToken=f"{TOKEN}2"), "UPDATE_ROLLBACK_COMPLETE")
    assert answers.failures("s")["Preset"] == "Modifying service token is not allowed."


def test_a_stopped_engine_leaves_no_operation_behind(aws: Any) -> None:
    heard = threading.Event()
    aws.answer = lambda _: heard.set()
    aws.start("s", a_stack())
    assert heard.wait(10)
    aws.engine.stop()
    assert not aws.engine.busy


def test_a_real_function_is_invoked_asynchronously(aws: Any) -> None:
    aws.engine._invoke = None
    aws.deploy("s", a_stack(), "ROLLBACK_FAILED")
    assert "Function not found" in aws.failures("s")["Preset"]
    assert json.dumps(aws.failures("s")).count("ResourceNotFoundException") == 1
