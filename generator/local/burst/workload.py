"""What a burst asks for: runs of a few repositories, some seconds apart, each with a few jobs of one label set."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

SHORT, PLENTIFUL = "linux-x64", "linux-arm64"  # the preset whose pools run out, and the one whose do not
REPOSITORIES = ("shop", "payments", "search")
# Label sets of a preset, with how often each is asked for: with and without `self-hosted`, and with options.
LABELS = (
    (("self-hosted", "spotrunner/{}"), 5),
    (("spotrunner/{}",), 3),
    (("self-hosted", "spotrunner/{}/cpu=4"), 1),
    (("self-hosted", "spotrunner/{}/ram=16"), 1),
)
MOST_JOBS_PER_RUN = 8
SECONDS_BETWEEN_RUNS = (5, 25)
JOB_SECONDS = (20, 90)
INTERRUPTED_SECONDS = 300  # it still runs when its machine is taken away, two minutes after the warning


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """A run that queues all of its jobs at once, so many seconds after the burst began; `seconds` is each job's."""

    at_seconds: int
    repository: str
    preset: str
    labels: tuple[str, ...]
    seconds: tuple[int, ...]
    is_interrupted: bool = False


def planned(jobs: int, seed: int = 0) -> tuple[PlannedRun, ...]:
    """Return the runs of a burst of so many jobs, one of which is the only one of its run, and is interrupted."""
    drawn = random.Random(seed)  # noqa: S311 - no secret, but the same each time
    at, runs = 0, list[PlannedRun]()
    for size in _sizes(jobs - 1, drawn):
        runs.append(_run(at, size, drawn))
        at += drawn.randint(*SECONDS_BETWEEN_RUNS)
    place = len(runs) // 4
    runs.insert(place, _interrupted(runs[place].at_seconds if runs else 0))
    return tuple(runs)


def _sizes(jobs: int, drawn: random.Random) -> Iterator[int]:
    while jobs > 0:
        size = min(drawn.randint(1, MOST_JOBS_PER_RUN), jobs)
        yield size
        jobs -= size


def _run(at: int, size: int, drawn: random.Random) -> PlannedRun:
    preset = drawn.choice((SHORT, PLENTIFUL))
    ((labels, _),) = drawn.choices(LABELS, [often for _, often in LABELS])
    return PlannedRun(
        at_seconds=at,
        repository=drawn.choice(REPOSITORIES),
        preset=preset,
        labels=tuple(label.format(preset) for label in labels),
        seconds=tuple(drawn.randint(*JOB_SECONDS) for _ in range(size)),
    )


def _interrupted(at: int) -> PlannedRun:
    return PlannedRun(
        at_seconds=at,
        repository=REPOSITORIES[0],
        preset=PLENTIFUL,  # spot capacity, or there would be nothing to interrupt
        labels=("self-hosted", f"spotrunner/{PLENTIFUL}/cpu=2"),  # of its own: no idle spot machine takes it later
        seconds=(INTERRUPTED_SECONDS,),
        is_interrupted=True,
    )
