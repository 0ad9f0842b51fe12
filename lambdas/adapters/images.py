"""Builds in EC2 Image Builder."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from lambdas.adapters.errors import NotFoundError, named
from lambdas.core import builds
from lambdas.core.builds import Observation
from lambdas.core.image_events import Site
from lambdas.core.state import Pipeline

if TYPE_CHECKING:
    from mypy_boto3_imagebuilder.client import ImagebuilderClient


def get(imagebuilder: "ImagebuilderClient", build_arn: str, *, at: datetime, site: Site) -> Observation:
    """Ask for a build; `at` is the time that its fact is to carry. Raises NotFoundError, InvalidImageError."""
    with named():
        image = imagebuilder.get_image(imageBuildVersionArn=build_arn)["image"]
    return builds.observed(image, at=at, account=site.account, region=site.region)


def start(imagebuilder: "ImagebuilderClient", pipeline_arn: str, client_token: str) -> str:
    """Start a build and return its ARN; the same token starts no second one but returns the same ARN."""
    with named():
        return imagebuilder.start_image_pipeline_execution(imagePipelineArn=pipeline_arn, clientToken=client_token)[
            "imageBuildVersionArn"
        ]


def cancel(imagebuilder: "ImagebuilderClient", build_arn: str) -> None:
    """Cancel a build that is under way; raise AwsError if it has ended meanwhile."""
    with named():
        imagebuilder.cancel_image_creation(imageBuildVersionArn=build_arn, clientToken=str(uuid4()))


def of_pipeline(imagebuilder: "ImagebuilderClient", pipeline_arn: str) -> list[tuple[str, str]]:
    """Return ARN and status of every build of a pipeline; one that is gone has none."""
    pages = imagebuilder.get_paginator("list_image_pipeline_images").paginate(imagePipelineArn=pipeline_arn)
    try:
        with named():
            return [
                (image["arn"], image.get("state", {}).get("status", ""))
                for page in pages
                for image in page["imageSummaryList"]
            ]
    except NotFoundError:
        return []


def pipeline(imagebuilder: "ImagebuilderClient", pipeline_arn: str, *, at: datetime) -> Pipeline:
    """Ask whether a pipeline runs on its schedule; one that Image Builder does not find is DELETED."""
    try:
        with named():
            found = imagebuilder.get_image_pipeline(imagePipelineArn=pipeline_arn)["imagePipeline"]
    except NotFoundError:
        return Pipeline(status=builds.DELETED, event_at=at)
    return Pipeline(status=found["status"], event_at=at, consecutive_failures=found.get("consecutiveFailures"))
