"""All that the duties of a round act on, and what they see at its beginning."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from lambdas.adapters import github_apps, job_queue, launch_rows, open_rows, runners
from lambdas.adapters.clients import World
from lambdas.adapters.github import GitHubError, RefusedError
from lambdas.adapters.github_apps import NoKeyError
from lambdas.adapters.runners import Registry
from lambdas.adapters.table import Table
from lambdas.core import demand, messages, rounds, starts
from lambdas.core.demand import Group, LiveMachine, OpenJob
from lambdas.core.starts import Start

logger = logging.getLogger(__name__)

Clock = Callable[[], float]  # the seconds that are left of the function's time


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """What the duties act on: AWS, the Apps by which GitHub is asked, and how much time is left."""

    aws: World
    registry: Registry
    app_ids: tuple[str, ...]
    left_seconds: Clock

    @property
    def table(self) -> Table:
        """Return the table."""
        return self.aws.table

    @property
    def now(self) -> datetime:
        """Return the one moment of the whole round."""
        return self.aws.now

    @property
    def has_time(self) -> bool:
        """Tell whether to begin with one more step."""
        return rounds.has_time(self.left_seconds(), rounds.RUNNER_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The jobs and machines that have not ended, as the index shows them at the beginning of a round."""

    jobs: tuple[OpenJob, ...]
    machines: tuple[LiveMachine, ...]


def look(keeper: Keeper) -> Seen:
    """Return what has not ended; machines first, so that no job seems to wait whose machine is taken meanwhile."""
    machines = open_rows.live_machines(keeper.table)
    return Seen(jobs=open_rows.open_jobs(keeper.table), machines=machines)


def groups(keeper: Keeper, seen: Seen) -> tuple[Group, ...]:
    """Return what waits and what is idle, label set by label set; raises GitHubError.

    All Apps of a deployment register runners alike: with the organization, or in repositories.
    """
    scope = runners.scopes(keeper.registry, speaker(keeper), keeper.now)
    return demand.groups(seen.jobs, seen.machines, scope, keeper.now)


def speaker(keeper: Keeper) -> str:
    """Return the first App that can sign in, to ask what any may; raises GitHubError of the last if none can."""
    refused: GitHubError = NoKeyError("the deployment has no GitHub App")
    for app_id in keeper.app_ids:
        try:
            github_apps.token(keeper.registry.apps, app_id, keeper.now)
        except (NoKeyError, RefusedError) as error:  # it has no key, or is not installed any more
            logger.warning("App cannot sign in", extra={"app_id": app_id, "why": str(error)})
            refused = error
        else:
            return app_id
    raise refused


def start(keeper: Keeper, wanted: Iterable[Start], delay_seconds: int = 0) -> None:
    """Let jobs be started by `launch`, which judges whether they still want machines."""
    for group in starts.grouped(wanted):
        job_queue.send(keeper.aws.jobs, messages.text(group), delay_seconds)


def app_of(keeper: Keeper, launch_id: str) -> str:
    """Return the App that registered the runners of a launch, or one that may do so."""
    launch = launch_rows.read(keeper.table, launch_id)
    return launch.app_id if launch else next(iter(keeper.app_ids), "")
