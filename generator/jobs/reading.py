"""Reads what the deployment knows: a job's row from the table, the presets that are deployed from SSM."""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from generator.deployment import aws_errors, stack_client
from generator.deployment.site import TABLE_NAME
from generator.errors import SpotRunnerError
from generator.jobs import row
from generator.jobs.row import JobRow
from generator.reporting.place import Place
from lambdas.adapters import parameters
from lambdas.adapters.errors import AwsError
from lambdas.adapters.items import decode, encode
from lambdas.core import preset
from lambdas.core.errors import InvalidRequestError
from lambdas.core.preset import Preset


def job(place: Place, job_id: int) -> JobRow | None:
    """Return a job's row, or None if the table has none; raise SpotRunnerError if it cannot be read."""
    with aws_errors.explained():
        table = _table(place)
        try:
            answer = place.aws.dynamodb.get_item(
                TableName=table, Key=encode({"PK": f"JOB#{job_id}", "SK": "JOB"}), ConsistentRead=True
            )
        except ClientError as error:
            if aws_errors.code(error) not in aws_errors.DENIED:
                raise
            raise SpotRunnerError(_denied(error, table)) from error
    return row.parse(decode(answer["Item"])) if "Item" in answer else None


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


def _table(place: Place) -> str:
    parameter = place.names.stack_value(TABLE_NAME)
    found = stack_client.ssm_values(place.aws, (parameter,))
    if parameter not in found:
        raise SpotRunnerError(
            f"no job is known: there is no {parameter} in {place.settings.region}: deploy first, or choose another "
            "--environment"
        )
    return found[parameter]


def _denied(error: ClientError, table: str) -> str:
    return (
        f"GetItem was denied: {aws_errors.message(error)}: `spot-runner why` needs dynamodb:GetItem on rows JOB#* of "
        f"table {table}, which no role of the workflows has: use credentials of an operator (docs/runners.md)"
    )
