"""Batches of a queue: each message is done with or comes again, and none takes another with it.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from logging import Logger
from typing import Any, TypeVar

from lambdas.core.errors import FunctionError

Done = TypeVar("Done")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """The messages of one invocation by their ids, and why some of them failed."""

    records: Mapping[str, Mapping[str, Any]]
    logger: Logger
    failed: dict[str, Exception] = field(default_factory=dict)

    def attempt(self, messages: Iterable[str], act: Callable[[], Done]) -> Done | None:
        """Do something for some messages; if it fails, they do, the log says why, and None is returned."""
        try:
            return act()
        except FunctionError as error:
            self._fail(messages, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, no other message comes again for it
            self._fail(messages, error)
        return None

    @property
    def answer(self) -> dict[str, object]:
        """Return what Lambda is told: the messages to deliver again, in the end to the dead-letter queue."""
        return {"batchItemFailures": [{"itemIdentifier": one} for one in self.records if one in self.failed]}

    def _fail(self, messages: Iterable[str], error: Exception) -> None:
        traced = None if isinstance(error, FunctionError) else error  # of the others one line says it all
        for message in messages:
            self.failed.setdefault(message, error)
            about = {"message_id": message, "error": type(error).__name__, "why": str(error)}
            self.logger.error("message failed", extra=about, exc_info=traced)


def batch(event: Mapping[str, Any], logger: Logger) -> Batch:
    """Return the messages of a batch."""
    return Batch(records={record["messageId"]: record for record in event["Records"]}, logger=logger)


def one_by_one(
    event: Mapping[str, Any], take: Callable[[Mapping[str, Any]], None], logger: Logger
) -> dict[str, object]:
    """Take every message of a batch by itself, and return what Lambda is told."""
    taken = batch(event, logger)
    for message, record in taken.records.items():
        taken.attempt([message], lambda record=record: take(record))  # type: ignore[misc] # a default is no parameter
    return taken.answer
