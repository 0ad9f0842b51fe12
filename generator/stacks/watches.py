"""What wakes somebody: each number that is watched, how high is too high, for how long, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from troposphere import Ref

from generator.stacks import http_api, queues
from generator.stacks.functions import FUNCTIONS, Function
from lambdas.core import measures

SQS, LAMBDA, API = "AWS/SQS", "AWS/Lambda", "AWS/ApiGateway"
# What is tried again within minutes wakes nobody unless the next tries fail, too: once is mended by itself.
TWICE_IN_A_ROW = 2
# A message that fails comes back for a quarter of an hour before it is a dead letter; until then others do well.
THREE_TIMES_IN_A_ROW = 3
# A message may be delayed for 15 minutes, and whether those count is nowhere said: what is older still was not taken.
# What was received three times is not counted at all, but fails, and that is watched by itself.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
OLDEST_SECONDS = 20 * 60


@dataclass(frozen=True, kw_only=True)
class Watch:
    """One number that is watched in periods of five minutes, `periods` of which in a row must be `above` what is well.

    `why` is what it means, and what whoever hears of it does.
    """

    name: str
    why: str
    namespace: str
    metric: str
    dimensions: Mapping[str, object]
    statistic: str = "Sum"
    above: int = 0
    periods: int = 1


def watches(deployment: str) -> Iterator[Watch]:
    """Yield all that is watched of a deployment."""
    yield from (_dead_letters(name) for name in queues.DEAD_LETTERS)
    yield _age_of_jobs()
    for function in FUNCTIONS:
        yield _of_function(function, "Errors", "it failed: look at its log")
        yield _of_function(function, "Throttles", "Lambda had no room for it: ask AWS for more concurrent executions")
    yield _server_errors()
    yield from _of_jobs(deployment)


def _of_jobs(deployment: str) -> Iterator[Watch]:
    """Yield what is watched of the numbers that functions tell themselves."""
    own = partial(Watch, namespace=measures.NAMESPACE, dimensions={measures.DEPLOYMENT: deployment})
    yield own(
        name="jobs-stuck",
        why="jobs are queued for over 15 minutes for no known reason: `spot-runner jobs`, then `why` of one of them",
        metric=measures.JOBS_STUCK,
        statistic="Maximum",
    )
    yield own(
        name="fleet-faults",
        why="EC2 refuses machines for another reason than capacity: the log of launch names it, a right or an AMI",
        metric=measures.FLEET_FAULTS,
        periods=TWICE_IN_A_ROW,
    )
    yield own(
        name="registration-faults",
        why="GitHub registers no runners: `spot-runner github-app check`, and githubstatus.com",
        metric=measures.REGISTRATION_FAULTS,
        periods=TWICE_IN_A_ROW,
    )
    yield own(
        name="launch-failures",
        why="launch cannot handle messages, which come again until they are dead letters: look at its log",
        metric=measures.MESSAGES_FAILED,
        periods=THREE_TIMES_IN_A_ROW,
    )


def _dead_letters(name: str) -> Watch:
    return Watch(
        name=name,
        why="messages that could not be handled: look at the logs, then `spot-runner redrive`",
        namespace=SQS,
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queues.queue_name(name)},
        statistic="Maximum",
    )


def _age_of_jobs() -> Watch:
    return Watch(
        name="jobs-age",
        why="what is told of jobs is not taken from its queue: launch is throttled, or cannot keep up",
        namespace=SQS,
        metric="ApproximateAgeOfOldestMessage",
        dimensions={"QueueName": queues.queue_name(queues.JOBS)},
        statistic="Maximum",
        above=OLDEST_SECONDS,
    )


def _of_function(function: Function, metric: str, why: str) -> Watch:
    return Watch(
        name=f"{function.name.replace('_', '-')}-{metric.lower()}",
        why=f"{function.does}: {why}",
        namespace=LAMBDA,
        metric=metric,
        dimensions={"FunctionName": Ref(function.logical_id)},
    )


def _server_errors() -> Watch:
    return Watch(
        name="api-5xx",
        why="POST /webhook, GET /status or GET /badge.svg answers with server errors: redeliver what GitHub delivered",
        namespace=API,
        metric="5xx",
        dimensions={"ApiId": Ref(http_api.API)},
    )
