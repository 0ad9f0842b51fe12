"""What can go wrong at AWS's doors, named for what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.core.errors import FunctionError


class AwsError(FunctionError):
    """A call that AWS refused or did not answer, after botocore's own retries."""


class NotFoundError(AwsError):
    """What was asked for does not exist."""


class ConflictError(AwsError):
    """Somebody else wrote first: read again."""


NOT_FOUND = {"ResourceNotFoundException", "ParameterNotFound"}
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
        raise _kind(error)(" ".join(str(error).split())) from error
    except BotoCoreError as error:
        raise AwsError(" ".join(str(error).split())) from error


def _kind(error: ClientError) -> type[AwsError]:
    code = error.response.get("Error", {}).get("Code", "")
    if code in NOT_FOUND:
        return NotFoundError
    if code == "TransactionCanceledException":
        reasons = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])}
        return ConflictError if reasons <= LOST_RACE else AwsError
    return ConflictError if code in CONFLICT else AwsError
