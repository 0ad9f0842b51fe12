"""Queues: what waits for a function, and what a function could not do."""

from collections.abc import Iterable, Mapping

from awacs.aws import Action, Allow, ArnEquals, Condition, Principal, Statement
from troposphere import GetAtt, Ref, sqs

from generator.stacks import iam, tags
from generator.stacks.values import title

EVENTS = "ami-events"
EVENTS_DLQ = "ami-events-dlq"
JOBS = "jobs"
JOBS_DLQ = "jobs-dlq"
SYNC_DLQ = "preset-sync-dlq"
RECONCILE_DLQ = "reconcile-dlq"
WAITING = {EVENTS: EVENTS_DLQ, JOBS: JOBS_DLQ}
DEAD_LETTERS = (*WAITING.values(), SYNC_DLQ, RECONCILE_DLQ)

DAY_SECONDS = 86_400
# A build's description may lag behind its event by minutes, and EC2 or GitHub may be down for as long as a job waits:
# with AWS's six times the function's time-out between attempts, these are an hour of attempts. A job that could not be
# launched for want of capacity is a new message, and uses up none.
MOST_RECEIVES = 10
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
TIMEOUTS_IN_VISIBILITY = 6


def queues(deployment: str, timeouts_seconds: Mapping[str, int]) -> tuple[sqs.Queue, ...]:
    """Return all queues; `timeouts_seconds` are those of the functions that take from them, by the queue's name."""
    waiting = (_waiting(deployment, name, timeouts_seconds[name]) for name in WAITING)
    return (*waiting, *(_dead_letters(deployment, name) for name in DEAD_LETTERS))


def fed_by_rules(name: str, rules: Iterable[str]) -> sqs.QueuePolicy:
    """Return a queue's policy: these event rules, by their logical ids, may send to it."""
    statement = Statement(
        Sid="FromRules",
        Effect=Allow,
        Principal=Principal("Service", "events.amazonaws.com"),
        Action=[Action("sqs", "SendMessage")],
        Resource=[arn(name)],
        Condition=Condition(ArnEquals({"aws:SourceArn": [GetAtt(rule, "Arn") for rule in rules]})),
    )
    return sqs.QueuePolicy(
        f"{logical_id(name)}Policy", Queues=[Ref(logical_id(name))], PolicyDocument=iam.document([statement])
    )


def arn(name: str) -> GetAtt:
    """Return a queue's ARN."""
    return GetAtt(logical_id(name), "Arn")


def url(name: str) -> Ref:
    """Return the URL by which messages are sent to a queue."""
    return Ref(logical_id(name))


def queue_name(name: str) -> GetAtt:
    """Return a queue's name as CloudWatch knows it."""
    return GetAtt(logical_id(name), "QueueName")


def logical_id(name: str) -> str:
    """Return a queue's logical id: `ami-events` is `AmiEventsQueue`."""
    return f"{title(name)}Queue"


def _waiting(deployment: str, name: str, timeout_seconds: int) -> sqs.Queue:
    return sqs.Queue(
        logical_id(name),
        QueueName=f"{deployment}-{name}",
        MessageRetentionPeriod=4 * DAY_SECONDS,
        RedrivePolicy=sqs.RedrivePolicy(deadLetterTargetArn=arn(WAITING[name]), maxReceiveCount=MOST_RECEIVES),
        SqsManagedSseEnabled=True,
        Tags=tags.listed(tags.of_deployment(deployment)),
        VisibilityTimeout=TIMEOUTS_IN_VISIBILITY * timeout_seconds,
    )


def _dead_letters(deployment: str, name: str) -> sqs.Queue:
    return sqs.Queue(
        logical_id(name),
        QueueName=f"{deployment}-{name}",
        MessageRetentionPeriod=14 * DAY_SECONDS,
        SqsManagedSseEnabled=True,
        Tags=tags.listed(tags.of_deployment(deployment)),
    )
