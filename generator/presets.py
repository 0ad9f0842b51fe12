"""A preset: one kind of runner, as its file describes it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import (
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    Tag,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from generator.inputs import platforms
from generator.inputs.fields import Distinct, Section, all_problems, field_of, refused
from generator.inputs.instance_types import known
from generator.inputs.kinds import (
    AMI_ID,
    BASE,
    COMPONENT_ARN,
    COMPONENT_NAME,
    DOCKER_IMAGE,
    INSTANCE_TYPE,
    LABEL,
    PRESET_NAME,
    RUNNER_GROUP,
    RUNNER_VERSION,
    SCHEDULE,
    SHELL_COMMAND,
    SHELL_SCRIPT,
    whole,
)
from generator.inputs.schedule import schedule_interval_minutes
from lambdas.core.preset import LINUX

Architecture = Literal["x86_64", "arm64"]
Platform = Literal["linux", "windows"]
Check = ValidatorFunctionWrapHandler
SpotStrategy = Literal["spotOnly", "spotPreferred", "onDemandOnly"]
OnInterruption = Literal["rerun", "none"]
InstanceTypes = Annotated[
    tuple[Annotated[str, INSTANCE_TYPE], ...], Distinct(expected="a list of EC2 instance types", fewest=1)
]
BUILD_INSTANCE_TYPES = {"x86_64": ("m7i.large", "m6i.large"), "arm64": ("m7g.large", "m6g.large")}


class InlineComponent(Section):
    """A build step of one's own: a script that root, or SYSTEM on Windows, runs once, while the image is built."""

    name: Annotated[str, COMPONENT_NAME] = Field(
        description="What the step is called, unique in the preset.", examples=["node"]
    )
    run: Annotated[str, SHELL_SCRIPT] = Field(
        description="A bash script, or PowerShell on Windows; its first error ends the build.",
        examples=["apt-get install --yes nodejs\n"],
    )


def _component_form(value: object) -> str | None:
    if isinstance(value, (Mapping, InlineComponent)):
        return "inline"
    return "arn" if isinstance(value, str) else None


Component = Annotated[
    Annotated[InlineComponent, Tag("inline")] | Annotated[str, COMPONENT_ARN, Tag("arn")],
    Discriminator(_component_form),
]


class ImageDefaults(Section):
    """What is baked into an AMI, apart from what follows from the architecture."""

    base: Annotated[str, BASE] = Field(
        default=platforms.DEFAULT_BASES[LINUX],
        description="What the AMI is built on: Ubuntu 24.04 or 22.04, Windows Server 2022 (which platform windows has "
        "unless it says otherwise), an AMI id, or a parameter in ssm:/imagebuilder/.",
        examples=["ubuntu-24.04", "windows-2022", "ami-0123456789abcdef0", "ssm:/imagebuilder/golden/ubuntu"],
    )
    schedule: Annotated[str, SCHEDULE] = Field(
        default="cron(0 3 ? * SUN *)",
        description="When the AMI is rebuilt, as AWS's cron of six fields in UTC; at least every 21 days.",
        examples=["cron(0 3 ? * SUN *)", "cron(30 2 1,15 * ? *)"],
    )
    additional_docker_images: Annotated[
        tuple[Annotated[str, DOCKER_IMAGE], ...], Distinct(expected="a list of Docker image references")
    ] = Field(
        default=(),
        description="Docker images that are pulled while the AMI is built, so that jobs need not; not on Windows.",
        examples=[["postgres:17", "ghcr.io/astral-sh/uv:0.9.0"]],
    )
    components: Annotated[
        tuple[Component, ...],
        Distinct(expected="a list of {name, run} or Image Builder component ARNs", named_by="name"),
    ] = Field(
        default=(),
        description="Build steps of one's own, in order: {name, run}, or the ARN of an Image Builder component.",
        examples=[[{"name": "node", "run": "apt-get install --yes nodejs\n"}]],
    )
    runner_version: Annotated[str, RUNNER_VERSION] = Field(
        default="latest",
        description="The release of the GitHub Actions runner: latest, or an exact version.",
        examples=["latest", "2.330.0"],
    )
    test_commands: Annotated[
        tuple[Annotated[str, SHELL_COMMAND], ...], Distinct(expected="a list of shell commands")
    ] = Field(
        default=(),
        description="Commands that must succeed on a machine started from the new AMI before it may serve.",
        examples=[["docker info", "node --version"]],
    )
    retain: Annotated[int, whole(1, 50)] = Field(
        default=3,
        description="How many AMIs are kept, the serving one included; this version removes none yet, all are kept.",
        examples=[3],
    )


class Image(ImageDefaults):
    """All that is baked into a preset's AMI, and how it is built; or an own AMI, and nothing else."""

    ami: Annotated[str | None, AMI_ID] = Field(
        default=None,
        description="An own AMI instead of one that is baked here; then nothing else may stand under image.",
        examples=["ami-0123456789abcdef0"],
    )
    build_instance_types: InstanceTypes = Field(
        default=(),
        description="Types to build on, the first that has capacity; two general ones of the architecture unless set.",
        examples=[["m7i.large", "m6i.large"]],
    )


class _Running(Section):
    """How machines of a preset run, apart from what they are."""

    labels: Annotated[tuple[Annotated[str, LABEL], ...], Distinct(expected="a list of labels")] = Field(
        default=(),
        description="Further labels that a job may name; any other label is a refusal. Compared without case.",
        examples=[["docker", "build"]],
    )
    timeout: Annotated[int, whole(1, 7200)] = Field(
        default=60, description="Minutes after which a machine ends, whatever it does.", examples=[60]
    )
    disk_size_gb: Annotated[int, whole(8, 16384)] = Field(
        default=50, description="Size of the machine's root disk in GiB, 30 or more on Windows.", examples=[50]
    )
    spot_strategy: SpotStrategy = Field(
        default="spotPreferred",
        description="spotPreferred falls back to on-demand, spotOnly waits for capacity, onDemandOnly never asks.",
        examples=["spotPreferred"],
    )
    max_runners: Annotated[int, whole(1, 10000)] = Field(
        default=50, description="How many machines of this preset may run at once.", examples=[50]
    )
    runner_group: Annotated[str, RUNNER_GROUP] = Field(
        default="Default", description="The GitHub runner group that the runners join.", examples=["Default"]
    )
    on_interruption: OnInterruption = Field(
        default="rerun",
        description="rerun runs a job that a spot interruption ended once more, on demand; none leaves it failed.",
        examples=["rerun"],
    )


class PresetDefaults(_Running):
    """What `defaults` in spot-runner.yaml may say for all presets; a preset's own file has the last word."""

    image: ImageDefaults = Field(default=ImageDefaults(), description="What is baked into the AMIs.")


class Preset(_Running):
    """One kind of runner: `presets/<name>.yaml`, asked for by the label `spotrunner/<name>`."""

    name: Annotated[str, PRESET_NAME] = Field(
        description="The preset's name, the same as the file's.", examples=["linux-x64"]
    )
    architecture: Architecture = Field(description="The processor architecture.", examples=["x86_64", "arm64"])
    platform: Platform = Field(
        default="linux", description="The operating system; windows has x86_64 alone.", examples=["linux"]
    )
    instance_types: InstanceTypes = Field(
        description="EC2 instance types that a job may run on; several families make spot capacity likelier.",
        examples=[["m7i.large", "m6i.large", "m7a.large", "c7i.xlarge"]],
    )
    image: Image = Field(default=Image(), validate_default=True, description="What is baked into the AMI.")

    @model_validator(mode="wrap")
    @classmethod
    def _platform_fits(cls, value: object, check: ModelWrapValidatorHandler["Preset"]) -> "Preset":
        preset: Preset = all_problems(value, check, platforms.misfits(value))
        return preset

    @field_validator("instance_types", mode="wrap")
    @classmethod
    def _types_fit(cls, value: object, check: Check, info: ValidationInfo) -> object:
        return all_problems(value, check, _misfits(value, info))

    @field_validator("image", mode="wrap")
    @classmethod
    def _image_fits(cls, value: object, check: Check, info: ValidationInfo) -> Image:
        beside = tuple(_beside_ami(value))
        types = field_of(value, "buildInstanceTypes")
        further = beside or _misfits(types, info, ("buildInstanceTypes",))
        image: Image = all_problems(_without(value, beside), check, further)
        if image.ami:
            return image
        following: dict[str, object] = {}
        if not image.build_instance_types and "architecture" in info.data:
            following["build_instance_types"] = BUILD_INSTANCE_TYPES[info.data["architecture"]]
        if "base" not in image.model_fields_set and "platform" in info.data:
            following["base"] = platforms.DEFAULT_BASES[info.data["platform"]]
        return image.model_copy(update=following)

    @property
    def schedule_interval_minutes(self) -> int:
        """Return the largest gap between two rebuilds, in minutes."""
        return schedule_interval_minutes(self.image.schedule)

    def deployed_json(self) -> str:
        """Return what launches and the status need of the preset, as canonical JSON: the custom resource's `Preset`."""
        deployed = self.model_dump(mode="json", by_alias=True, exclude={"image"})
        if not self.image.ami:
            deployed["scheduleIntervalMinutes"] = self.schedule_interval_minutes
        sizes = {name: known()[name] for name in self.instance_types}
        deployed["sizes"] = {name: {"vcpu": size.vcpu, "memoryMib": size.memory_mib} for name, size in sizes.items()}
        return json.dumps(deployed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _beside_ami(image: object) -> Iterator[InitErrorDetails]:
    """Yield a problem for every field that stands beside an own AMI: it would be baked into nothing."""
    said = image.model_dump(by_alias=True, exclude_unset=True) if isinstance(image, Section) else image
    if not isinstance(said, Mapping) or "ami" not in said:
        return
    why = refused("which is for AMIs that are baked here: take it out, or image.ami")
    for info in Image.model_fields.values():
        if info.alias in said and info.alias != "ami":
            yield InitErrorDetails(type=why, loc=(str(info.alias),), input=said[info.alias])


def _without(image: object, refused_already: Iterable[InitErrorDetails]) -> object:
    """Return an image as it was written, but for fields that it may not have, whatever stands in them."""
    if not isinstance(image, Mapping):
        return image
    names = {detail["loc"][0] for detail in refused_already}
    return {name: value for name, value in image.items() if name not in names}


def _misfits(types: object, info: ValidationInfo, place: tuple[str, ...] = ()) -> Iterator[InitErrorDetails]:
    architecture = info.data.get("architecture")
    if architecture is None or not isinstance(types, (list, tuple)):
        return
    for index, name in enumerate(types):
        kind = known().get(name) if isinstance(name, str) else None
        if kind and architecture not in kind.architectures:
            why = refused(f"which does not run {architecture}, this preset's architecture")
            yield InitErrorDetails(type=why, loc=(*place, index), input=name)
