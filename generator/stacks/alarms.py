"""Alarms: who hears of what nobody would notice by itself."""

from collections.abc import Iterator

from troposphere import AWSObject, Equals, Not, Parameter, Ref, cloudwatch, sns

from generator.stacks import tags
from generator.stacks.values import title
from generator.stacks.watches import Watch, watches

EMAIL = "AlarmEmail"
SENDS_EMAIL = "SendsEmail"
TOPIC = "AlarmTopic"
FIVE_MINUTES = 300
GUIDE = "docs/runners.md#alarms"


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
    yield from (_alarm(deployment, watch) for watch in watches(deployment))


def _alarm(deployment: str, watch: Watch) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        f"{title(watch.name)}Alarm",
        AlarmName=f"{deployment}-{watch.name}",
        AlarmDescription=f"{watch.why} ({GUIDE})",
        AlarmActions=[Ref(TOPIC)],
        OKActions=[Ref(TOPIC)],
        ComparisonOperator="GreaterThanThreshold",
        Dimensions=[cloudwatch.MetricDimension(Name=key, Value=value) for key, value in watch.dimensions.items()],
        EvaluationPeriods=watch.periods,
        MetricName=watch.metric,
        Namespace=watch.namespace,
        Period=FIVE_MINUTES,
        Statistic=watch.statistic,
        Tags=tags.listed(tags.of_deployment(deployment)),
        Threshold=watch.above,
        TreatMissingData="notBreaching",
    )
