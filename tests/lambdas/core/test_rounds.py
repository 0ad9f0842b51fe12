from collections import Counter
from datetime import timedelta

import pytest

from lambdas.core import rounds
from lambdas.core.builds import Ami
from lambdas.core.rounds import Round, Turn
from lambdas.core.state import AmiState, Facts
from tests.lambdas.makers import NOON, a_build, a_failed_build, a_snapshot, a_state, at, build_arn


@pytest.mark.parametrize(("minutes", "due"), [(4, False), (5, True)])
def test_parameters_are_compared_every_five_minutes(minutes: int, due: bool) -> None:  # noqa: FBT001 - a table
    assert rounds.repair_is_due(Round(repaired_at=NOON), at(minutes)) is due
    assert rounds.repair_is_due(Round(), NOON)


@pytest.mark.parametrize(("minutes", "due"), [(59, False), (60, True)])
def test_amis_and_pipelines_are_looked_at_every_hour(minutes: int, due: bool) -> None:  # noqa: FBT001 - a table
    assert rounds.inspection_is_due(Round(inspected_at=NOON), at(minutes)) is due
    assert rounds.inspection_is_due(Round(), NOON)


def presets(count: int, status: str = "ready") -> list[AmiState]:
    return [a_state(preset_name=f"p{number:03}", status=status) for number in range(count)]


def inspected(states: list[AmiState], minutes: int, failing: str = "") -> list[tuple[str, ...]]:
    """Return whom each of so many rounds inspects, one a minute; one preset may fail whenever its turn comes."""
    last, turns = Round(), []
    for minute in range(minutes):
        turn = rounds.inspections(last, states, at(minute))
        last = rounds.inspected(last, turn, [preset for preset in turn.now if preset == failing], at(minute))
        turns.append(turn.now)
    return turns


def test_two_hundred_presets_are_inspected_once_an_hour_a_few_at_a_time() -> None:
    turns = inspected(presets(200), 120)
    names = [state.preset_name for state in presets(200)]
    assert max(map(len, turns)) == rounds.INSPECTIONS_PER_ROUND
    assert [preset for turn in turns[:60] for preset in turn] == names
    assert [preset for turn in turns[60:] for preset in turn] == names


def test_a_preset_that_cannot_be_inspected_is_tried_every_minute_and_no_other_again() -> None:
    counts = Counter(preset for turn in inspected(presets(20), 60, failing="p002") for preset in turn)
    assert counts.pop("p002") > 50
    assert set(counts.values()) == {1}


def test_presets_that_cannot_be_inspected_hold_up_none_that_can() -> None:
    last = Round(inspected_at=NOON, uninspected=("p000", "p001", "p002", "p003", "p004", "p005"))
    turn = rounds.inspections(last, presets(200), at(60))
    last = rounds.inspected(last, turn, turn.now, at(60))
    assert rounds.inspections(last, presets(200), at(61)).now == ("p006", "p007", "p008", "p009", "p010", "p011")


def test_a_preset_that_is_gone_is_inspected_no_more() -> None:
    last = Round(inspected_at=NOON, uninspected=("gone", "p001"))
    assert rounds.inspections(last, presets(2), at(1)) == Turn(now=("p001",), later=())


def test_of_many_presets_that_are_building_none_waits_for_ever_to_be_polled() -> None:
    last, polled = Round(), set[str]()
    for _ in range(7):
        turn = rounds.polls(last, presets(200, "building"))
        assert len(turn.now) == rounds.POLLS_PER_ROUND
        polled.update(turn.now)
        last = Round(unpolled=turn.later)
    assert len(polled) == 200


def test_a_preset_that_has_become_ready_waits_for_no_poll() -> None:
    assert rounds.polls(Round(unpolled=("p000",)), presets(1)) == Turn(now=(), later=())


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


def test_a_preset_without_an_ami_and_without_a_known_build_may_have_lost_its_events() -> None:
    assert rounds.lacks_build(a_snapshot())
    assert rounds.lacks_build(a_snapshot(a_failed_build()))
    assert rounds.lacks_build(a_snapshot(a_failed_build(status="TESTING", recipe_arn="another's")))
    assert not rounds.lacks_build(a_snapshot(a_failed_build(status="TESTING")))
    assert not rounds.lacks_build(a_snapshot(a_build()))
    assert not rounds.lacks_build(a_snapshot(config=None))


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
    assert rounds.unheard(facts, listed) == (build_arn("1.0.0/4"), build_arn("1.0.0/3"))


def test_of_many_unheard_builds_the_newest_is_asked_about_first_by_numbers_not_by_text() -> None:
    versions = ("1.0.2/9", "1.0.10/10", "1.0.10/9", "1.0.9/1", "1.0.2/10")
    found = rounds.unheard(Facts(), [(build_arn(version), "BUILDING") for version in versions])
    assert found == tuple(map(build_arn, ("1.0.10/10", "1.0.10/9", "1.0.9/1", "1.0.2/10", "1.0.2/9")))


def test_who_was_left_when_the_time_was_over_comes_before_those_whose_turn_it_was_not() -> None:
    turn = Turn(now=("a", "b", "c"), later=("d",))
    assert rounds.cut_short(turn, ("b", "c")) == Turn(now=("a",), later=("b", "c", "d"))
    assert rounds.cut_short(turn, ()) == turn


@pytest.mark.parametrize(("left", "enough"), [(20.9, False), (21.0, True)])
def test_a_preset_is_begun_with_only_while_the_round_can_still_end(left: float, enough: bool) -> None:  # noqa: FBT001 - a table
    assert rounds.has_time(left, rounds.WORK_SECONDS) is enough
