"""A plan, as a value: what a deployment would do to each stack of one account and Region."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from generator.deployment.camel import camel
from generator.planning.difference import ResourceChange
from generator.planning.outlook import Outlook


class Fate(StrEnum):
    """What a deployment would do to one stack."""

    CREATE = "create"
    RECREATE = "recreate"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class StackPlan:
    """What would become of one stack.

    `parameters` are those with another value than before; `stays` are the resources that a deletion would leave;
    `ami` is what becomes of a preset's AMI; `words` say all of it to people.
    """

    stack: str
    fate: Fate
    preset: str | None = None
    parameters: tuple[str, ...] = ()
    resources: tuple[ResourceChange, ...] = ()
    stays: tuple[str, ...] = ()
    ami: Outlook | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a deployment would do to every stack.

    `environment` is None for the settings as they stand; `against` is the commit whose templates were taken for what
    is deployed, None where AWS was asked.
    """

    deployment: str
    account: str
    region: str
    stacks: tuple[StackPlan, ...]
    notices: tuple[str, ...] = ()
    environment: str | None = None
    against: str | None = None

    @property
    def changes(self) -> bool:
        """Tell whether a deployment would change anything; what only --prune deletes does not count."""
        return any(stack.fate not in {Fate.UNCHANGED, Fate.GONE} for stack in self.stacks)

    def as_json(self) -> dict[str, object]:
        """Return the plan as JSON values."""
        return {"changes": self.changes, **camel(asdict(self))}
