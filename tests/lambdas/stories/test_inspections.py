"""What reconcile looks at every hour: AMIs that are gone, pipelines, and builds that nobody told of."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from lambdas.reconcile import IncompleteRoundError
from tests.lambdas.account import Account, client
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import PIPELINE, preset_json
from tests.lambdas.test_reconcile import HOUR, MINUTE, next_round, quiet


def test_an_ami_that_was_deregistered_stops_serving_within_an_hour_ami_6(account: Account) -> None:
    quiet(account)
    client("ec2").deregister_image(ImageId=account.preset()["amiId"])
    next_round(account)
    assert account.preset()["status"] == "ready"
    next_round(account, HOUR)
    assert (account.preset()["status"], account.preset()["serving"]) == ("failed", False)
    assert account.preset()["reason"] == "the AMI of build 1.0.0/1 is deregistered"
    assert account.parameters()["linux-x64"]["amiId"] is None


def test_an_ami_that_was_deregistered_stops_serving_though_its_pipeline_is_gone_too_ami_6(account: Account) -> None:
    quiet(account)
    client("imagebuilder").delete_image_pipeline(imagePipelineArn=PIPELINE)
    client("ec2").deregister_image(ImageId=account.preset()["amiId"])
    next_round(account, HOUR)
    assert account.preset()["reason"] == "the AMI of build 1.0.0/1 is deregistered; its pipeline is gone"
    assert account.parameters()["linux-x64"]["amiId"] is None


@pytest.mark.parametrize("call", ["GetImagePipeline", "ListImagePipelineImages"])
def test_an_ami_that_was_deregistered_stops_serving_though_image_builder_answers_nothing_ami_6(
    account: Account, call: str
) -> None:
    quiet(account)
    client("ec2").deregister_image(ImageId=account.preset()["amiId"])
    account.clock.advance(HOUR)
    with before(f"imagebuilder.{call}", refusal("ServiceException")), pytest.raises(IncompleteRoundError):
        account.reconcile()
    assert account.parameters()["linux-x64"]["amiId"] is None


def test_a_preset_whose_pipeline_is_gone_is_polled_all_the_same(account: Account) -> None:
    account.deploy()
    account.build_to_the_end()
    client("imagebuilder").delete_image_pipeline(imagePipelineArn=PIPELINE)
    account.reconcile()
    assert account.preset()["status"] == "ready"
    assert account.item(sort="PIPELINE")["status"] == "DELETED"


def test_a_pipeline_that_somebody_disabled_is_known_within_an_hour(account: Account) -> None:
    quiet(account)
    image_builder = client("imagebuilder")
    pipeline = image_builder.get_image_pipeline(imagePipelineArn=PIPELINE)["imagePipeline"]
    image_builder.update_image_pipeline(
        imagePipelineArn=PIPELINE,
        imageRecipeArn=pipeline["imageRecipeArn"],
        infrastructureConfigurationArn=pipeline["infrastructureConfigurationArn"],
        status="DISABLED",
        clientToken="disable",
    )
    next_round(account, HOUR)
    assert account.item(sort="PIPELINE")["status"] == "DISABLED"


def test_a_preset_that_cannot_be_inspected_puts_no_repair_off(account: Account) -> None:
    quiet(account)
    shown = account.parameters()
    client("ssm").put_parameter(Name="/spot-runner/configs/linux-x64", Value="{}", Overwrite=True)
    account.clock.advance(2 * HOUR)
    with before("imagebuilder.GetImagePipeline", refusal("ServiceException")), pytest.raises(IncompleteRoundError):
        account.reconcile()
    assert account.parameters() == shown
    assert account.item("RECONCILE", "ROUND")["uninspected"] == ["linux-x64"], "the inspection comes again"


def test_presets_are_inspected_a_few_a_round_and_one_that_cannot_be_is_alone_in_coming_again(account: Account) -> None:
    names = [f"p{number}" for number in range(8)]
    for name in names:
        account.deploy(Preset=preset_json(name=name), StackId=name)
    account.build_to_the_end()
    account.deliver_all()
    inspected = []
    for failing in (True, True, False, False):
        account.clock.advance(MINUTE)
        broken = PIPELINE.replace("linux-x64", "p2") if failing else ""
        with asked_about_pipelines(broken) as asked, suppress(IncompleteRoundError):
            account.reconcile()
        inspected.append(sorted(asked))
    assert inspected == [names[:6], ["p2", "p6", "p7"], ["p2"], []]


@contextmanager
def asked_about_pipelines(broken: str) -> Iterator[list[str]]:
    """Keep the presets whose pipeline Image Builder is asked about; it refuses to tell of a broken one."""
    asked: list[str] = []

    def ask(params: dict[str, Any], **_: object) -> None:
        asked.append(params["imagePipelineArn"].removeprefix(PIPELINE.removesuffix("linux-x64")))
        if params["imagePipelineArn"] == broken:
            refusal("ServiceException")()

    events = client("imagebuilder").meta.events
    events.register("provide-client-params.imagebuilder.GetImagePipeline", ask)
    try:
        yield asked
    finally:
        events.unregister("provide-client-params.imagebuilder.GetImagePipeline", ask)
