"""What happens while stacks change, as values; whoever shows it is a listener."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something worth one line that belongs to no stack."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """One object is in the artifact bucket; `sent` is False when it was there already, and its size not asked for."""

    key: str
    size_bytes: int
    sent: bool


@dataclass(frozen=True, kw_only=True)
class StackStarted:
    """Work on a stack has begun; `resources` counts what is expected to move, 0 when unknown."""

    stack: str
    action: str
    resources: int = 0


@dataclass(frozen=True, kw_only=True)
class ResourceMoved:
    """CloudFormation reported a step of one resource."""

    stack: str
    resource: str
    type: str
    status: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class StackFinished:
    """Work on a stack has ended; `outcome` is a word of `report.Outcome`."""

    stack: str
    outcome: str
    reason: str = ""


Event = Notice | Uploaded | StackStarted | ResourceMoved | StackFinished
Listener = Callable[[Event], None]


def silent(_event: Event) -> None:
    """Listen and show nothing."""


def one_at_a_time(listener: Listener) -> Listener:
    """Return a listener that threads may share: it hears one event after another."""
    lock = Lock()

    def listen(event: Event) -> None:
        with lock:
            listener(event)

    return listen
