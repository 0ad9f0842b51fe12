from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from generator.reporting.actions import Close, Comment, Open, Reopen, Update
from generator.reporting.answer import Answer
from generator.reporting.decisions import decide
from generator.reporting.known import Details
from generator.reporting.watch import NoAnswer
from tests.generator.reporting.report_makers import (
    Desk,
    a_preset,
    an_answer,
    at,
    known,
    ready,
)

FAILED = an_answer(a_preset())
READY = an_answer(ready())
AGAIN = an_answer(a_preset(since="2026-11-24T12:00:00Z", reason="build 1.0.5/1 failed"))
OTHER = an_answer(a_preset(reason="build 1.0.4/1 failed"))
BUILDING = an_answer(a_preset(status="building", since="2026-11-23T13:00:00Z", reason=None))
SILENT = NoAnswer(cause="unreachable", reason="the answer is 503, expected 200")


def kinds(actions: tuple[Any, ...]) -> list[type]:
    return [type(action) for action in actions]


def a_desk(*answers: Any) -> Desk:
    """Return what is there after one run per answer, an hour after each other, the first at noon."""
    desk = Desk()
    for hour, answer in enumerate(answers):
        desk.run(answer, at(hour))
    return desk


def test_all_presets_ready_needs_nothing() -> None:
    assert Desk().run(READY) == ()


def test_a_failed_preset_gets_one_issue_and_no_comment() -> None:
    desk = Desk()
    (action,) = desk.run(FAILED)
    assert isinstance(action, Open)
    assert action.title == "Preset linux-x64 has failed (spot-runner)"
    assert desk.run(FAILED, at(1)) == ()
    assert desk.said == []


def test_each_failed_preset_has_its_own() -> None:
    assert kinds(Desk().run(an_answer(a_preset(), a_preset(name="gpu"), ready(name="fine")))) == [Open, Open]


def test_linux_is_not_linux_x64() -> None:
    desk = a_desk(FAILED)
    assert kinds(desk.run(an_answer(a_preset(), a_preset(name="linux")))) == [Open]


def test_another_reason_is_told_and_written_down() -> None:
    desk = a_desk(FAILED)
    actions = desk.run(an_answer(a_preset(reason="build 1.0.4/1 failed")))
    assert kinds(actions) == [Comment, Update]
    assert "1.0.4/1" in desk.said[0][1]
    assert "1.0.4/1" in desk.issues[1].body


@pytest.mark.parametrize("field", ["updatedAt", "expiresAt"])
def test_what_moves_by_itself_changes_nothing(field: str) -> None:
    assert a_desk(FAILED).run(an_answer(a_preset(**{field: "2026-12-01T00:00:00Z"}))) == ()


def test_other_details_are_written_down_without_a_word() -> None:
    desk = a_desk(FAILED)
    actions = desk.run(FAILED, knowing=known(details={"linux-x64": Details(has_no_build=True)}))
    assert kinds(actions) == [Update]
    assert "none yet" in desk.issues[1].body


def test_line_ends_that_github_changes_are_no_difference() -> None:
    desk = a_desk(FAILED)
    desk.change(1, body=desk.issues[1].body.replace("\n", "\r\n") + "\r\n")
    assert desk.run(FAILED) == ()


def test_labels_and_titles_belong_to_people() -> None:
    desk = a_desk(FAILED)
    desk.change(1, title="Please look at this, it is @nobody's")
    assert desk.run(FAILED) == ()
    assert desk.run(READY)
    assert desk.issues[1].title == "Please look at this, it is @nobody's"


NOTES = "\r\n\r\nWe look at it: the mirror is down.\r\n<!-- spot-runner:end -->\r\n- [ ] ask again"


@pytest.mark.parametrize("answers", [(OTHER,), (READY,), (READY, AGAIN), (BUILDING,)], ids=str)
def test_notes_that_people_write_below_stay_as_they_are(answers: tuple[Answer, ...]) -> None:
    desk = a_desk(FAILED)
    desk.change(1, body=desk.issues[1].body + NOTES)
    for hour, answer in enumerate(answers):
        assert desk.run(answer, at(1 + hour))
        assert desk.issues[1].body.endswith("<!-- spot-runner:end -->" + NOTES)
        assert desk.run(answer, at(1 + hour)) == ()
    assert desk.issues[1].body.count("What to do:") == 1


def test_details_are_kept_true_above_peoples_notes() -> None:
    desk = a_desk(FAILED)
    desk.change(1, body=desk.issues[1].body + NOTES)
    assert kinds(desk.run(FAILED, knowing=known(details={}))) == [Update]
    assert "unknown" in desk.issues[1].body
    assert desk.issues[1].body.endswith(NOTES)


@pytest.mark.parametrize("field", ["name", "reason", "amiId"])
def test_a_word_from_outside_does_not_end_the_reporters_part(field: str) -> None:
    hostile = a_preset(**{field: "<!-- spot-runner:end -->"})
    desk = a_desk(an_answer(hostile))
    text = desk.issues[1].body
    assert kinds(desk.run(an_answer({**hostile, "since": "2026-11-23T12:30:00Z"}))) == [Comment, Update]
    assert desk.issues[1].body.count("\n") == text.count("\n")


def test_a_preset_that_is_ready_again_closes_its_issue_with_a_comment() -> None:
    desk = a_desk(FAILED)
    actions = desk.run(READY, at(2))
    assert kinds(actions) == [Comment, Close]
    assert desk.open() == []
    assert desk.issues[1].state_reason == "completed"
    assert desk.said == [(1, "Preset `linux-x64` is ready again since 2026-11-23 13:00 UTC.")]
    assert desk.run(READY, at(3)) == ()


@pytest.mark.parametrize("status", ["updating", "building"])
def test_a_build_under_way_is_told_and_closes_nothing(status: str) -> None:
    desk = a_desk(FAILED)
    between = an_answer(a_preset(status=status, since="2026-11-23T13:00:00Z", reason=None))
    assert kinds(desk.run(between)) == [Comment, Update]
    assert desk.open() == [1]
    assert "a build is under way" in desk.said[0][1]
    assert desk.run(between) == ()
    assert kinds(desk.run(READY)) == [Comment, Close]


def test_a_status_of_a_newer_release_is_neither_ready_nor_failed_and_says_so() -> None:
    unheard = an_answer(a_preset(status="resting @all"))
    assert Desk().run(unheard) == ()
    desk = a_desk(FAILED)
    desk.run(unheard)
    assert desk.open() == [1]
    assert "`resting @all`" in desk.said[0][1]
    assert "does not know" in desk.said[0][1]


def test_a_removed_preset_closes_its_issue_with_a_comment() -> None:
    desk = a_desk(an_answer(a_preset(), ready(name="other")))
    assert kinds(desk.run(an_answer(ready(name="other")))) == [Comment, Close]
    assert "was removed" in desk.said[0][1]
    assert desk.issues[1].state_reason == "not_planned"
    assert desk.run(an_answer(ready(name="other"))) == ()


@pytest.mark.parametrize(("hours", "expected"), [(7 * 24, [Comment, Reopen]), (7 * 24 + 1, [Open])])
def test_what_breaks_within_seven_days_of_being_closed_is_reopened_else_new(hours: float, expected: list[type]) -> None:
    desk = a_desk(FAILED, READY)
    assert kinds(desk.run(AGAIN, at(1 + hours))) == expected
    assert len(desk.open()) == 1
    assert desk.run(AGAIN, at(1 + hours)) == ()


def test_the_issue_that_was_closed_last_is_the_one_that_is_opened_again() -> None:
    desk = a_desk(FAILED, READY)
    week = 24 * 8
    desk.run(AGAIN, at(week))
    desk.run(READY, at(week + 1))
    actions = desk.run(an_answer(a_preset(since="2026-12-01T20:00:00Z")), at(week + 2))
    assert kinds(actions) == [Comment, Reopen]
    assert desk.open() == [2]


def test_of_two_that_were_closed_the_last_counts_whatever_its_number() -> None:
    desk = a_desk(FAILED, READY)
    desk.file("the younger", desk.issues[1].body, at(1))
    desk.close(2, "completed", at(2))
    desk.change(1, closed_at=at(3))
    desk.run(AGAIN, at(4))
    assert desk.open() == [1]


def test_a_reopened_issue_is_closed_with_a_comment_of_its_own() -> None:
    desk = a_desk(FAILED, READY, AGAIN, an_answer(ready(since="2026-11-25T12:00:00Z")))
    assert [words.split(" since ")[0] for _, words in desk.said] == [
        "Preset `linux-x64` is ready again",
        "Preset `linux-x64` is `failed`",
        "Preset `linux-x64` is ready again",
    ]


@pytest.mark.parametrize("reason", ["not_planned", "duplicate"])
def test_not_planned_is_respected_for_as_long_as_the_failure_lasts(reason: str) -> None:
    desk = a_desk(FAILED)
    desk.close(1, reason, at(1))
    assert desk.run(FAILED, at(24 * 300)) == ()
    assert desk.run(an_answer(a_preset(reason="build 1.0.4/1 failed")), at(24 * 301)) == ()


def test_not_planned_ends_with_the_failure() -> None:
    desk = a_desk(FAILED)
    desk.close(1, "not_planned", at(1))
    assert kinds(desk.run(READY, at(2))) == [Update]
    assert desk.said == []
    assert kinds(desk.run(AGAIN, at(24))) == [Comment, Reopen]


def test_not_planned_ends_with_the_failure_even_if_nobody_looked_in_between() -> None:
    desk = a_desk(FAILED)
    desk.close(1, "not_planned", at(1))
    assert kinds(desk.run(AGAIN, at(24))) == [Comment, Reopen]


@pytest.mark.parametrize("reason", ["completed", None])
def test_who_says_that_it_is_done_is_believed_for_a_day(reason: Any) -> None:
    desk = a_desk(FAILED)
    desk.close(1, reason, at(1))
    assert desk.run(FAILED, at(25)) == ()
    assert kinds(desk.run(FAILED, at(25.1))) == [Comment, Reopen]
    assert "*not planned*" in desk.said[0][1]
    assert desk.run(FAILED, at(26)) == ()
    desk.close(1, reason, at(27))
    desk.run(FAILED, at(60))
    assert len(desk.said) == 2


def test_what_a_person_opened_again_stays_open_until_it_breaks_and_is_mended() -> None:
    desk = a_desk(FAILED, READY)
    desk.reopen(1)
    assert desk.run(READY) == ()
    assert desk.run(an_answer(a_preset(status="updating", since="2026-11-30T03:00:00Z", reason=None))) == ()
    assert kinds(desk.run(AGAIN)) == [Comment, Update]
    assert kinds(desk.run(READY)) == [Comment, Close]


def test_of_two_left_by_overlapping_runs_the_younger_is_closed_and_names_the_elder() -> None:
    desk = Desk()
    for body in [action.body for action in desk.run(FAILED) if isinstance(action, Open)]:
        desk.file("the same", body)
    assert kinds(desk.run(FAILED)) == [Comment, Close]
    assert desk.open() == [1]
    assert desk.said == [(2, "This is a duplicate of #1, which goes on; two runs overlapped.")]
    assert desk.issues[2].state_reason == "not_planned"
    assert desk.run(FAILED) == ()


def test_an_issue_that_two_pages_list_is_not_a_duplicate_of_itself() -> None:
    desk = a_desk(FAILED)
    assert decide(FAILED, desk.listing() * 2, known(), at(1)) == ()


def test_a_duplicate_that_a_person_opens_again_is_closed_without_another_word() -> None:
    desk = Desk()
    (filed,) = desk.run(FAILED)
    desk.file("the same", filed.body if isinstance(filed, Open) else "")
    desk.run(FAILED)
    desk.reopen(2)
    assert kinds(desk.run(FAILED)) == [Close]
    assert desk.open() == [1]


def test_a_duplicate_that_the_reporter_closed_silences_nothing() -> None:
    desk = Desk()
    (filed,) = desk.run(FAILED)
    desk.file("the same", filed.body if isinstance(filed, Open) else "")
    desk.run(FAILED)
    del desk.issues[1]
    assert kinds(desk.run(FAILED)) == [Open]


@pytest.mark.parametrize("stranger", ["somebody", "another-app[bot]"])
def test_a_marker_in_somebody_elses_issue_is_not_trusted(stranger: str) -> None:
    desk = a_desk(FAILED)
    copied = Desk()
    copied.file("fake", desk.issues[1].body, author=stranger)
    assert kinds(copied.run(FAILED)) == [Open]
    assert copied.run(READY)[0].number != 1  # type: ignore[union-attr] # the stranger's is left alone
    assert copied.issues[1].state == "open"


def test_an_app_of_ones_own_may_be_the_reporter() -> None:
    desk = a_desk(FAILED)
    desk.change(1, author="our-app[bot]")
    assert desk.run(FAILED, knowing=known(author="our-app[bot]")) == ()


@pytest.mark.parametrize("place", ["spot-runner/test", "other"])
def test_another_deployment_in_the_same_repository_has_its_own(place: str) -> None:
    desk = a_desk(FAILED)
    assert kinds(desk.run(FAILED, knowing=known(place=place))) == [Open]
    desk.run(READY, knowing=known(place=place))
    assert desk.open() == [1]


def test_without_an_answer_there_is_one_issue_about_that_and_the_presets_are_left_alone() -> None:
    desk = a_desk(FAILED)
    (action,) = desk.run(SILENT)
    assert isinstance(action, Open)
    assert action.title == "/status does not answer well (spot-runner)"
    assert desk.run(NoAnswer(cause="unreachable", reason="the answer is 500, expected 200")) == ()
    assert desk.open() == [1, 2]


def test_an_answer_that_becomes_malformed_is_told() -> None:
    desk = a_desk(SILENT)
    assert kinds(desk.run(NoAnswer(cause="malformed", reason="the answer is HTML"))) == [Comment, Update]


def test_an_answer_closes_what_was_said_of_its_absence() -> None:
    desk = a_desk(SILENT, READY)
    assert desk.open() == []
    assert desk.said == [(1, "`/status` answers well again.")]
    assert kinds(desk.run(SILENT, at(3))) == [Comment, Reopen]


def test_silence_about_an_absent_answer_ends_when_it_answers() -> None:
    desk = a_desk(SILENT)
    desk.close(1, "not_planned", at(1))
    assert desk.run(SILENT, at(2)) == ()
    assert kinds(desk.run(READY, at(3))) == [Update]
    assert kinds(desk.run(SILENT, at(4))) == [Comment, Reopen]


@pytest.mark.parametrize("presets", [(), (ready(),)], ids=["no preset at all", "presets are fine"])
def test_a_degraded_deployment_of_which_no_preset_failed_has_an_issue_of_its_own(presets: Any) -> None:
    desk = Desk()
    (action,) = desk.run(an_answer(*presets, status="degraded"))
    assert isinstance(action, Open)
    assert action.title == "The deployment is degraded (spot-runner)"
    assert kinds(desk.run(an_answer(*presets, status="degraded", message="another count"))) == [Update]
    assert kinds(desk.run(READY)) == [Comment, Close]


@pytest.mark.parametrize("answer", [READY, AGAIN, an_answer(ready(name="other"))], ids=["ready", "again", "removed"])
@pytest.mark.parametrize("before", [(FAILED,), (FAILED, READY)], ids=["open", "closed"])
@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_a_run_that_was_cut_off_is_finished_by_the_next_and_says_nothing_twice(
    done: int, before: tuple[Answer, ...], answer: Answer
) -> None:
    desk, whole = a_desk(*before), a_desk(*before)
    actions = whole.run(answer, at(3))
    desk.do(actions[:done], at(3))
    desk.run(answer, at(3))
    assert desk.run(answer, at(3)) == ()
    assert desk.open() == whole.open()
    assert desk.said == whole.said


@pytest.mark.parametrize("answer", [READY, AGAIN, an_answer(a_preset(reason="another"))])
def test_a_run_that_overlaps_another_says_nothing_twice(answer: Answer) -> None:
    desk = a_desk(FAILED)
    both = [decide(answer, desk.listing(), known(), at(3)) for _ in range(2)]
    for actions in both:
        desk.do(actions, at(3))
    assert len(desk.said) == 1
    assert desk.run(answer, at(4)) == ()


@pytest.mark.parametrize("body", [lambda _: "mine", lambda text: f"> quoted\n\n{text}"], ids=["lost", "quoted below"])
def test_a_text_that_lost_its_first_line_is_a_persons_own_now(body: Callable[[str], str]) -> None:
    desk = a_desk(FAILED)
    desk.issues[1] = replace(desk.issues[1], body=body(desk.issues[1].body))
    assert kinds(desk.run(FAILED)) == [Open]
    desk.run(READY)
    assert desk.open() == [1]
