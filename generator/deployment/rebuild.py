"""`spot-runner rebuild`: starts a build of one preset's pipeline, at most one for each run of a workflow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid4, uuid5

from botocore.exceptions import ClientError

from generator.deployment import aws_errors
from generator.deployment.aws import Aws, check_account
from generator.deployment.partitions import partition, pipeline_url
from generator.errors import SpotRunnerError
from generator.github.markdown import code
from generator.inputs.settings import Settings
from lambdas.core.builds import ENDED
from lambdas.core.names import Names

RUN = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT")


@dataclass(frozen=True, kw_only=True)
class RebuildOrder:
    """Which preset is to be built; `anyway` starts a build beside one that is under way."""

    preset: str
    client_token: str
    anyway: bool


@dataclass(frozen=True, kw_only=True)
class Started:
    """A build that was started; `beside` are those that were under way already."""

    preset: str
    build_arn: str
    pipeline_arn: str
    console_url: str
    beside: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "preset": self.preset,
            "buildArn": self.build_arn,
            "pipelineArn": self.pipeline_arn,
            "consoleUrl": self.console_url,
            "beside": list(self.beside),
        }

    def lines(self) -> Iterator[str]:
        """Return it in words."""
        yield f"Preset {self.preset} is being built: {self.build_arn}"
        yield from (f"  beside {arn}" for arn in self.beside)
        yield f"  {self.console_url}"

    def markdown(self) -> str:
        """Return it for a job's summary."""
        beside = "".join(f"\n- beside {code(arn)}" for arn in self.beside)
        return (
            f"### Preset {code(self.preset)} is being built\n\n- [{code(self.build_arn)}](<{self.console_url}>){beside}"
        )


def client_token(environ: Mapping[str, str], settings: Settings, preset: str) -> str:
    """Return the token that starts one build however often it is sent; in Actions one per attempt of a run.

    Image Builder takes 64 characters at most.
    https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_StartImagePipelineExecution.html
    """
    run = [environ.get(part, "") for part in RUN]
    if not all(run):
        return str(uuid4())
    return str(uuid5(NAMESPACE_URL, "/".join((*run, settings.account, settings.region, settings.name, preset))))


def rebuild(aws: Aws, settings: Settings, order: RebuildOrder) -> Started:
    """Start a build of a preset's pipeline; refuse if one is under way, unless it is to be started anyway."""
    with aws_errors.explained():
        check_account(aws, settings.account)
        arn = _pipeline_arn(settings, order.preset)
        busy = _under_way(aws, settings, order.preset, arn)
        if busy and not order.anyway:
            building = ", ".join(f"{build} is {status}" for build, status in busy.items())
            raise SpotRunnerError(
                f"preset {order.preset} is being built already: {building}: wait for it, or give --anyway to start "
                "another"
            )
        answer = aws.imagebuilder.start_image_pipeline_execution(imagePipelineArn=arn, clientToken=order.client_token)
    return Started(
        preset=order.preset,
        build_arn=answer["imageBuildVersionArn"],
        pipeline_arn=arn,
        console_url=pipeline_url(aws.region, arn),
        beside=tuple(build for build in busy if build != answer["imageBuildVersionArn"]),
    )


def _pipeline_arn(settings: Settings, preset: str) -> str:
    name = Names(deployment=settings.name).preset_stack(preset)
    where = f"arn:{partition(settings.region)}:imagebuilder:{settings.region}:{settings.account}"
    return f"{where}:image-pipeline/{name}"


def _under_way(aws: Aws, settings: Settings, preset: str, pipeline_arn: str) -> dict[str, str]:
    """Return the status of each build of a pipeline that has not ended, by its ARN."""
    pages = aws.imagebuilder.get_paginator("list_image_pipeline_images").paginate(imagePipelineArn=pipeline_arn)
    try:
        images = [image for page in pages for image in page["imageSummaryList"]]
    except ClientError as error:
        if aws_errors.code(error) != "ResourceNotFoundException":
            raise
        raise SpotRunnerError(
            f"preset {preset} of {settings.name} has no pipeline in account {settings.account}, Region "
            f"{settings.region}: a preset with an own AMI (image.ami) has none, and nothing to build; any other is not "
            "deployed: deploy it first, which builds its first AMI, or choose another --environment"
        ) from error
    states = {image["arn"]: str(image.get("state", {}).get("status", "")) for image in images}
    return {arn: status for arn, status in sorted(states.items()) if status not in ENDED}
