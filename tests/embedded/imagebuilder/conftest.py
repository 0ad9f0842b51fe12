"""Image Builder on moto's in-process server, on a clock that only tests move, with a world of ready-made resources."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import pytest
from moto.moto_api._internal.models import moto_api_backend

from embedded.aws.clock import Clock
from embedded.aws.imagebuilder.service import ImageBuilder
from embedded.aws.patches import Patches

ACCOUNT = "123456789012"
REGION = "eu-west-1"
PARENT = "ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
COMPONENT = """
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - {name: hello, action: ExecuteBash, inputs: {commands: ["echo hello"]}}
"""


@cache
def client(url: str, service: str, region: str = REGION) -> Any:
    return boto3.client(service, endpoint_url=url, region_name=region)


@dataclass(kw_only=True)
class World:
    """What a test sees: clients, the clock, the service's knobs and the events that it published."""

    url: str
    clock: Clock
    service: ImageBuilder
    events: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0

    def client(self, service: str, region: str = REGION) -> Any:
        """Return a client that may do everything."""
        return client(self.url, service, region)

    @property
    def api(self) -> Any:
        """Return the client of Image Builder."""
        return self.client("imagebuilder")

    def token(self) -> str:
        """Return a client token that was never used."""
        self.tokens += 1
        return f"token-{self.tokens}"

    def component(self, **changes: Any) -> str:
        """Make a component and return its ARN."""
        given = {"name": "Tools_of mine", "semanticVersion": "1.0.0", "platform": "Linux", "data": COMPONENT}
        made = self.api.create_component(**{**given, "clientToken": self.token(), **changes})
        return str(made["componentBuildVersionArn"])

    def recipe(self, **changes: Any) -> str:
        """Make a recipe, of a component of its own unless said, and return its ARN."""
        given = {"name": "Linux_x64", "semanticVersion": "1.0.x", "parentImage": PARENT, "clientToken": self.token()}
        components = [] if "components" in changes else [{"componentArn": self.component()}]
        return str(self.api.create_image_recipe(**{**given, "components": components, **changes})["imageRecipeArn"])

    def infrastructure(self, **changes: Any) -> str:
        """Make an infrastructure configuration and return its ARN."""
        given = {"name": "builder", "instanceProfileName": "builder", "clientToken": self.token()}
        made = self.api.create_infrastructure_configuration(**{**given, **changes})
        return str(made["infrastructureConfigurationArn"])

    def distribution(self, **changes: Any) -> str:
        """Make a distribution configuration to this Region and return its ARN."""
        ami = {"name": "linux-x64 {{ imagebuilder:buildDate }}", "amiTags": {"team": "runners"}}
        given = {"name": "to-here", "distributions": [{"region": REGION, "amiDistributionConfiguration": ami}]}
        made = self.api.create_distribution_configuration(**{**given, "clientToken": self.token(), **changes})
        return str(made["distributionConfigurationArn"])

    def pipeline(self, **changes: Any) -> str:
        """Make a pipeline, of parts of its own unless said, and return its ARN."""
        arns = {
            "imageRecipeArn": self.recipe,
            "infrastructureConfigurationArn": self.infrastructure,
            "distributionConfigurationArn": self.distribution,
        }
        given = {key: make() for key, make in arns.items() if key not in changes}
        made = self.api.create_image_pipeline(**{"name": "linux", **given, "clientToken": self.token(), **changes})
        return str(made["imagePipelineArn"])

    def build(self, pipeline: str) -> str:
        """Start a build and return its ARN."""
        made = self.api.start_image_pipeline_execution(imagePipelineArn=pipeline, clientToken=self.token())
        return str(made["imageBuildVersionArn"])

    def image(self, arn: str) -> dict[str, Any]:
        """Return what GetImage says of a build."""
        return dict(self.api.get_image(imageBuildVersionArn=arn)["image"])

    def status(self, arn: str) -> str:
        """Return a build's status."""
        return str(self.image(arn)["state"]["status"])

    def announced(self, arn: str) -> list[str]:
        """Return the statuses that events of a build told, in their order."""
        return [one["detail"]["state"]["status"] for one in self.events if one["resources"] == [arn]]


@pytest.fixture
def world(url: str) -> Iterator[World]:
    """Phases last an hour, so that only `clock.advance` ends one."""
    moto_api_backend.reset()  # others leave things behind
    clock = Clock(datetime(2026, 11, 23, 12, tzinfo=UTC))
    events: list[dict[str, Any]] = []
    service = ImageBuilder(ACCOUNT, REGION, clock, events.append)
    service.phase_seconds = 3600
    patches = Patches()
    service.install(patches)
    made = World(url=url, clock=clock, service=service, events=events)
    made.client("iam").create_instance_profile(InstanceProfileName="builder")
    yield made
    clock.stop()
    patches.close()
