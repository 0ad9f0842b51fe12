"""What EC2 has of a deployment against what the table knows: machines that ended, outlived their time, or have no row.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lambdas.core import launches, times
from lambdas.core.names import LAUNCH_TAG
from lambdas.core.preset import LINUX, WINDOWS, platform_in_ec2

NOT_ENDED = ("pending", "running", "stopping", "stopped")
SHOWN_AFTER = timedelta(minutes=2)  # EC2 may not show an instance at once that it has just started
ENDED_FOR = timedelta(minutes=1)  # whoever ended a machine's row is about to end the instance
GRACE = {LINUX: timedelta(minutes=10), WINDOWS: timedelta(minutes=20)}  # a launch may still be at it
# A machine has a timer of its own; this is for one that is broken. The time to boot, and to power off, is on the house.
SPARE = timedelta(minutes=30)
LONGEST_MINUTES = 7200
LONGEST_REASON = 300  # characters
FAULT, ASKED_FOR = "Client.", ("Client.InstanceInitiatedShutdown", "Client.UserInitiatedShutdown")
# A machine waits ten minutes for its configuration and powers off. What does not is broken.
UNCONFIGURED_FOR = launches.CONFIGURED_WITHIN + timedelta(minutes=4)


@dataclass(frozen=True, kw_only=True)
class Instance:
    """An instance, the launch that its tag names, and once it has ended, why, as EC2 says it."""

    instance_id: str
    instance_type: str
    launch_id: str
    platform: str
    launched_at: datetime
    state: str
    reason: str = ""

    @property
    def has_ended(self) -> bool:
        """Tell whether it has ended, or is about to."""
        return self.state not in NOT_ENDED

    @property
    def has_failed(self) -> bool:
        """Tell whether EC2 ended it because of a fault that the next one meets, too: a key, a right, a quota.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html
        """
        return self.reason.startswith(FAULT) and not self.reason.startswith(ASKED_FOR)


def instance(said: Mapping[str, Any]) -> Instance:
    """Return what DescribeInstances says of one instance."""
    tags = {tag["Key"]: tag["Value"] for tag in said.get("Tags", ())}
    why = said.get("StateReason", {})
    return Instance(
        instance_id=said["InstanceId"],
        instance_type=said["InstanceType"],
        launch_id=tags.get(LAUNCH_TAG, ""),
        platform=platform_in_ec2(said.get("Platform")),
        launched_at=said["LaunchTime"],
        state=said["State"]["Name"],
        reason=": ".join(dict.fromkeys(filter(None, (why.get("Code"), _message(why))))),
    )


def has_ended(row: Mapping[str, Any], shown: Collection[str], now: datetime) -> bool:
    """Tell whether a machine that lives as far as the table knows is none that EC2 shows, by their instances' ids."""
    return row["instanceId"] not in shown and now - times.moment(row["launchedAt"]) >= SHOWN_AFTER


def is_overdue(row: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a living machine should have powered off by itself long ago."""
    launched = times.moment(row["launchedAt"])
    if "configuredAt" not in row:
        return now - launched >= UNCONFIGURED_FOR
    began = times.moment(row["updatedAt"]) if row.get("runningJob") else launched
    return now - began >= timedelta(minutes=row.get("timeoutMinutes", LONGEST_MINUTES)) + SPARE


def is_left_over(row: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a machine has ended in the table, so that its instance must go."""
    return "endedAt" in row and now - times.moment(row["endedAt"]) >= ENDED_FOR


def is_orphan(one: Instance, strikes: Iterable[str], now: datetime) -> bool:
    """Tell whether an instance without a row goes: it was without one before, and no launch can still be at it."""
    return one.instance_id in set(strikes) and now - one.launched_at >= GRACE[one.platform]


def _message(why: Mapping[str, str]) -> str:
    """Return what EC2 says of an end, without the code that it often begins with."""
    said = " ".join(why.get("Message", "").split())
    return said.removeprefix(f"{why.get('Code')}: ")[:LONGEST_REASON]
