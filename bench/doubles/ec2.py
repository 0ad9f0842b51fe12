"""EC2 with capacity without end: fleets, the machines that they start, and how often it may be asked.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from bench.doubles.caller import Caller
from lambdas.core.names import LAUNCH_TAG


@dataclass(kw_only=True)
class Bucket:
    """So many requests at once, and so many more each second."""

    size: float
    per_second: float
    refused: int = 0
    _left: float | None = None
    _at: float = 0.0

    def take(self, now: float) -> bool:
        """Tell whether there is one more, and take it."""
        left = self.size if self._left is None else min(self.size, self._left + (now - self._at) * self.per_second)
        self._at, self._left = now, left - (left >= 1)
        self.refused += left < 1
        return left >= 1


@dataclass(kw_only=True)
class Machine:
    """One instance; `started` and `ended` are in seconds since the epoch."""

    instance_id: str
    instance_type: str
    launch_id: str
    started: float
    ended: float | None = None


@dataclass(kw_only=True)
class Ground:
    """All machines by their ids, the answers to fleets by their tokens, and what EC2 allows."""

    now: Callable[[], float]
    on_start: Callable[[Machine], None] = lambda _: None
    machines: dict[str, Machine] = field(default_factory=dict)
    fleets: dict[str, dict[str, Any]] = field(default_factory=dict)
    mutating: Bucket = field(default_factory=lambda: Bucket(size=50, per_second=5))
    terminating: Bucket = field(default_factory=lambda: Bucket(size=100, per_second=5))
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def start(self, kind: str, launch_id: str) -> Machine:
        """Start a machine."""
        made = Machine(
            instance_id=f"i-{next(self._numbers):017x}", instance_type=kind, launch_id=launch_id, started=self.now()
        )
        self.machines[made.instance_id] = made
        self.on_start(made)
        return made


@dataclass(frozen=True, kw_only=True)
class Ec2:
    """The client of one caller."""

    ground: Ground
    caller: Caller

    def create_fleet(self, **asked: Any) -> dict[str, Any]:
        """Start as many machines as are asked for, of the first type; for a token that is known nothing is started."""
        self.caller.call("ec2:CreateFleet", self.caller.latencies.fleet)
        self._count(self.ground.mutating, "CreateFleet")
        token = asked["ClientToken"]
        if token not in self.ground.fleets:
            kind = asked["LaunchTemplateConfigs"][0]["Overrides"][0]["InstanceType"]
            tags = {tag["Key"]: tag["Value"] for one in asked["TagSpecifications"] for tag in one["Tags"]}
            count = asked["TargetCapacitySpecification"]["TotalTargetCapacity"]
            started = [self.ground.start(kind, tags[LAUNCH_TAG]) for _ in range(count)]
            part = {"InstanceType": kind, "InstanceIds": [one.instance_id for one in started]}
            self.ground.fleets[token] = {"Instances": [part], "Errors": []}
        return self.ground.fleets[token]

    def terminate_instances(self, **asked: Any) -> dict[str, Any]:
        """End machines; those that have ended stay as they are."""
        self.caller.call("ec2:TerminateInstances", self.caller.latencies.terminate)
        self._count(self.ground.terminating, "TerminateInstances")
        if set(asked["InstanceIds"]) - self.ground.machines.keys():
            raise _error("InvalidInstanceID.NotFound", "TerminateInstances")
        for one in asked["InstanceIds"]:
            machine = self.ground.machines[one]
            machine.ended = machine.ended or self.ground.now()
        return {}

    def get_paginator(self, _: str) -> "Described":
        """Return what describes instances page by page."""
        return Described(ground=self.ground, caller=self.caller)

    def _count(self, bucket: Bucket, operation: str) -> None:
        if not bucket.take(self.ground.now()):
            raise _error("RequestLimitExceeded", operation)


@dataclass(frozen=True, kw_only=True)
class Described:
    """The paginator of DescribeInstances: machines by the tag of their launch."""

    ground: Ground
    caller: Caller

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """Yield the one page."""
        self.caller.call("ec2:DescribeInstances", self.caller.latencies.terminate)
        wanted = {value for one in asked["Filters"] if one["Name"] == f"tag:{LAUNCH_TAG}" for value in one["Values"]}
        yield {
            "Reservations": [
                {"Instances": [{"InstanceId": one.instance_id, "InstanceType": one.instance_type}]}
                for one in self.ground.machines.values()
                if one.launch_id in wanted and one.ended is None
            ]
        }


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
