"""Trust policies as values: which claims of an OIDC token a role demands, and what they may be.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

ASSUME = "sts:AssumeRoleWithWebIdentity"
EQUALS, LIKE = "StringEquals", "StringLike"


@dataclass(frozen=True, kw_only=True)
class Demand:
    """One condition: the claim must be, or for StringLike match, one of `values`."""

    claim: str
    values: tuple[str, ...]
    operator: str = EQUALS

    def accepts(self, value: str | None) -> bool:
        """Tell whether a claim's value is accepted; one that is absent, or an operator not known here, never is."""
        if value is None:
            return False
        if self.operator == EQUALS:
            return value in self.values
        return self.operator == LIKE and any(_like(value, pattern) for pattern in self.values)


@dataclass(frozen=True, kw_only=True)
class TrustPolicy:
    """What one statement lets in: tokens of `issuer` (without https://) that meet every demand."""

    issuer: str
    demands: tuple[Demand, ...]

    def of(self, claim: str) -> tuple[str, ...]:
        """Return what a claim may be; nothing where it is not asked for."""
        return tuple(value for demand in self.demands if demand.claim == claim for value in demand.values)


def parse(document: Mapping[str, Any]) -> tuple[TrustPolicy, ...]:
    """Return the statements of a role's trust policy that let OIDC tokens in."""
    return tuple(
        TrustPolicy(issuer=arn.partition(":oidc-provider/")[2], demands=tuple(sorted(_demands(statement), key=_order)))
        for statement in _listed(document.get("Statement", []))
        if statement.get("Effect") == "Allow" and ASSUME in _listed(statement.get("Action", []))
        for arn in _listed(statement.get("Principal", {}).get("Federated", []))
    )


def _demands(statement: Mapping[str, Any]) -> Iterator[Demand]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            claim = key.rpartition(":")[2]
            yield Demand(claim=claim, values=tuple(sorted(_listed(values))), operator=operator)


def _order(demand: Demand) -> tuple[str, str]:
    return demand.claim, demand.operator


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - policies write one thing without its list
    return value if isinstance(value, list) else [value]


def _like(value: str, pattern: str) -> bool:
    """Match as IAM does: only * and ? are wildcards."""
    return fnmatchcase(value, pattern.replace("[", "[[]"))
