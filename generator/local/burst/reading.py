"""What a burst reads of AWS when it is over: rows, instances, messages and calls."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from generator.local.team import Team
from generator.stacks.queues import DEAD_LETTERS
from lambdas.adapters.items import decode
from lambdas.core.jobs import OPEN, PARKED
from lambdas.core.machines import LIVE
from lambdas.core.records import Record

Rows = Mapping[str, Sequence[Record]]  # by sort key


def rows(team: Team, table: str) -> Rows:
    """Return the whole table."""
    found: dict[str, list[Record]] = defaultdict(list)
    for page in team.emulator.client("dynamodb").get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            found[item["SK"]["S"]].append(decode(item))
    return found


def open_keys(all_rows: Rows) -> list[str]:
    """Return the keys of jobs and machines that have not ended."""
    return [
        str(row["PK"])
        for alike in (all_rows.get("JOB", ()), all_rows.get("RUNNER", ()))
        for row in alike
        if str(row.get("kind", "")).startswith((OPEN, PARKED, LIVE))
    ]


def living(team: Team) -> list[str]:
    """Return the instances that have not ended."""
    states = [{"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down", "stopping", "stopped"]}]
    pages = team.emulator.client("ec2").get_paginator("describe_instances").paginate(Filters=states)
    return [one["InstanceId"] for page in pages for found in page["Reservations"] for one in found["Instances"]]


def dead_letters(team: Team) -> list[str]:
    """Return the queues of dead letters that hold any."""
    sqs, counts = team.emulator.client("sqs"), dict[str, int]()
    for name in DEAD_LETTERS:
        url = sqs.get_queue_url(QueueName=f"{team.names.deployment}-{name}")["QueueUrl"]
        counts[name] = _messages(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])
    return [f"{name}: {count}" for name, count in counts.items() if count]


def _messages(attributes: Mapping[str, str]) -> int:
    return sum(int(attributes[f"ApproximateNumberOfMessages{kind}"]) for kind in ("", "Delayed", "NotVisible"))


def calls(team: Team, function: str, since: datetime) -> int:
    """Return how many calls of the AWS API a function has made since a time."""
    ran = team.emulator.control("GET", "/invocations")["invocations"]
    return sum(
        len(one["calls"])
        for one in ran
        if one["function"] == function and datetime.fromisoformat(one["startedAt"]) >= since
    )
