"""Failures: how far they go back, what stays, and how a failed rollback is continued."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

TOKEN = "arn:aws:lambda:eu-west-1:123456789012:function:sync"
BROKEN = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "no-such-bucket", "PolicyDocument": {}}}


def logs(name: str = "/rockets", days: int = 30, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": days}, **more}


def custom(size: int, **more: Any) -> dict[str, Any]:
    return {"Type": "Custom::Hook", "Properties": {"ServiceToken": TOKEN, "Size": size}, **more}


def resources(**named: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": named}


def groups(aws: Any) -> dict[str, int]:
    found = aws.client("logs").describe_log_groups()["logGroups"]
    return {one["logGroupName"]: one.get("retentionInDays") for one in found}


def test_a_failing_creation_deletes_what_it_made_in_reverse_order_and_can_only_be_deleted(aws: Any) -> None:
    template = resources(A=logs("/a"), B=logs("/b", DependsOn="A"), Broken={**BROKEN, "DependsOn": "B"})
    stack = aws.deploy("s", template, "ROLLBACK_COMPLETE")
    events = [event for event in aws.events("s") if event[1].startswith(("DELETE_C", "CREATE_F", "ROLLBACK"))]
    assert events == [
        ("Broken", "CREATE_FAILED"),
        ("s", "ROLLBACK_IN_PROGRESS"),
        ("B", "DELETE_COMPLETE"),
        ("A", "DELETE_COMPLETE"),
        ("s", "ROLLBACK_COMPLETE"),
    ]
    assert groups(aws) == {}
    assert "NoSuchBucket" in aws.failures("s")["Broken"]
    with pytest.raises(ClientError, match=r"is in ROLLBACK_COMPLETE state and can not be updated"):
        aws.change("s", template)
    aws.delete("s")
    assert aws.stack(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_the_stack_names_the_resource_that_failed(aws: Any) -> None:
    aws.deploy("s", resources(Broken=BROKEN), "ROLLBACK_COMPLETE")
    events = aws.cloudformation.describe_stack_events(StackName="s")["StackEvents"]
    reasons = [one["ResourceStatusReason"] for one in events if one["ResourceStatus"] == "ROLLBACK_IN_PROGRESS"]
    assert reasons == ["The following resource(s) failed to create: [Broken]. Rollback requested by user."]


def test_a_half_made_resource_is_deleted_with_all_that_it_got(aws: Any) -> None:
    policies = ["arn:aws:iam::123456789012:policy/none"]
    document = {"Version": "2012-10-17", "Statement": []}
    inline = [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": []}}]
    properties = {"AssumeRolePolicyDocument": document, "ManagedPolicyArns": policies, "Policies": inline}
    aws.deploy("s", resources(R={"Type": "AWS::IAM::Role", "Properties": properties}), "ROLLBACK_COMPLETE")
    assert aws.client("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize(("policy", "left"), [("Retain", ["/a"]), ("Delete", [])])
def test_a_failing_creation_keeps_only_what_says_retain(policy: str, left: list[str], aws: Any) -> None:
    template = resources(A=logs("/a", DeletionPolicy=policy), Broken={**BROKEN, "DependsOn": "A"})
    aws.deploy("s", template, "ROLLBACK_COMPLETE")
    assert list(groups(aws)) == left


def test_a_failing_update_restores_changed_replaced_added_and_removed_resources(aws: Any) -> None:
    aws.deploy("s", resources(Same=logs("/same", 30), Moved=logs("/old"), Gone=logs("/gone")))
    before = aws.resources("s")
    later = resources(Same=logs("/same", 7), Moved=logs("/new"), Added=logs("/added"))
    later["Resources"]["Broken"] = {**BROKEN, "DependsOn": ["Same", "Moved", "Added"]}
    aws.deploy("s", later, "UPDATE_ROLLBACK_COMPLETE")
    assert groups(aws) == {"/same": 30, "/old": 30, "/gone": 30}
    assert aws.resources("s") == before
    assert ("s", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS") in aws.events("s")
    assert set(aws.cloudformation.get_template(StackName="s")["TemplateBody"]["Resources"]) == set(before)
    aws.deploy("s", resources(Same=logs("/same", 14)))
    assert groups(aws) == {"/same": 14}


def test_a_half_done_change_is_taken_back(aws: Any) -> None:
    def role(description: str, *arns: str) -> dict[str, Any]:
        document = {"Version": "2012-10-17", "Statement": []}
        properties = {"AssumeRolePolicyDocument": document, "Description": description, "ManagedPolicyArns": [*arns]}
        return resources(R={"Type": "AWS::IAM::Role", "Properties": properties})

    aws.deploy("s", role("old"))
    aws.deploy("s", role("new", "arn:aws:iam::123456789012:policy/none"), "UPDATE_ROLLBACK_COMPLETE")
    assert [one["Description"] for one in aws.client("iam").list_roles()["Roles"]] == ["old"]


def test_a_failing_output_rolls_back_too(aws: Any) -> None:
    aws.answer = lambda _: {}
    aws.deploy("s", resources(Hook=custom(1), A=logs(days=30)))
    later = resources(Hook=custom(1), A=logs(days=7))
    later["Outputs"] = {"O": {"Value": {"Fn::GetAtt": ["Hook", "Missing"]}}}
    with pytest.raises(ClientError, match="Hook did not return Missing"):
        aws.change("s", later)
    later["Resources"]["Hook"] = custom(2)
    aws.deploy("s", later, "UPDATE_ROLLBACK_COMPLETE")
    assert groups(aws) == {"/rockets": 30}
    assert [r["ResourceProperties"]["Size"] for r in aws.asked] == ["1", "2", "1"]


def broken_for_ever(aws: Any) -> str:
    """Deploy, then let both the update and its rollback fail; return the stack's id."""
    aws.answer = lambda _: {}
    aws.deploy("s", resources(A=logs("/a", 30), Hook=custom(1, DependsOn="A")))
    aws.answer = lambda _: {"Status": "FAILED", "Reason": "down"}
    later = resources(A=logs("/a", 7), Hook=custom(2, DependsOn="A"))
    return str(aws.deploy("s", later, "UPDATE_ROLLBACK_FAILED")["StackId"])


def test_a_failing_rollback_waits_for_continue_and_then_completes(aws: Any) -> None:
    broken_for_ever(aws)
    with pytest.raises(ClientError, match="UPDATE_ROLLBACK_FAILED state and can not be updated"):
        aws.change("s", resources(A=logs("/a", 1)))
    aws.cloudformation.continue_update_rollback(StackName="s")
    aws.settled("s", "UPDATE_ROLLBACK_FAILED")
    aws.answer = lambda _: {}
    aws.cloudformation.continue_update_rollback(StackName="s")
    aws.settled("s", "UPDATE_ROLLBACK_COMPLETE")
    assert groups(aws) == {"/a": 30}
    assert aws.asked[-1]["ResourceProperties"]["Size"] == "1"
    with pytest.raises(ClientError, match="has no rollback to continue"):
        aws.cloudformation.continue_update_rollback(StackName="s")


def test_a_resource_that_cannot_be_deleted_leaves_the_rollback_failed(aws: Any) -> None:
    aws.answer = lambda _: {"Status": "FAILED", "Reason": "down"}
    aws.deploy("s", resources(Hook=custom(1)), "ROLLBACK_FAILED")
    aws.delete("s")
