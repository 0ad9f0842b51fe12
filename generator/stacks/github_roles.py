"""The roles that workflows assume: plan reads, deploy changes this deployment's stacks, operate starts builds."""

from collections.abc import Iterable

from awacs.aws import Statement
from troposphere import GetAtt, Sub
from troposphere import iam as resources

from generator.stacks import artifacts, execution, iam, oidc, tags

# An hour: a deploy that waits for the slowest stack ends well before.
SESSION_SECONDS = 3600


def roles(deployment: str) -> tuple[resources.Role, ...]:
    """Return the three roles."""
    return (
        _role(deployment, "plan", [oidc.ON_PULL_REQUEST, oidc.ON_BRANCH, oidc.IN_ENVIRONMENT], {}, plan(deployment)),
        _role(
            deployment,
            "deploy",
            [oidc.IN_ENVIRONMENT],
            {"ref": "${BranchRef}", "environment": "${EnvironmentName}"},
            deploy(deployment),
        ),
        _role(deployment, "operate", [oidc.ON_BRANCH], {"ref": "${BranchRef}"}, operate(deployment)),
    )


def plan(deployment: str) -> tuple[Statement, ...]:
    """Return what pull requests may read: stacks, templates, parameters, and AMI states and presets of the table."""
    state = iam.arn("dynamodb", f"table/{deployment}-foundation-*")
    states = iam.each_like("dynamodb:LeadingKeys", ("AMI#*", "PRESET#*"))
    return (
        # All of the account: only a list of stacks shows those whose preset file is gone. Without a name DescribeStacks
        # needs ListStacks too. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
        _cloudformation("SeeStacks", ("DescribeStacks", "ListStacks"), [iam.arn("cloudformation", "stack/*")]),
        _cloudformation("ReadStacks", READ_STACKS, _stacks(deployment)),
        iam.allow(
            "ReadParameters",
            ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
            [
                iam.arn("ssm", f"parameter/{deployment}/{kind}{end}")
                for kind in ("configs", "stack")
                for end in ("", "/*")
            ],
        ),
        iam.allow("ReadState", ("dynamodb:GetItem", "dynamodb:Query"), [state], states),
        iam.allow("SeeSubnets", ("ec2:DescribeSubnets",), iam.ANY),
    )


def deploy(deployment: str) -> tuple[Statement, ...]:
    """Return what a merge may do: change sets that work with the execution role, and artifacts."""
    role = execution.arn()
    stacks = _stacks(deployment)[1:]  # not bootstrap, which holds the roles themselves
    bucket = f"${{{artifacts.BUCKET}.Arn}}"
    return (
        *plan(deployment),
        _cloudformation("MakeChangeSets", ("CreateChangeSet",), stacks, {"cloudformation:RoleArn": role}),
        _cloudformation("ChangeStacks", CHANGE_STACKS, stacks),
        iam.allow(
            "PassExecutionRole",
            ("iam:PassRole",),
            [role],
            iam.equal({"iam:PassedToService": "cloudformation.amazonaws.com"}),
        ),
        iam.allow("Artifacts", ("s3:GetObject", "s3:PutObject"), [Sub(f"{bucket}/*")]),
        iam.allow("ListArtifacts", ("s3:ListBucket",), [GetAtt(artifacts.BUCKET, "Arn")]),
    )


def operate(deployment: str) -> tuple[Statement, ...]:
    """Return what schedules and people may do: start builds of this deployment's pipelines, and watch them."""
    names = f"{deployment}-preset-*"
    return (
        iam.allow(
            "StartBuilds",
            (
                "imagebuilder:GetImagePipeline",
                "imagebuilder:ListImagePipelineImages",
                "imagebuilder:StartImagePipelineExecution",
                "imagebuilder:TagResource",  # starting asks for it on its caller's behalf
            ),
            [iam.arn("imagebuilder", f"image-pipeline/{names}")],
        ),
        iam.allow("WatchBuilds", ("imagebuilder:GetImage",), [iam.arn("imagebuilder", f"image/{names}")]),
    )


def _role(
    deployment: str, name: str, subjects: Iterable[str], claims: dict[str, str], statements: Iterable[Statement]
) -> resources.Role:
    return resources.Role(
        f"{name.capitalize()}Role",
        RoleName=f"{deployment}-{name}",
        Description=f"What workflows of GitHub may do to {name} {deployment}",
        MaxSessionDuration=SESSION_SECONDS,
        AssumeRolePolicyDocument=oidc.trust(subjects, claims),
        Policies=[resources.Policy(PolicyName="own", PolicyDocument=iam.document(statements))],
        Tags=tags.listed(tags.of_deployment(deployment)),
    )


def _stacks(deployment: str) -> list[Sub]:
    names = ("bootstrap", "foundation", "control-plane", "preset-*")
    return [iam.arn("cloudformation", f"stack/{deployment}-{name}/*") for name in names]


def _cloudformation(
    sid: str, actions: Iterable[str], resources: Iterable[object], equal: dict[str, object] | None = None
) -> Statement:
    condition = None if equal is None else iam.equal(equal)
    return iam.allow(sid, (f"cloudformation:{action}" for action in actions), resources, condition)


READ_STACKS = (
    "DescribeChangeSet",
    "DescribeStackEvents",
    "DescribeStackResources",
    "GetTemplate",
    "ListChangeSets",
    "ListStackResources",
)
CHANGE_STACKS = (
    "ContinueUpdateRollback",
    "DeleteChangeSet",
    "DeleteStack",
    "ExecuteChangeSet",
    "TagResource",
    "UntagResource",
    "UpdateTerminationProtection",
)
