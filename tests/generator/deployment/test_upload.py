from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from generator.deployment import upload
from generator.deployment.apply import apply
from generator.deployment.aws import Aws
from generator.deployment.progress import Event, Uploaded
from generator.deployment.report import Outcome
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from generator.errors import SpotRunnerError

MakeStack = Callable[..., Wanted]
MakeResource = Callable[..., dict[str, Any]]


@pytest.fixture
def bucket_site(site: Site, aws: Aws) -> Site:
    name = f"artifacts-{site.names.deployment}"
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": aws.region})
    return replace(site, bucket=name)


@pytest.fixture
def a_large_stack(a_stack: MakeStack, a_parameter: MakeResource) -> Wanted:
    return a_stack(resources={f"P{n}": a_parameter(f"p{n}", value="x" * 3000) for n in range(20)})


def test_a_bundle_is_uploaded_once(bucket_site: Site, aws: Aws, heard: list[Event]) -> None:
    made = []

    def make() -> bytes:
        made.append("made")
        return b"zip"

    upload.bundles(bucket_site, {"bundles/status-1.zip": make})
    upload.bundles(bucket_site, {"bundles/status-1.zip": make})
    assert made == ["made"]
    assert [event.sent for event in heard if isinstance(event, Uploaded)] == [True, False]
    stored = aws.s3.get_object(Bucket=bucket_site.bucket, Key="bundles/status-1.zip")["Body"].read()
    assert stored == b"zip"


def test_a_template_that_is_too_large_to_be_sent_along_goes_by_the_bucket(
    bucket_site: Site, a_large_stack: Wanted
) -> None:
    assert len(a_large_stack.inline) > upload.INLINE_BYTES
    assert apply(bucket_site, a_large_stack).outcome is Outcome.CREATED


def test_a_small_template_needs_no_bucket(site: Site, a_stack: MakeStack) -> None:
    assert upload.template_url(site, a_stack()) == ""


def test_a_large_template_without_a_bucket_is_an_error(site: Site, a_large_stack: Wanted) -> None:
    with pytest.raises(SpotRunnerError, match="there is no bucket yet"):
        upload.template_url(site, a_large_stack)
