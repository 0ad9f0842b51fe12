import json
from collections.abc import Mapping
from typing import Any

import pytest

from embedded.aws.iam.errors import UnsupportedError
from embedded.aws.iam.evaluation import Verdict, evaluate
from embedded.aws.iam.patterns import Context

TAGS = {"team": "runners"}


def verdict(statement: Mapping[str, Any], given: Mapping[str, tuple[str, ...]], resource: str = "arn:x") -> Verdict:
    document = json.dumps({"Statement": {"Effect": "Allow", "Action": "x:Do*", "Resource": "*", **statement}})
    values = {key.lower(): value for key, value in given.items()}
    return evaluate([document], "x:DoIt", resource, Context(values=values, resource_tags=lambda: TAGS))


def holds(condition: Mapping[str, Any], **given: tuple[str, ...]) -> bool:
    named = {key.replace("_", ":", 1): value for key, value in given.items()}
    return verdict({"Condition": condition}, named) is Verdict.ALLOWED


ARN, KEYS, TYPE = "aws:SourceArn", "dynamodb:LeadingKeys", "ec2:CreateAction"


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "fitting", "other"),
    [
        ("StringEquals", TYPE, "m7g", "m7g", "M7G"),
        ("StringNotEquals", TYPE, "m7g", "M7G", "m7g"),
        ("StringLike", TYPE, "m?g.*", "m7g.large", "m17g.large"),
        ("StringNotLike", TYPE, "m7*", "m6g", "m7g"),
        ("StringEquals", TYPE, "*", "*", "m7g"),
        ("ArnLike", ARN, "arn:aws:iam::*:role/a*", "arn:aws:iam::1:role/ab", "arn:aws:iam::1:user/a"),
        ("ArnNotEquals", ARN, "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b", "arn:aws:iam::1:role/a"),
        ("Bool", "aws:SecureTransport", "true", "True", "false"),
        ("ForAllValues:StringLike", KEYS, ["AMI#*", "JOB#*"], "JOB#1", "PRESET#a"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_an_operator_compares(operator: str, key: str, wanted: object, fitting: str, other: str) -> None:
    assert verdict({"Condition": {operator: {key: wanted}}}, {key: (fitting,)}) is Verdict.ALLOWED
    assert verdict({"Condition": {operator: {key: wanted}}}, {key: (other,)}) is Verdict.SILENT


@pytest.mark.parametrize(
    ("operator", "result"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
    ],
)
def test_a_key_that_a_request_lacks_is_judged_by_the_operator(operator: str, result: bool) -> None:  # noqa: FBT001 - a table
    assert holds({operator: {TYPE: "m7g"}}) is result


def test_null_asks_whether_a_key_is_there() -> None:
    assert holds({"Null": {KEYS: "false"}}, dynamodb_leadingkeys=("a",))
    assert holds({"Null": {KEYS: "true"}})
    assert not holds({"Null": {KEYS: "false"}})


def test_for_all_values_needs_every_value_and_for_any_value_one() -> None:
    mixed = {"dynamodb_leadingkeys": ("AMI#a", "JOB#1")}
    assert not holds({"ForAllValues:StringLike": {KEYS: "AMI#*"}}, **mixed)
    assert holds({"ForAnyValue:StringLike": {KEYS: "AMI#*"}}, **mixed)


def test_all_conditions_must_hold_and_one_value_of_each_suffices() -> None:
    block = {"StringEquals": {TYPE: ["a", "b"], "iam:PassedToService": "eu-west-1"}}
    assert holds(block, ec2_createaction=("b",), iam_passedtoservice=("eu-west-1",))
    assert not holds(block, ec2_createaction=("b",), iam_passedtoservice=("us-east-1",))


def test_keys_of_conditions_have_no_case() -> None:
    assert holds({"StringEquals": {"AWS:requestTAG/Team": "a"}}, **{"aws_requesttag/team": ("a",)})
    assert holds({"StringEquals": {"aws:ResourceTag/TEAM": "runners"}})


@pytest.mark.parametrize(
    ("resource", "given", "result"),
    [
        ("arn:${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": ("x",)}, Verdict.ALLOWED),
        ("arn:${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": ("*",)}, Verdict.SILENT),
        ("arn:${aws:PrincipalTag/team}/*", {}, Verdict.SILENT),
        ("arn:${aws:PrincipalTag/team, 'x'}/*", {}, Verdict.ALLOWED),
        ("arn:x/${*}", {}, Verdict.SILENT),
        ("arn:?/a*", {}, Verdict.ALLOWED),
    ],
    ids=["a variable", "its wildcards are literal", "no value", "a default", "a literal star", "wildcards"],
)
def test_variables_in_resources(resource: str, given: Mapping[str, tuple[str, ...]], result: Verdict) -> None:
    assert verdict({"Resource": resource}, given, "arn:x/abc") is result


def test_a_variable_without_a_value_matches_not_even_a_negation() -> None:
    assert not holds({"StringNotEquals": {TYPE: "${ec2:SourceInstanceARN}"}}, ec2_createaction=("m7g",))


def test_an_unknown_operator_and_an_unknown_key_are_errors() -> None:
    for operator in ("StringIs", "NumericEquals", "DateLessThan", "IpAddress"):
        with pytest.raises(UnsupportedError, match=f"operator {operator}"):
            holds({operator: {TYPE: "a"}})
    with pytest.raises(UnsupportedError, match="key ec2:Colour"):
        holds({"StringEquals": {"ec2:Colour": "a"}})
    with pytest.raises(UnsupportedError, match="key ec2:Colour"):
        verdict({"Resource": "arn:${ec2:Colour}"}, {})


def test_not_action_and_not_resource_turn_a_statement_round() -> None:
    document = json.dumps({"Statement": [{"Effect": "Allow", "NotAction": "y:*", "NotResource": "arn:secret"}]})
    context = Context(values={}, resource_tags=dict)
    assert evaluate([document], "x:DoIt", "arn:open", context) is Verdict.ALLOWED
    assert evaluate([document], "y:DoIt", "arn:open", context) is Verdict.SILENT
    assert evaluate([document], "x:DoIt", "arn:secret", context) is Verdict.SILENT
