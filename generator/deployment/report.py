"""What a command did to each stack, as a value."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from generator.deployment.camel import camel


class Outcome(StrEnum):
    """How work on one stack ended."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    FAILED = "failed"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


ENDED_WELL = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.DELETED})


@dataclass(frozen=True, kw_only=True)
class StackResult:
    """What became of one stack; `reason` is one line when it did not end well."""

    stack: str
    outcome: Outcome
    preset: str | None = None
    reason: str = ""
    decision: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of all stacks, in the order in which they were worked on.

    `superseded` is the later commit for whose sake nothing was done, `service_roles` what bootstrap made beside stacks.
    """

    results: tuple[StackResult, ...] = ()
    stays: tuple[str, ...] = ()
    superseded: str | None = None
    service_roles: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether every stack ended well."""
        return all(result.outcome in ENDED_WELL for result in self.results)

    @property
    def changed(self) -> bool:
        """Tell whether anything was changed."""
        return bool(self.service_roles) or any(result.outcome is not Outcome.UNCHANGED for result in self.results)

    def as_json(self) -> dict[str, object]:
        """Return the report as JSON values."""
        return {"ok": self.ok, "changed": self.changed, **camel(asdict(self))}
