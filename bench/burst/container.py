"""A container of `launch`: what it keeps from batch to batch, and one invocation after another."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from bench.burst import deployment
from bench.burst.account import Account
from bench.doubles.caller import Caller
from bench.doubles.dynamodb import DynamoDb
from bench.doubles.ec2 import Ec2
from bench.doubles.github import ORGANIZATION, URL, Session
from bench.doubles.settings import SecretsManager, Ssm
from bench.doubles.sqs import Message, Sqs
from lambdas import launch
from lambdas.adapters.budget import Budgets
from lambdas.adapters.github import Api
from lambdas.adapters.github_apps import Apps
from lambdas.adapters.job_queue import JobQueue
from lambdas.adapters.runners import Registry
from lambdas.adapters.secrets import Secret
from lambdas.adapters.table import Table
from lambdas.launching.launcher import Launcher, Presets


@dataclass(kw_only=True)
class Container:
    """One container: its calls, and what it has seen."""

    account: Account
    caller: Caller
    name: str = "c"
    presets: Presets = field(default_factory=Presets)
    failures: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        """Know nothing yet."""
        self.table = Table(client=_any(DynamoDb(store=self.account.store, caller=self.caller)), name=deployment.TABLE)
        self.budgets = Budgets(table=self.table, apps=self.account.apps)
        key = Secret(client=_any(SecretsManager(secret=deployment.private_key(), caller=self.caller)), arn="app-key")
        session = Session(github=self.account.github, caller=self.caller)
        self.registry = Registry(apps=Apps(api=Api(url=URL, session=session), owner=ORGANIZATION, secret=key))
        installations = {app: int(app) for app in self.account.apps}
        self.registry.apps.installations.update(installations)

    def take(self, messages: Sequence[Message]) -> None:
        """Take a batch: what was done is deleted, what failed comes again."""
        records = [
            {
                "messageId": one.message_id,
                "body": one.body,
                "receiptHandle": one.message_id,
                "attributes": {"ApproximateReceiveCount": str(one.receives)},
            }
            for one in messages
        ]
        said: Any = launch.run(self._launcher, {"Records": records})
        self.caller.settle()
        failed = {one["itemIdentifier"] for one in said["batchItemFailures"]}
        self.failures += len(failed)
        for one in messages:
            self.account.queue.done(one.message_id, failed=one.message_id in failed)

    @property
    def _launcher(self) -> Launcher:
        return Launcher(
            site=deployment.SITE,
            table=self.table,
            queue=JobQueue(client=_any(Sqs(queue=self.account.queue, caller=self.caller)), url="jobs"),
            ssm=_any(Ssm(parameters=deployment.parameters(), caller=self.caller)),
            ec2=_any(Ec2(ground=self.account.ground, caller=self.caller)),
            budgets=self.budgets,
            registry=self.registry,
            presets=self.presets,
            subnets=deployment.SUBNETS,
            max_runners=deployment.ROOM,
            new_id=lambda: f"launch-{self.name}-{next(self._ids)}",
            now=self.account.now().replace(microsecond=0),
            hands=self.caller.hands,
        )


def _any(double: object) -> Any:  # noqa: ANN401 - a double stands where boto3's own client does
    return cast("Any", double)
