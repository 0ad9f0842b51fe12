"""Whether policies allow one action on one resource: an explicit denial wins, and silence is a denial.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any

from embedded.aws.iam.conditions import listed, satisfied
from embedded.aws.iam.patterns import Context, Pattern, resolve


class Verdict(Enum):
    """What some policies say."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SILENT = "silent"


def evaluate(documents: Iterable[str], action: str, resource: str, context: Context) -> Verdict:
    """Judge one action on one resource by policy documents (JSON)."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _statements(document)
        if _is_about(statement, action, resource, context) and satisfied(statement.get("Condition", {}), context)
    }
    if "Deny" in effects:
        return Verdict.DENIED
    return Verdict.ALLOWED if "Allow" in effects else Verdict.SILENT


@cache
def _statements(document: str) -> list[Mapping[str, Any]]:
    return listed(json.loads(document)["Statement"])


def _is_about(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    actions = (Pattern(parts=((text.lower(), True),)) for text in _texts(statement, "Action"))
    if any(one.matches(action.lower()) for one in actions) == ("NotAction" in statement):
        return False
    resources = (resolve(text, context) for text in _texts(statement, "Resource"))
    return any(one is not None and one.matches(resource) for one in resources) != ("NotResource" in statement)


def _texts(statement: Mapping[str, Any], element: str) -> list[str]:
    return listed(statement[f"Not{element}" if f"Not{element}" in statement else element])
