"""Queue → machines: jobs are recorded, those that are queued get machines, and those machines go that ran their job."""

import logging
import os
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from lambdas.adapters import batches, clients, instances, job_queue, job_rows
from lambdas.adapters.batches import Batch
from lambdas.adapters.budget import Budgets
from lambdas.adapters.clients import Bounds, Context
from lambdas.adapters.errors import AwsError
from lambdas.adapters.github import Api
from lambdas.adapters.github_apps import Apps
from lambdas.adapters.runners import Registry
from lambdas.adapters.secrets import Secret
from lambdas.core import jobs, messages, pacing, starts
from lambdas.core.errors import FunctionError, OutOfTimeError
from lambdas.core.job_messages import JobEvent
from lambdas.core.jobs import Step
from lambdas.core.messages import AmiArrived, Message, SpotWarning, Terminate
from lambdas.core.reruns import Rerun
from lambdas.core.starts import Start
from lambdas.core.workflow_job import COMPLETED, IN_PROGRESS, QUEUED
from lambdas.launching import arriving, ending, interrupting, measuring, rerunning, starting
from lambdas.launching.carrying import InHandError
from lambdas.launching.launcher import Launcher, Presets

logger = logging.getLogger(__name__)

BOUNDS = Bounds(read_seconds=2, attempts=2)  # a message that fails comes again
FLEET_BOUNDS = Bounds(read_seconds=20, attempts=2)  # a fleet answers when its instances are there, or nowhere to be had
PAST_QUEUE = (IN_PROGRESS, COMPLETED)
HANDS = 8  # JIT configurations asked for at a time, of the hundred requests that GitHub allows
GROUP_SECONDS = 40  # a fleet that answers at its second attempt, and its registrations
FIRST_WAIT_SECONDS = 10  # of a message that failed; a lease is longer, and waited for
LONGEST_WAIT_SECONDS = 900  # ten attempts are more than an hour then: GitHub or EC2 may be down


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What one container keeps from batch to batch."""

    budgets: Budgets
    registry: Registry
    presets: Presets


def handler(event: Mapping[str, Any], context: Context) -> dict[str, object]:
    """Take a batch of the queue; only the messages that failed come back."""
    kept = _kept()
    world = Launcher(
        site=clients.site(context),
        table=clients.table(BOUNDS),
        queue=clients.jobs(BOUNDS),
        ssm=clients.ssm(BOUNDS),
        ec2=clients.ec2(FLEET_BOUNDS),
        budgets=kept.budgets,
        registry=kept.registry,
        presets=kept.presets,
        subnets=tuple(os.environ["SUBNET_IDS"].split(",")),
        max_runners=int(os.environ["MAX_RUNNERS"]),
        new_id=lambda: uuid.uuid4().hex,
        now=clients.now(),
        hands=HANDS,
        left_seconds=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    return run(world, event)


def run(world: Launcher, event: Mapping[str, Any]) -> dict[str, object]:
    """Do what the messages of a batch say; each is done with, or comes again."""
    batch = batches.batch(event, logger)
    read = {one: batch.attempt([one], partial(messages.parse, record["body"])) for one, record in batch.records.items()}
    said = {one: message for one, message in read.items() if message is not None}
    for one, message in said.items():  # before what became of the machine that it warns of
        if isinstance(message, SpotWarning):
            batch.attempt([one], partial(interrupting.warned, world, message))
    _record(world, batch, {one: message for one, message in said.items() if isinstance(message, JobEvent)})
    for one, message in said.items():
        if isinstance(message, AmiArrived):
            batch.attempt([one], partial(arriving.start_parked, world, message.preset))
        elif isinstance(message, Terminate):
            batch.attempt([one], partial(instances.terminate, world.ec2, message.instance_ids))
        elif isinstance(message, Rerun):
            batch.attempt([one], partial(rerunning.rerun, world, message))
    _start(world, batch, {one: message for one, message in said.items() if one not in batch.failed})
    _hide(world, batch)
    measuring.failed(world, sum(not isinstance(error, InHandError) for error in batch.failed.values()))
    return batch.answer


def _record(world: Launcher, batch: Batch, events: Mapping[str, JobEvent]) -> None:
    """Record what events say of jobs, all at once if nothing is in the way, else one by one; and then of machines."""
    steps = jobs.steps(events.values())
    if not steps:
        return
    try:
        job_rows.record_all(world.table, steps, world.now)
        _log(steps)
        measuring.came(world, steps)
    except Exception as error:  # whatever it is, one by one tells whose it is
        if not isinstance(error, FunctionError):
            logger.exception("batch not recorded at once")
        for one, event in events.items():
            batch.attempt([one], partial(_record_one, world, event))
    told = {one: event for one, event in events.items() if one not in batch.failed and event.job.action in PAST_QUEUE}
    for one, event in told.items():
        batch.attempt([one], partial(ending.see_to, world, event))
    done = {one: event for one, event in told.items() if one not in batch.failed}
    batch.attempt(done, partial(ending.note, world, tuple(done.values())))


def _record_one(world: Launcher, event: JobEvent) -> None:
    steps = jobs.steps([event])
    ahead = [step for step in steps if job_rows.record(world.table, step, world.now)]
    _log(steps)
    measuring.came(world, ahead)


def _start(world: Launcher, batch: Batch, said: Mapping[str, Message]) -> None:
    """Start the jobs that want machines, group by group; a group that fails brings its messages back, and no others."""
    asked: dict[str, Start] = {}
    for one, message in said.items():
        if isinstance(message, Start):
            asked[one] = message
        elif isinstance(message, JobEvent) and message.job.action == QUEUED:
            start = batch.attempt([one], partial(rerunning.first_start, world, message))
            asked |= {} if start is None else {one: start}
    by_job: dict[int, list[str]] = defaultdict(list)
    for one, start in asked.items():
        for job in start.jobs:
            by_job[job.job_id].append(one)
    for group in starts.grouped(asked.values()):
        its = list(dict.fromkeys(one for job in group.jobs for one in by_job[job.job_id]))
        batch.attempt(its, partial(_start_in_time, world, group))


def _start_in_time(world: Launcher, group: Start) -> None:
    """Start a group unless it might be cut off half-way, and all of the batch hidden for minutes."""
    if world.left_seconds() < GROUP_SECONDS:
        raise OutOfTimeError(f"jobs of {group.wish.preset} are left to the next invocation")
    starting.start(world, group)


def _hide(world: Launcher, batch: Batch) -> None:
    """Let messages that failed come again soon, not after the six time-outs for which the queue would hide them."""
    for one, error in batch.failed.items():
        record = batch.records[one]
        received = int(record["attributes"]["ApproximateReceiveCount"])
        wait = min(FIRST_WAIT_SECONDS * 2 ** (received - 1), LONGEST_WAIT_SECONDS)
        if isinstance(error, InHandError):
            wait = pacing.wait_seconds(error.until, world.now) + 1
        try:
            job_queue.hide(world.queue, record["receiptHandle"], wait)
        except AwsError as refused:
            logger.warning("message comes again late", extra={"message_id": one, "why": str(refused)})


def _log(steps: Sequence[Step]) -> None:
    for step in steps:
        logger.info("job recorded", extra={"job_id": step.job_id, "status": step.status})


@cache
def _kept() -> Kept:
    secret = Secret(client=clients.secretsmanager(BOUNDS), arn=os.environ["APP_KEY_ARN"])
    apps = Apps(api=Api(url=os.environ["GITHUB_API_URL"]), owner=os.environ["GITHUB_OWNER"], secret=secret)
    ids = tuple(one for one in os.environ["GITHUB_APPS"].split(",") if one)
    return Kept(budgets=Budgets(table=clients.table(BOUNDS), apps=ids), registry=Registry(apps=apps), presets=Presets())
