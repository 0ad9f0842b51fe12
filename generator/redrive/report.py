"""What `redrive` found and did, in words for people and as JSON for scripts."""

from collections.abc import Iterator
from dataclasses import dataclass

from generator.github.markdown import flat
from generator.redrive.redriving import BACK, REMEDIES, Emptied, Order


@dataclass(frozen=True, kw_only=True)
class Report:
    """The queues of one command, in their order."""

    deployment: str
    order: Order
    queues: tuple[Emptied, ...]

    @property
    def lay(self) -> int:
        """Return how many messages lay in all of them."""
        return sum(one.lay + one.held for one in self.queues)

    @property
    def errors(self) -> tuple[str, ...]:
        """Return what went wrong, a line for each queue."""
        return tuple(f"{one.queue}: {one.error}" for one in self.queues if one.error)

    @property
    def ok(self) -> bool:
        """Tell whether nothing lies there any more."""
        return not self.errors and not any(one.stays for one in self.queues)

    def lines(self) -> Iterator[str]:
        """Return it in words."""
        where = self.queues[0].queue if len(self.queues) == 1 else f"{len(self.queues)} dead-letter queues"
        yield f"{_messages(self.lay) if self.lay else 'No message'} in {where} of {self.deployment}"
        for one in self.queues:
            if one.lay or one.held:
                yield _told(one, self.order)
                yield from (f"  - {flat(str(failure))}" for failure in one.failures)
                yield from (f"  {line}" for line in _advice(one))

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "ok": self.ok,
            "deployment": self.deployment,
            "dryRun": not self.order.changes,
            "messages": self.lay,
            "stays": sum(one.stays for one in self.queues),
            "queues": [_as_json(one) for one in self.queues],
            "errors": list(self.errors),
        }


def _told(one: Emptied, order: Order) -> str:
    if one.queue in BACK:
        done = (
            f"{one.moved:,} moved back to {BACK[one.queue]}" if order.changes else f"would go back to {BACK[one.queue]}"
        )
    elif order.discards:
        done = f"{one.discarded:,} told and taken away" if order.changes else "told, and would be taken away"
    else:
        done = "records of calls that failed, which stay"
    return f"{one.queue}: {_messages(one.lay + one.held)}, {done}"


def _advice(one: Emptied) -> Iterator[str]:
    if one.queue in REMEDIES and one.stays:
        yield REMEDIES[one.queue]
    seen = sum(failure.count for failure in one.failures)
    if one.failures and seen < one.lay:
        yield f"only {seen:,} of {one.lay:,} were looked at"
    if one.held:
        yield f"{one.held:,} of them held by another command, or by one that broke off: repeat this in a minute"


def _messages(count: int) -> str:
    return f"{count:,} message{'' if count == 1 else 's'}"


def _as_json(one: Emptied) -> dict[str, object]:
    return {
        "queue": one.queue,
        "messages": one.lay + one.held,
        "backTo": BACK.get(one.queue),
        "moved": one.moved,
        "discarded": one.discarded,
        "stays": one.stays,
        "failures": [failure.as_json() for failure in one.failures],
        "error": one.error,
    }
