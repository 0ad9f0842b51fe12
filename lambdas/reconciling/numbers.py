"""The numbers that no event tells: jobs that wait for nothing that is known, and machines that live."""

from lambdas.adapters import capacity, job_rows, metrics
from lambdas.core import job_measures, machine_measures
from lambdas.core.workflow_job import QUEUED
from lambdas.reconciling.keeper import Keeper, Seen

MOST_READ = 1000  # jobs whose rows are read: where more wait, so many tell enough


def tell(world: Keeper, seen: Seen) -> None:
    """Tell CloudWatch."""
    queued = [job.job_id for job in seen.jobs if job.status == QUEUED][:MOST_READ]
    rows = job_rows.read_all(world.table, queued).values()
    told = (*job_measures.stuck(rows, world.now), *machine_measures.alive(capacity.read(world.table)))
    metrics.emit(world.aws.site.names.deployment, told, world.now)
