"""Which own AMIs a deployment takes and which it refuses, and that what is deployed already may be gone."""

from collections.abc import Callable
from typing import Any

import pytest

from embedded.aws.ec2 import images
from tests.lambdas import own_amis
from tests.lambdas.account import Account, client
from tests.lambdas.answer_desk import AnswerDesk
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import preset_json

MISSING = "ami-0123456789abcdef0"


def serving(account: Account) -> tuple[str, str | None]:
    preset = account.preset()
    assert account.parameters()["linux-x64"]["amiId"] == preset["amiId"]
    return preset["status"], preset["amiId"]


def test_a_public_ami_of_somebody_else_is_fine(account: Account, desk: AnswerDesk) -> None:
    ami = own_amis.made()
    own_amis.known(ami).owner_id = "099720109477"
    own_amis.deploy(account, ami)
    assert desk.decision == f"served at once: own AMI {ami}"
    account.clock.advance(3600)
    account.reconcile()
    assert serving(account) == ("ready", ami)


def test_an_ami_that_its_owner_somebody_else_has_deprecated_is_fine(account: Account, desk: AnswerDesk) -> None:
    ami = own_amis.made()
    own_amis.known(ami).owner_id = "099720109477"
    setattr(own_amis.known(ami), images.DEPRECATED, True)
    own_amis.deploy(account, ami)
    assert desk.decision == f"served at once: own AMI {ami}"
    account.clock.advance(3600)
    account.reconcile()
    assert serving(account) == ("ready", ami)


def windows() -> str:
    ami = own_amis.made()
    own_amis.known(ami).platform = "windows"
    return ami


def pending() -> str:
    ami = own_amis.made()
    own_amis.known(ami).state = "pending"
    return ami


def without_disk() -> str:
    return own_amis.made(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "VirtualName": "ephemeral0"}])


def baked() -> str:
    ami = own_amis.made()
    client("ec2").create_tags(Resources=[ami], Tags=[{"Key": "spot-runner:recipe-hash", "Value": "aaaa"}])
    return ami


def deregistered() -> str:
    ami = own_amis.made()
    own_amis.linger(ami)
    return ami


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: MISSING, "is not there: no AMI that this account may use in this Region has this id"),
        (
            lambda: own_amis.made("arm64"),
            "is for arm64 and linux, expected x86_64 and linux, as the preset says",
        ),
        (windows, "is for x86_64 and windows, expected x86_64 and linux"),
        (lambda: own_amis.made(root_gib=61), "has a root volume of 61 GiB, more than diskSizeGb: 60"),
        (baked, "was baked here, and is no own AMI"),
        (pending, "is pending, expected an AMI that is available"),
        (deregistered, "is not there"),
        (without_disk, "has no root volume on EBS"),
    ],
    ids=[
        "not there",
        "another architecture",
        "another platform",
        "too large",
        "baked here",
        "pending",
        "still listed",
        "without disk",
    ],
)
def test_an_ami_that_the_preset_cannot_have_is_refused_and_the_one_before_goes_on(
    account: Account, desk: AnswerDesk, made: Any, why: str
) -> None:
    first, ami = own_amis.made(), made()
    own_amis.deploy(account, first)
    kept = account.items()
    own_amis.deploy(account, ami, "Update")
    assert desk.reason.startswith(f"preset_sync: image.ami: {ami} {why}")
    assert account.items() == kept
    assert serving(account) == ("ready", first)


def test_an_edit_of_a_preset_whose_own_ami_is_gone_gets_through_and_so_does_a_rollback_to_it(
    account: Account, desk: AnswerDesk
) -> None:
    ami = own_amis.made()
    own_amis.deploy(account, ami)
    client("ec2").deregister_image(ImageId=ami)
    account.clock.advance(60)
    own_amis.deploy(account, ami, "Update", Preset=preset_json(labels=["small"]))
    assert desk.decision == "unchanged"
    assert serving(account) == ("failed", None)
    own_amis.deploy(account, MISSING, "Update")
    assert "is not there" in desk.reason
    own_amis.deploy(account, ami, "Update")
    assert desk.decision == "unchanged"


def test_an_edit_of_a_preset_whose_own_ami_is_gone_gets_through_while_ec2_still_lists_it(
    account: Account, desk: AnswerDesk
) -> None:
    ami = own_amis.made()
    own_amis.deploy(account, ami)
    own_amis.linger(ami)
    account.clock.advance(60)
    own_amis.deploy(account, ami, "Update", Preset=preset_json(labels=["small"]))
    assert desk.decision == "unchanged"
    assert serving(account) == ("failed", None)
    assert account.preset()["reason"] == f"the AMI {ami} is deregistered"


def a_recipe_that_cannot_be_built(account: Account) -> None:
    with before("imagebuilder.StartImagePipelineExecution", refusal("ServiceQuotaExceededException", "Refused.")):
        account.deploy("Update", Commit="2" * 40)


def an_own_ami_that_cannot_be_published(account: Account) -> None:
    with before("ssm.PutParameter", refusal("ThrottlingException", "Refused.")):
        own_amis.deploy(account, own_amis.made(), "Update", Commit="2" * 40)


@pytest.mark.parametrize("failing", [a_recipe_that_cannot_be_built, an_own_ami_that_cannot_be_published])
def test_what_fails_once_it_is_recorded_is_rolled_back_to_an_own_ami_that_is_gone_and_no_revert_is(
    account: Account, desk: AnswerDesk, failing: Callable[[Account], None]
) -> None:
    ami = own_amis.made()
    own_amis.deploy(account, ami, Commit="1" * 40)
    client("ec2").deregister_image(ImageId=ami)
    account.clock.advance(60)
    failing(account)
    assert "Refused" in desk.reason
    own_amis.deploy(account, ami, "Update", Commit="3" * 40)
    assert "is not there" in desk.reason
    own_amis.deploy(account, ami, "Update", Commit="1" * 40)
    assert desk.decision == "back at an own AMI that is gone"
    assert account.preset()["status"] == "failed"
    assert account.preset()["reason"] == f"the AMI {ami} is deregistered"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"architecture": "arm64"}, "is for x86_64 and linux, expected arm64 and linux"),
        ({"diskSizeGb": 8}, "has a root volume of 9 GiB, more than diskSizeGb: 8"),
    ],
    ids=["another architecture", "a smaller disk"],
)
def test_an_edit_that_the_own_ami_does_not_suit_is_refused(
    account: Account, desk: AnswerDesk, changes: dict[str, Any], why: str
) -> None:
    ami = own_amis.made(root_gib=9)
    own_amis.deploy(account, ami)
    own_amis.deploy(account, ami, "Update", Preset=preset_json(**changes))
    assert why in desk.reason
    assert serving(account) == ("ready", ami)
