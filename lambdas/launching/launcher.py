"""All that launching acts on, and what one container keeps of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lambdas.adapters import job_queue, parameters, preset_rows
from lambdas.adapters.budget import Budgets
from lambdas.adapters.job_queue import JobQueue
from lambdas.adapters.runners import Registry
from lambdas.adapters.table import Table
from lambdas.core import deployed, messages, pacing
from lambdas.core.deployed import Deployed
from lambdas.core.image_events import Site
from lambdas.core.starts import Start

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_ssm.client import SSMClient

KNOWN_FOR = timedelta(seconds=5)
LONG = 3600.0  # for whoever is not cut off


@dataclass(frozen=True, kw_only=True)
class Presets:
    """The presets that one container has read, each with the time at which it did."""

    found: dict[str, tuple[datetime, Deployed | str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Launcher:
    """What launching acts on; `now` is one moment for the whole invocation, in whole seconds.

    `hands` is how many JIT configurations are asked for at a time; `new_id` makes up the id of a launch.
    `left_seconds` tells how long the invocation may still take.
    """

    site: Site
    table: Table
    queue: JobQueue
    ssm: "SSMClient"
    ec2: "EC2Client"
    budgets: Budgets
    registry: Registry
    presets: Presets
    subnets: tuple[str, ...]
    max_runners: int
    new_id: Callable[[], str]
    now: datetime
    hands: int = 1
    left_seconds: Callable[[], float] = lambda: LONG


def preset(launcher: Launcher, name: str) -> Deployed | str:
    """Return a preset as launches see it, at most five seconds old, or why it cannot be launched yet."""
    read_at, found = launcher.presets.found.get(name, (None, ""))
    if read_at is None or launcher.now - read_at > KNOWN_FOR:
        value = parameters.get(launcher.ssm, launcher.site.names.config_parameter(name))
        found = deployed.deployed(preset_rows.read_config(launcher.table, name), value)
        launcher.presets.found[name] = launcher.now, found
    return found


def later(launcher: Launcher, start: Start, wait_seconds: int) -> None:
    """Let jobs be started after a while: neither a shortage nor a pause is a failure, and uses up no attempt."""
    job_queue.send(launcher.queue, messages.text(start), wait_seconds)


def again(launcher: Launcher, start: Start) -> None:
    """Let jobs that got no machine be started once more, after a while that is longer each time."""
    later(launcher, start.again, start.wait_seconds)


def wait_seconds(launcher: Launcher, at: datetime) -> int:
    """Return how long it is until a time."""
    return pacing.wait_seconds(at, launcher.now)
