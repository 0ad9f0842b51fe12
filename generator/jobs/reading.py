"""Reads what the deployment knows: a job's row from the table, the presets that are deployed from SSM."""

from collections.abc import Mapping

from generator import rows
from generator.errors import SpotRunnerError
from generator.jobs import row
from generator.jobs.row import JobRow
from generator.reporting.place import Place
from lambdas.adapters import parameters
from lambdas.adapters.errors import AwsError
from lambdas.adapters.job_rows import JOB
from lambdas.adapters.table import Table
from lambdas.core import preset
from lambdas.core.errors import InvalidRequestError
from lambdas.core.preset import Preset


def job(table: Table, job_id: int) -> JobRow | None:
    """Return a job's row, or None if the table has none; raise SpotRunnerError if it cannot be read."""
    found = rows.one(table, f"JOB#{job_id}", JOB)
    return row.parse(found) if found else None


def deployed_presets(place: Place) -> Mapping[str, Preset]:
    """Return the presets that are deployed, by name; raise SpotRunnerError if they cannot be read."""
    path = place.names.config_path
    try:
        found = parameters.below(place.aws.ssm, path)
        return {name.removeprefix(path): preset.parse(value) for name, value in sorted(found.items())}
    except AwsError as error:
        raise SpotRunnerError(f"{error}: allow ssm:GetParametersByPath on parameter{path}*") from error
    except InvalidRequestError as error:
        raise SpotRunnerError(f"a parameter in {path} is no preset ({error}): deploy again") from error
