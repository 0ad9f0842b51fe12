"""Batches of a queue: each message is done with or comes again, and none takes another with it."""

from collections.abc import Callable, Mapping
from logging import Logger
from typing import Any

from lambdas.core.errors import FunctionError


def one_by_one(
    event: Mapping[str, Any], take: Callable[[Mapping[str, Any]], None], logger: Logger
) -> dict[str, object]:
    """Take every message of a batch, and name those to deliver again, in the end to the dead-letter queue.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    failed = [record["messageId"] for record in event["Records"] if not _taken(record, take, logger)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _taken(record: Mapping[str, Any], take: Callable[[Mapping[str, Any]], None], logger: Logger) -> bool:
    """Tell whether a message is done with; if not, the handler's log says why."""
    try:
        take(record)
    except FunctionError as error:
        logger.error(  # noqa: TRY400 - one line says it all
            "message failed",
            extra={"message_id": record["messageId"], "error": type(error).__name__, "why": str(error)},
        )
        return False
    except Exception:  # whatever it is, it is this message's alone: no other of the batch comes again for it
        logger.exception("message failed", extra={"message_id": record["messageId"]})
        return False
    return True
