"""An account that starts machines, with a played GitHub that gives them runners: what `launch` acts on."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from moto.core.utils import unix_time_millis
from moto.sqs.models import sqs_backends
from werkzeug.test import Client

from embedded.aws import moto_time
from embedded.aws.ec2 import Fleets
from embedded.aws.patches import Patches
from lambdas import launch
from lambdas.adapters.budget import Budgets
from lambdas.adapters.github import Api, Session
from lambdas.adapters.github_apps import Apps
from lambdas.adapters.runners import Registry
from lambdas.adapters.secrets import Secret
from lambdas.core import labels, messages, workflow_job
from lambdas.core.job_messages import JobEvent
from lambdas.core.labels import Wish
from lambdas.launching.launcher import Launcher, Presets
from tests.github_app import ORGANIZATION, Organization, key_pair
from tests.lambdas.account import SITE, Account, client
from tests.lambdas.deliveries import a_payload
from tests.lambdas.makers import ACCOUNT, REGION, at, preset_json
from tests.lambdas.played_session import API, PlayedSession


@dataclass(kw_only=True)
class Yard:
    """One deployment of which preset linux-x64 can be launched: what happens to its jobs and machines."""

    account: Account
    organization: Organization
    fleets: Fleets
    session: PlayedSession
    registry: Registry
    budgets: Budgets
    subnets: tuple[str, ...]
    template: str
    recipe: str
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    presets: Presets = field(default_factory=Presets)
    max_runners: int = 200
    left_seconds: Callable[[], float] = lambda: 60.0
    hidden: list[int] = field(default_factory=list)  # for how many seconds each message is that failed last

    @property
    def launcher(self) -> Launcher:
        """Return what an invocation acts on now."""
        return replace(
            a_launcher(self.account, self.registry, self.budgets),
            presets=self.presets,
            subnets=self.subnets,
            max_runners=self.max_runners,
            new_id=lambda: f"launch-{next(self.ids)}",
            left_seconds=self.left_seconds,
        )

    def change(self, **preset: Any) -> None:
        """Deploy the preset with fields changed, and wait until launch has seen it."""
        changed = preset_json(**{**PRESET, **preset})
        self.account.deploy("Update", recipe=self.recipe, LaunchTemplateId=self.template, Preset=changed)
        self.delayed()
        self.account.clock.advance(60)

    def another_container(self) -> None:
        """Forget what one container kept from batch to batch."""
        self.budgets = replace(self.budgets, seen={})
        self.registry = Registry(apps=replace(self.registry.apps, tokens={}, installations={}))
        self.presets = Presets()

    def take(self, *bodies: str) -> list[str]:
        """Let launch take a batch, and return which messages come again, by their places."""
        received, began = [self._received(body) for body in bodies], unix_time_millis()
        records = [
            {
                "messageId": str(place),
                "body": message.body,
                "receiptHandle": message.receipt_handle,
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for place, message in enumerate(received)
        ]
        said: Any = launch.run(self.launcher, {"Records": records})
        failed = [one["itemIdentifier"] for one in said["batchItemFailures"]]
        self.hidden = [round((received[int(one)].visible_at - began) / 1000) for one in failed]
        for message in received:
            self._queue._messages.remove(message)
        return failed

    def forget_received(self) -> None:
        """Drop the messages of an invocation that was killed: whoever killed it tells them again."""
        self._queue._messages[:] = [one for one in self._queue._messages if not one.approximate_receive_count]

    def reconcile(self, seconds: float = 60, left_seconds: Callable[[], float] = lambda: 55.0) -> None:
        """Let time pass, and reconcile do a round."""
        self.account.clock.advance(seconds)
        self.organization.played.actions.tick()
        self.account.reconcile_with(self.registry, self.budgets.apps, left_seconds)

    def delayed(self, action: str = "") -> list[tuple[int, dict[str, Any]]]:
        """Take what was sent to the queue, all or one kind: after how many seconds it is due, and what it says."""
        taken = [one for one in self._queue._messages if not action or json.loads(one.body)["action"] == action]
        self._queue._messages[:] = [one for one in self._queue._messages if one not in taken]
        return [((one.delayed_until - int(one.sent_timestamp)) // 1000, json.loads(one.body)) for one in taken]

    def forget_messages(self) -> None:
        """Lose all that is in the queue, received or not."""
        self._queue._messages.clear()

    def pass_on(self) -> list[str]:
        """Let the time pass until what was sent last is due, and let launch take it all."""
        waiting = self.delayed()
        self.account.clock.advance(max((seconds for seconds, _ in waiting), default=0))
        return self.take(*(json.dumps(one) for _, one in waiting))

    @staticmethod
    def text(message: dict[str, Any]) -> str:
        """Return a message as the queue holds it."""
        return json.dumps(message)

    # What users see

    def job(self, number: int = 101) -> dict[str, Any]:
        """Return a job's row."""
        return self.account.item(f"JOB#{number}", "JOB")

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """Return the rows of one kind, such as LAUNCH or RUNNER."""
        return [item for item in self.account.items() if item["SK"] == kind]

    def machines(self) -> list[dict[str, Any]]:
        """Return the instances that have not ended."""
        pages = client("ec2").get_paginator("describe_instances").paginate()
        found = [one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]]
        return [one for one in found if one["State"]["Name"] in {"pending", "running"}]

    def runners(self) -> dict[str, tuple[str, ...]]:
        """Return the labels of GitHub's runners by their names."""
        return {one.name: one.labels for one in self.organization.played.actions.roster.runners.values()}

    def room(self) -> dict[str, int]:
        """Return how many machines are counted."""
        found = self.account.item("CAPACITY", "DEPLOYMENT")
        return {key: value for key, value in found.items() if isinstance(value, int)}

    @property
    def _queue(self) -> Any:
        return sqs_backends[ACCOUNT][REGION].queues["spot-runner-jobs"]

    def _received(self, body: str) -> Any:
        """Return a message as it is once it was received; no call of AWS is made for it."""
        sqs_backends[ACCOUNT][REGION].send_message("spot-runner-jobs", body)
        message = self._queue._messages[-1]
        message.mark_received(visibility_timeout=0)
        return message


def a_launcher(account: Account, registry: Registry, budgets: Budgets) -> Launcher:
    """Return what an invocation acts on now that knows no preset yet."""
    world = account.world
    return Launcher(
        site=SITE,
        table=world.table,
        queue=world.jobs,
        ssm=world.ssm,
        ec2=world.ec2,
        budgets=budgets,
        registry=registry,
        presets=Presets(),
        subnets=(),
        max_runners=200,
        new_id=lambda: "launch-1",
        now=world.now,
    )


def a_registry(session: Session, key_arn: str) -> Registry:
    """Return where a container registers runners that has registered none yet."""
    secret = Secret(client=client("secretsmanager"), arn=key_arn)
    return Registry(apps=Apps(api=Api(url=API, session=session), owner=ORGANIZATION, secret=secret))


@contextmanager
def a_yard(account: Account, organization: Organization, **preset: Any) -> Iterator[Yard]:
    """Yield a deployment whose one preset has an AMI; `preset` are fields of it."""
    with Patches() as patches:
        moto_time.follow(account.clock, patches)
        fleets = Fleets(ACCOUNT, REGION, account.clock, account.events.append)
        fleets.install(patches)
        ec2 = client("ec2")
        found = sorted(ec2.describe_subnets()["Subnets"], key=lambda one: str(one["AvailabilityZone"]))
        template = _template()
        recipe = account.ready(LaunchTemplateId=template, Preset=preset_json(**{**PRESET, **preset}))
        client("sqs").purge_queue(QueueUrl=account.queue.url)
        session = PlayedSession(github=Client(organization.played.serve))
        key = client("secretsmanager").create_secret(Name="app-key", SecretString=key_pair()[0])["ARN"]
        yield Yard(
            account=account,
            organization=organization,
            fleets=fleets,
            session=session,
            registry=a_registry(session, key),
            budgets=Budgets(table=account.world.table, apps=(str(organization.app.id),)),
            template=template,
            recipe=recipe,
            subnets=tuple(one["SubnetId"] for one in found[:2]),
        )


def _template() -> str:
    made = client("ec2").create_launch_template(
        LaunchTemplateName="spot-runner-preset-linux-x64", LaunchTemplateData={"UserData": "aGk="}
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


PRESET = {"spotStrategy": "spotPreferred", "runnerGroup": "Default", "onInterruption": "rerun"}


def a_message(
    yard: Yard, action: str = "queued", minutes: float = 0, repository: str = "octo-org/app", **job: Any
) -> str:
    """Return what the webhook tells the queue of a job's event that arrived so many minutes after noon."""
    payload = a_payload(action, repository, **job)
    payload["installation"]["id"] = yard.organization.installation.id
    parsed = workflow_job.parse(json.dumps(payload).encode())
    wish = labels.wish(parsed.labels)
    assert isinstance(wish, Wish)
    app_id = str(yard.organization.app.id)
    return messages.text(JobEvent(job=parsed, wish=wish, app_id=app_id, received_at=at(minutes)))
