"""What the table keeps of a machine: `RUNNER#<instance arn>`, from its launch to its end."""

import re
from datetime import datetime, timedelta

from lambdas.core import times
from lambdas.core.image_events import Site
from lambdas.core.launches import Launch, Place
from lambdas.core.records import Record

INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")  # and the name of its runner in GitHub
LIVE = "RUNNER#live"  # the index's kind of machines that have not ended
KEPT = timedelta(days=30)  # after its end
UNTAKEN = timedelta(hours=1)  # how long a configuration is kept that no machine took


def arn(site: Site, instance_id: str) -> str:
    """Return an instance's ARN."""
    return f"arn:{site.partition}:ec2:{site.region}:{site.account}:instance/{instance_id}"


def row(launch: Launch, place: Place, now: datetime) -> Record:
    """Return the row of a machine that was just launched."""
    return {
        "instanceId": place.machine.instance_id,
        "instanceType": place.machine.instance_type,
        "market": launch.market,
        "preset": launch.wish.preset,
        "labels": list(place.job.labels),
        "launchedFor": place.job.job_id,
        "repository": place.job.repository,
        "launchId": launch.launch_id,
        "timeoutMinutes": launch.timeout_minutes,
        "launchedAt": times.text(now),
        "updatedAt": times.text(now),
        "kind": LIVE,
    }


def jit_row(encoded: str, timeout_minutes: int, now: datetime) -> Record:
    """Return the row that the machine takes its configuration from."""
    return {
        "config": encoded,
        "timeoutMinutes": timeout_minutes,
        "ttl": int((now + UNTAKEN).timestamp()),
    }
