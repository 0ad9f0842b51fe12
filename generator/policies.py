"""What each function may do, and nothing more: one list of IAM statements per function, with conditions.

Names in Image Builder ARNs are lower-cased, and so are ours from the start. Logs and the consumer's rights on its
queue belong to the control plane's stack, which makes the log groups and the queues.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from awacs import dynamodb, ec2, iam, imagebuilder, secretsmanager, sqs, ssm
from awacs.aws import Action, Allow, Condition, ForAllValuesStringLike, Statement, StringEquals
from troposphere import AWSHelperFn, Join, Sub

from generator.stacks import fleet_rights

Arn: TypeAlias = str | AWSHelperFn


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What rights are narrowed to: the deployment's name, and the ARNs of what its functions share."""

    deployment: str
    table_arn: Arn
    jobs_queue_arn: Arn
    webhook_secret_arn: Arn
    app_key_arn: Arn
    machines: fleet_rights.Place


def statements(function: str, scope: Scope) -> list[Statement]:
    """Return the statements of a function's role; `function` is its file's name, such as `ami_update`.

    Raises KeyError for a function that does not exist.
    """
    return _POLICIES[function](scope)


def _ami_update(scope: Scope) -> list[Statement]:
    return [
        *_ami_state(scope),
        _tell_of_amis(scope),
        _on_images(scope.deployment, imagebuilder.GetImage),
        _describe_amis(),
    ]


def _launch(scope: Scope) -> list[Statement]:
    """Return what recording jobs, claiming them, and starting, configuring and ending machines takes."""
    rows = ["BUDGET#*", "CAPACITY", "JOB#*", "LAUNCH#*"]
    return [
        _on_items(scope.table_arn, [*rows, "PRESET#*", "RERUN#*"], dynamodb.GetItem),
        _on_items(scope.table_arn, ["JOB#*", "RUNNER#*"], dynamodb.BatchGetItem),
        _on_items(scope.table_arn, [*rows, "RUNNER#*"], dynamodb.UpdateItem),
        _on_items(scope.table_arn, ["JIT#*", "LAUNCH#*", "RERUN#*", "RUNNER#*"], dynamodb.PutItem),
        _on_items(scope.table_arn, ["JIT#*"], dynamodb.DeleteItem),
        _on_items(scope.table_arn, ["AMI#*"], dynamodb.ConditionCheckItem),
        _on_index(scope.table_arn, "JOB#parked#*", "RUNNER#live"),
        Statement(
            Effect=Allow,
            Action=[ssm.GetParameter],
            Resource=[_arn("ssm", f"parameter/{scope.deployment}/configs/*")],
        ),
        Statement(Effect=Allow, Action=[secretsmanager.GetSecretValue], Resource=[scope.app_key_arn]),
        Statement(
            Effect=Allow,
            Action=[sqs.ChangeMessageVisibility, sqs.SendMessage],
            Resource=[scope.jobs_queue_arn],
        ),
        *fleet_rights.statements(scope.deployment, scope.machines),
    ]


def _preset_sync(scope: Scope) -> list[Statement]:
    return [
        *_ami_state(scope),
        _tell_of_amis(scope),
        _on_items(
            scope.table_arn,
            ["AMI#*", "PRESET#*"],
            dynamodb.PutItem,
            dynamodb.DeleteItem,
        ),
        _on_pipelines(
            scope.deployment,
            imagebuilder.GetImagePipeline,
            imagebuilder.StartImagePipelineExecution,
            imagebuilder.ListImagePipelineImages,
        ),
        _on_images(scope.deployment, imagebuilder.GetImage, imagebuilder.CancelImageCreation),
        _describe_amis(),
        *_dependent_on_start(scope.deployment),
    ]


def _reconcile(scope: Scope) -> list[Statement]:
    return [
        *_ami_state(scope),
        _tell_of_amis(scope),
        *_jobs_and_machines(scope),
        _on_index(scope.table_arn, "AMI", "JOB#open", "JOB#parked#*", "RUNNER#live"),
        Statement(
            Effect=Allow,
            Action=[ssm.GetParametersByPath],
            Resource=[_arn("ssm", f"parameter/{scope.deployment}/configs{end}") for end in ("", "/*")],
        ),
        _on_pipelines(scope.deployment, imagebuilder.GetImagePipeline, imagebuilder.ListImagePipelineImages),
        _on_images(scope.deployment, imagebuilder.GetImage),
        _describe_amis(),
    ]


def _jobs_and_machines(scope: Scope) -> list[Statement]:
    """Return what finding what events missed of jobs and machines takes, and ending machines; it starts none."""
    return [
        _on_items(scope.table_arn, ["BUDGET#*", "CAPACITY", "LAUNCH#*", "RECONCILE"], dynamodb.GetItem),
        _on_items(scope.table_arn, ["JOB#*", "RUNNER#*"], dynamodb.BatchGetItem),
        _on_items(scope.table_arn, ["CAPACITY", "JOB#*", "RECONCILE", "RUNNER#*"], dynamodb.UpdateItem),
        _on_items(scope.table_arn, ["RUNNER#*"], dynamodb.ConditionCheckItem),
        _on_items(scope.table_arn, ["JIT#*"], dynamodb.DeleteItem),
        _on_items(scope.table_arn, ["RECONCILE"], dynamodb.PutItem),
        Statement(Effect=Allow, Action=[secretsmanager.GetSecretValue], Resource=[scope.app_key_arn]),
        *fleet_rights.ending(scope.deployment),
    ]


def _status(scope: Scope) -> list[Statement]:
    return [_on_index(scope.table_arn, "AMI")]


def _webhook(scope: Scope) -> list[Statement]:
    """Return what checking a delivery, judging its job and handing it on takes; of jobs it writes refused ones only."""
    return [
        Statement(Effect=Allow, Action=[secretsmanager.GetSecretValue], Resource=[scope.webhook_secret_arn]),
        _on_items(scope.table_arn, ["PRESET#*"], dynamodb.GetItem),
        _on_items(scope.table_arn, ["JOB#*"], dynamodb.PutItem),
        Statement(Effect=Allow, Action=[sqs.SendMessage], Resource=[scope.jobs_queue_arn]),
    ]


def _ami_state(scope: Scope) -> list[Statement]:
    """Return what reading the facts, writing the state and publishing it take."""
    return [
        _on_items(scope.table_arn, ["AMI#*", "PRESET#*"], dynamodb.GetItem),
        _on_items(scope.table_arn, ["AMI#*"], dynamodb.Query, dynamodb.PutItem),
        Statement(
            Effect=Allow,
            Action=[ssm.GetParameter, ssm.PutParameter, ssm.AddTagsToResource, ssm.DeleteParameter],
            Resource=[_arn("ssm", f"parameter/{scope.deployment}/configs/*")],
        ),
    ]


def _tell_of_amis(scope: Scope) -> Statement:
    """Return the right to say that a preset has an AMI, for which its jobs may wait."""
    return Statement(Effect=Allow, Action=[sqs.SendMessage], Resource=[scope.jobs_queue_arn])


def _on_items(table_arn: Arn, keys: list[str], *actions: Action) -> Statement:
    return Statement(
        Effect=Allow,
        Action=list(actions),
        Resource=[table_arn],
        Condition=Condition(ForAllValuesStringLike("dynamodb:LeadingKeys", keys)),
    )


def _on_index(table_arn: Arn, *kinds: str) -> Statement:
    return Statement(
        Effect=Allow,
        Action=[dynamodb.Query],
        Resource=[Join("", [table_arn, "/index/byKind"])],
        Condition=Condition(ForAllValuesStringLike("dynamodb:LeadingKeys", list(kinds))),
    )


def _on_pipelines(deployment: str, *actions: Action) -> Statement:
    arn = _arn("imagebuilder", f"image-pipeline/{deployment}-preset-*")
    return Statement(Effect=Allow, Action=list(actions), Resource=[arn])


def _on_images(deployment: str, *actions: Action) -> Statement:
    arn = _arn("imagebuilder", f"image/{deployment}-preset-*")
    return Statement(Effect=Allow, Action=list(actions), Resource=[arn])


def _describe_amis() -> Statement:
    """Return the one right that has no narrower resource: EC2 knows none for its Describe calls."""
    return Statement(Effect=Allow, Action=[ec2.DescribeImages], Resource=["*"])


def _arn(service: str, resource: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")


# Granted, though neither the demo nor an undisturbed run calls it; by function and action, each with its reason.
_TAGS = "PutParameter asks for it when it creates a parameter with tags; nothing calls it by itself"
_DEPENDENT = "StartImagePipelineExecution asks for it on its caller's behalf, says the service authorization reference"
_LOST = "only what events missed of jobs and machines takes it: see tests/lambdas/stories/test_reconciling_crashes.py"
UNUSED: dict[str, dict[str, str]] = {
    "ami_update": {
        "ssm:AddTagsToResource": _TAGS,
        "ssm:DeleteParameter": "a preset may leave while an event of one of its builds is being handled",
    },
    "launch": {},
    "preset_sync": {
        "iam:CreateServiceLinkedRole": f"{_DEPENDENT}, in an account that is new to Image Builder",
        "imagebuilder:TagResource": _DEPENDENT,
        "ssm:AddTagsToResource": _TAGS,
    },
    "reconcile": {
        "dynamodb:BatchGetItem": _LOST,
        "dynamodb:ConditionCheckItem": _LOST,
        "ec2:TerminateInstances": _LOST,
        "secretsmanager:GetSecretValue": _LOST,
        "ssm:AddTagsToResource": _TAGS,
    },
    "status": {},
    "webhook": {},
}


def _dependent_on_start(deployment: str) -> list[Statement]:
    """Return what starting a build needs beside its own right and GetImagePipeline, which is asked for anyway.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2imagebuilder.html
    """
    role = "role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder"
    return [
        _on_pipelines(deployment, imagebuilder.TagResource),
        Statement(
            Effect=Allow,
            Action=[iam.CreateServiceLinkedRole],
            Resource=[Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{role}")],
            Condition=Condition(StringEquals("iam:AWSServiceName", "imagebuilder.amazonaws.com")),
        ),
    ]


_POLICIES: dict[str, Callable[[Scope], list[Statement]]] = {
    "ami_update": _ami_update,
    "launch": _launch,
    "preset_sync": _preset_sync,
    "reconcile": _reconcile,
    "status": _status,
    "webhook": _webhook,
}
