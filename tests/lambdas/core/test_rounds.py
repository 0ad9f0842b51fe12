from datetime import timedelta

import pytest

from lambdas.core import rounds
from lambdas.core.builds import Ami
from lambdas.core.rounds import Round
from lambdas.core.state import Facts
from tests.lambdas.makers import NOON, a_build, a_failed_build, a_snapshot, a_state, at, build_arn


@pytest.mark.parametrize(("minutes", "due"), [(4, False), (5, True)])
def test_parameters_are_compared_every_five_minutes(minutes: int, due: bool) -> None:  # noqa: FBT001 - a table
    assert rounds.repair_is_due(Round(repaired_at=NOON), at(minutes)) is due
    assert rounds.repair_is_due(Round(), NOON)


@pytest.mark.parametrize(("minutes", "due"), [(59, False), (60, True)])
def test_amis_and_pipelines_are_looked_at_every_hour(minutes: int, due: bool) -> None:  # noqa: FBT001 - a table
    assert rounds.inspection_is_due(Round(inspected_at=NOON), at(minutes)) is due
    assert rounds.inspection_is_due(Round(), NOON)


def test_only_builds_under_way_are_polled() -> None:
    running = a_failed_build(build_arn=build_arn("1.0.0/2"), status="TESTING")
    assert rounds.to_poll(Facts(builds=(a_build(), running, a_failed_build()))) == (running,)


def test_only_amis_that_changed_are_news() -> None:
    facts = Facts(builds=(a_build(), a_build(build_arn=build_arn("1.0.0/2"), ami_id="ami-2")))
    moved = rounds.moved_amis(facts, {"ami-2": Ami(state="available", root_device_name="/dev/sda1")}, at(90))
    assert [(build.version, build.ami_state, build.event_at) for build in moved] == [
        ("1.0.0/1", "deregistered", at(90))
    ]


def test_a_build_that_image_builder_does_not_know_is_given_up_after_an_hour() -> None:
    running = a_failed_build(status="TESTING")
    assert rounds.vanished(running, at(30)) is None
    gone = rounds.vanished(running, running.started_at + timedelta(hours=1))
    assert gone is not None
    assert gone.status == "DELETED"


def test_a_preset_that_is_building_without_a_known_build_lost_its_events() -> None:
    building = a_state(status="building", ami_id=None)
    assert rounds.lacks_build(a_snapshot(latest=building))
    assert not rounds.lacks_build(a_snapshot(a_failed_build(status="TESTING"), latest=building))
    assert not rounds.lacks_build(a_snapshot(latest=a_state()))
    assert not rounds.lacks_build(a_snapshot(latest=None))


def test_builds_that_are_unknown_or_moved_are_asked_about() -> None:
    facts = Facts(builds=(a_build(), a_failed_build(build_arn=build_arn("1.0.0/2"))))
    listed = [(build_arn(), "AVAILABLE"), (build_arn("1.0.0/2"), "BUILDING"), (build_arn("1.0.0/3"), "FAILED")]
    assert rounds.to_discover(facts, listed) == (build_arn("1.0.0/2"), build_arn("1.0.0/3"))


def test_of_a_pipelines_builds_those_that_began_or_ended_unheard_are_asked_about() -> None:
    ended, running = a_failed_build(build_arn=build_arn("1.0.0/2")), a_failed_build(status="TESTING")
    facts = Facts(builds=(ended, running, a_failed_build(build_arn=build_arn("1.0.0/3"), status="TESTING")))
    listed = [
        (build_arn("1.0.0/1"), "DISTRIBUTING"),  # it runs on, as is known
        (build_arn("1.0.0/2"), "FAILED"),
        (build_arn("1.0.0/4"), "BUILDING"),
        (build_arn("1.0.0/5"), "AVAILABLE"),  # no deployment waits for it
    ]
    assert rounds.unheard(facts, listed) == (build_arn("1.0.0/3"), build_arn("1.0.0/4"))
