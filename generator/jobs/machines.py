"""Which machine is a job's: the one that runs it, or else the one that was launched for it."""

from generator import rows
from generator.deployment.partitions import partition
from generator.jobs.row import JobRow
from generator.reporting.place import Place
from generator.runners import row as runner_row
from generator.runners.row import RunnerRow
from lambdas.adapters.launch_rows import LAUNCH
from lambdas.adapters.machine_rows import RUNNER
from lambdas.adapters.table import Table
from lambdas.core import launches, machines
from lambdas.core.image_events import Site


def of_job(place: Place, table: Table, job: JobRow) -> RunnerRow | None:
    """Return a job's machine, or None if the table knows none; raise SpotRunnerError if it cannot be read."""
    instance_id = job.runner_name or _launched(table, job)
    if instance_id is None:
        return None
    settings = place.settings
    site = Site(
        names=place.names,
        partition=partition(settings.region),
        region=settings.region,
        account=settings.account,
    )
    found = rows.one(table, f"{runner_row.PREFIX}{machines.arn(site, instance_id)}", RUNNER)
    return runner_row.parse(found) if found else None


def _launched(table: Table, job: JobRow) -> str | None:
    found = rows.one(table, f"{LAUNCH}#{job.launch_id}", LAUNCH) if job.launch_id else None
    places = launches.from_record(found).places if found else ()
    return next((one.machine.instance_id for one in places if one.job.job_id == job.job_id), None)
