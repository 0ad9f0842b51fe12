from typing import Any

import pytest

from generator.reporting.answer import Answer
from generator.reporting.checking import ask_for, compare
from generator.reporting.watch import NoAnswer, Patience
from tests.generator.reporting.report_makers import a_body, an_answer, ready
from tests.generator.reporting.status_server import answering, serving

BOTH = frozenset({"linux-x64", "gpu"})


def test_an_answer_about_just_the_projects_presets_is_as_it_should_be() -> None:
    found = compare(an_answer(ready(), ready(name="gpu")), BOTH, lambda _: True)
    assert (found.problems, found.notes) == ((), ())


def test_a_preset_that_is_missing_is_a_problem_of_its_own_line() -> None:
    found = compare(an_answer(), BOTH, lambda _: True)
    assert [line.split(":")[0] for line in found.problems] == [
        "preset gpu is not in /status",
        "preset linux-x64 is not in /status",
    ]


@pytest.mark.parametrize(("has_stack", "problems", "notes"), [(True, 0, 1), (None, 0, 1), (False, 1, 0)])
def test_a_preset_without_a_file_is_a_problem_only_if_it_has_no_stack_either(
    has_stack: Any, problems: int, notes: int
) -> None:
    found = compare(an_answer(ready(name="old")), frozenset(), lambda _: has_stack)
    assert (len(found.problems), len(found.notes)) == (problems, notes)


def patience(waited: list[float]) -> Patience:
    return Patience(pauses_seconds=(2.0, 4.0), wait=waited.append)


def test_a_preset_that_was_deployed_a_moment_ago_is_waited_for() -> None:
    waited: list[float] = []
    late = answering(a_body(ready(), ready(name="gpu")))
    with serving(answering(a_body(ready())), late) as server:
        answer = ask_for(server.url, patience(waited), BOTH)
    assert isinstance(answer, Answer)
    assert len(answer.presets) == 2
    assert waited == [2.0]


def test_a_preset_that_never_comes_is_not_waited_for_for_ever() -> None:
    waited: list[float] = []
    with serving(answering(a_body(ready()))) as server:
        answer = ask_for(server.url, patience(waited), BOTH)
    assert isinstance(answer, Answer)
    assert (waited, len(server.asked)) == ([2.0, 4.0], 3)


def test_no_answer_is_not_asked_for_over_and_over() -> None:
    waited: list[float] = []
    with serving(answering(b"", 500)) as server:
        assert isinstance(ask_for(server.url, patience(waited), BOTH), NoAnswer)
    assert len(server.asked) == 3
