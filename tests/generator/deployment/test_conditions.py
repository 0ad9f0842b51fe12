from typing import Any

import pytest

from generator.deployment.conditions import holds, resources

CONDITIONS = {"Makes": {"Fn::Equals": [{"Ref": "Create"}, "true"]}}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"Fn::Equals": [{"Ref": "Create"}, "true"]}, True),
        ({"Fn::Not": [{"Condition": "Makes"}]}, False),
        ({"Fn::And": [{"Condition": "Makes"}, {"Fn::Equals": ["a", "b"]}]}, False),
        ({"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Condition": "Makes"}]}, True),
    ],
    ids=["equals a parameter", "not", "and", "or"],
)
def test_a_condition_is_evaluated(condition: dict[str, Any], *, expected: bool) -> None:
    assert holds(condition, CONDITIONS, {"Create": "true"}) is expected


def test_a_resource_whose_condition_does_not_hold_does_not_exist() -> None:
    template = {"Conditions": CONDITIONS, "Resources": {"Vpc": {"Condition": "Makes"}, "Table": {}}}
    assert set(resources(template, {"Create": "false"})) == {"Table"}
