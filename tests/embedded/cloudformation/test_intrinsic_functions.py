"""What every intrinsic function gives, seen in a stack's outputs."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

VALUES: dict[str, tuple[Any, str]] = {
    "Ref of a parameter": ({"Ref": "Name"}, "rocket"),
    "Ref of a list": ({"Fn::Join": ["+", {"Ref": "Stops"}]}, "moon+mars"),
    "Ref of the account": ({"Ref": "AWS::AccountId"}, "123456789012"),
    "Ref of Region, partition and suffix": (
        {"Fn::Sub": "${AWS::Region} ${AWS::Partition} ${AWS::URLSuffix} ${AWS::StackName}"},
        "eu-west-1 aws amazonaws.com values",
    ),
    "GetAtt as a list": ({"Fn::GetAtt": ["Queue", "QueueName"]}, "rocket-queue"),
    "GetAtt as a string": ({"Fn::GetAtt": "Queue.QueueName"}, "rocket-queue"),
    "Sub of an attribute": ({"Fn::Sub": "<${Queue.QueueName}>"}, "<rocket-queue>"),
    "Sub with its own names": ({"Fn::Sub": ["${a}/${Name}", {"a": {"Ref": "Name"}}]}, "rocket/rocket"),
    "Sub that keeps a literal": ({"Fn::Sub": "${!Name} ${Name}"}, "${Name} rocket"),
    "Join": ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-rocket"),
    "Join without a missing value": ({"Fn::Join": ["-", ["a", {"Ref": "AWS::NoValue"}, "b"]]}, "a-b"),
    "Select of Split": ({"Fn::Select": [1, {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
    "If": ({"Fn::If": ["IsRocket", "yes", "no"]}, "yes"),
    "If of And and Not": ({"Fn::If": ["IsAll", "yes", "no"]}, "yes"),
    "If of Not": ({"Fn::If": ["IsBoat", "yes", "no"]}, "no"),
    "Base64": ({"Fn::Base64": {"Ref": "Name"}}, "cm9ja2V0"),
    "GetAZs": ({"Fn::Select": ["0", {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}, "eu-west-1a"),
    "a boolean in text": ({"Fn::Join": ["", ["is ", True]]}, "is true"),
}
TEMPLATE = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "rocket"},
        "Stops": {"Type": "CommaDelimitedList", "Default": "moon, mars"},
    },
    "Conditions": {
        "IsRocket": {"Fn::Equals": [{"Ref": "Name"}, "rocket"]},
        "IsBoat": {"Fn::Not": [{"Condition": "IsRocket"}]},
        "IsAll": {"Fn::And": [{"Condition": "IsRocket"}, {"Fn::Not": [{"Condition": "IsBoat"}]}]},
    },
    "Resources": {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": {"Fn::Sub": "${Name}-queue"},
                "DelaySeconds": {"Fn::If": ["IsBoat", 5, {"Ref": "AWS::NoValue"}]},
            },
        }
    },
}


def test_every_function_gives_what_cloudformation_gives(aws: Any) -> None:
    outputs = {f"O{number}": {"Value": value} for number, (value, _) in enumerate(VALUES.values())}
    aws.deploy("values", {**TEMPLATE, "Outputs": outputs})
    seen = aws.outputs("values")
    assert {name: seen[f"O{number}"] for number, name in enumerate(VALUES)} == {n: v for n, (_, v) in VALUES.items()}


@pytest.mark.parametrize(
    "broken",
    [{"Fn::Select": [9, ["a"]]}, {"Fn::Join": ["-", [["a"]]]}, {"Fn::GetAZs": "us-east-1"}],
    ids=["Select beyond the end", "Join of a list", "GetAZs of another Region"],
)
def test_a_function_that_cannot_be_evaluated_is_refused(broken: Any, aws: Any) -> None:
    with pytest.raises(ClientError, match=r"cannot take|a list, map or nothing stands|only eu-west-1 exists"):
        aws.change("values", {**TEMPLATE, "Outputs": {"O": {"Value": broken}}})
