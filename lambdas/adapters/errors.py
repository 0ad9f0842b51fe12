"""What can go wrong at AWS's doors, named for what to do about it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.adapters.items import decode
from lambdas.core.errors import FunctionError
from lambdas.core.records import Record


class AwsError(FunctionError):
    """A call that AWS refused or did not answer, after botocore's own retries."""


class NotFoundError(AwsError):
    """What was asked for does not exist."""


class DeniedError(AwsError):
    """EC2 did not allow it: a right is missing, or the tag by which it is given."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why one action of a cancelled transaction was not taken, and the item as it is, if that was asked for."""

    code: str
    item: Record | None = None

    @property
    def is_condition(self) -> bool:
        """Tell whether the action's own condition did not hold."""
        return self.code == "ConditionalCheckFailed"


class ConflictError(AwsError):
    """Somebody else wrote first: read again. `reasons` are those of a cancelled transaction, in its order."""

    def __init__(self, message: str, reasons: tuple[Reason, ...] = ()) -> None:
        super().__init__(message)
        self.reasons = reasons

    @property
    def is_condition(self) -> bool:
        """Tell whether the condition of the only action, or of the first, did not hold."""
        return bool(self.reasons) and self.reasons[0].is_condition


NOT_FOUND = {"ResourceNotFoundException", "ParameterNotFound", "InvalidInstanceID.NotFound"}
DENIED = {"UnauthorizedOperation"}
CONFLICT = {"ConditionalCheckFailedException", "ParameterAlreadyExists", "TransactionConflictException"}
# Reasons of a cancelled transaction that mean that somebody else was first:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
LOST_RACE = {"None", "ConditionalCheckFailed", "TransactionConflict"}


@contextmanager
def named() -> Iterator[None]:
    """Turn botocore's errors into those above; the message is one line."""
    try:
        yield
    except ClientError as error:
        raise _named(error, " ".join(str(error).split())) from error
    except BotoCoreError as error:
        raise AwsError(" ".join(str(error).split())) from error


def _named(error: ClientError, message: str) -> AwsError:
    code = error.response.get("Error", {}).get("Code", "")
    if code in NOT_FOUND:
        return NotFoundError(message)
    if code in DENIED:
        return DeniedError(message)
    if code in CONFLICT:
        reason = "TransactionConflict" if code == "TransactionConflictException" else "ConditionalCheckFailed"
        return ConflictError(message, _reasons([{**error.response, "Code": reason}]))
    reasons = _reasons(error.response.get("CancellationReasons", []))
    if code == "TransactionCanceledException" and {reason.code for reason in reasons} <= LOST_RACE:
        return ConflictError(message, reasons)
    return AwsError(message)


def _reasons(found: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    return tuple(
        Reason(code=one.get("Code", "None"), item=decode(one["Item"]) if one.get("Item") else None) for one in found
    )
