"""Requests of CloudFormation, and what users see of them."""

import json
import logging
from typing import Any

import pytest

from lambdas.adapters.errors import AwsError
from lambdas.core.errors import InvalidRequestError
from tests.lambdas.account import PHASE_SECONDS, Account, client
from tests.lambdas.answer_desk import AnswerDesk
from tests.lambdas.crashes import counted
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import PIPELINE, STACK, build_arn, preset_json

FIRST = "building the first AMI"


def decision(desk: AnswerDesk) -> str:
    assert desk.last["Status"] == "SUCCESS", desk.last
    return str(desk.last["Data"]["Decision"])


def test_a_new_preset_is_building_and_its_parameter_is_there_at_once(account: Account, desk: AnswerDesk) -> None:
    account.deploy()
    assert decision(desk) == FIRST
    assert desk.last["PhysicalResourceId"] == "spot-runner/linux-x64"
    assert (account.preset()["status"], account.preset()["amiId"]) == ("building", None)
    shown = account.parameters()["linux-x64"]
    assert (shown["amiId"], shown["diskSizeGb"], shown["labels"]) == (None, 60, ["big"])
    assert account.builds() == [build_arn()]


def test_the_answer_is_signed_for_an_empty_content_type(account: Account, desk: AnswerDesk) -> None:
    account.deploy()
    assert desk.content_types == [""]


def test_the_parameter_is_tagged_as_this_deployments_own(account: Account) -> None:
    account.deploy()
    tags = client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="/spot-runner/configs/linux-x64")
    assert {tag["Key"]: tag["Value"] for tag in tags["TagList"]} == {
        "spot-runner:deployment": "spot-runner",
        "spot-runner:preset": "linux-x64",
    }


def test_a_recipe_edit_builds_while_the_current_ami_serves_ami_7(account: Account, desk: AnswerDesk) -> None:
    account.ready()
    ami = account.preset()["amiId"]
    account.deploy("Update", RecipeHash="bbbb")
    assert decision(desk) == f"building; the current AMI {ami} serves meanwhile"
    assert (account.preset()["status"], account.preset()["amiId"]) == ("updating", ami)
    assert account.builds() == [build_arn(), build_arn("1.0.1/1")]


def test_a_label_edit_builds_nothing_and_since_stays_ami_7(account: Account, desk: AnswerDesk) -> None:
    recipe = account.ready()
    before = account.preset()
    account.clock.advance(3600)
    account.deploy("Update", recipe=recipe, Preset=preset_json(labels=[]))
    assert decision(desk) == "unchanged"
    assert account.preset() == before
    assert account.builds() == [build_arn()]
    assert account.parameters()["linux-x64"]["labels"] == []


def test_a_request_delivered_twice_is_decided_once(account: Account, desk: AnswerDesk) -> None:
    request = account.deploy()
    account.clock.advance(PHASE_SECONDS)
    before = account.items()
    account.sync(request)
    assert [answer["Data"]["Decision"] for answer in desk.answers] == [FIRST, FIRST]
    assert account.items() == before
    assert account.builds() == [build_arn()]


def test_a_late_copy_of_an_old_request_changes_nothing(account: Account) -> None:
    recipe = account.recipe()
    old = account.deploy(recipe=recipe)
    account.deploy("Update", recipe=recipe, Preset=preset_json(labels=["newest"]))
    before = account.items()
    account.sync(old)
    assert account.items() == before
    assert account.builds() == [build_arn()]


def test_a_late_copy_of_a_request_does_not_bring_a_preset_back(account: Account) -> None:
    old = account.deploy()
    account.sync(account.request("Delete"))
    account.sync(old)
    assert account.parameters() == {}
    assert account.item() == {}


def test_a_preset_that_leaves_takes_its_builds_and_its_parameter_along(account: Account, desk: AnswerDesk) -> None:
    account.deploy()
    account.sync(account.request("Delete"))
    assert desk.last["Status"] == "SUCCESS"
    assert account.parameters() == {}
    assert json.loads(account.status()["body"])["presets"] == []
    image = client("imagebuilder").get_image(imageBuildVersionArn=build_arn())["image"]
    assert image["state"]["status"] == "CANCELLED"


def test_a_build_that_ended_by_itself_does_not_keep_a_preset_from_leaving(account: Account, desk: AnswerDesk) -> None:
    account.deploy()
    account.build_to_the_end()
    account.sync(account.request("Delete"))
    assert desk.last["Status"] == "SUCCESS"
    assert account.parameters() == {}


def test_a_pipeline_that_is_gone_does_not_keep_a_preset_from_leaving(account: Account, desk: AnswerDesk) -> None:
    account.deploy()
    client("imagebuilder").cancel_image_creation(imageBuildVersionArn=build_arn(), clientToken="stop")
    client("imagebuilder").delete_image(imageBuildVersionArn=build_arn())
    client("imagebuilder").delete_image_pipeline(imagePipelineArn=PIPELINE)
    account.sync(account.request("Delete"))
    assert desk.last["Status"] == "SUCCESS"
    assert account.item() == {}


def test_a_build_that_cannot_be_cancelled_is_told_and_nothing_is_removed(account: Account, desk: AnswerDesk) -> None:
    account.deploy()
    with before("imagebuilder.CancelImageCreation", refusal("AccessDeniedException", "You are not authorized.")):
        account.sync(account.request("Delete"))
    assert desk.last["Status"] == "FAILED"
    assert "not authorized" in desk.last["Reason"]
    assert account.preset()["status"] == "building"


def test_a_stack_does_not_remove_what_another_one_has_taken_over(account: Account, desk: AnswerDesk) -> None:
    account.ready()
    account.sync(account.request("Delete", StackId="an older stack"))
    assert desk.last["Status"] == "SUCCESS"
    assert account.preset()["status"] == "ready"
    assert account.parameters()["linux-x64"]["amiId"]


@pytest.mark.parametrize("physical_id", ["spot-runner/linux-x64", "spot-runner/-", "2026/11/23/[$LATEST]abc"])
def test_what_was_never_created_can_be_deleted(account: Account, desk: AnswerDesk, physical_id: str) -> None:
    account.sync(account.request("Delete", PhysicalResourceId=physical_id))
    assert (desk.last["Status"], desk.last["PhysicalResourceId"]) == ("SUCCESS", physical_id)


def test_a_preset_that_comes_back_serves_its_old_ami_at_once(account: Account, desk: AnswerDesk) -> None:
    recipe = account.ready()
    ami = account.preset()["amiId"]
    account.sync(account.request("Delete"))
    account.deploy(recipe=recipe, StackId="new stack")
    assert decision(desk) == "served at once from build spot-runner-preset-linux-x64/1.0.0/1"
    assert account.preset()["amiId"] == ami


def test_a_preset_that_comes_back_does_not_wait_for_a_build_that_was_cancelled(
    account: Account, desk: AnswerDesk
) -> None:
    recipe = account.recipe()
    account.deploy(recipe=recipe)
    account.sync(account.request("Delete"))
    account.clock.advance(60)
    account.deploy(recipe=recipe, StackId="new stack")
    assert decision(desk) == FIRST
    assert account.builds() == [build_arn(), build_arn("1.0.0/2")]
    assert account.preset()["status"] == "building"


def test_a_build_that_a_schedule_has_just_begun_is_waited_for(account: Account, desk: AnswerDesk) -> None:
    account.ready()
    recipe = account.recipe()
    scheduled = account.start(account.pipeline(recipe))
    account.deploy("Update", recipe=recipe, RecipeHash="bbbb")
    assert decision(desk).startswith("building; the current AMI")
    assert account.builds() == [build_arn(), scheduled]
    assert account.item(sort=f"BUILD#{scheduled}")["status"] == "PENDING"


def test_a_deployment_asks_about_some_builds_only_so_that_its_answer_is_in_time(
    account: Account, desk: AnswerDesk
) -> None:
    recipe = account.ready()
    for _ in range(30):
        account.start(PIPELINE)
    with counted() as calls:
        account.deploy("Update", recipe=recipe)
    assert calls.made.count("imagebuilder.GetImage") == 5
    assert decision(desk) == "unchanged"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Preset": "{"}, "Preset is not JSON"),
        ({"Preset": preset_json(architecture="mips")}, "'mips', expected x86_64 or arm64"),
        ({"Preset": preset_json(labels=["x" * 5000])}, "at most 4096 are accepted"),
        ({"Preset": preset_json(name="other")}, "expected the pipeline of other"),
        ({"RecipeHash": ""}, "the property RecipeHash is ''"),
    ],
)
def test_a_request_that_cannot_be_is_refused_in_one_line_and_changes_nothing(
    account: Account, desk: AnswerDesk, changes: dict[str, Any], said: str
) -> None:
    recipe = account.ready()
    before = account.items()
    account.sync(account.request("Update", RecipeArn=recipe, PipelineArn=PIPELINE, **changes))
    assert desk.last["Status"] == "FAILED"
    assert said in desk.last["Reason"]
    assert "\n" not in desk.last["Reason"]
    assert desk.last["PhysicalResourceId"] == "spot-runner/linux-x64"
    assert account.items() == before


def test_a_create_that_is_refused_gets_an_id_that_belongs_to_nobody(account: Account, desk: AnswerDesk) -> None:
    account.sync(account.request(Preset="{"))
    assert (desk.last["Status"], desk.last["PhysicalResourceId"]) == ("FAILED", "spot-runner/-")


def test_a_build_that_cannot_start_is_told_to_cloudformation(account: Account, desk: AnswerDesk) -> None:
    recipe = account.recipe()
    missing = account.pipeline(recipe)
    client("imagebuilder").delete_image_pipeline(imagePipelineArn=missing)
    account.sync(account.request(RecipeArn=recipe, PipelineArn=missing))
    assert desk.last["Status"] == "FAILED"
    assert "StartImagePipelineExecution" in desk.last["Reason"]


def test_even_an_error_that_nobody_expected_is_answered(
    account: Account, desk: AnswerDesk, caplog: pytest.LogCaptureFixture
) -> None:
    account.sync({**account.request(), "ResourceProperties": None})
    reason = "preset_sync: unexpected AttributeError, see the log"
    assert (desk.last["Status"], desk.last["Reason"]) == ("FAILED", reason)
    assert "signature=secret" not in caplog.text


def test_the_properties_of_another_release_are_accepted(account: Account, desk: AnswerDesk) -> None:
    recipe = account.recipe()
    request = account.request(RecipeArn=recipe, PipelineArn=account.pipeline(recipe), Warmth="cosy")
    del request["ResourceProperties"]["Commit"]
    account.sync(request)
    assert decision(desk) == FIRST


def test_an_answer_that_is_not_taken_at_first_is_given_again(account: Account, desk: AnswerDesk) -> None:
    desk.refusals += [503, 500]
    account.deploy()
    assert decision(desk) == FIRST


def test_an_answer_that_nobody_takes_is_an_error_without_the_secret_url(account: Account, desk: AnswerDesk) -> None:
    desk.refusals += [403] * 4
    with pytest.raises(AwsError, match=r"^CloudFormation could not be answered: status 403$"):
        account.deploy()
    request = account.request("Delete")
    with pytest.raises(AwsError, match=r"could not be answered: EndpointConnectionError$") as refused:
        account.sync({**request, "ResponseURL": "http://127.0.0.1:9/?signature=secret"})
    assert "secret" not in str(refused.value)


def test_a_request_that_names_no_url_is_an_error(account: Account) -> None:
    with pytest.raises(InvalidRequestError):
        account.sync({"RequestType": "Create"})


def test_the_deployment_is_recorded_with_its_commit(account: Account) -> None:
    account.deploy(Commit="abc")
    fact = account.item(sort="DEPLOY#00000001")
    assert (fact["commit"], fact["recipeHash"], fact["stackId"]) == ("abc", "aaaa", STACK)


def test_each_answer_is_one_line_in_the_log(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    account.deploy()
    assert [record.message for record in caplog.records if record.name == "lambdas.preset_sync"] == ["request answered"]
