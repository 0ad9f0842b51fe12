"""Condition blocks of policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from embedded.aws.iam.errors import UnsupportedError
from embedded.aws.iam.patterns import Context, Pattern, resolve

OPERATORS: dict[str, Callable[[str, Pattern], bool]] = {
    "StringEquals": lambda have, want: have == want.text,
    "StringLike": lambda have, want: want.matches(have),
    "ArnEquals": lambda have, want: want.matches(have),
    "ArnLike": lambda have, want: want.matches(have),
    "Bool": lambda have, want: have.lower() == want.text.lower(),
}


def satisfied(block: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Tell whether a request meets every condition; raise UnsupportedError for an unknown operator or key."""
    return all(
        _holds(operator, context.get(key), [resolve(str(one), context) for one in listed(wanted)])
        for operator, keys in block.items()
        for key, wanted in keys.items()
    )


def listed(value: Any) -> list[Any]:
    """Return a policy's value as the list that it may stand for."""
    return value if isinstance(value, list) else [value]


def _holds(operator: str, have: tuple[str, ...] | None, wanted: list[Pattern | None]) -> bool:
    if None in wanted:  # a variable without a value
        return False
    values = [one for one in wanted if one is not None]
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return any(one.text.lower() == str(have is None).lower() for one in values)
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    compare = OPERATORS.get(name.replace("Not", "", 1))
    if compare is None or quantifier not in {"", "ForAllValues", "ForAnyValue"}:
        raise UnsupportedError(f"the condition operator {operator} is not known.")
    if not have:
        return if_exists or quantifier == "ForAllValues" or (negated and quantifier == "")
    fits = [any(compare(value, one) for one in values) != negated for value in have]
    return any(fits) if quantifier == "ForAnyValue" else all(fits)
