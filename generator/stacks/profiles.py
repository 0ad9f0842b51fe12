"""What instances may do: those that build images, and those that run jobs."""

from collections.abc import Iterable

from awacs.aws import Condition, ForAllValuesStringEquals, Null, Statement
from troposphere import AWSObject, Ref
from troposphere import iam as resources

from generator.stacks import boundary, iam, machine_logs

BUILD = "BuildInstance"
RUNNER = "RunnerInstance"
LEADING_KEYS = "dynamodb:LeadingKeys"
# The variable is of the credentials themselves: EC2 puts it into those of an instance, no request can say otherwise.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (ec2:SourceInstanceArn)
OWN_ROW = "JIT#${ec2:SourceInstanceARN}"


def profiles(deployment: str) -> tuple[AWSObject, ...]:
    """Return both instance profiles, each with its role."""
    return (*_profile(deployment, BUILD, build(deployment)), *_profile(deployment, RUNNER, runner(deployment)))


def build(deployment: str) -> tuple[Statement, ...]:
    """Return what Image Builder needs of the instance it builds on.

    It drives the instance by Systems Manager, fetches its component runner from its own buckets and the components by
    GetComponent, and logs what they say. The managed policies AmazonSSMManagedInstanceCore and
    EC2InstanceProfileForImageBuilder give that and much more: any parameter of the account, snapshots, ISO files.
    https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-setting-up.html
    """
    logs = iam.arn("logs", f"log-group:/aws/imagebuilder/{deployment}-preset-*")
    return (
        *boundary.instance_statements(),
        iam.allow("Log", ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"), [logs]),
    )


def runner(deployment: str) -> tuple[Statement, ...]:
    """Return what a machine may do, and with it every job on it: take its own configuration, and say what it did.

    A condition for all values holds where there is none, so that there must be one too.
    """
    own_row = Condition([ForAllValuesStringEquals(LEADING_KEYS, [OWN_ROW]), Null(LEADING_KEYS, "false")])
    return (
        iam.allow("TakeConfiguration", ("dynamodb:DeleteItem",), [Ref("TableArn")], own_row),
        iam.allow("Log", machine_logs.ACTIONS, [machine_logs.arn(deployment)]),
    )


def _profile(deployment: str, name: str, statements: Iterable[Statement]) -> tuple[AWSObject, AWSObject]:
    role = iam.bounded_role(
        f"{name}Role",
        deployment=deployment,
        service="ec2.amazonaws.com",
        boundary=Ref("BoundaryArn"),
        statements=statements,
    )
    profile = resources.InstanceProfile(f"{name}Profile", Path=iam.path(deployment), Roles=[Ref(role)])
    return role, profile


def profile_name(name: str) -> Ref:
    """Return the name of a profile."""
    return Ref(f"{name}Profile")
