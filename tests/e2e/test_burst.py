"""The burst that `spot-runner local --burst` plays, by its recording: what went wrong, and that nothing is left.

BURST_JOBS, an environment variable, says how many jobs it has.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import team

ROOT = Path(__file__).parents[2]
JOBS = int(os.environ.get("BURST_JOBS", "30"))
LONGEST_SECONDS = 900
Recording = dict[str, Any]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, str]:
    """Return what was recorded, and what was told meanwhile."""
    folder = team.put(tmp_path_factory.mktemp("team"))
    run = subprocess.run(
        [sys.executable, "-m", "generator", "local", "--burst", str(JOBS), "--json", "-C", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)["burst"], run.stderr


@pytest.fixture(scope="module")
def burst(played: tuple[Recording, str]) -> Recording:
    return played[0]


@pytest.fixture(scope="module")
def numbers(burst: Recording) -> dict[str, float]:
    return dict(burst["numbers"])


def test_nothing_is_left(burst: Recording) -> None:
    assert burst["left"] == {
        "machines": [], "openRows": [], "lostJobs": [], "runnersInGitHub": [], "counters": [], "deadLetters": [],
        "jobsNeverQueued": [],
    }  # fmt: skip


def test_every_job_succeeds_but_the_interrupted_one_which_does_when_it_is_run_again(burst: Recording) -> None:
    first = [job for job in burst["jobs"] if job["attempt"] == 1]
    assert len(first) == JOBS
    (failed,) = (job for job in first if job["conclusion"] != "success")
    (again,) = (job for job in burst["jobs"] if job["attempt"] == 2)
    assert (failed["conclusion"], again["conclusion"]) == ("failure", "success")
    assert (again["repository"], again["labels"]) == (failed["repository"], failed["labels"])
    assert again["runner"] != failed["runner"]


def test_each_job_has_a_machine_of_its_own(burst: Recording) -> None:
    runners = [job["runner"] for job in burst["jobs"]]
    assert len(set(runners)) == len(burst["jobs"])


def test_an_interrupted_job_is_run_once_more_and_on_demand_ins_3(numbers: dict[str, float]) -> None:
    assert (numbers["interruptions"], numbers["reruns"], numbers["rerunsOnDemand"]) == (1, 1, 1)


def test_a_lost_delivery_is_asked_for_again_and_a_repeated_one_does_no_harm(numbers: dict[str, float]) -> None:
    assert numbers["redeliveries"] >= 1
    assert numbers["repeatedDeliveries"] == 1
    assert numbers["deliveries"] >= 3 * JOBS


def test_pools_run_out_and_for_a_while_there_is_nothing_at_all(numbers: dict[str, float]) -> None:
    assert 0 < numbers["spotPercent"] < 100
    assert numbers["fallbacks"] > numbers["launchesWithoutMachines"] >= 1
    assert numbers["longestShortageSeconds"] >= 120


def test_runners_are_taken_by_jobs_that_they_were_not_launched_for_job_6(numbers: dict[str, float]) -> None:
    assert numbers["stolenRunners"] >= 1
    assert numbers["machines"] >= JOBS + 1


def test_jobs_come_on_two_presets_from_several_repositories_with_and_without_self_hosted(burst: Recording) -> None:
    labels = {tuple(job["labels"]) for job in burst["jobs"]}
    assert {label[-1].split("/")[1] for label in labels} == {"linux-x64", "linux-arm64"}
    assert {label[0] == "self-hosted" for label in labels} == {True, False}
    assert any("=" in label[-1] for label in labels)
    assert len({job["repository"] for job in burst["jobs"]}) > 1


def test_half_of_the_jobs_start_within_two_minutes_of_the_emulator_s_clock(numbers: dict[str, float]) -> None:
    assert 0 < numbers["queueToStartP50Seconds"] <= 120
    assert numbers["queueToStartP50Seconds"] <= numbers["queueToStartP95Seconds"] < 60 * numbers["minutes"]


def test_iam_judged_every_request_and_denied_nothing(burst: Recording) -> None:
    assert burst["iam"]["denials"] == []
    assert burst["iam"]["decisions"] > 20 * JOBS


def test_where_there_is_no_terminal_a_line_tells_every_so_often(played: tuple[Recording, str]) -> None:
    lines = re.findall(r"minute \d+: (.*); machines: (.*); \d+ runners; \d+ deliveries", played[1])
    assert any("running" in jobs and "spot" in machines for jobs, machines in lines)
    assert re.search(r"EC2 takes i-\w+ away, which runs job \d+\.", played[1])
    assert "EC2 has machines of linux-x64 on demand again." in played[1]
    assert "✓ runners were stolen" in played[1]
