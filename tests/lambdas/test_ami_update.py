"""Events of Image Builder, and what users see of them."""

import json
import logging
from typing import Any

import pytest

from tests.lambdas.account import PHASE_SECONDS, Account, client
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import ACCOUNT, OWN, PIPELINE, REGION, a_state_change, build_arn, preset_json

DISABLED = "EC2 Image Builder Image Pipeline Automatically Disabled"


def available(account: Account) -> dict[str, Any]:
    """Deploy a preset, let its first build end, and return the event that says so."""
    account.deploy()
    account.build_to_the_end()
    return account.events[-1]


def rebuild(account: Account, phase: str = "") -> str:
    """Let a scheduled build run to its end, or fail in a phase; its events wait."""
    if phase:
        account.builder.fail_next("*", phase=phase, reason="exit code 1 in /root")
    build = account.start(PIPELINE)
    account.build_to_the_end()
    return build


def test_the_first_ami_makes_a_preset_ready(account: Account) -> None:
    assert account.deliver(available(account)) == []
    shown = account.parameters()["linux-x64"]
    assert account.preset()["status"] == "ready"
    assert account.preset()["amiId"] == shown["amiId"]
    assert shown["rootDeviceName"] == "/dev/sda1"
    assert shown["instanceTypes"] == ["m7i.large", "m6i.large"]


def test_every_event_of_a_build_may_come_in_any_order_and_twice_ami_1(account: Account) -> None:
    available(account)
    events = list(account.events)
    assert account.deliver(*reversed(events), *events) == []
    assert account.preset()["status"] == "ready"


def test_a_rebuild_shows_as_updating_and_its_ami_then_serves(account: Account) -> None:
    account.ready()
    first = account.preset()["amiId"]
    account.start(PIPELINE)
    account.clock.advance(PHASE_SECONDS)
    account.deliver_all()
    assert (account.preset()["status"], account.preset()["amiId"]) == ("updating", first)
    account.build_to_the_end()
    account.deliver_all()
    assert account.preset()["status"] == "ready"
    assert account.preset()["amiId"] != first
    assert account.parameters()["linux-x64"]["amiId"] == account.preset()["amiId"]


@pytest.mark.parametrize("phase", ["BUILDING", "INTEGRATING"])
def test_a_failed_rebuild_degrades_the_preset_and_the_old_ami_serves_on_sta_3(account: Account, phase: str) -> None:
    account.ready()
    first = account.preset()["amiId"]
    build = rebuild(account, phase)
    account.deliver_all()
    preset = account.preset()
    assert (preset["status"], preset["serving"], preset["amiId"]) == ("failed", True, first)
    assert preset["reason"] == "build 1.0.0/2 failed"
    assert account.parameters()["linux-x64"]["amiId"] == first
    assert account.item(sort=f"BUILD#{build}")["reason"] == "exit code 1 in /root"
    assert "exit code" not in account.status()["body"]


def test_a_late_event_of_an_older_build_changes_nothing_ami_1(account: Account) -> None:
    event = available(account)
    account.deliver(event)
    rebuild(account)
    account.deliver_all()
    before = account.items()
    assert account.deliver(event) == []
    assert account.items() == before


def test_a_retry_finishes_what_a_failed_parameter_left_undone_ami_2(account: Account) -> None:
    event = available(account)
    with before("ssm.PutParameter", refusal("ThrottlingException")):
        assert account.deliver(event) == ["0"]
    assert account.item()["status"] == "ready"
    assert account.parameters()["linux-x64"]["amiId"] is None
    assert account.deliver(event) == []
    assert account.parameters()["linux-x64"]["amiId"] == account.item()["amiId"]


def test_an_edit_of_a_label_keeps_the_ami_in_the_parameter_ami_3(account: Account) -> None:
    recipe = account.ready()
    ami = account.preset()["amiId"]
    account.deploy("Update", recipe=recipe, Preset=preset_json(labels=["small"]))
    shown = account.parameters()["linux-x64"]
    assert (shown["amiId"], shown["labels"]) == (ami, ["small"])


def test_two_presets_whose_names_begin_alike_are_not_taken_for_each_other_ami_4(account: Account) -> None:
    account.ready()
    account.deploy(Preset=preset_json(name="linux"), StackId="another")
    account.build_to_the_end()
    assert account.deliver_all() == []
    amis = {name: shown["amiId"] for name, shown in account.parameters().items()}
    assert None not in amis.values()
    assert len(set(amis.values())) == 2


def test_an_image_from_another_teams_pipeline_is_ignored_though_its_recipe_has_our_name_ami_4(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    account.ready()
    image_builder = client("imagebuilder")
    ours = image_builder.get_image_pipeline(imagePipelineArn=PIPELINE)["imagePipeline"]
    theirs = image_builder.create_image_pipeline(
        name="webstack",
        imageRecipeArn=ours["imageRecipeArn"],
        infrastructureConfigurationArn=ours["infrastructureConfigurationArn"],
        clientToken="webstack",
    )["imagePipelineArn"]
    account.start(theirs)
    account.build_to_the_end()
    before = account.items()
    assert account.deliver_all() == []
    assert account.items() == before
    assert "comes from no pipeline of this deployment" in str([vars(record).get("why") for record in caplog.records])


def test_a_cancelled_build_ends_the_building_ami_5(account: Account) -> None:
    account.deploy()
    client("imagebuilder").cancel_image_creation(imageBuildVersionArn=build_arn(), clientToken="stop")
    account.deliver_all()
    assert account.preset()["status"] == "failed"
    assert account.preset()["reason"] == "build 1.0.0/1 was cancelled"


def test_a_retried_build_comes_back_under_its_name_and_serves_ami_5(account: Account) -> None:
    account.builder.fail_next("*")
    account.deploy()
    account.build_to_the_end()
    account.deliver_all()
    assert account.preset()["status"] == "failed"
    client("imagebuilder").retry_image(imageBuildVersionArn=build_arn(), clientToken="again")
    account.clock.advance(PHASE_SECONDS)
    account.deliver_all()
    assert account.preset()["status"] == "building"
    account.build_to_the_end()
    account.deliver_all()
    assert account.preset()["status"] == "ready"


def test_an_ami_deregistered_before_its_event_is_told_after_some_hours_is_not_served_ami_6(account: Account) -> None:
    event = available(account)
    (image,) = client("ec2").describe_images(Owners=["self"])["Images"]
    client("ec2").deregister_image(ImageId=image["ImageId"])
    assert account.deliver(event) == ["0"]
    account.clock.advance(7 * 3600)
    assert account.deliver(event) == []
    assert (account.preset()["status"], account.preset()["serving"]) == ("failed", False)


def test_an_answer_that_lags_behind_the_event_is_asked_for_again(account: Account) -> None:
    event = available(account)
    account.builder.get_image_lag_seconds = 7 * PHASE_SECONDS
    assert account.deliver(event) == ["0"]
    assert account.preset()["status"] == "building"
    account.builder.get_image_lag_seconds = 0
    assert account.deliver(event) == []
    assert account.preset()["status"] == "ready"


def test_a_failure_is_not_hidden_by_a_poll_that_lagged_behind_it_ami_1(account: Account) -> None:
    account.builder.fail_next("*")
    account.deploy()
    account.build_to_the_end()
    failed = account.events[-1]
    account.builder.get_image_lag_seconds = 7 * PHASE_SECONDS
    account.reconcile()
    assert account.item(sort=f"BUILD#{build_arn()}")["eventAt"] > failed["time"], "the poll began after the event"
    account.builder.get_image_lag_seconds = 0
    assert account.deliver(failed) == []
    assert account.preset()["reason"] == "build 1.0.0/1 failed"


def test_a_late_word_of_a_failure_does_not_wait_for_a_build_that_was_retried(account: Account) -> None:
    account.builder.fail_next("*")
    account.deploy()
    account.build_to_the_end()
    failed = account.events[-1]
    client("imagebuilder").retry_image(imageBuildVersionArn=build_arn(), clientToken="again")
    account.clock.advance(PHASE_SECONDS)
    assert account.deliver(account.events[-1], failed) == []
    assert account.preset()["status"] == "building"


def test_ec2_is_asked_once_about_an_ami(account: Account) -> None:
    account.deliver(available(account))
    (image,) = client("ec2").describe_images(Owners=["self"])["Images"]
    client("ec2").deregister_image(ImageId=image["ImageId"])
    account.deliver_all()
    assert account.preset()["status"] == "ready", "the hourly look finds that out"


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(a_state_change(source="my.team"), id="another service"),
        pytest.param(a_state_change(resources=[f"{OWN}:image/webstack/1.0.0/1"]), id="another team"),
        pytest.param(a_state_change(resources=[build_arn().replace("spot-runner", "spare")]), id="another deployment"),
        pytest.param(a_state_change(resources=[build_arn("9.9.9/9")]), id="an image that does not exist"),
        pytest.param(
            {**a_state_change(resources=[f"{OWN}:image-pipeline/webstack"]), "detail-type": DISABLED},
            id="another team's pipeline",
        ),
        pytest.param(
            {
                **a_state_change(resources=[f"{PIPELINE}-new"], detail={"consecutive-failures": "5"}),
                "detail-type": DISABLED,
            },
            id="a pipeline of a preset that is not deployed",
        ),
    ],
)
def test_what_is_not_ours_is_ignored_in_one_line_and_changes_nothing(
    account: Account, event: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    account.ready()
    before = account.items()
    caplog.clear()
    assert account.deliver(event) == []
    assert account.items() == before
    assert [record.message for record in caplog.records] == ["event ignored"]


@pytest.mark.parametrize("body", ["not JSON", "[]", json.dumps(a_state_change(detail={}))])
def test_what_is_no_event_goes_to_the_dead_letters_and_holds_up_nobody(
    account: Account, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    event = available(account)
    caplog.clear()
    assert account.deliver(body, event, body) == ["0", "2"]
    assert account.preset()["status"] == "ready"
    assert {record.message for record in caplog.records if record.levelno == logging.ERROR} == {"message failed"}


def test_a_preset_that_has_left_takes_no_more_events(account: Account) -> None:
    event = available(account)
    account.sync(account.request("Delete"))
    before = account.items()
    assert account.deliver(event) == []
    assert account.items() == before
    assert account.parameters() == {}


def test_a_pipeline_that_disabled_itself_is_told_beside_the_failure(account: Account) -> None:
    account.ready()
    rebuild(account, "BUILDING")
    account.deliver_all()
    detail = {"consecutive-failures": "5"}
    event = {**a_state_change(resources=[PIPELINE], detail=detail), "detail-type": DISABLED}
    assert account.deliver(event) == []
    assert account.preset()["reason"] == "build 1.0.0/2 failed; its pipeline is disabled after 5 failures"


def test_no_line_of_the_log_names_a_secret(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    account.deliver(available(account))
    recorded = next(record for record in caplog.records if record.message == "build recorded")
    assert vars(recorded)["preset"] == "linux-x64"
    assert "signature=secret" not in caplog.text


def test_the_state_never_names_an_ami_of_another_account_or_region_ami_6(account: Account) -> None:
    account.deliver(available(account))
    fact = account.item(sort=f"BUILD#{build_arn()}")
    (image,) = client("ec2").describe_images(Owners=["self"])["Images"]
    assert (fact["amiId"], ACCOUNT, REGION) == (image["ImageId"], image["OwnerId"], REGION)
