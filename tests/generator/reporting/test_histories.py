"""Any history of statuses, people's acts, overlapping and interrupted runs leaves the issues in order."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.reporting import marker
from generator.reporting.answer import Answer
from generator.reporting.decisions import decide
from generator.reporting.watch import NoAnswer
from lambdas.core import times
from tests.generator.reporting.report_makers import AUTHOR, Desk, a_preset, an_answer, at, known

NAMES = ("linux", "linux-x64")
STATUSES = ("ready", "updating", "building", "failed", "failed", "unheard-of", "removed")
REASONS = ("one", "another")
MOMENT = 0.01  # hours: no two things happen in the same second


@dataclass
class World:
    """A deployment that changes, a desk of issues, and the hours that pass."""

    desk: Desk = field(default_factory=Desk)
    presets: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: bool = True
    hour: float = 0

    def becomes(self, name: str, status: str, reason: str) -> None:
        """Let a preset become something."""
        before = self.presets.pop(name, {})
        if status == "removed":
            return
        since = before["since"] if before.get("status") == status else times.text(at(self.hour))
        said = reason if status == "failed" else None
        self.presets[name] = a_preset(name=name, status=status, since=since, reason=said)

    def answer(self) -> Answer | NoAnswer:
        """Return what `/status` says now."""
        if self.answers:
            return an_answer(*self.presets.values())
        return NoAnswer(cause="unreachable", reason="no whole answer")

    def run(self, runs: int = 1, most_actions: int = 1000) -> None:
        """Let runs begin at the same moment and end one after the other, the last after so many actions."""
        self.hour += MOMENT
        begun = [decide(self.answer(), self.desk.listing(), known(), at(self.hour)) for _ in range(runs)]
        for actions in begun[:-1]:
            self.desk.do(actions, at(self.hour))
        self.desk.do(begun[-1][:most_actions], at(self.hour))

    def person(self, act: str, which: int) -> None:
        """Let a person act on an issue, if it can be done."""
        number = which % len(self.desk.issues) + 1 if self.desk.issues else 0
        issue = self.desk.issues.get(number)
        if issue and act == "reopen" and issue.state == "closed":
            self.desk.reopen(number)
        elif issue and act in {"completed", "not_planned"} and issue.state == "open":
            self.desk.close(number, act, at(self.hour))
        elif issue and act == "retitle":
            self.desk.change(number, title="mine")

    def open_by_subject(self) -> Counter[marker.Subject]:
        """Count the open issues that the reporter goes by."""
        filed = marker.filed(self.desk.listing(), AUTHOR, "spot-runner")
        return Counter(one.subject for one in filed if one.issue.state == "open")


changes = st.tuples(st.just("becomes"), st.sampled_from(NAMES), st.sampled_from(STATUSES), st.sampled_from(REASONS))
hours = st.tuples(st.just("wait"), st.sampled_from([1, 30, 24 * 8]))
answering = st.tuples(st.just("answering"), st.booleans())
whole_runs = st.tuples(st.just("run"), st.just(1), st.just(1000))
runs = st.tuples(st.just("run"), st.sampled_from([1, 2, 3]), st.sampled_from([0, 1, 2, 1000]))
people = st.tuples(
    st.just("person"), st.sampled_from(["reopen", "completed", "not_planned", "retitle"]), st.integers(0, 9)
)


def lived(steps: list[Any]) -> World:
    world = World()
    for what, *how in steps:
        world.hour += MOMENT
        match what:
            case "becomes":
                world.becomes(*how)
            case "wait":
                world.hour += how[0]
            case "answering":
                world.answers = how[0]
            case "run":
                world.run(*how)
            case "person":
                world.person(*how)
    return world


@settings(max_examples=300, deadline=None)
@given(st.lists(changes | hours | answering | runs | people, max_size=25))
def test_after_one_more_run_nothing_is_doubled_and_the_next_does_nothing(steps: list[Any]) -> None:
    world = lived(steps)
    world.answers = True
    world.run()
    assert max(world.open_by_subject().values(), default=0) <= 1
    said = len(world.desk.said)
    assert world.desk.run(world.answer(), at(world.hour)) == ()
    assert len(world.desk.said) == said


@settings(max_examples=300, deadline=None)
@given(st.lists(changes | hours | runs, max_size=25))
def test_without_people_exactly_what_failed_has_an_open_issue(steps: list[Any]) -> None:
    world = lived(steps)
    world.run()
    for name in NAMES:
        opened = world.open_by_subject()[marker.Subject(kind="preset", name=name)]
        status = world.presets.get(name, {"status": "removed"})["status"]
        if status == "failed":
            assert opened == 1
        elif status in {"ready", "removed"}:
            assert opened == 0


@settings(max_examples=300, deadline=None)
@given(st.lists(changes | hours | whole_runs, max_size=25))
def test_nobody_is_told_the_same_twice_in_a_row(steps: list[Any]) -> None:
    world = lived(steps)
    for number in world.desk.issues:
        words = [body for one, body in world.desk.said if one == number]
        assert all(before != after for before, after in pairwise(words))


@settings(max_examples=200, deadline=None)
@given(st.lists(changes | hours | answering | runs, max_size=25), st.sampled_from(NAMES), st.integers(0, 9))
def test_what_a_person_does_not_want_to_hear_of_stays_closed_until_it_is_over(
    steps: list[Any], name: str, hours_: int
) -> None:
    world = lived([*steps, ("answering", True), ("becomes", name, "failed", "one"), ("run", 1, 1000)])
    filed = marker.filed(world.desk.listing(), AUTHOR, "spot-runner")
    subject = marker.Subject(kind="preset", name=name)
    (opened,) = [one.issue.number for one in filed if one.subject == subject and one.issue.state == "open"]
    world.desk.close(opened, "not_planned", at(world.hour))
    for reason in REASONS:
        world.hour += 24 * hours_
        world.becomes(name, "failed", reason)
        world.run(2)
        assert world.open_by_subject()[subject] == 0
    world.becomes(name, "ready", "")
    world.run()
    world.hour += MOMENT
    world.becomes(name, "failed", "one")
    world.run()
    assert world.open_by_subject()[subject] == 1
