"""What CloudFormation may do in the services that name things: everything is below this deployment's own names."""

from collections.abc import Iterable

from awacs.aws import Statement
from troposphere import Sub

from generator.stacks import boundary, iam, machine_logs


def state(deployment: str) -> tuple[Statement, ...]:
    """Return its rights to what the foundation keeps: the table, the secrets, the values for other stacks."""
    # By name, not by tag: CloudFormation makes a secret first, and tags it then.
    secrets = iam.arn("secretsmanager", f"secret:{deployment}-foundation/*")
    return (
        _allow("Table", "dynamodb", TABLE, [iam.arn("dynamodb", f"table/{deployment}-foundation-*")]),
        _allow("Secrets", "secretsmanager", SECRETS, [secrets]),
        iam.allow("RandomSecret", ("secretsmanager:GetRandomPassword",), iam.ANY),
        _allow("Values", "ssm", PARAMETERS, [iam.arn("ssm", f"parameter/{deployment}/stack/*")]),
    )


def services(deployment: str) -> tuple[Statement, ...]:
    """Return its rights to what the control plane holds."""
    names = f"{deployment}-*"
    function = iam.arn("lambda", f"function:{names}")
    sources = iam.arn("lambda", "event-source-mapping:*")
    of_ours = iam.like({"lambda:FunctionArn": function})
    return (
        _allow("Queues", "sqs", QUEUES, [iam.arn("sqs", names)]),
        _allow("Functions", "lambda", FUNCTIONS, [function]),
        _allow("MakeEventSources", "lambda", ("CreateEventSourceMapping",), iam.ANY, of_ours),
        _allow("ChangeEventSources", "lambda", EVENT_SOURCES, [sources], of_ours),
        # Asked too whether one is gone: then there is no function for a condition to compare.
        _allow("SeeEventSources", "lambda", ("GetEventSourceMapping",), [sources]),
        _allow("TagEventSources", "lambda", ("ListTags", "TagResource", "UntagResource"), [sources]),
        _allow("Rules", "events", RULES, [iam.arn("events", f"rule/{names}")]),
        # API Gateway makes ids up, and its routes, stages and integrations cannot all be told apart by tags.
        *(_allow(sid, "apigateway", verbs, [*map(_of_apis, paths)]) for sid, paths, verbs in APIS),
        _allow("FunctionLogs", "logs", LOG_GROUPS, [iam.arn("logs", f"log-group:/aws/lambda/{names}")]),
        iam.allow("SeeLogs", ("logs:DescribeLogGroups",), iam.ANY),
        _allow("SeeLogPolicies", "logs", LOG_POLICIES, [iam.arn("logs", "log-group:*")]),
        _allow("Topics", "sns", TOPICS, [iam.arn("sns", names)]),
        _allow("Subscriptions", "sns", SUBSCRIPTIONS, iam.ANY),
        # A list call, even for one alarm by its name.
        iam.allow("SeeAlarms", ("cloudwatch:DescribeAlarms",), [iam.arn("cloudwatch", "alarm:*")]),
        _allow("Alarms", "cloudwatch", ALARMS, [iam.arn("cloudwatch", f"alarm:{names}")]),
        _allow("Dashboard", "cloudwatch", DASHBOARDS, [iam.arn("cloudwatch", f"dashboard/{deployment}", region="")]),
    )


def images(deployment: str) -> tuple[Statement, ...]:
    """Return its rights to what a preset's stack holds; components and recipes are retained, so never deleted."""
    names = f"{deployment}-preset-*"
    return (
        *(
            _allow(
                kind.title().replace("-", ""),
                "imagebuilder",
                actions,
                [iam.arn("imagebuilder", f"{kind}/{names}")],
            )
            for kind, actions in IMAGES.items()
        ),
        _allow("NamedComponents", "imagebuilder", ("GetComponent",), [boundary.any_component()]),
        _allow("BuildLogs", "logs", LOG_GROUPS, [iam.arn("logs", f"log-group:/aws/imagebuilder/{names}")]),
        _allow("MachineLogs", "logs", LOG_GROUPS, [machine_logs.arn(deployment)]),
        _allow("BaseImages", "ssm", ("GetParameter", "GetParameters"), base_image_parameters()),
        _allow("Sync", "lambda", ("InvokeFunction",), [iam.arn("lambda", f"function:{deployment}-preset-sync")]),
    )


def base_image_parameters() -> list[Sub]:
    """Return the SSM parameters that may name a base image: AWS's public ones, and those that Image Builder may read.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceRoleForImageBuilder.html
    """
    return [iam.arn("ssm", "parameter/aws/service/*", account=""), iam.arn("ssm", "parameter/imagebuilder/*")]


def _allow(
    sid: str, service: str, actions: Iterable[str], resources: Iterable[object], condition: object = None
) -> Statement:
    return iam.allow(sid, (f"{service}:{action}" for action in actions), resources, condition)


def _of_apis(path: str) -> Sub:
    return Sub(f"{OF_APIS}{path}")


TABLE = (
    "CreateTable",
    "DescribeContinuousBackups",
    "DescribeContributorInsights",
    "DescribeKinesisStreamingDestination",
    "DescribeTable",
    "DescribeTimeToLive",
    "GetResourcePolicy",
    "ListTagsOfResource",
    "TagResource",
    "UntagResource",
    "UpdateContinuousBackups",
    "UpdateTable",
    "UpdateTimeToLive",
)
# GetSecretValue: the handler reads the value when it updates a secret whose value is generated.
SECRETS = ("CreateSecret", "DescribeSecret", "GetSecretValue", "TagResource", "UntagResource", "UpdateSecret")
PARAMETERS = (
    "AddTagsToResource",
    "DeleteParameter",
    "GetParameter",
    "GetParameters",
    "ListTagsForResource",
    "PutParameter",
    "RemoveTagsFromResource",
)
QUEUES = (
    "CreateQueue",
    "DeleteQueue",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListQueueTags",
    "SetQueueAttributes",
    "TagQueue",
    "UntagQueue",
)
FUNCTIONS = (
    "AddPermission",
    "CreateFunction",
    "DeleteFunction",
    "DeleteFunctionConcurrency",
    "DeleteFunctionEventInvokeConfig",
    "GetFunction",
    "GetFunctionCodeSigningConfig",
    "GetFunctionConfiguration",
    "GetFunctionEventInvokeConfig",
    "GetFunctionRecursionConfig",
    "GetFunctionScalingConfig",
    "GetPolicy",
    "GetRuntimeManagementConfig",
    "ListTags",
    "PutFunctionConcurrency",
    "PutFunctionEventInvokeConfig",
    "PutRuntimeManagementConfig",
    "RemovePermission",
    "TagResource",
    "UntagResource",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
    "UpdateFunctionEventInvokeConfig",
)
EVENT_SOURCES = ("DeleteEventSourceMapping", "UpdateEventSourceMapping")
RULES = (
    "DeleteRule",
    "DescribeRule",
    "ListTagsForResource",
    "ListTargetsByRule",
    "PutRule",
    "PutTargets",
    "RemoveTargets",
    "TagResource",
    "UntagResource",
)
OF_APIS = "arn:${AWS::Partition}:apigateway:${AWS::Region}::"
APIS = (
    ("Apis", ("/apis",), ("GET", "POST")),
    ("Api", ("/apis/*",), ("DELETE", "GET", "PATCH", "POST", "PUT")),
    # The tags of what is made are asked for by an ARN within an ARN.
    # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/997
    ("ApiTags", ("/tags/*", f"{OF_APIS}/tags/*"), ("DELETE", "GET", "POST", "PUT")),
)
# Read whenever a log group is, whether or not it has any.
LOG_POLICIES = ("DescribeIndexPolicies", "DescribeResourcePolicies")
LOG_GROUPS = (
    "CreateLogGroup",
    "DeleteLogGroup",
    "DeleteRetentionPolicy",
    "GetDataProtectionPolicy",
    "ListTagsForResource",
    "PutRetentionPolicy",
    "TagResource",
    "UntagResource",
)
TOPICS = (
    "CreateTopic",
    "DeleteTopic",
    "GetDataProtectionPolicy",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "ListTagsForResource",
    "SetTopicAttributes",
    "Subscribe",
    "TagResource",
    "UntagResource",
)
SUBSCRIPTIONS = ("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe")
TAGGED = ("ListTagsForResource", "TagResource", "UntagResource")
ALARMS = ("DeleteAlarms", "PutMetricAlarm", *TAGGED)
DASHBOARDS = ("DeleteDashboards", "GetDashboard", "PutDashboard", *TAGGED)
IMAGE_TAGS = ("TagResource", "UntagResource")
IMAGES = {
    "component": ("CreateComponent", *IMAGE_TAGS),
    "distribution-configuration": (
        "CreateDistributionConfiguration",
        "DeleteDistributionConfiguration",
        "GetDistributionConfiguration",
        "UpdateDistributionConfiguration",
        *IMAGE_TAGS,
    ),
    "image-pipeline": (
        "CreateImagePipeline",
        "DeleteImagePipeline",
        "GetImagePipeline",
        "UpdateImagePipeline",
        *IMAGE_TAGS,
    ),
    "image-recipe": ("CreateImageRecipe", "GetImageRecipe", *IMAGE_TAGS),
    "infrastructure-configuration": (
        "CreateInfrastructureConfiguration",
        "DeleteInfrastructureConfiguration",
        "GetInfrastructureConfiguration",
        "UpdateInfrastructureConfiguration",
        *IMAGE_TAGS,
    ),
}
