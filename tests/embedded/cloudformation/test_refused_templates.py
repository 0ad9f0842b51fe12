"""Whatever the engine does not do is refused by its name, never passed over."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

QUEUE = {"Type": "AWS::SQS::Queue"}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown type": ({"Resources": {"X": {"Type": "AWS::Foo::Bar"}}}, "types: [AWS::Foo::Bar]"),
    "a nested stack": ({"Resources": {"X": {"Type": "AWS::CloudFormation::Stack"}}}, "AWS::CloudFormation::Stack"),
    "an unknown property": (
        {"Resources": {"X": {**QUEUE, "Properties": {"Colour": "red"}}}},
        "X: AWS::SQS::Queue has no Colour",
    ),
    "an unknown attribute": (
        {"Resources": {"X": QUEUE}, "Outputs": {"O": {"Value": {"Fn::GetAtt": ["X", "Colour"]}}}},
        "resource X does not support attribute type Colour",
    ),
    "a transform": ({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"X": QUEUE}}, "has Transform"),
    "a creation policy": ({"Resources": {"X": {**QUEUE, "CreationPolicy": {}}}}, "X has CreationPolicy"),
    "a policy for creations": ({"Resources": {"X": {**QUEUE, "DeletionPolicy": "RetainExceptOnCreate"}}}, "has Retain"),
    "a snapshot policy": ({"Resources": {"X": {**QUEUE, "DeletionPolicy": "Snapshot"}}}, "has Snapshot"),
    "an export": (
        {"Resources": {"X": QUEUE}, "Outputs": {"O": {"Value": "1", "Export": {"Name": "o"}}}},
        "output O has Export",
    ),
    "an import": (
        {"Resources": {"X": {**QUEUE, "Properties": {"QueueName": {"Fn::ImportValue": "o"}}}}},
        "Fn::ImportValue is not supported",
    ),
    "a mapping": ({"Mappings": {}, "Resources": {"X": QUEUE}}, "has Mappings"),
    "a function that no template here uses": (
        {"Resources": {"X": {**QUEUE, "Properties": {"QueueName": {"Fn::FindInMap": ["a", "b", "c"]}}}}},
        "Fn::FindInMap is not supported",
    ),
    "a condition function that no template here uses": (
        {"Conditions": {"C": {"Fn::Or": []}}, "Resources": {"X": {**QUEUE, "Condition": "C"}}},
        "Fn::Or is not supported",
    ),
    "a dynamic reference": (
        {"Resources": {"X": {**QUEUE, "Properties": {"QueueName": "{{resolve:ssm:/name}}"}}}},
        "Dynamic references are not supported",
    ),
    "a reference to nothing": (
        {"Resources": {"X": {**QUEUE, "Properties": {"QueueName": {"Fn::Sub": "a-${Missing}"}}}}},
        "Unresolved resource dependencies [Missing] in the Resources block",
    ),
    "an output of nothing": (
        {"Resources": {"X": QUEUE}, "Outputs": {"O": {"Value": {"Ref": "Missing"}}}},
        "Unresolved resource dependencies [Missing] in the Outputs block",
    ),
    "a circle": (
        {"Resources": {"X": {**QUEUE, "DependsOn": "Y"}, "Y": {**QUEUE, "DependsOn": ["X"]}}},
        "Circular dependency between resources",
    ),
    "an unknown condition": ({"Resources": {"X": {**QUEUE, "Condition": "Never"}}}, "condition dependency Never"),
    "a resource without type": ({"Resources": {"X": {}}}, "must have a Type"),
    "a template without resources": ({"Resources": {}}, "Resources members must be defined"),
    "a list": ([1], "JSON not well-formed"),  # type: ignore[dict-item]
    "no JSON": ("Resources: {}", "YAML is not read here"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_at_once_is(what: str, aws: Any) -> None:
    template, expected = REFUSED[what]
    with pytest.raises(ClientError) as error:
        aws.change("rockets", template)
    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert expected in error.value.response["Error"]["Message"]
    assert aws.cloudformation.describe_stacks()["Stacks"] == []


DEEP = {
    "an unknown property inside a property": (
        {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled", "Mfa": "x"}}},
        "VersioningConfiguration has no Mfa",
    ),
    "a word where a number belongs": (
        {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"FunctionName": "f", "MaximumRetryAttempts": "two"}},
        "MaximumRetryAttempts is 'two', expected a integer",
    ),
}


@pytest.mark.parametrize("what", DEEP)
def test_the_resource_fails_by(what: str, aws: Any) -> None:
    resource, expected = DEEP[what]
    aws.deploy("rockets", {"Resources": {"X": resource}}, "ROLLBACK_COMPLETE")
    assert expected in aws.failures("rockets")["X"]


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("create_change_set", {"ChangeSetName": "c", "TemplateBody": "{}", "OnStackFailure": "DELETE"}),
        ("create_change_set", {"ChangeSetName": "c", "TemplateBody": "{}", "NotificationARNs": ["x"]}),
        ("create_change_set", {"ChangeSetName": "c", "UsePreviousTemplate": True}),
        ("execute_change_set", {"ChangeSetName": "c", "DisableRollback": True}),
        ("delete_stack", {"RetainResources": ["x"]}),
        ("continue_update_rollback", {"ResourcesToSkip": ["x"]}),
        ("delete_stack", {"DeletionMode": "FORCE_DELETE_STACK"}),
        ("describe_stack_events", {"NextToken": "x"}),
    ],
    ids=lambda value: value if isinstance(value, str) else [*value][-1],
)
def test_a_request_parameter_that_is_not_done_is_refused(action: str, parameters: dict[str, Any], aws: Any) -> None:
    with pytest.raises(ClientError, match=f"does not take {list(parameters)[-1]}"):
        getattr(aws.cloudformation, action)(StackName="rockets", **parameters)


@pytest.mark.parametrize("action", ["create_stack", "update_stack", "cancel_update_stack", "list_exports"])
def test_an_action_that_is_not_done_is_refused(action: str, aws: Any) -> None:
    more = {} if action.startswith("list") else {"StackName": "rockets"}
    with pytest.raises(ClientError, match="is not supported by the embedded CloudFormation"):
        getattr(aws.cloudformation, action)(**more)
