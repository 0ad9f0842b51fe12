"""Template parameters: defaults, previous values, checks, and values from SSM."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def a_template(**parameters: Any) -> dict[str, Any]:
    outputs = {name: {"Value": {"Fn::Join": ["|", [{"Ref": name}]]}} for name in parameters}
    return {"Parameters": parameters, "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": outputs}


def given(**values: Any) -> list[dict[str, Any]]:
    return [
        {"ParameterKey": key, **(value if isinstance(value, dict) else {"ParameterValue": value})}
        for key, value in values.items()
    ]


TEXT = {"Type": "String", "Default": "blue"}
FROM_SSM = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/rockets/colour"}


def test_an_omitted_parameter_takes_its_default(aws: Any) -> None:
    template = a_template(A=TEXT, B=TEXT)
    aws.deploy("s", template, Parameters=given(A="red", B="red"))
    aws.deploy("s", template, Parameters=given(B="red"))
    assert aws.outputs("s") == {"A": "blue", "B": "red"}


def test_an_ssm_value_is_resolved_and_shown(aws: Any) -> None:
    aws.client("ssm").put_parameter(Name="/rockets/colour", Value="green", Type="String")
    stack = aws.deploy("s", a_template(A=FROM_SSM))
    assert aws.outputs("s") == {"A": "green"}
    shown = {"ParameterKey": "A", "ParameterValue": "/rockets/colour", "ResolvedValue": "green"}
    assert stack["Parameters"] == [shown]


def test_a_moved_ssm_value_is_a_change_of_the_same_template(aws: Any) -> None:
    ssm, template = aws.client("ssm"), a_template(A=FROM_SSM)
    ssm.put_parameter(Name="/rockets/colour", Value="green", Type="String")
    aws.deploy("s", template)
    assert aws.change("s", template, name="same")["Status"] == "FAILED"
    ssm.put_parameter(Name="/rockets/colour", Value="black", Type="String", Overwrite=True)
    aws.deploy("s", template)
    assert aws.outputs("s") == {"A": "black"}


def test_a_list_from_ssm_is_a_list(aws: Any) -> None:
    kind = {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/subnets"}
    aws.client("ssm").put_parameter(Name="/subnets", Value="a,b", Type="StringList")
    template = a_template()
    template["Parameters"]["L"] = kind
    template["Outputs"]["Second"] = {"Value": {"Fn::Select": [1, {"Ref": "L"}]}}
    aws.deploy("s", template)
    assert aws.outputs("s") == {"Second": "b"}


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ({"Type": "String"}, {}, r"Parameters: \[A\] must have values"),
        (TEXT, {"B": "x"}, r"Parameters: \[B\] do not exist in the template"),
        (TEXT, {"A": {"UsePreviousValue": True}}, "UsePreviousValue.* is not supported here"),
        ({**TEXT, "AllowedValues": ["blue"]}, {"A": "red"}, "failed to satisfy constraint: 'red' is not accepted"),
        ({**TEXT, "AllowedPattern": "[a-z]+"}, {"A": "RED"}, "failed to satisfy constraint"),
        ({"Type": "Number"}, {"A": "1"}, "Unrecognized parameter type: Number"),
        (TEXT, {"A": "x" * 4097}, "failed to satisfy constraint"),
        ({"Type": "Colour"}, {"A": "red"}, "Unrecognized parameter type: Colour"),
        ({**TEXT, "MinLength": 2}, {}, "MinLength is not supported here"),
        (FROM_SSM, {}, r"Unable to fetch parameters \[/rockets/colour\] from parameter store for this account"),
    ],
    ids=["missing", "unknown", "previous", "value", "pattern", "number", "long", "type", "constraint", "ssm"],
)
def test_wrong_parameters_are_refused(rule: dict[str, Any], values: dict[str, Any], expected: str, aws: Any) -> None:
    with pytest.raises(ClientError, match=expected):
        aws.change("s", a_template(A=rule), Parameters=given(**values))


def test_a_secure_string_cannot_be_a_parameter(aws: Any) -> None:
    aws.client("ssm").put_parameter(Name="/rockets/colour", Value="green", Type="SecureString")
    with pytest.raises(ClientError, match="types not supported by CloudFormation"):
        aws.change("s", a_template(A=FROM_SSM))
