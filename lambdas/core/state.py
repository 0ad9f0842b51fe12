"""What is known of a preset's AMI: the facts, the preset as deployed, and the state that follows from both."""

import re
from dataclasses import dataclass
from datetime import datetime

from lambdas.core.preset import Preset

LIVING = "available"  # EC2's word for an AMI that can be launched
GONE = "deregistered"  # EC2's word; also ours for an AMI that DescribeImages no longer finds
OF_EC2 = re.compile("arn:[^:]*:ec2:")


@dataclass(frozen=True, kw_only=True)
class Build:
    """A fact: one Image Builder build, as GetImage described it at `event_at`; or an own AMI, as EC2 described it.

    `ami_id` is the AMI in this account and Region, of an AVAILABLE build only; `ami_state` and `root_device_name`
    are what DescribeImages said of it. `started_at` is the build's own start and orders builds among each other.
    """

    build_arn: str
    status: str
    recipe_arn: str
    started_at: datetime
    event_at: datetime
    ami_id: str | None = None
    ami_state: str | None = None
    root_device_name: str | None = None
    reason: str | None = None
    runner_version: str | None = None
    cve: str | None = None

    @property
    def is_own_ami(self) -> bool:
        """Tell whether nothing was built: an own AMI, whose ARN stands for the build and for its recipe."""
        return OF_EC2.match(self.build_arn) is not None

    @property
    def version(self) -> str:
        """Return what people call the build: recipe version and build number, such as `1.0.3/1`."""
        return "/".join(self.build_arn.split("/")[-2:])


@dataclass(frozen=True, kw_only=True)
class Deploy:
    """A fact: one request of the custom resource, and what was decided when it came."""

    sequence: int
    recipe_hash: str
    recipe_arn: str
    architecture: str
    platform: str
    commit: str
    deployed_at: datetime
    stack_id: str
    request_id: str
    decision: str
    client_token: str | None = None

    @property
    def is_own_ami(self) -> bool:
        """Tell whether an own AMI was deployed: its ARN stands for the recipe."""
        return OF_EC2.match(self.recipe_arn) is not None


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A fact: whether the pipeline runs on its schedule; its own policy disables it after failures in a row.

    `status` is Image Builder's ENABLED or DISABLED, or DELETED once it has no such pipeline.
    """

    status: str
    event_at: datetime
    consecutive_failures: int | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All facts of one preset: deploys by their sequence, builds in no order."""

    deploys: tuple[Deploy, ...] = ()
    builds: tuple[Build, ...] = ()
    pipeline: Pipeline | None = None


@dataclass(frozen=True, kw_only=True)
class Config:
    """The preset as deployed, and the resources of its stack; one with an own AMI has no pipeline."""

    preset: Preset
    recipe_hash: str
    pipeline_arn: str | None
    launch_template_id: str
    launch_template_version: str
    stack_id: str


@dataclass(frozen=True, kw_only=True)
class AmiState:
    """The state of a preset's AMI: `status` is building, ready or failed, `ami_id` what serves, or None.

    `build_arn`, `recipe_hash`, `root_device_name` and `ami_built_at` are those of the AMI that serves. `since` is
    when the status became what it is, `updated_at` when anything did.
    """

    preset_name: str
    status: str
    updated_at: datetime
    since: datetime
    version: int = 1
    ami_id: str | None = None
    build_arn: str | None = None
    recipe_hash: str | None = None
    reason: str | None = None
    expires_at: datetime | None = None
    root_device_name: str | None = None
    ami_built_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All that the table holds of one preset, read in the order LATEST, CONFIG, facts."""

    latest: AmiState | None = None
    config: Config | None = None
    facts: Facts = Facts()
