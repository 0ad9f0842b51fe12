"""Presets with an own AMI: how one comes and goes, and what becomes of it."""

import json
import logging

import pytest
from moto.ec2.models import ec2_backends

from lambdas.adapters.items import encode
from tests.lambdas import own_amis
from tests.lambdas.account import TABLE, Account, client
from tests.lambdas.answer_desk import AnswerDesk
from tests.lambdas.crashes import counted
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import ACCOUNT, PIPELINE, REGION, a_disabling, build_arn, preset_json
from tests.lambdas.yard import PRESET, Yard, a_message

HOUR = 3600


def serving(account: Account) -> tuple[str, str | None]:
    preset = account.preset()
    assert account.parameters()["linux-x64"]["amiId"] == preset["amiId"]
    return preset["status"], preset["amiId"]


def next_hour(account: Account) -> list[str]:
    """Let an hour pass, do a round, and return the calls that it made."""
    account.clock.advance(HOUR)
    with counted() as calls:
        account.reconcile()
    account.assert_the_state_follows_from_the_facts()
    return calls.made


def test_an_own_ami_serves_at_once_and_image_builder_builds_nothing(account: Account, desk: AnswerDesk) -> None:
    ami = own_amis.made()
    own_amis.deploy(account, ami)
    assert desk.decision == f"served at once: own AMI {ami}"
    assert serving(account) == ("ready", ami)
    shown = account.parameters()["linux-x64"]
    assert (shown["rootDeviceName"], shown["recipeHash"]) == ("/dev/xvda", account.item()["recipeHash"])
    assert shown["amiBuiltAt"] == "2025-11-23T12:00:00Z"
    assert account.item("PRESET#linux-x64", "CONFIG")["pipelineArn"] is None
    assert account.builds() == []


def test_another_own_ami_serves_at_once_and_the_one_before_steps_in_when_it_is_gone(
    account: Account, desk: AnswerDesk
) -> None:
    first, second = own_amis.made(), own_amis.made()
    own_amis.deploy(account, first)
    own_amis.deploy(account, second, "Update")
    assert desk.decision == f"served at once: own AMI {second}"
    assert serving(account) == ("ready", second)
    client("ec2").deregister_image(ImageId=second)
    next_hour(account)
    assert serving(account) == ("failed", first)
    assert account.preset()["reason"] == f"the AMI {second} is deregistered"


def test_an_own_ami_that_is_gone_and_comes_back_is_noticed_within_an_hour_ami_6(account: Account) -> None:
    ami = own_amis.made()
    own_amis.deploy(account, ami)
    amis = ec2_backends[ACCOUNT][REGION].amis
    unshared = amis.pop(ami)
    next_hour(account)
    assert serving(account) == ("failed", None)
    assert account.preset()["reason"] == f"the AMI {ami} is deregistered"
    amis[ami] = unshared
    calls = next_hour(account)
    assert serving(account) == ("ready", ami)
    assert [call for call in calls if call.startswith("imagebuilder.")] == []


def test_an_own_ami_that_is_disabled_is_not_said_to_be_gone_and_serves_again_when_it_is_enabled(
    account: Account,
) -> None:
    ami = own_amis.made()
    own_amis.deploy(account, ami)
    client("ec2").disable_image(ImageId=ami)
    next_hour(account)
    assert serving(account) == ("failed", None)
    assert account.preset()["reason"] == f"the AMI {ami} is disabled"
    client("ec2").enable_image(ImageId=ami)
    next_hour(account)
    assert serving(account) == ("ready", ami)


def test_an_own_ami_that_comes_back_after_an_edit_is_as_old_as_it_was(account: Account) -> None:
    ami = own_amis.made()
    own_amis.deploy(account, ami)
    amis = ec2_backends[ACCOUNT][REGION].amis
    unshared = amis.pop(ami)
    account.clock.advance(60)
    own_amis.deploy(account, ami, "Update", Preset=preset_json(labels=["small"]))
    amis[ami] = unshared
    next_hour(account)
    assert serving(account) == ("ready", ami)
    shown = account.parameters()["linux-x64"]
    assert (shown["amiBuiltAt"], shown["rootDeviceName"]) == ("2025-11-23T12:00:00Z", "/dev/xvda")


def test_a_recipe_gives_way_to_an_own_ami_and_its_running_build_is_cancelled(
    account: Account, desk: AnswerDesk
) -> None:
    account.deploy()
    unheard = account.start(PIPELINE)
    ami = own_amis.made()
    own_amis.deploy(account, ami, "Update")
    assert desk.decision == f"served at once: own AMI {ami}"
    assert {status(one) for one in (build_arn(), unheard)} == {"CANCELLED"}
    client("imagebuilder").delete_image_pipeline(imagePipelineArn=PIPELINE)
    account.deliver_all()
    assert account.item(sort=f"BUILD#{build_arn()}")["status"] == "CANCELLED"
    assert serving(account) == ("ready", ami)


def status(build: str) -> str:
    return str(client("imagebuilder").get_image(imageBuildVersionArn=build)["image"]["state"]["status"])


@pytest.mark.parametrize(
    "call", ["imagebuilder.ListImagePipelineImages", "imagebuilder.CancelImageCreation"], ids=lambda call: call[13:]
)
def test_a_build_that_cannot_be_cancelled_keeps_no_own_ami_from_serving_and_no_preset_from_leaving(
    account: Account, desk: AnswerDesk, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    account.deploy()
    first, second = own_amis.made(), own_amis.made()
    with before(call, refusal("AccessDeniedException", "An SCP denies it."), times=9):
        for ami in (first, second, first):
            own_amis.deploy(account, ami, "Update")
            assert desk.decision == f"served at once: own AMI {ami}"
        assert [str(one.__dict__["why"]).endswith("An SCP denies it.") for one in warnings(caplog)] == [True] * 3
        account.sync(account.request("Delete"))
    assert (desk.last["Status"], account.parameters()) == ("SUCCESS", {})
    assert status(build_arn()) == "PENDING"


def warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.getMessage() == "builds not cancelled"]


def test_a_preset_that_never_had_a_pipeline_asks_image_builder_nothing(account: Account, desk: AnswerDesk) -> None:
    first, second = own_amis.made(), own_amis.made()
    with counted() as calls:
        own_amis.deploy(account, first)
        own_amis.deploy(account, second, "Update", Preset=preset_json(labels=["small"]))
        account.sync(account.request("Delete"))
    assert {answer["Status"] for answer in desk.answers} == {"SUCCESS"}
    assert [call for call in calls.made if call.startswith("imagebuilder.")] == []


def test_a_late_copy_of_the_request_for_an_own_ami_cancels_no_build_of_the_recipe_after_it(account: Account) -> None:
    late = own_amis.deploy(account, own_amis.made())
    account.deploy("Update")
    account.sync(late)
    assert status(build_arn()) != "CANCELLED"


def test_an_own_ami_does_not_step_in_for_a_recipe_that_is_being_built(account: Account, desk: AnswerDesk) -> None:
    own_amis.deploy(account, own_amis.made())
    account.deploy("Update")
    assert desk.decision == "building the first AMI; jobs wait for it, as an own AMI cannot step in"
    assert serving(account) == ("building", None)
    account.build_to_the_end()
    account.deliver_all()
    assert account.preset()["status"] == "ready"


def test_a_revert_to_a_recipe_with_a_living_ami_serves_at_once(account: Account, desk: AnswerDesk) -> None:
    recipe = account.ready()
    ami = account.preset()["amiId"]
    own_amis.deploy(account, own_amis.made(), "Update")
    account.deploy("Update", recipe=recipe)
    assert desk.decision == "served at once from build spot-runner-preset-linux-x64/1.0.0/1"
    assert serving(account) == ("ready", ami)


def test_a_baked_ami_does_not_step_in_for_an_own_one(account: Account) -> None:
    account.ready()
    ami = own_amis.made()
    own_amis.deploy(account, ami, "Update")
    client("ec2").deregister_image(ImageId=ami)
    next_hour(account)
    assert serving(account) == ("failed", None)


def test_what_was_said_of_a_pipeline_is_not_said_of_an_own_ami(account: Account) -> None:
    account.ready()
    account.deliver(a_disabling())
    ami = own_amis.made()
    own_amis.deploy(account, ami, "Update")
    assert account.deliver(a_disabling()) == []
    client("ec2").deregister_image(ImageId=ami)
    next_hour(account)
    assert account.preset()["reason"] == f"the AMI {ami} is deregistered"


def test_a_preset_with_an_own_ami_leaves(account: Account, desk: AnswerDesk) -> None:
    own_amis.deploy(account, own_amis.made())
    account.sync(account.request("Delete"))
    assert desk.last["Status"] == "SUCCESS"
    assert account.parameters() == {}
    assert json.loads(account.status()["body"])["presets"] == []


def test_a_quiet_hour_asks_ec2_alone(account: Account) -> None:
    own_amis.deploy(account, own_amis.made())
    account.reconcile()
    calls = next_hour(account)
    assert calls.count("ec2.DescribeImages") == 1
    assert [call for call in calls if call.startswith("imagebuilder.")] == []


def test_a_row_without_a_pipeline_and_one_with_none_read_the_same(account: Account) -> None:
    ami = own_amis.made()
    own_amis.deploy(account, ami)
    key = encode({"PK": "PRESET#linux-x64", "SK": "CONFIG"})
    client("dynamodb").update_item(TableName=TABLE, Key=key, UpdateExpression="REMOVE pipelineArn")
    next_hour(account)
    assert serving(account) == ("ready", ami)


def test_jobs_wait_while_a_preset_turns_from_an_own_ami_to_a_recipe(yard: Yard) -> None:
    account, ami = yard.account, own_amis.made()
    client("ec2").deregister_image(ImageId=account.preset()["amiId"])
    next_hour(account)
    preset = {"LaunchTemplateId": yard.template, "Preset": preset_json(**PRESET)}
    own_amis.deploy(account, ami, "Update", **preset)
    yard.forget_messages()
    yard.take(a_message(yard, id=1))
    assert [machine["ImageId"] for machine in yard.machines()] == [ami]
    account.deploy("Update", RecipeHash="bbbb", **preset)
    account.clock.advance(60)  # as long as launch keeps what it knows of a preset
    yard.take(a_message(yard, id=2))
    assert yard.job(2)["waitsFor"] == "the preset has no AMI yet"
    account.build_to_the_end()
    account.deliver_all()
    yard.pass_on()
    yard.pass_on()
    assert {machine["ImageId"] for machine in yard.machines()} == {ami, account.preset()["amiId"]}
