"""Where a command works: the account's clients, what bootstrap left there, the pace, and who listens."""

from dataclasses import dataclass, field

from generator.deployment import stack_client
from generator.deployment.aws import Aws, other_region
from generator.deployment.progress import Listener, silent
from generator.deployment.stack_client import Pace
from generator.errors import SpotRunnerError
from lambdas.core.names import Names

ARTIFACT_BUCKET = "artifact-bucket"
TABLE_NAME = "table-name"
EXECUTION_ROLE = "execution-role-arn"


@dataclass(frozen=True, kw_only=True)
class Site:
    """One deployment in one account and Region; `role_arn` is the role by which CloudFormation works.

    Without a bucket or a role (bootstrap itself) templates go inline, and the caller's own rights are used.
    """

    aws: Aws
    names: Names
    bucket: str = ""
    role_arn: str = ""
    pace: Pace = field(default_factory=Pace)
    listener: Listener = silent


def find(aws: Aws, names: Names, pace: Pace, listener: Listener) -> Site:
    """Return the site that `spot-runner bootstrap` has prepared in this account and Region."""
    bucket, role = names.stack_value(ARTIFACT_BUCKET), names.stack_value(EXECUTION_ROLE)
    values = stack_client.ssm_values(aws, (bucket, role))
    if bucket not in values or role not in values:
        raise SpotRunnerError(_nothing_here(aws.region, names))
    return Site(aws=aws, names=names, bucket=values[bucket], role_arn=values[role], pace=pace, listener=listener)


def _nothing_here(region: str, names: Names) -> str:
    other = other_region(region)
    hint = f" ({other[0]} says {other[1]}, but `region` in spot-runner.yaml decides)" if other else ""
    return (
        f"deployment {names.deployment} is not set up in Region {region}{hint}: correct `region` in spot-runner.yaml "
        "if it lives elsewhere, or run `spot-runner bootstrap` as an administrator"
    )
