"""The functions: each with its own log group, its own role and its own way to fail."""

from collections.abc import Iterator
from dataclasses import dataclass

from awacs.aws import Statement
from troposphere import AWSObject, GetAtt, Join, Parameter, Ref, Sub, awslambda, logs
from troposphere import iam as resources

from generator import policies
from generator.stacks import fleet_rights, iam, profiles, queues, tags
from generator.stacks.values import title
from lambdas.core.names import Names

GITHUB_API_URL, GITHUB_APPS, GITHUB_OWNER = "GitHubApiUrl", "GitHubApps", "GitHubOwner"
RUNTIME = "python3.13"
ARCHITECTURE = "arm64"
MINUTE_SECONDS = 60
BATCH = 10
# The least that SQS takes: a flood of events may not use up an account that has ten concurrent executions.
MOST_CONCURRENT = 2


@dataclass(frozen=True, kw_only=True)
class Function:
    """How one function runs; `name` is its file's, such as `ami_update`, `dead_letters` where failed calls go.

    `takes_from` is the queue that it takes batches from, so many at a time. An asynchronous call is given up after
    `oldest_seconds`, and never repeated: what calls says when it matters again.
    """

    name: str
    does: str
    timeout_seconds: int
    memory_mb: int = 256
    takes_from: str = ""
    most_concurrent: int = MOST_CONCURRENT
    dead_letters: str = ""
    oldest_seconds: int = 0

    @property
    def logical_id(self) -> str:
        """Return its logical id: `ami_update` is `AmiUpdate`."""
        return title(self.name.replace("_", "-"))


AMI_UPDATE = Function(
    name="ami_update",
    does="Image Builder event to AMI state to SSM",
    timeout_seconds=60,
    takes_from=queues.EVENTS,
)
LAUNCH = Function(
    name="launch",
    does="The queue of jobs to machines",
    timeout_seconds=60,
    memory_mb=512,
    takes_from=queues.JOBS,
    most_concurrent=3,  # as many as it takes to start all the runners that GitHub lets several Apps register
)
STATUS = Function(name="status", does="GET /status and GET /badge.svg", timeout_seconds=10, memory_mb=512)
PRESET_SYNC = Function(
    name="preset_sync",
    does="A preset arrives, changes or leaves",
    timeout_seconds=50,
    dead_letters=queues.SYNC_DLQ,
    oldest_seconds=60,  # begun at the latest then, it has ended before CloudFormation gives up: 110 < 120
)
RECONCILE = Function(
    name="reconcile",
    does="Every minute: what the events missed",
    timeout_seconds=55,
    memory_mb=512,
    dead_letters=queues.RECONCILE_DLQ,
    oldest_seconds=MINUTE_SECONDS,
)
# GitHub waits for ten seconds, and memory is what Lambda gives CPU by: a cold start ends well before.
WEBHOOK = Function(name="webhook", does="POST /webhook to the queue of jobs", timeout_seconds=10, memory_mb=512)
FUNCTIONS = (AMI_UPDATE, LAUNCH, PRESET_SYNC, RECONCILE, STATUS, WEBHOOK)
CONSUMERS = (AMI_UPDATE, LAUNCH)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the settings say of functions; `repositories` is JSON."""

    names: Names
    log_retention_days: int
    show_ami_ids: bool
    repositories: str
    max_runners: int


def resources_of(function: Function, key: str, setting: Setting) -> Iterator[AWSObject]:
    """Yield a function's resources; `key` is where its bundle lies in the artifact bucket."""
    yield log_group(function, setting)
    yield role(function, setting.names)
    yield _function(function, key, setting)
    if function.dead_letters:
        yield _failures(function)


def log_group(function: Function, setting: Setting) -> logs.LogGroup:
    """Return a function's log group, which would else keep everything for ever."""
    return logs.LogGroup(
        f"{function.logical_id}Logs",
        LogGroupName=f"/aws/lambda/{setting.names.function(function.name)}",
        RetentionInDays=setting.log_retention_days,
        Tags=tags.listed(tags.of_deployment(setting.names.deployment)),
    )


def role(function: Function, names: Names) -> resources.Role:
    """Return a function's role: what its code calls, and writing its own log."""
    scope = policies.Scope(
        deployment=names.deployment,
        table_arn=Ref("TableArn"),
        jobs_queue_arn=queues.arn(queues.JOBS),
        webhook_secret_arn=Ref("WebhookSecretArn"),
        app_key_arn=Ref("AppKeyArn"),
        machines=fleet_rights.Place(
            subnet_ids=Ref("SubnetIds"),
            security_group_arn=iam.arn("ec2", "security-group/${RunnerSecurityGroupId}"),
            role_arn=GetAtt(f"{profiles.RUNNER}Role", "Arn"),
        ),
    )
    own = policies.statements(function.name, scope)
    return iam.bounded_role(
        f"{function.logical_id}Role",
        deployment=names.deployment,
        service="lambda.amazonaws.com",
        boundary=Ref("BoundaryArn"),
        statements=[*own, *_around(function, names)],
    )


def github() -> tuple[Parameter, ...]:
    """Return where GitHub is, whose repositories are served, and by which Apps: environments may differ in it."""
    said = {
        GITHUB_OWNER: "GitHub organization or user whose jobs are run",
        GITHUB_API_URL: "Address of GitHub's REST API",
        GITHUB_APPS: "Ids of the GitHub Apps that register runners, separated by commas",
    }
    return tuple(Parameter(name, Type="String", Description=what) for name, what in said.items())


def event_source(function: Function, deployment: str) -> awslambda.EventSourceMapping:
    """Return how messages come from a function's queue: in batches, of which single ones may fail."""
    return awslambda.EventSourceMapping(
        f"{title(function.takes_from)}Source",
        BatchSize=BATCH,
        EventSourceArn=queues.arn(function.takes_from),
        FunctionName=Ref(function.logical_id),
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig=awslambda.ScalingConfig(MaximumConcurrency=function.most_concurrent),
        Tags=tags.listed(tags.of_deployment(deployment)),
    )


def permission(logical_id: str, function: Function, principal: str, source: Sub | GetAtt) -> awslambda.Permission:
    """Return another service's right to call a function, from one source only."""
    return awslambda.Permission(
        logical_id,
        Action="lambda:InvokeFunction",
        FunctionName=Ref(function.logical_id),
        Principal=principal,
        SourceArn=source,
    )


def _function(function: Function, key: str, setting: Setting) -> awslambda.Function:
    return awslambda.Function(
        function.logical_id,
        Architectures=[ARCHITECTURE],
        Code=awslambda.Code(S3Bucket=Ref("ArtifactBucket"), S3Key=key),
        Description=function.does,
        Environment=awslambda.Environment(Variables=_variables(function, setting)),
        FunctionName=setting.names.function(function.name),
        Handler=f"lambdas.{function.name}.handler",
        LoggingConfig=awslambda.LoggingConfig(LogFormat="JSON", LogGroup=Ref(f"{function.logical_id}Logs")),
        MemorySize=function.memory_mb,
        Role=GetAtt(f"{function.logical_id}Role", "Arn"),
        Runtime=RUNTIME,
        Tags=tags.listed(tags.of_deployment(setting.names.deployment)),
        Timeout=function.timeout_seconds,
    )


def _variables(function: Function, setting: Setting) -> dict[str, object]:
    shared: dict[str, object] = {"DEPLOYMENT": setting.names.deployment, "TABLE": Ref("TableName")}
    queue: dict[str, object] = {"JOBS_QUEUE_URL": queues.url(queues.JOBS)}
    apps: dict[str, object] = {
        "APP_KEY_ARN": Ref("AppKeyArn"),
        "GITHUB_API_URL": Ref(GITHUB_API_URL),
        "GITHUB_APPS": Ref(GITHUB_APPS),
        "GITHUB_OWNER": Ref(GITHUB_OWNER),
    }
    own: dict[str, dict[str, object]] = {
        AMI_UPDATE.name: queue,
        LAUNCH.name: {
            **queue,
            **apps,
            "MAX_RUNNERS": str(setting.max_runners),
            "SUBNET_IDS": Join(",", Ref("SubnetIds")),
        },
        PRESET_SYNC.name: queue,
        RECONCILE.name: {**queue, **apps},
        STATUS.name: {"SHOW_AMI_IDS": str(setting.show_ami_ids).lower()},
        WEBHOOK.name: {
            **queue,
            "GITHUB_OWNER": Ref(GITHUB_OWNER),
            "REPOSITORIES": setting.repositories,
            "WEBHOOK_SECRET_ARN": Ref("WebhookSecretArn"),
        },
    }
    return shared | own.get(function.name, {})


def _failures(function: Function) -> awslambda.EventInvokeConfig:
    failed = awslambda.OnFailure(Destination=queues.arn(function.dead_letters))
    return awslambda.EventInvokeConfig(
        f"{function.logical_id}Failures",
        DestinationConfig=awslambda.DestinationConfig(OnFailure=failed),
        FunctionName=Ref(function.logical_id),
        MaximumEventAgeInSeconds=function.oldest_seconds,
        MaximumRetryAttempts=0,
        Qualifier="$LATEST",
    )


def _around(function: Function, names: Names) -> Iterator[Statement]:
    """Yield the rights that a function's code does not know of."""
    group = iam.arn("logs", f"log-group:/aws/lambda/{names.function(function.name)}:*")
    yield iam.allow("Log", ("logs:CreateLogStream", "logs:PutLogEvents"), [group])
    if function.takes_from:
        consume = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
        yield iam.allow("Consume", consume, [queues.arn(function.takes_from)])
    if function.dead_letters:
        yield iam.allow("ReportFailures", ("sqs:SendMessage",), [queues.arn(function.dead_letters)])
