"""What events missed, found by the rounds of every minute."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from lambdas.adapters.items import encode
from lambdas.core import rounds
from lambdas.core.records import to_record
from lambdas.reconcile import IncompleteRoundError
from tests.lambdas.account import PHASE_SECONDS, Account, client
from tests.lambdas.crashes import counted
from tests.lambdas.interruptions import answer_lost, before, refusal
from tests.lambdas.makers import PIPELINE, a_state, build_arn, preset_json

MINUTE = 60
HOUR = 3600


def next_round(account: Account, seconds: float = MINUTE) -> list[str]:
    """Let time pass, do a round, and return the calls that it made."""
    account.clock.advance(seconds)
    with counted() as calls:
        account.reconcile()
    return calls.made


def quiet(account: Account) -> None:
    """Have a preset ready and the rarer work just done."""
    account.ready()
    account.reconcile()


def test_a_quiet_minute_costs_five_calls(account: Account) -> None:
    quiet(account)
    assert next_round(account) == ["dynamodb.UpdateItem", *["dynamodb.Query"] * 3, "dynamodb.UpdateItem"]


def test_a_build_whose_events_were_lost_is_found_within_a_minute(account: Account) -> None:
    account.deploy()
    account.build_to_the_end()
    next_round(account)
    assert account.preset()["status"] == "ready"
    assert account.parameters()["linux-x64"]["amiId"] == account.preset()["amiId"]


def test_a_failure_whose_event_was_lost_is_found_within_a_minute_ami_5(account: Account) -> None:
    account.deploy()
    account.reconcile()
    client("imagebuilder").cancel_image_creation(imageBuildVersionArn=build_arn(), clientToken="stop")
    next_round(account)
    assert account.preset()["reason"] == "build 1.0.0/1 was cancelled"


def test_polling_a_build_that_runs_on_moves_nothing_that_users_see_sta_1(account: Account) -> None:
    account.deploy()
    account.reconcile()
    before, shown = account.preset(), account.parameters()
    account.clock.advance(1)
    next_round(account, 1)
    next_round(account, PHASE_SECONDS - 3)
    assert account.preset() == before
    assert account.parameters() == shown


def test_a_scheduled_build_that_nobody_told_of_is_found_within_an_hour(account: Account) -> None:
    quiet(account)
    account.start(PIPELINE)
    next_round(account)
    assert account.preset()["status"] == "ready"
    account.build_to_the_end()
    next_round(account, HOUR)
    assert account.item(sort=f"BUILD#{build_arn('1.0.0/2')}")["status"] == "AVAILABLE"


def test_a_preset_that_is_building_without_a_known_build_is_looked_into_at_once(account: Account) -> None:
    account.deploy()
    account.reconcile()
    forget_build(build_arn())
    account.build_to_the_end()
    assert account.preset()["status"] == "building"
    next_round(account)
    assert account.preset()["status"] == "ready"


class DiedError(BaseException):
    """The function's process ends."""


def deployment_that_starts_no_build(account: Account, kind: str, **changes: Any) -> None:
    """Deploy a preset, and have the function die right before it starts the build."""

    def die() -> None:
        raise DiedError

    with before("imagebuilder.StartImagePipelineExecution", die), pytest.raises(DiedError):
        account.deploy(kind, **changes)


def test_a_preset_that_nothing_builds_is_degraded_after_a_while_and_not_once_a_build_began(account: Account) -> None:
    deployment_that_starts_no_build(account, "Create")
    next_round(account, 14 * MINUTE)
    assert account.preset()["status"] == "building"
    next_round(account)
    assert json.loads(account.status()["body"])["status"] == "degraded"
    assert (account.preset()["status"], account.preset()["reason"]) == ("failed", "no build is under way")
    since = account.preset()["since"]
    next_round(account)
    assert account.preset()["since"] == since
    account.start(PIPELINE)
    next_round(account)
    assert (account.preset()["status"], account.preset()["reason"]) == ("building", None)


def test_an_edit_that_nothing_builds_is_degraded_though_the_earlier_ami_serves(account: Account) -> None:
    quiet(account)
    deployment_that_starts_no_build(account, "Update", RecipeHash="bbbb")
    next_round(account, 15 * MINUTE)
    assert (account.preset()["reason"], account.preset()["serving"]) == ("no build is under way", True)


def forget_build(arn: str) -> None:
    key = {"PK": {"S": "AMI#linux-x64"}, "SK": {"S": f"BUILD#{arn}"}}
    client("dynamodb").delete_item(TableName="spot-runner", Key=key)


def test_a_build_that_image_builder_forgot_does_not_build_for_ever_ami_5(account: Account) -> None:
    account.deploy()
    client("imagebuilder").cancel_image_creation(imageBuildVersionArn=build_arn(), clientToken="stop")
    client("imagebuilder").delete_image(imageBuildVersionArn=build_arn())
    next_round(account)
    assert account.preset()["status"] == "building"
    next_round(account, HOUR)
    assert account.preset()["reason"] == "build 1.0.0/1 is DELETED"


def test_an_ami_that_ec2_does_not_show_yet_is_waited_for(account: Account) -> None:
    account.deploy()
    account.build_to_the_end()
    (image,) = client("ec2").describe_images(Owners=["self"])["Images"]
    client("ec2").deregister_image(ImageId=image["ImageId"])
    next_round(account)
    assert account.preset()["status"] == "building"


def test_a_parameter_edited_by_hand_is_put_right_within_five_minutes_ami_2(account: Account) -> None:
    quiet(account)
    shown = account.parameters()
    client("ssm").put_parameter(Name="/spot-runner/configs/linux-x64", Value="{}", Overwrite=True)
    next_round(account, 5 * MINUTE)
    assert account.parameters() == shown


def test_a_repair_that_failed_is_tried_again_in_the_next_minute(account: Account) -> None:
    quiet(account)
    shown = account.parameters()
    client("ssm").delete_parameter(Name="/spot-runner/configs/linux-x64")
    account.clock.advance(5 * MINUTE)
    with before("ssm.PutParameter", refusal("InternalServerError")), pytest.raises(IncompleteRoundError):
        account.reconcile()
    assert account.parameters() == {}
    next_round(account)
    assert account.parameters() == shown


def test_a_parameter_that_was_deleted_comes_back(account: Account) -> None:
    quiet(account)
    shown = account.parameters()
    client("ssm").delete_parameter(Name="/spot-runner/configs/linux-x64")
    next_round(account, 5 * MINUTE)
    assert account.parameters() == shown


def test_parameters_of_presets_that_are_gone_go_on_every_page(account: Account) -> None:
    quiet(account)
    for number in range(12):
        client("ssm").put_parameter(Name=f"/spot-runner/configs/old-{number}", Value="{}", Type="String")
    client("ssm").put_parameter(Name="/spare/configs/old", Value="{}", Type="String")
    next_round(account, 5 * MINUTE)
    assert list(account.parameters()) == ["linux-x64"]
    assert client("ssm").get_parameter(Name="/spare/configs/old")["Parameter"]["Value"] == "{}"


def test_a_second_round_in_the_same_minute_does_nothing(account: Account) -> None:
    account.ready()
    overlapped: list[str] = []

    def overlap() -> None:
        with counted() as calls:
            account.reconcile()
        overlapped.extend(calls.made)

    with before("dynamodb.Query", overlap):
        account.reconcile()
    assert overlapped == ["dynamodb.UpdateItem"]


def test_a_lease_whose_answer_was_lost_is_taken_again(account: Account) -> None:
    account.deploy()
    account.build_to_the_end()
    with answer_lost("dynamodb.UpdateItem"):
        account.reconcile()
    assert account.preset()["status"] == "ready"


def test_a_round_that_died_is_followed_by_another_a_minute_later(account: Account) -> None:
    quiet(account)
    client("dynamodb").update_item(
        TableName="spot-runner",
        Key={"PK": {"S": "RECONCILE"}, "SK": {"S": "ROUND"}},
        UpdateExpression="SET leaseUntil = :until",
        ExpressionAttributeValues={":until": {"S": f"{account.world.now + timedelta(seconds=55):%Y-%m-%dT%H:%M:%SZ}"}},
    )
    assert next_round(account, 30) == ["dynamodb.UpdateItem"]
    assert len(next_round(account, 30)) == 5


def test_a_preset_that_cannot_be_reconciled_keeps_no_other_waiting_and_is_told(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    account.deploy(Preset=preset_json(name="a"), StackId="a")
    account.deploy(Preset=preset_json(name="z"), StackId="z")
    account.build_to_the_end()
    with (
        before("imagebuilder.GetImagePipeline", refusal("ServiceException")),
        pytest.raises(IncompleteRoundError, match=r"^could not reconcile a$"),
    ):
        account.reconcile()
    assert account.parameters()["z"]["amiId"]
    assert [vars(record)["preset"] for record in caplog.records if record.levelno == logging.ERROR] == ["a"]
    account.clock.advance(MINUTE)
    account.reconcile()
    assert account.item("AMI#a", "PIPELINE"), "what failed is done in the next round"


def test_who_was_not_polled_comes_first_in_the_next_round(account: Account) -> None:
    for number in range(rounds.POLLS_PER_ROUND + 1):
        state = a_state(preset_name=f"p{number:02}", status="building", updated_at=account.world.now)
        row = {"PK": f"AMI#{state.preset_name}", "SK": "LATEST", "kind": "AMI", **to_record(state)}
        client("dynamodb").put_item(TableName="spot-runner", Item=encode(row))
    account.reconcile()
    (waiting,) = account.item("RECONCILE", "ROUND")["unpolled"]
    account.clock.advance(MINUTE)
    account.reconcile()
    assert len(account.item("RECONCILE", "ROUND")["unpolled"]) == 1
    assert waiting not in account.item("RECONCILE", "ROUND")["unpolled"]


def test_a_preset_that_breaks_the_round_in_a_way_nobody_foresaw_keeps_no_other_waiting(account: Account) -> None:
    account.deploy(Preset=preset_json(name="a"), StackId="a")
    account.deploy(Preset=preset_json(name="z"), StackId="z")
    account.build_to_the_end()
    client("dynamodb").update_item(
        TableName="spot-runner",
        Key={"PK": {"S": "PRESET#a"}, "SK": {"S": "CONFIG"}},
        UpdateExpression="REMOVE recipeHash",
    )
    with pytest.raises(IncompleteRoundError, match=r"^could not reconcile a$"):
        account.reconcile()
    assert account.parameters()["z"]["amiId"]


def test_many_unknown_builds_are_written_in_pieces(account: Account) -> None:
    account.deploy()
    for _ in range(60):
        account.clock.advance(1)  # AMIs of one moment would have one name
        account.start(PIPELINE)
    account.build_to_the_end()
    account.reconcile()
    assert len([item for item in account.items() if item["SK"].startswith("BUILD#")]) == 61
    assert account.preset()["status"] == "ready"
