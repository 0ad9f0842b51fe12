"""Replacement and removal: new before old, cleaned up in reverse, kept where a policy says so."""

from __future__ import annotations

from typing import Any


def logs(name: str, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **more}


def watched(name: str, **more: Any) -> dict[str, Any]:
    """Make a log group and a parameter that depends on its name, and is named after it."""
    properties = {"Name": {"Fn::Sub": "${Logs}/copy"}, "Type": "String", "Value": "1"}
    return {
        "Resources": {"Logs": logs(name, **more), "Copy": {"Type": "AWS::SSM::Parameter", "Properties": properties}}
    }


def names(aws: Any) -> list[str]:
    return [one["logGroupName"] for one in aws.client("logs").describe_log_groups()["logGroups"]]


def test_the_new_one_is_made_first_and_the_old_ones_go_in_reverse_order(aws: Any) -> None:
    aws.deploy("s", watched("/old"))
    start = len(aws.events("s"))
    aws.deploy("s", watched("/new"))
    assert names(aws) == ["/new"]
    assert aws.events("s")[start:] == [
        ("s", "UPDATE_IN_PROGRESS"),
        ("Logs", "UPDATE_IN_PROGRESS"),
        ("Logs", "UPDATE_COMPLETE"),
        ("Copy", "UPDATE_IN_PROGRESS"),
        ("Copy", "UPDATE_COMPLETE"),
        ("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Copy", "DELETE_IN_PROGRESS"),
        ("Copy", "DELETE_COMPLETE"),
        ("Logs", "DELETE_IN_PROGRESS"),
        ("Logs", "DELETE_COMPLETE"),
        ("s", "UPDATE_COMPLETE"),
    ]


def test_an_update_replace_policy_keeps_the_old_one(aws: Any) -> None:
    aws.deploy("s", watched("/old"))
    aws.deploy("s", watched("/new", UpdateReplacePolicy="Retain"))
    assert names(aws) == ["/new", "/old"]
    assert ("Logs", "DELETE_SKIPPED") in aws.events("s")


def test_a_deletion_policy_keeps_what_leaves_the_template_and_what_the_stack_leaves(aws: Any) -> None:
    kept = {"Resources": {"A": logs("/a", DeletionPolicy="Retain"), "B": logs("/b", DeletionPolicy="Retain")}}
    aws.deploy("s", kept)
    del kept["Resources"]["A"]
    aws.deploy("s", kept)
    assert list(aws.resources("s")) == ["B"]
    aws.delete("s")
    assert names(aws) == ["/a", "/b"]


def test_a_replacement_that_the_service_refuses_rolls_back(aws: Any) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {"Statement": []}}}
    aws.deploy("s", {"Resources": {"R": role}})
    moved = {**role, "Properties": {**role["Properties"], "Path": "/other/"}}  # type: ignore[dict-item]
    aws.deploy("s", {"Resources": {"R": moved}}, "UPDATE_ROLLBACK_COMPLETE")
    assert "EntityAlreadyExists" in aws.failures("s")["R"]
    assert [one["Path"] for one in aws.client("iam").list_roles()["Roles"]] == ["/"]


def test_a_failing_cleanup_is_told_and_does_not_stop_the_update(aws: Any) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}
    aws.deploy("s", {"Resources": {"B": bucket, "A": logs("/a")}})
    aws.client("s3").put_object(Bucket="full", Key="k", Body=b"1")
    aws.deploy("s", {"Resources": {"A": logs("/a")}})
    assert "BucketNotEmpty" in aws.failures("s")["B"]
    assert list(aws.resources("s")) == ["A"]


def test_a_launch_template_gets_a_new_version(aws: Any) -> None:
    def template(size: str) -> dict[str, Any]:
        properties = {"LaunchTemplateData": {"InstanceType": size}}
        return {
            "Resources": {"L": {"Type": "AWS::EC2::LaunchTemplate", "Properties": properties}},
            "Outputs": {"Latest": {"Value": {"Fn::GetAtt": ["L", "LatestVersionNumber"]}}},
        }

    aws.deploy("s", template("m7g.large"))
    aws.deploy("s", template("m6g.large"))
    assert aws.outputs("s") == {"Latest": "2"}
    versions = aws.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=aws.resources("s")["L"], Versions=["2"]
    )["LaunchTemplateVersions"]
    assert versions[0]["LaunchTemplateData"]["InstanceType"] == "m6g.large"


def test_a_change_that_no_call_can_make_fails_by_name(aws: Any) -> None:
    def table(**more: Any) -> dict[str, Any]:
        names = {
            "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        properties = {**names, "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}], **more}
        return {"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}}

    aws.deploy("s", table())
    index = {
        "IndexName": "i",
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    aws.deploy("s", table(GlobalSecondaryIndexes=[index]), "UPDATE_ROLLBACK_COMPLETE")
    assert "a change of GlobalSecondaryIndexes is not supported here" in aws.failures("s")["T"]
