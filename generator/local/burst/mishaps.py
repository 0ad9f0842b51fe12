"""What goes wrong in a burst: deliveries, pools that run out, and a spot machine that is taken away."""

from datetime import timedelta

from embedded.github.failures import Failure
from embedded.github.workflow_jobs import Job
from generator.inputs.project import load_project
from generator.local.burst.watching import Look
from generator.local.burst.workload import SHORT
from generator.local.team import Team
from lambdas.core.fleets import ON_DEMAND, SPOT

QUEUED_EVENT = "workflow_job queued"
SPOT_SHARE, ON_DEMAND_SHARE = 0.4, 0.1  # of the jobs of `SHORT`, before there is nothing at all
DROUGHT = timedelta(minutes=2)
RUNS_BEFORE_WARNING = timedelta(seconds=30)


class Mishaps:
    """Brings them about, each at its time, and tells of it."""

    def __init__(self, team: Team, jobs: int, short: int) -> None:
        """`jobs` is how many there will be, `short` how many of them of the preset whose pools run out."""
        self._team, self._jobs, self._short = team, jobs, short
        self._is_dry, self.interrupted = True, ""  # the machine that was taken away

    def prepare(self) -> None:
        """Limit what EC2 has, and decide on what becomes of two deliveries."""
        mishaps = self._team.hosting.played.hooks.mishaps
        mishaps.add(Failure(match=QUEUED_EVENT, effect="lost", skip=self._jobs // 3))
        mishaps.add(Failure(match=QUEUED_EVENT, effect="twice", skip=self._jobs // 2))
        for kind in self._types():
            self._limit(SPOT, kind, round(self._short * SPOT_SHARE / len(self._types())))
            self._limit(ON_DEMAND, kind, round(self._short * ON_DEMAND_SHARE / len(self._types())))

    def see(self, look: Look, job: Job | None) -> None:
        """Do what is due: take the machine of `job` away, give machines on demand to those that waited long enough."""
        if job is not None and job.status == "in_progress" and not self.interrupted:
            self._interrupt(look, job)
        if self._is_dry and look.waits_since is not None and look.at - look.waits_since >= DROUGHT:
            self._is_dry = False
            for kind in self._types():
                self._limit(ON_DEMAND, kind, None)
            self._team.record.say(f"{look.at:%H:%M:%S} EC2 has machines of {SHORT} on demand again.")

    def _interrupt(self, look: Look, job: Job) -> None:
        if job.runner is None or job.started_at is None or look.at - job.started_at < RUNS_BEFORE_WARNING:
            return
        self.interrupted = job.runner.name
        self._team.emulator.control("POST", "/interruptions", {"instanceId": self.interrupted})
        self._team.record.say(f"{look.at:%H:%M:%S} EC2 takes {self.interrupted} away, which runs job {job.id}.")

    def _limit(self, market: str, kind: str, left: int | None) -> None:
        self._team.emulator.control("POST", "/capacity", {"market": market, "instanceType": kind, "left": left})

    def _types(self) -> tuple[str, ...]:
        (preset,) = (one for one in load_project(self._team.repository.path).presets if one.name == SHORT)
        return tuple(preset.instance_types)
