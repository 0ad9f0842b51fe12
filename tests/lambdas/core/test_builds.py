from datetime import UTC, datetime, timedelta

import pytest

from lambdas.core import builds
from lambdas.core.errors import InvalidImageError
from lambdas.core.state import Build
from tests.lambdas.makers import ACCOUNT, NOON, REGION, a_build, a_failed_build, an_image, at

HERE = {"region": REGION, "image": "ami-here", "accountId": ACCOUNT}
ABROAD = {"region": "us-east-1", "image": "ami-abroad", "accountId": ACCOUNT}
FOREIGN = {"region": REGION, "image": "ami-foreign", "accountId": "999999999999"}
UNNAMED = {"region": REGION, "image": "ami-unnamed"}


def seen(**changes: object) -> Build:
    return builds.observed(an_image(**changes), at=at(20), account=ACCOUNT, region=REGION).build


@pytest.mark.parametrize(
    ("amis", "own"),
    [
        pytest.param(
            [FOREIGN, ABROAD, HERE], "ami-here", id="the first two are another account's and another Region's"
        ),
        pytest.param([UNNAMED, HERE], "ami-here", id="one that names the account goes before one that names none"),
        pytest.param([UNNAMED], "ami-unnamed", id="an old entry names no account"),
        pytest.param([FOREIGN, ABROAD], None, id="nothing is ours"),
        pytest.param([], None, id="there is no AMI at all"),
    ],
)
def test_the_ami_is_the_one_of_this_account_and_region_ami_6(amis: list[dict[str, str]], own: str | None) -> None:
    assert seen(outputResources={"amis": amis}).ami_id == own


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DISTRIBUTING"])
def test_only_an_available_image_has_an_ami_whatever_it_lists_ami_6(status: str) -> None:
    assert seen(state={"status": status}).ami_id is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2023-05-22T21:32:58.114Z", datetime(2023, 5, 22, 21, 32, 58, 114000, UTC)),
        ("Jul 28, 2022 1:13:45 AM", datetime(2022, 7, 28, 1, 13, 45, tzinfo=UTC)),
        ("Jul 28, 2022 12:13:45 PM", datetime(2022, 7, 28, 12, 13, 45, tzinfo=UTC)),
    ],
)
def test_a_build_began_when_image_builder_says_in_either_format(written: str, moment: datetime) -> None:
    assert seen(dateCreated=written).started_at == moment


def test_a_date_in_a_third_format_is_refused_by_name() -> None:
    with pytest.raises(InvalidImageError, match="'yesterday'"):
        seen(dateCreated="yesterday")


def test_an_image_of_a_container_recipe_belongs_to_no_recipe() -> None:
    image = an_image(type="DOCKER")
    del image["imageRecipe"]
    assert builds.observed(image, at=NOON, account=ACCOUNT, region=REGION).build.recipe_arn == ""


def test_the_reason_of_a_failure_is_kept() -> None:
    assert seen(state={"status": "FAILED", "reason": "step 3"}).reason == "step 3"


@pytest.mark.parametrize(
    ("candidate", "known", "newer"),
    [
        pytest.param(a_build(), None, True, id="the first fact about a build"),
        pytest.param(a_failed_build(event_at=at(9)), a_failed_build(), False, id="a late event"),
        pytest.param(a_failed_build(), a_failed_build(), False, id="the same event again"),
        pytest.param(a_failed_build(), a_failed_build(status="TESTING"), True, id="the end, in the same second"),
        pytest.param(a_failed_build(status="TESTING"), a_failed_build(), False, id="a phase, in the second of the end"),
        pytest.param(a_failed_build(status="BUILDING", event_at=at(30)), a_failed_build(), True, id="a retry"),
        pytest.param(a_build(event_at=at(19)), a_failed_build(status="TESTING"), True, id="an image stays built"),
        pytest.param(a_failed_build(event_at=at(30)), a_build(), False, id="a late poll of a built image"),
        pytest.param(
            a_failed_build(status="TESTING"), a_failed_build(status="BUILDING"), True, id="the next phase in a second"
        ),
        pytest.param(
            a_failed_build(status="BUILDING"), a_failed_build(status="TESTING"), False, id="the phase before, as late"
        ),
        pytest.param(
            a_failed_build(status="TESTING", event_at=at(30)),
            a_failed_build(status="DELETED"),
            True,
            id="a deleted image was not built",
        ),
        pytest.param(a_failed_build(status="FUTURE"), a_failed_build(status="INTEGRATING"), True, id="a new phase"),
    ],
)
def test_of_two_facts_about_a_build_the_newer_is_found_ami_1(
    candidate: Build,
    known: Build | None,
    newer: bool,  # noqa: FBT001 - a table's last column
) -> None:
    assert builds.is_newer(candidate, known) is newer


@pytest.mark.parametrize(
    ("seen", "known", "dated"),
    [
        pytest.param(a_failed_build(), None, at(20), id="nothing is known yet"),
        pytest.param(a_failed_build(), a_failed_build(status="TESTING", event_at=at(21)), at(21), id="a poll lagged"),
        pytest.param(a_failed_build(), a_failed_build(status="TESTING", event_at=at(2)), at(20), id="as it should be"),
        pytest.param(a_failed_build(), a_failed_build(event_at=at(30)), at(20), id="the end is known, and later"),
        pytest.param(
            a_failed_build(status="TESTING"), a_failed_build(status="TESTING", event_at=at(21)), at(20), id="a phase"
        ),
    ],
)
def test_an_end_that_is_confirmed_is_no_older_than_a_phase_that_a_poll_saw(
    seen: Build, known: Build | None, dated: datetime
) -> None:
    assert builds.confirmed(seen, known).event_at == dated


@pytest.mark.parametrize(
    ("said", "answered", "lags"),
    [
        ("AVAILABLE", "DISTRIBUTING", True),
        ("AVAILABLE", "FAILED", True),
        ("AVAILABLE", "AVAILABLE", False),
        ("AVAILABLE", "DEPRECATED", False),
        ("FAILED", "TESTING", True),
        ("FAILED", "AVAILABLE", False),
        ("CANCELLED", "CANCELLED", False),
        ("BUILDING", "PENDING", False),
    ],
)
def test_an_answer_lags_when_the_event_says_more(said: str, answered: str, lags: bool) -> None:  # noqa: FBT001 - a table
    assert builds.lags(said, answered) is lags


def test_an_ami_that_ec2_does_not_find_is_deregistered_and_its_device_stays_known_ami_6() -> None:
    looked_at = builds.looked_at(a_build(), None)
    assert (looked_at.ami_state, looked_at.root_device_name) == ("deregistered", "/dev/sda1")
    assert not builds.is_living(looked_at)


def test_a_new_image_is_not_settled_until_ec2_shows_its_ami_or_hours_pass() -> None:
    build = builds.looked_at(a_build(), None)
    assert not builds.is_settled(build, at(20))
    assert builds.is_settled(build, at(1) + timedelta(hours=7))
    assert builds.is_settled(a_build(), at(20))
