"""An account for tests of the functions: moto in this process, Image Builder on a clock that only tests move."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from moto import mock_aws
from moto.moto_api._internal import mock_random

from embedded.aws import transactions
from embedded.aws.clock import Clock
from embedded.aws.ec2 import images
from embedded.aws.imagebuilder.service import ImageBuilder
from embedded.aws.patches import Patches
from lambdas import ami_update, preset_sync, reconcile, status
from lambdas.adapters import preset_rows
from lambdas.adapters.clients import World
from lambdas.adapters.github import Api
from lambdas.adapters.github_apps import Apps
from lambdas.adapters.items import decode
from lambdas.adapters.job_queue import JobQueue
from lambdas.adapters.runners import Registry
from lambdas.adapters.secrets import Secret
from lambdas.adapters.table import Table
from lambdas.core.fold import fold
from lambdas.core.image_events import Site
from lambdas.core.names import Names
from lambdas.reconciling.keeper import Keeper
from tests import tables
from tests.lambdas.makers import ACCOUNT, NOON, REGION, STACK, preset_json

PHASE_SECONDS = 60
COMPONENT = """
schemaVersion: 1.0
phases: [{name: build, steps: [{name: hello, action: ExecuteBash, inputs: {commands: ["echo hello"]}}]}]
"""
PARENT = "ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
SITE = Site(names=Names(deployment="spot-runner"), partition="aws", region=REGION, account=ACCOUNT)
TABLE = "spot-runner"


class StillClock(Clock):
    """A clock that only tests move."""

    def __init__(self, start: datetime) -> None:
        self._still = start.timestamp()
        super().__init__(start)
        self._offset = 0.0

    def timestamp(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._still + getattr(self, "_offset", 0.0)


@cache
def client(service: str) -> Any:
    """Return the one client of a service; no retries, so that a refusal is seen at once."""
    make: Callable[..., Any] = boto3.client  # its types want one literal name for each service
    return make(service, region_name=REGION, config=Config(retries={"mode": "standard", "total_max_attempts": 1}))


@dataclass(kw_only=True)
class Account:
    """One deployment in one account: what happens to it, and what users see of it."""

    clock: Clock
    builder: ImageBuilder
    answer_url: str
    queue: JobQueue
    events: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0

    @property
    def world(self) -> World:
        """Return what the handlers act in now."""
        return World(
            site=SITE,
            table=Table(client=client("dynamodb"), name=TABLE),
            ssm=client("ssm"),
            imagebuilder=client("imagebuilder"),
            ec2=client("ec2"),
            jobs=self.queue,
            now=self.clock.now().replace(microsecond=0),
        )

    # What Image Builder has

    def recipe(self, preset: str = "linux-x64") -> str:
        """Create the next version of a preset's recipe."""
        image_builder, name = client("imagebuilder"), f"spot-runner-preset-{preset}"
        component = image_builder.create_component(
            name=name, semanticVersion="1.0.0", platform="Linux", data=COMPONENT, clientToken=self._token()
        )["componentBuildVersionArn"]
        made = image_builder.create_image_recipe(
            name=name,
            semanticVersion="1.0.x",
            parentImage=PARENT,
            components=[{"componentArn": component}],
            clientToken=self._token(),
        )
        return str(made["imageRecipeArn"])

    def pipeline(self, recipe: str, preset: str = "linux-x64") -> str:
        """Create a preset's pipeline, or give it another recipe."""
        image_builder, name = client("imagebuilder"), f"spot-runner-preset-{preset}"
        found = [one["arn"] for one in image_builder.list_image_pipelines()["imagePipelineList"] if one["name"] == name]
        if found:
            infrastructure = image_builder.get_image_pipeline(imagePipelineArn=found[0])["imagePipeline"]
            image_builder.update_image_pipeline(
                imagePipelineArn=found[0],
                imageRecipeArn=recipe,
                infrastructureConfigurationArn=infrastructure["infrastructureConfigurationArn"],
                clientToken=self._token(),
            )
            return str(found[0])
        infrastructure = image_builder.create_infrastructure_configuration(
            name=name, instanceProfileName="builder", clientToken=self._token()
        )["infrastructureConfigurationArn"]
        made = image_builder.create_image_pipeline(
            name=name,
            imageRecipeArn=recipe,
            infrastructureConfigurationArn=infrastructure,
            clientToken=self._token(),
        )
        return str(made["imagePipelineArn"])

    def start(self, pipeline: str) -> str:
        """Start a build as a schedule or a person would."""
        made = client("imagebuilder").start_image_pipeline_execution(
            imagePipelineArn=pipeline, clientToken=self._token()
        )
        return str(made["imageBuildVersionArn"])

    def build_to_the_end(self) -> None:
        """Let all builds run until they have ended; their events wait in `events`."""
        self.clock.advance(PHASE_SECONDS * 8)

    def builds(self) -> list[str]:
        """Return the ARNs of all builds that were ever started."""
        pages = client("imagebuilder").get_paginator("list_image_build_versions").paginate()
        return sorted(image["arn"] for page in pages for image in page["imageSummaryList"])

    def ready(self, **changes: Any) -> str:
        """Deploy a preset whose first build serves, and return its recipe."""
        recipe = self.recipe()
        self.deploy(recipe=recipe, **changes)
        self.build_to_the_end()
        self.deliver(self.events[-1])
        self.events.clear()
        return recipe

    # What happens to the functions

    def request(self, kind: str = "Create", **changes: Any) -> dict[str, Any]:
        """Return a request of CloudFormation; `changes` are properties, or StackId, RequestId, PhysicalResourceId."""
        self.requests += 1
        outer: dict[str, Any] = {
            key: changes.pop(key) for key in ("StackId", "RequestId", "PhysicalResourceId") if key in changes
        }
        properties = {
            "ServiceToken": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:spot-runner-preset-sync",
            "ServiceTimeout": "120",
            "Preset": preset_json(),
            "RecipeHash": "aaaa",
            "LaunchTemplateId": "lt-0123456789abcdef0",
            "LaunchTemplateVersion": "1",
            "Commit": "0" * 40,
            **changes,
        }
        return {
            "RequestType": kind,
            "ResponseURL": self.answer_url,
            "StackId": STACK,
            "RequestId": f"request-{self.requests}",
            "ResourceType": "Custom::SpotRunnerPreset",
            "LogicalResourceId": "Sync",
            "ResourceProperties": properties,
            **({"PhysicalResourceId": "spot-runner/linux-x64"} if kind != "Create" else {}),
            **outer,
        }

    def deploy(self, kind: str = "Create", recipe: str = "", **changes: Any) -> dict[str, Any]:
        """Deploy a preset, with a new recipe unless one is given, and return the request that was made."""
        preset = json.loads(changes.get("Preset", preset_json()))["name"]
        recipe = recipe or self.recipe(preset)
        request = self.request(kind, RecipeArn=recipe, PipelineArn=self.pipeline(recipe, preset), **changes)
        self.sync(request)
        return request

    def sync(self, request: dict[str, Any]) -> None:
        """Let preset_sync take a request."""
        preset_sync.run(self.world, request)

    def deliver(self, *events: dict[str, Any] | str) -> list[str]:
        """Let ami_update take a batch, and return which of its messages failed, by their place in it."""
        bodies = [event if isinstance(event, str) else json.dumps(event) for event in events]
        records = [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]
        answer: Any = ami_update.run(self.world, {"Records": records})
        return [one["itemIdentifier"] for one in answer["batchItemFailures"]]

    def deliver_all(self) -> list[str]:
        """Let ami_update take all that waits, in order."""
        waiting, self.events[:] = list(self.events), []
        return self.deliver(*waiting)

    def reconcile(self, left_seconds: Callable[[], float] = lambda: 55.0) -> None:
        """Let reconcile do a round, as an invocation of its own that has so much time left; it knows no App."""
        secret = Secret(client=client("secretsmanager"), arn="none")
        registry = Registry(apps=Apps(api=Api(url="https://github.test"), owner="octo-org", secret=secret))
        self.reconcile_with(registry, (), left_seconds)

    def reconcile_with(
        self, registry: Registry, app_ids: tuple[str, ...], left_seconds: Callable[[], float] = lambda: 55.0
    ) -> None:
        """Let reconcile do a round by which Apps are asked."""
        keeper = Keeper(aws=self.world, registry=registry, app_ids=app_ids, left_seconds=left_seconds)
        reconcile.run(keeper, self._token())

    # What users see

    def status(
        self, path: str = "/status", method: str = "GET", show_ami_ids: str = "true", **query: str
    ) -> dict[str, Any]:
        """Ask the status API, with a query or without one."""
        event: dict[str, Any] = {"rawPath": path, "requestContext": {"http": {"method": method}}}
        event |= {"queryStringParameters": query} if query else {}
        world = self.world
        return status.run(world.table, event, show_ami_ids=show_ami_ids, now=world.now)

    def preset(self) -> dict[str, Any]:
        """Return what the status API says of the one preset."""
        (preset,) = json.loads(self.status()["body"])["presets"]
        return dict(preset)

    def item(self, partition: str = "AMI#linux-x64", sort: str = "LATEST") -> dict[str, Any]:
        """Return an item of the table, without types; empty if there is none."""
        return next((one for one in self.items() if (one["PK"], one["SK"]) == (partition, sort)), {})

    def items(self) -> list[dict[str, Any]]:
        """Return all items of the table."""
        found = [decode(item) for item in client("dynamodb").scan(TableName=TABLE)["Items"]]
        return sorted(found, key=lambda item: (item["PK"], item["SK"]))

    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return what the presets' parameters hold, by preset."""
        found = client("ssm").get_parameters_by_path(Path="/spot-runner/configs", Recursive=True)["Parameters"]
        return {one["Name"].rpartition("/")[2]: json.loads(one["Value"]) for one in found}

    def assert_the_state_follows_from_the_facts(self, preset: str = "linux-x64") -> None:
        """LATEST is what the fold says of all that the table holds, at every moment and in every order of events."""
        kept = preset_rows.read(self.world.table, preset)
        assert (kept.latest is None) == (kept.config is None)
        if kept.config:
            state = fold(config=kept.config, facts=kept.facts, previous=kept.latest, now=self.world.now)
            assert state is kept.latest

    def _token(self) -> str:
        self.requests += 1
        return f"token-{self.requests}"


@contextmanager
def an_account(answer_url: str, start: datetime = NOON) -> Iterator[Account]:
    """Yield an account that is empty but for the table; random ids are the same every time."""
    with mock_aws(), Patches() as patches:
        mock_random.seed(1)
        clock = StillClock(start)
        events: list[dict[str, Any]] = []
        builder = ImageBuilder(ACCOUNT, REGION, clock, events.append)
        builder.phase_seconds = PHASE_SECONDS
        builder.install(patches)
        transactions.install(patches)
        images.install(patches)
        tables.make(client("dynamodb"), TABLE)
        queue = JobQueue(client=client("sqs"), url=client("sqs").create_queue(QueueName="spot-runner-jobs")["QueueUrl"])
        client("iam").create_instance_profile(InstanceProfileName="builder")
        try:
            yield Account(clock=clock, builder=builder, answer_url=answer_url, queue=queue, events=events)
        finally:
            clock.stop()
