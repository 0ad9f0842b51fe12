"""Two of them at once: whoever loses reads again, and nothing is lost."""

from collections.abc import Iterator

import pytest

from tests.lambdas.account import Account, client
from tests.lambdas.answer_desk import AnswerDesk
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import PIPELINE, build_arn, preset_json

PARAMETER = "/spot-runner/configs/linux-x64"


@pytest.fixture(autouse=True)
def _state_follows_from_the_facts(account: Account) -> Iterator[None]:
    """However a race went, LATEST says what the fold of the table says."""
    yield
    account.assert_the_state_follows_from_the_facts()


def touch_state() -> None:
    """Give LATEST another version, as any other writer would."""
    client("dynamodb").update_item(
        TableName="spot-runner",
        Key={"PK": {"S": "AMI#linux-x64"}, "SK": {"S": "LATEST"}},
        UpdateExpression="ADD version :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def test_a_deployment_between_read_and_write_is_not_lost(account: Account) -> None:
    account.deploy()
    account.build_to_the_end()
    available = account.events[-1]

    def deploy() -> None:
        account.deploy("Update", RecipeHash="bbbb")

    with before("dynamodb.TransactWriteItems", deploy):
        assert account.deliver(available) == []
    assert account.item("PRESET#linux-x64", "CONFIG")["recipeHash"] == "bbbb"
    preset = account.preset()
    assert (preset["status"], preset["serving"]) == ("updating", True)
    assert account.parameters()["linux-x64"]["amiId"] == preset["amiId"]


def test_a_build_that_ends_while_a_preset_is_deployed_is_not_lost(account: Account) -> None:
    account.deploy()
    account.build_to_the_end()
    available = account.events[-1]
    with before("dynamodb.TransactWriteItems", lambda: account.deliver(available)):
        account.deploy("Update", RecipeHash="bbbb")
    preset = account.preset()
    assert (preset["status"], preset["serving"]) == ("updating", True)


def test_a_slow_writer_of_the_parameter_does_not_leave_its_old_value_ami_2(account: Account) -> None:
    recipe = account.ready()
    account.start(PIPELINE)
    account.build_to_the_end()

    def edit() -> None:
        account.deploy("Update", recipe=recipe, Preset=preset_json(labels=["newest"]))

    with before("ssm.PutParameter", edit):
        account.deliver(account.events[-1])
    shown = account.parameters()["linux-x64"]
    assert (shown["labels"], shown["amiId"]) == (["newest"], account.item()["amiId"])
    assert shown["version"] == account.item()["version"]


def test_a_parameter_does_not_outlive_a_preset_that_leaves_while_it_is_published(account: Account) -> None:
    account.deploy()
    account.build_to_the_end()
    with before("ssm.PutParameter", lambda: account.sync(account.request("Delete"))):
        assert account.deliver(account.events[-1]) == []
    assert account.parameters() == {}


def test_a_parameter_that_somebody_else_creates_or_deletes_first_ends_right(account: Account) -> None:
    def create() -> None:
        client("ssm").put_parameter(Name=PARAMETER, Value="{}", Type="String")

    with before("ssm.PutParameter", create):
        account.deploy()
    assert account.parameters()["linux-x64"]["version"] == account.item()["version"]
    with before("ssm.DeleteParameter", lambda: client("ssm").delete_parameter(Name=PARAMETER)):
        account.sync(account.request("Delete"))
    assert account.parameters() == {}


@pytest.mark.parametrize("call", ["dynamodb.TransactWriteItems", "ssm.PutParameter"])
def test_a_message_that_loses_every_race_comes_again(account: Account, call: str) -> None:
    account.deploy()
    account.build_to_the_end()
    with before(call, touch_state, times=100):
        assert account.deliver(account.events[-1]) == ["0"]
    assert account.deliver(account.events[-1]) == []
    assert account.parameters()["linux-x64"]["amiId"] == account.item()["amiId"]


def test_a_preset_that_another_stack_takes_over_meanwhile_stays(account: Account, desk: AnswerDesk) -> None:
    recipe = account.ready()

    def take_over() -> None:
        account.deploy(recipe=recipe, StackId="another stack")

    with before("dynamodb.TransactWriteItems", take_over):
        account.sync(account.request("Delete"))
    assert desk.last["Status"] == "SUCCESS"
    assert account.item("PRESET#linux-x64", "CONFIG")["stackId"] == "another stack"
    assert account.parameters()["linux-x64"]["amiId"] == account.item()["amiId"]


def test_a_removal_that_loses_every_race_is_told(account: Account, desk: AnswerDesk) -> None:
    account.ready()
    with before("dynamodb.TransactWriteItems", refusal("TransactionConflictException"), times=100):
        account.sync(account.request("Delete"))
    assert desk.last["Status"] == "FAILED"
    assert "10 times in a row" in desk.last["Reason"]


def test_a_build_that_ends_while_it_is_cancelled_lets_the_preset_leave(account: Account, desk: AnswerDesk) -> None:
    account.deploy()
    with before("imagebuilder.CancelImageCreation", account.build_to_the_end):
        account.sync(account.request("Delete"))
    assert desk.last["Status"] == "SUCCESS"
    image = client("imagebuilder").get_image(imageBuildVersionArn=build_arn())["image"]
    assert image["state"]["status"] == "AVAILABLE"


def test_a_build_that_is_deleted_while_it_is_cancelled_lets_the_preset_leave(
    account: Account, desk: AnswerDesk
) -> None:
    account.deploy()
    with before("imagebuilder.CancelImageCreation", refusal("ResourceNotFoundException")):
        account.sync(account.request("Delete"))
    assert desk.last["Status"] == "SUCCESS"


def test_a_build_that_vanishes_while_one_asks_why_it_was_not_cancelled_lets_the_preset_leave(
    account: Account, desk: AnswerDesk
) -> None:
    account.deploy()
    with (
        before("imagebuilder.CancelImageCreation", refusal("InvalidRequestException")),
        before("imagebuilder.GetImage", refusal("ResourceNotFoundException")),
    ):
        account.sync(account.request("Delete"))
    assert (desk.last["Status"], account.parameters()) == ("SUCCESS", {})


def test_a_build_that_is_deleted_right_after_it_was_listed_is_passed_over(account: Account) -> None:
    account.ready()
    account.start(PIPELINE)
    with before("imagebuilder.GetImage", refusal("ResourceNotFoundException")):
        account.reconcile()
    assert account.preset()["status"] == "ready"


def a_build_that_failed_twice(account: Account) -> tuple[str, dict[str, object]]:
    """Return a recipe whose one build failed and is forgiven, as it failed again only once the recipe was back.

    The event of that second end waits to be delivered; GetImage confirms it.
    """
    recipe, image_builder = account.recipe(), client("imagebuilder")
    account.deploy(recipe=recipe)
    image_builder.cancel_image_creation(imageBuildVersionArn=build_arn(), clientToken="cancel")
    account.deliver_all()
    account.clock.advance(10)
    account.deploy("Update", RecipeHash="bbbb")
    account.clock.advance(10)
    with before("imagebuilder.StartImagePipelineExecution", refusal("ServiceQuotaExceededException")):
        account.deploy("Update", recipe=recipe)
    account.clock.advance(10)
    image_builder.retry_image(imageBuildVersionArn=build_arn(), clientToken="retry")
    image_builder.cancel_image_creation(imageBuildVersionArn=build_arn(), clientToken="again")
    again = account.events[-1]
    account.events.clear()
    return recipe, again


def test_an_end_heard_of_after_a_deployment_is_a_failure_though_an_earlier_one_was_forgiven(account: Account) -> None:
    _, again = a_build_that_failed_twice(account)
    assert account.preset()["status"] == "building"
    account.deliver(again)
    assert account.preset()["reason"] == "build 1.0.0/1 was cancelled"


def test_an_end_heard_of_while_a_preset_is_edited_is_not_lost(account: Account) -> None:
    recipe, again = a_build_that_failed_twice(account)
    with before("dynamodb.TransactWriteItems", lambda: account.deliver(again)):
        account.deploy("Update", recipe=recipe, Preset=preset_json(labels=["small"]))
    assert account.item(sort=f"BUILD#{build_arn()}")["eventAt"] == again["time"]
