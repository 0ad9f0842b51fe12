"""The permissions boundary: the most that any function or instance of the deployment could ever do.

It grants nothing by itself. It holds no action on IAM, STS or CloudFormation but to make Image Builder's own
service-linked role and to give a machine its role, so that no role below it can raise itself, whoever edits the role's
own policy.
"""

from awacs.aws import PolicyDocument, Statement
from troposphere import Sub
from troposphere import iam as resources

from generator.stacks import credentials, fleet_rights, iam, machine_logs

BOUNDARY = "Boundary"
IMAGE_BUILDER_ROLE = "role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder"


def managed_policy(deployment: str) -> resources.ManagedPolicy:
    """Return the boundary; it lives at IAM's root path, where the execution role may change nothing.

    No description: IAM never changes one, so that CloudFormation would replace the policy under its fixed name.
    """
    return resources.ManagedPolicy(
        BOUNDARY,
        ManagedPolicyName=f"{deployment}-boundary",
        PolicyDocument=document(deployment),
    )


def document(deployment: str) -> PolicyDocument:
    """Return the boundary's policy document."""
    return iam.document(
        [
            *function_statements(deployment),
            *image_statements(deployment),
            *instance_statements(),
            machines_log(deployment),
        ]
    )


def function_statements(deployment: str) -> tuple[Statement, ...]:
    """Return what functions may do: the table, the deployment's parameters, queues, log groups, secrets, machines."""
    secrets = [
        iam.arn("secretsmanager", f"secret:{deployment}-foundation/{title}-*")
        for title in (credentials.APP_KEY, credentials.WEBHOOK_SECRET)
    ]
    return (
        iam.allow(
            "Table",
            (f"dynamodb:{action}" for action in TABLE_ACTIONS),
            [iam.arn("dynamodb", f"table/{deployment}-foundation-*")],
        ),
        iam.allow(
            "Parameters",
            (f"ssm:{action}" for action in PARAMETER_ACTIONS),
            [iam.arn("ssm", f"parameter/{deployment}/configs/*"), iam.arn("ssm", f"parameter/{deployment}/configs")],
        ),
        iam.allow("Secrets", ("secretsmanager:GetSecretValue",), secrets),
        iam.allow("Queues", (f"sqs:{action}" for action in QUEUE_ACTIONS), [iam.arn("sqs", f"{deployment}-*")]),
        iam.allow(
            "Logs",
            ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
            [
                iam.arn("logs", f"log-group:/aws/lambda/{deployment}-*"),
                iam.arn("logs", f"log-group:/aws/imagebuilder/{deployment}-preset-*"),
            ],
        ),
        *fleet_rights.boundary(deployment),
    )


def image_statements(deployment: str) -> tuple[Statement, ...]:
    """Return what functions may do with the deployment's images."""
    own = f"{deployment}-preset-*"
    return (
        *(
            iam.allow(sid, (f"imagebuilder:{action}" for action in actions), [iam.arn("imagebuilder", f"{kind}/{own}")])
            for sid, kind, actions in IMAGE_ACTIONS
        ),
        iam.allow("SeeAmis", ("ec2:DescribeImages",), iam.ANY),
        make_service_role(),
    )


def make_service_role() -> Statement:
    """Return the right to make Image Builder's service-linked role, which its first use in an account asks for."""
    return iam.allow(
        "ImageBuilderRole",
        ("iam:CreateServiceLinkedRole",),
        [iam.global_arn("iam", IMAGE_BUILDER_ROLE)],
        iam.equal({"iam:AWSServiceName": "imagebuilder.amazonaws.com"}),
    )


def instance_statements() -> tuple[Statement, ...]:
    """Return what build instances may do beyond the above: be managed, and fetch components and their runner."""
    return (
        iam.allow("Managed", MANAGED_INSTANCE, iam.ANY),
        iam.allow("ManagedItself", MANAGED_INSTANCE_ITSELF, [iam.arn("ec2", "instance/*")]),
        iam.allow("Components", ("imagebuilder:GetComponent",), [any_component()]),
        iam.allow("ComponentRunner", ("s3:GetObject",), [component_runner()]),
    )


def machines_log(deployment: str) -> Statement:
    """Return the right of machines that run jobs to say what they did."""
    return iam.allow("MachineLogs", machine_logs.ACTIONS, [machine_logs.arn(deployment)])


def any_component() -> Sub:
    """Return the ARN of every component: a preset may name one of AWS, of the Marketplace or of another account."""
    return iam.arn("imagebuilder", "component/*", account="*")


def component_runner() -> Sub:
    """Return where Image Builder keeps the program that runs components, in buckets of its own."""
    return iam.arn("s3", "ec2imagebuilder*/*", region="", account="")


TABLE_ACTIONS = (
    "BatchGetItem",
    "ConditionCheckItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "UpdateItem",
)
PARAMETER_ACTIONS = (
    "AddTagsToResource",
    "DeleteParameter",
    "GetParameter",
    "GetParameters",
    "GetParametersByPath",
    "PutParameter",
)
QUEUE_ACTIONS = (
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "ReceiveMessage",
    "SendMessage",
)
PIPELINE_ACTIONS = ("GetImagePipeline", "ListImagePipelineImages", "StartImagePipelineExecution", "TagResource")
IMAGE_ACTIONS = (
    ("Builds", "image", ("CancelImageCreation", "GetImage", "TagResource")),
    ("Pipelines", "image-pipeline", PIPELINE_ACTIONS),
)
# What the agent on a build instance calls so that Systems Manager can run Image Builder's commands on it: the part of
# the managed policy AmazonSSMManagedInstanceCore without parameters, documents, inventory, compliance and patches.
# None of the first list takes a narrower resource.
# https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-setting-up.html (IAM role of the instance)
# https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html
MANAGED_INSTANCE = (
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "ssm:ListAssociations",
)
MANAGED_INSTANCE_ITSELF = ("ssm:ListInstanceAssociations", "ssm:UpdateInstanceInformation")
