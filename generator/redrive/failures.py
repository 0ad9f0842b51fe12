"""What a dead-letter queue says of calls that failed: Lambda's records and EventBridge's, the like ones together."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from generator.github.markdown import flat

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

LONGEST = 200  # characters
# What differs from call to call, although they failed for the same reason.
ONCE_ONLY = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Calls that failed alike: how many, and the times of the first and the last, empty where they are not told."""

    what: str
    why: str
    count: int = 1
    first: str = ""
    last: str = ""

    def __str__(self) -> str:
        """Return it in one line."""
        span = self.first if self.first == self.last else f"{self.first} to {self.last}"
        times = f", {self.count:,} times" if self.count > 1 else ""
        return f"{self.what}{times}: {self.why}{f', {span}' if span else ''}"

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "what": self.what,
            "why": self.why,
            "count": self.count,
            "first": self.first or None,
            "last": self.last or None,
        }


def together(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return failures with the like ones as one, the most frequent first."""
    found: dict[tuple[str, str], Failure] = {}
    for one in failures:
        known = found.get((one.what, one.why))
        found[one.what, one.why] = _joined(known, one) if known else one
    return tuple(sorted(found.values(), key=lambda one: (-one.count, one.what, one.why)))


def parse(message: "MessageTypeDef") -> Failure:
    """Return what failed; a message that is no such record is told as it is.

    Nothing else of a request is shown: that of CloudFormation holds an address by which anybody may answer it.
    """
    try:
        record = json.loads(message["Body"])
        return _of_lambda(record) if "requestContext" in record else _of_rule(record, message["MessageAttributes"])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return Failure(what="a message that records no failed call", why=_cut(message["Body"]))


def _of_lambda(record: Mapping[str, Any]) -> Failure:
    """Return what Lambda tells of a call: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html."""
    context, request = record["requestContext"], record["requestPayload"]
    function = context["functionArn"].split(":")[6]
    about = f"{request['RequestType']} of stack {_stack(request['StackId'])}" if "StackId" in request else "a call"
    said = (record.get("responsePayload") or {}).get("errorMessage")
    at = record["timestamp"]
    return Failure(what=f"{about} to {function}", why=_why(context["condition"], said), first=at, last=at)


def _of_rule(event: Mapping[str, Any], attributes: Mapping[str, Any]) -> Failure:
    """Return what EventBridge tells of an event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html."""
    rule = attributes["RULE_ARN"]["StringValue"].rpartition("/")[2]
    said = attributes.get("ERROR_MESSAGE", {}).get("StringValue")
    why = _why(attributes["ERROR_CODE"]["StringValue"], said)
    return Failure(what=f"an event of rule {rule}", why=why, first=event["time"], last=event["time"])


def _joined(known: Failure, other: Failure) -> Failure:
    return replace(
        known,
        count=known.count + other.count,
        first=min(filter(None, (known.first, other.first)), default=""),
        last=max(known.last, other.last),
    )


def _stack(arn: str) -> str:
    return arn.split("/")[1]


def _why(condition: str, said: str | None) -> str:
    return _cut(f"{condition}: {ONCE_ONLY.sub('…', said)}" if said else condition)


def _cut(text: str) -> str:
    line = flat(text)
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
