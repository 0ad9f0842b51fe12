"""One launch: one request to EC2 for the machines of some jobs, kept so that whoever finds it can carry it out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lambdas.core import fleets, starts, times
from lambdas.core.deployed import Deployed
from lambdas.core.fleets import ON_DEMAND, SPOT, Machine
from lambdas.core.labels import Wish
from lambdas.core.records import Record
from lambdas.core.starts import Start, WaitingJob

REQUESTED, SETTLED = "requested", "settled"
KEPT = timedelta(days=30)
LEASE = timedelta(seconds=70)  # longer than any invocation: nobody carries out what another still may
# EC2 knows a ClientToken for a day at least; later nothing is asked for again, only looked for.
REPLAYED = timedelta(hours=12)
# A machine waits for its configuration for ten minutes from its boot; what would come later would find nobody.
CONFIGURED_WITHIN = timedelta(minutes=8)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A machine, and the job that it was launched for; whichever job of these labels it will run."""

    machine: Machine
    job: WaitingJob


@dataclass(frozen=True, kw_only=True)
class Launch:
    """One launch. `request` is a whole CreateFleet; `fallback` tells that what is short goes to on-demand.

    `rerun` tells that its jobs were interrupted before. `places` are known once it is settled. Until `lease_until`
    somebody carries it out. `timeout_minutes` and `runner_group` are the preset's when it was claimed.
    """

    launch_id: str
    wish: Wish
    market: str
    jobs: tuple[WaitingJob, ...]
    request: Record
    app_id: str
    runner_group: str
    timeout_minutes: int
    created_at: datetime
    lease_until: datetime
    fallback: bool = False
    attempt: int = 0
    rerun: bool = False
    status: str = REQUESTED
    places: tuple[Place, ...] = ()

    def start(self, jobs: tuple[WaitingJob, ...]) -> Start:
        """Return what some of its jobs want."""
        return Start(wish=self.wish, jobs=jobs, attempt=self.attempt, on_demand=self.rerun)


def planned(start: Start, deployed: Deployed, fleet: Record, launch_id: str, app_id: str, now: datetime) -> Launch:
    """Return the launch of jobs on the preset's first market."""
    preset, market = deployed.preset, first_market(start, deployed)
    return Launch(
        launch_id=launch_id,
        wish=start.wish,
        market=market,
        fallback=market == SPOT and preset.spot_strategy == "spotPreferred",
        jobs=start.jobs,
        request=fleets.sized(fleet, market, len(start.jobs), launch_id),
        app_id=app_id,
        runner_group=preset.runner_group,
        timeout_minutes=preset.timeout,
        attempt=start.attempt,
        rerun=start.on_demand,
        created_at=now,
        lease_until=now + LEASE,
    )


def first_market(start: Start, deployed: Deployed) -> str:
    """Return where machines are asked for first: what spot took away once comes on demand."""
    return ON_DEMAND if start.on_demand else fleets.FIRST_MARKET[deployed.preset.spot_strategy]


def settled(launch: Launch, machines: tuple[Machine, ...]) -> Launch:
    """Return a launch with the machines that it got; the first jobs have them."""
    pairs = zip(machines, launch.jobs, strict=False)
    return replace(launch, status=SETTLED, places=tuple(Place(machine=one, job=job) for one, job in pairs))


def short(launch: Launch) -> tuple[WaitingJob, ...]:
    """Return the jobs of a settled launch that got no machine."""
    return launch.jobs[len(launch.places) :]


def on_demand(launch: Launch, now: datetime) -> Launch:
    """Return the launch on demand of what a settled launch is short of: the same pools, a token of its own."""
    launch_id, jobs = f"{launch.launch_id}-od", short(launch)
    return replace(
        launch,
        launch_id=launch_id,
        market=ON_DEMAND,
        fallback=False,
        jobs=jobs,
        request=fleets.sized(fleets.on_demand(launch.request, launch_id), ON_DEMAND, len(jobs), launch_id),
        created_at=now,
        lease_until=now + LEASE,
        status=REQUESTED,
        places=(),
    )


def to_record(launch: Launch) -> Record:
    """Return the row of a launch; it goes by itself after 30 days."""
    return {
        "launchId": launch.launch_id,
        "preset": launch.wish.preset,
        "cpu": launch.wish.cpu,
        "ram": launch.wish.ram,
        "market": launch.market,
        "fallback": launch.fallback,
        "jobs": [starts.job_json(job) for job in launch.jobs],
        "request": json.dumps(launch.request, separators=(",", ":")),
        "appId": launch.app_id,
        "runnerGroup": launch.runner_group,
        "timeoutMinutes": launch.timeout_minutes,
        "attempt": launch.attempt,
        "rerun": launch.rerun,
        "status": launch.status,
        "machines": machines_json(launch),
        "createdAt": times.text(launch.created_at),
        "leaseUntil": times.text(launch.lease_until),
        "ttl": int((launch.created_at + KEPT).timestamp()),
    }


def machines_json(launch: Launch) -> list[dict[str, str]]:
    """Return the machines of a launch as its row holds them, in the order of its jobs."""
    machines = [place.machine for place in launch.places]
    return [{"instanceId": one.instance_id, "instanceType": one.instance_type} for one in machines]


def from_record(row: Mapping[str, Any]) -> Launch:
    """Return the launch that a row stands for."""
    launch = Launch(
        launch_id=row["launchId"],
        wish=Wish(preset=row["preset"], cpu=row["cpu"], ram=row["ram"]),
        market=row["market"],
        fallback=row["fallback"],
        jobs=tuple(starts.job_from_json(job) for job in row["jobs"]),
        request=json.loads(row["request"]),
        app_id=row["appId"],
        runner_group=row["runnerGroup"],
        timeout_minutes=row["timeoutMinutes"],
        attempt=row["attempt"],
        rerun=row.get("rerun") is True,
        created_at=times.moment(row["createdAt"]),
        lease_until=times.moment(row["leaseUntil"]),
    )
    machines = tuple(
        Machine(instance_id=one["instanceId"], instance_type=one["instanceType"]) for one in row["machines"]
    )
    return settled(launch, machines) if row["status"] == SETTLED else launch
