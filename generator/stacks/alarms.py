"""Alarms: what nobody would notice by itself."""

from collections.abc import Iterator, Mapping

from troposphere import AWSObject, Equals, Not, Parameter, Ref, cloudwatch, sns

from generator.stacks import http_api, queues, tags
from generator.stacks.functions import FUNCTIONS, Function
from generator.stacks.values import title

EMAIL = "AlarmEmail"
SENDS_EMAIL = "SendsEmail"
TOPIC = "AlarmTopic"
FIVE_MINUTES = 300


def parameter() -> Parameter:
    """Return who hears of alarms by mail."""
    return Parameter(EMAIL, Type="String", Default="", Description="Address that hears of alarms; empty: nobody")


def conditions() -> dict[str, Not]:
    """Return the template's conditions, by name."""
    return {SENDS_EMAIL: Not(Equals(Ref(EMAIL), ""))}


def resources(deployment: str) -> Iterator[AWSObject]:
    """Yield the topic, its subscription and every alarm.

    The topic has no key of its own: CloudWatch may not use the one that AWS manages, and alarms are no secrets.
    """
    marked = tags.listed(tags.of_deployment(deployment))
    yield sns.Topic(TOPIC, TopicName=f"{deployment}-alarms", DisplayName=f"{deployment} alarms", Tags=marked)
    yield sns.SubscriptionResource(
        "AlarmSubscription", Condition=SENDS_EMAIL, Endpoint=Ref(EMAIL), Protocol="email", TopicArn=Ref(TOPIC)
    )
    yield from (_dead_letters(deployment, name) for name in queues.DEAD_LETTERS)
    for function in FUNCTIONS:
        yield _of_function(deployment, function, "Errors", "it failed")
        yield _of_function(deployment, function, "Throttles", "Lambda had no room for it")
    yield _server_errors(deployment)


def _dead_letters(deployment: str, name: str) -> cloudwatch.Alarm:
    return _alarm(
        deployment,
        name,
        why="messages that could not be handled: look at the logs, then `spot-runner redrive`",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queues.queue_name(name)},
    )


def _of_function(deployment: str, function: Function, metric: str, why: str) -> cloudwatch.Alarm:
    return _alarm(
        deployment,
        f"{function.name.replace('_', '-')}-{metric.lower()}",
        why=f"{function.does}: {why}",
        namespace="AWS/Lambda",
        metric=metric,
        dimensions={"FunctionName": Ref(function.logical_id)},
    )


def _server_errors(deployment: str) -> cloudwatch.Alarm:
    return _alarm(
        deployment,
        "api-5xx",
        why="POST /webhook, GET /status or GET /badge.svg answers with server errors",
        namespace="AWS/ApiGateway",
        metric="5xx",
        dimensions={"ApiId": Ref(http_api.API)},
    )


def _alarm(
    deployment: str, name: str, *, why: str, namespace: str, metric: str, dimensions: Mapping[str, object]
) -> cloudwatch.Alarm:
    statistic = "Maximum" if namespace == "AWS/SQS" else "Sum"
    return cloudwatch.Alarm(
        f"{title(name)}Alarm",
        AlarmName=f"{deployment}-{name}",
        AlarmDescription=why,
        AlarmActions=[Ref(TOPIC)],
        OKActions=[Ref(TOPIC)],
        ComparisonOperator="GreaterThanThreshold",
        Dimensions=[cloudwatch.MetricDimension(Name=key, Value=value) for key, value in dimensions.items()],
        EvaluationPeriods=1,
        MetricName=metric,
        Namespace=namespace,
        Period=FIVE_MINUTES,
        Statistic=statistic,
        Tags=tags.listed(tags.of_deployment(deployment)),
        Threshold=0,
        TreatMissingData="notBreaching",
    )
