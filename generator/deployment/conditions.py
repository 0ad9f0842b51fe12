"""Which resources of a template exist, given the values of its parameters."""

from collections.abc import Mapping
from typing import Any

from generator.deployment.stack import Template

Values = Mapping[str, str]


def resources(template: Template, values: Values) -> dict[str, Mapping[str, Any]]:
    """Return the resources whose condition holds, by logical id."""
    conditions: Mapping[str, Any] = template.get("Conditions", {})
    return {
        name: body
        for name, body in template.get("Resources", {}).items()
        if "Condition" not in body or holds(conditions[body["Condition"]], conditions, values)
    }


def holds(condition: Mapping[str, Any], conditions: Mapping[str, Any], values: Values) -> bool:
    """Evaluate a condition.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
    """
    ((function, arguments),) = condition.items()
    if function == "Condition":
        return holds(conditions[arguments], conditions, values)
    if function == "Fn::Equals":
        left, right = (_value(argument, values) for argument in arguments)
        return left == right
    parts = (holds(argument, conditions, values) for argument in arguments)
    if function == "Fn::Not":
        return not next(parts)
    return all(parts) if function == "Fn::And" else any(parts)


def _value(argument: object, values: Values) -> object:
    """Return a literal, or the value of a parameter; anything else stays as it is and equals only itself."""
    if isinstance(argument, dict) and isinstance(name := argument.get("Ref"), str):
        return values.get(name, argument)
    return argument
