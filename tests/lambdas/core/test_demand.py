"""How many machines are missing, and how many are too many: counted per label set, never paired."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core import demand
from lambdas.core.demand import Group, LiveMachine, OpenJob, Scope
from tests.lambdas.makers import at

LABELS = frozenset({"self-hosted", "spotrunner/linux-x64"})
NOW = at(60)
SHOP, SEARCH = "octo-org/shop", "octo-org/search"


def a_job(job_id: int = 1, minutes_ago: float = 30, **changes: Any) -> OpenJob:
    """Return a job that was launched, and last heard of, so long ago."""
    then = NOW - timedelta(minutes=minutes_ago)
    fields = {
        "preset": "linux-x64",
        "labels": LABELS,
        "repository": SHOP,
        "status": "queued",
        "updated_at": then,
        "launched_at": then,
    }
    return OpenJob(job_id=job_id, **{"launch_id": f"launch-{job_id}", **fields, **changes})


def a_machine(number: int = 1, minutes_ago: float = 30, **changes: Any) -> LiveMachine:
    """Return an idle machine that was launched so long ago."""
    then = NOW - timedelta(minutes=minutes_ago)
    fields = {"preset": "linux-x64", "labels": LABELS, "repository": SHOP, "launched_at": then, "updated_at": then}
    arn = f"arn:aws:ec2:eu-west-1:123456789012:instance/i-{number:017x}"
    return LiveMachine(**{"arn": arn, "launch_id": f"launch-{number}", **fields, **changes})


def of_all(repository: str) -> str:
    """Return the organization, whose runners take the jobs of all of its repositories."""
    return repository.partition("/")[0]


def one_group(*found: OpenJob | LiveMachine) -> Group:
    jobs = [one for one in found if isinstance(one, OpenJob)]
    machines = [one for one in found if isinstance(one, LiveMachine)]
    (group,) = demand.groups(jobs, machines, of_all, NOW)
    return group


def test_groups_are_of_one_preset_and_one_set_of_labels() -> None:
    others = [a_job(2, labels=LABELS | {"x64"}), a_job(3, preset="linux-arm64"), a_machine(4, labels=LABELS | {"x64"})]
    jobs = [a_job(1), *(one for one in others if isinstance(one, OpenJob))]
    machines = [one for one in others if isinstance(one, LiveMachine)]
    found = [(len(group.waiting), len(group.idle)) for group in demand.groups(jobs, machines, of_all, NOW)]
    assert sorted(found) == [(1, 0), (1, 0), (1, 1)]


@pytest.mark.parametrize(("scope", "expected"), [(of_all, [(1, 1)]), (str, [(0, 1), (1, 0)])], ids=["all", "its own"])
def test_a_runner_counts_for_those_repositories_whose_jobs_it_takes_job_6(
    scope: Scope, expected: list[tuple[int, int]]
) -> None:
    found = demand.groups([a_job(repository=SHOP)], [a_machine(repository=SEARCH)], scope, NOW)
    assert sorted((len(group.waiting), len(group.idle)) for group in found) == expected


NOT_COUNTED = {
    "a job that runs": a_job(2, status="in_progress"),
    "a job that waits for an approval": a_job(2, status="waiting"),
    "a machine that runs a job": a_machine(2, running_job=7),
    "a machine that runs a job that nobody told of": a_machine(2, running_job=0),
    "a machine that will get no configuration any more": a_machine(2, 9, is_configured=False),
}


@pytest.mark.parametrize("what", NOT_COUNTED)
def test_neither_waits_nor_is_idle_job_6(what: str) -> None:
    group = one_group(a_job(1), a_machine(1), NOT_COUNTED[what])
    assert (len(group.waiting), len(group.idle)) == (1, 1)


def test_a_machine_that_still_waits_for_its_configuration_is_counted() -> None:
    assert len(one_group(a_machine(minutes_ago=7, is_configured=False)).idle) == 1


MISSING: dict[str, tuple[list[OpenJob | LiveMachine], tuple[tuple[str, ...], int]]] = {
    "one machine too few": ([a_job(1), a_job(2), a_machine(2)], (("launch-1", "launch-2"), 1)),
    "as many as wait, whoever they were for": ([a_job(1), a_machine(9)], ((), 0)),
    "a launch that is under way": ([a_job(1, launched_at=None)], ((), 0)),
    "a job in a message": ([a_job(1, launch_id=None, launched_at=None)], ((), 0)),
    "a launch of just now": ([a_job(1, 1)], ((), 0)),
    "two too few, one of them of just now": ([a_job(1), a_job(2, 1)], (("launch-1",), 1)),
    "the longest first": ([a_job(1, 5), a_job(2, 9)], (("launch-2", "launch-1"), 2)),
}


@pytest.mark.parametrize("what", MISSING)
def test_machines_are_missing_where_fewer_are_idle_than_jobs_have_waited_for_a_while_job_6(what: str) -> None:
    found, expected = MISSING[what]
    assert demand.stranded(one_group(*found), NOW) == expected


SPARE: dict[str, tuple[list[OpenJob | LiveMachine], list[int]]] = {
    "nothing waits": ([a_machine(1), a_machine(2, 40)], [2, 1]),
    "one waits": ([a_job(1), a_machine(1), a_machine(2)], [2]),
    "as many wait": ([a_job(1), a_job(2), a_machine(1), a_machine(2)], []),
    "what waits in a message counts": ([a_job(1, launch_id=None, launched_at=None), a_machine(1)], []),
    "a machine of just now": ([a_machine(1, 0.5)], []),
}


@pytest.mark.parametrize("what", SPARE)
def test_idle_machines_are_spare_where_fewer_jobs_wait_ins_2(what: str) -> None:
    found, expected = SPARE[what]
    spare = [one.launch_id for one in demand.surplus(one_group(*found), NOW)]
    assert spare == [f"launch-{number}" for number in expected]


@given(
    jobs=st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=12),
    machines=st.lists(st.integers(0, 30), max_size=12),
)
def test_no_label_set_lacks_machines_and_has_spare_ones_at_once(
    jobs: list[tuple[int, bool]], machines: list[int]
) -> None:
    waiting = [
        a_job(number, minutes) if is_launched else a_job(number, minutes, launch_id=None, launched_at=None)
        for number, (minutes, is_launched) in enumerate(jobs, start=1)
    ]
    idle = [a_machine(number, minutes) for number, minutes in enumerate(machines, start=1)]
    for group in demand.groups(waiting, idle, of_all, NOW):
        _, missing = demand.stranded(group, NOW)
        spare = demand.surplus(group, NOW)
        assert missing == 0 or not spare
        assert missing <= max(0, len(waiting) - len(idle))
        assert len(spare) <= max(0, len(idle) - len(waiting))


ASKED = {
    "a queued job after ten minutes": (a_job(1, 10), True),
    "not before": (a_job(1, 9), False),
    "a job that runs after an hour": (a_job(7, 60, status="in_progress"), True),
    "nor that before": (a_job(7, 59, status="in_progress"), False),
    "a job that runs on no machine after five minutes": (a_job(8, 5, status="in_progress"), True),
    "a job that waits for an approval after an hour": (a_job(1, 60, status="waiting"), True),
}


@pytest.mark.parametrize("what", ASKED)
def test_jobs_of_which_nothing_was_heard_are_asked_about_lim_2(what: str) -> None:
    job, is_asked = ASKED[what]
    assert bool(demand.to_ask([job], [a_machine(1, running_job=7)], NOW)) is is_asked


def test_the_longest_unheard_of_are_asked_about_first() -> None:
    asked = demand.to_ask([a_job(1, 11), a_job(2, 30), a_job(3, 20)], [], NOW)
    assert [job.job_id for job in asked] == [2, 3, 1]


def test_machines_that_seem_idle_while_jobs_wait_for_long_are_asked_about_job_6() -> None:
    group = one_group(a_job(1, 5), a_machine(1, 5), a_machine(2, 4), a_machine(3, 7, is_configured=False))
    assert [one.launch_id for one in demand.silent(group, NOW)] == ["launch-1"]
    assert demand.silent(one_group(a_job(1, 4), a_machine(1, 5)), NOW) == ()
