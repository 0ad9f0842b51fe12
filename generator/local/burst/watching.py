"""One look at a burst: what GitHub, the table and EC2 say of its jobs, machines and runners at one moment."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from embedded.github.workflow_jobs import Job
from generator.local.team import Team
from lambdas.adapters.items import decode, encode
from lambdas.adapters.table import INDEX
from lambdas.core.fleets import ON_DEMAND
from lambdas.core.jobs import OPEN
from lambdas.core.records import Record

QUEUED, WAITING, LAUNCHED, RUNNING, COMPLETED = STATES = (
    "queued",
    "waiting for capacity",
    "launched",
    "running",
    "completed",
)
WAITS_AFTER = timedelta(seconds=15)  # a launch is claimed within seconds, or there was nothing to be had


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen at a moment of the emulator's clock.

    `jobs` counts by state, `machines` by market. `booting` are machines whose runner GitHub has not heard of yet,
    `assigned` jobs that a runner was given and has not started. `waits_since` is when the first job was queued that
    waits for capacity.
    """

    at: datetime
    jobs: Mapping[str, int]
    machines: Mapping[str, int]
    runners: int
    booting: int
    assigned: int
    deliveries: int
    undelivered: int
    waits_since: datetime | None


class Watcher:
    """Looks again and again, with the same clients: to make one takes longer than to ask by it."""

    def __init__(self, team: Team) -> None:
        self._team, self._table = team, team.handed_on("table-name")
        self._dynamodb, self._ec2 = team.emulator.client("dynamodb"), team.emulator.client("ec2")
        self._markets: dict[str, str] = {}

    def look(self, jobs: Iterable[Job]) -> Look:
        """Look at everything; `jobs` are those that were queued so far, further attempts included."""
        rows = {int(str(row["PK"]).removeprefix("JOB#")): row for row in self._open_rows()}
        alive = set(self._team.machines.running)
        self._learn(alive)
        played = self._team.hosting.played
        with played.actions.changed:
            now, runners, log = played.clock.now(), played.actions.roster.runners.values(), played.hooks.log()
            states = [(state_of(job, rows.get(job.id), now), job) for job in jobs]
            waits = [job.queued_at for state, job in states if state == WAITING and job.queued_at]
            met = {job.runner.name for _, job in states if job.runner} | {one.name for one in runners if one.session}
            return Look(
                at=now,
                jobs=Counter(state for state, _ in states),
                machines=Counter(self._markets[one] for one in alive),
                runners=len(runners),
                booting=len(alive - met),
                assigned=sum(job.status == "queued" and job.runner is not None for _, job in states),
                deliveries=len(log),
                undelivered=sum(one.status != "OK" for one in log),
                waits_since=min(waits, default=None),
            )

    def _open_rows(self) -> list[Record]:
        """Return the open jobs, as the index shows them."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues=encode({":kind": OPEN}),
        )
        return [decode(item) for page in pages for item in page["Items"]]

    def _learn(self, instances: Collection[str]) -> None:
        """Ask EC2 for the markets of instances that are new."""
        if new := [one for one in instances if one not in self._markets]:
            for reservation in self._ec2.describe_instances(InstanceIds=new)["Reservations"]:
                for one in reservation["Instances"]:
                    self._markets[one["InstanceId"]] = one.get("InstanceLifecycle", ON_DEMAND)


def state_of(job: Job, row: Record | None, now: datetime) -> str:
    """Return how far a job has come: by GitHub, and before a runner has it by its row, if there is one yet."""
    if job.status == "completed":
        return COMPLETED
    if job.status == "in_progress":
        return RUNNING
    if job.runner is not None or (row is not None and "launchId" in row):
        return LAUNCHED
    waits = row is not None and job.queued_at is not None and now - job.queued_at >= WAITS_AFTER
    return WAITING if waits else QUEUED
