"""What the dashboard shows, widget by widget: a preset that is new appears by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.stacks import http_api, queues
from generator.stacks.functions import FUNCTIONS
from lambdas.core import measures
from lambdas.core.names import Names

FIVE_MINUTES = 300
Metrics = tuple[list[object], ...]  # as the dashboard's body writes them
FAULTS = (
    measures.FLEET_FAULTS,
    measures.REGISTRATION_FAULTS,
    measures.REGISTRATIONS_PACED,
    measures.MACHINES_GIVEN_UP,
    measures.MESSAGES_FAILED,
)
IN_QUEUE = ("Visible", "NotVisible", "Delayed")
API_METRICS = ("Count", "4xx", "5xx")


@dataclass(frozen=True, kw_only=True)
class Widget:
    """One graph; `statistic` is of metrics that name none themselves."""

    title: str
    metrics: Metrics
    statistic: str = "Sum"
    is_stacked: bool = False


def widgets(names: Names) -> Iterator[Widget]:
    """Yield all widgets, in the order in which somebody looks who was woken."""
    yield from _of_jobs(names.deployment)
    yield from _of_machines(names.deployment)
    yield from _of_queues(names.deployment)
    yield from _of_functions(names)


def _of_jobs(deployment: str) -> Iterator[Widget]:
    for percentile, what in (("p50", "half of all jobs"), ("p95", "95 of 100 jobs")):
        title = f"From queue to start, seconds, {what}"
        yield Widget(title=title, metrics=_each(deployment, measures.QUEUE_TO_START, percentile))
    waits = (measures.JOBS_STUCK, measures.JOBS_HELD, measures.JOBS_PARKED)
    yield Widget(title="Jobs that wait", statistic="Maximum", metrics=_own(deployment, waits))
    yield Widget(title="Refused jobs", metrics=_each(deployment, measures.REFUSALS, "Sum", measures.KIND))


def _of_machines(deployment: str) -> Iterator[Widget]:
    alive = _each(deployment, measures.MACHINES_ALIVE, "Maximum")
    yield Widget(title="Machines alive", metrics=alive, is_stacked=True)
    yield Widget(title="Share of spot, percent", metrics=_spot_share(deployment))
    lacks = (measures.FALLBACKS, measures.SHORTAGES)
    yield Widget(title="Fallbacks to on-demand, and machines that no market had", metrics=_own(deployment, lacks))
    yield Widget(title="Interruptions", metrics=_each(deployment, measures.INTERRUPTIONS, "Sum"), is_stacked=True)
    yield Widget(title="Faults and pacing", metrics=_own(deployment, FAULTS))


def _of_queues(deployment: str) -> Iterator[Widget]:
    received = _each(deployment, measures.QUEUE_TO_RECEIVED, "p95")
    yield Widget(title="From queue to webhook, seconds, 95 of 100 jobs", metrics=received)
    waiting = [f"{deployment}-{name}" for name in queues.WAITING]
    dead = [f"{deployment}-{name}" for name in queues.DEAD_LETTERS]
    metrics = tuple(_sqs(f"ApproximateNumberOfMessages{state}", name) for name in waiting for state in IN_QUEUE)
    yield Widget(title="Messages in queues", statistic="Maximum", metrics=metrics)
    ages = tuple(_sqs("ApproximateAgeOfOldestMessage", name) for name in waiting)
    yield Widget(title="Events and jobs that wait, seconds", statistic="Maximum", metrics=ages)
    letters = tuple(_sqs("ApproximateNumberOfMessagesVisible", name) for name in dead)
    yield Widget(title="Dead letters", statistic="Maximum", metrics=letters)


def _of_functions(names: Names) -> Iterator[Widget]:
    functions = [names.function(function.name) for function in FUNCTIONS]
    for title, metric, statistic in (
        ("Calls", "Invocations", "Sum"),
        ("Errors", "Errors", "Sum"),
        ("Throttles", "Throttles", "Sum"),
        ("Duration, milliseconds", "Duration", "p99"),
    ):
        metrics: Metrics = tuple(["AWS/Lambda", metric, "FunctionName", name] for name in functions)
        yield Widget(title=title, statistic=statistic, metrics=metrics)
    api: Metrics = tuple(["AWS/ApiGateway", metric, "ApiId", f"${{{http_api.API}}}"] for metric in API_METRICS)
    yield Widget(title="HTTP API", metrics=api)


def _own(deployment: str, metrics: Iterable[str]) -> Metrics:
    """Return metrics of the deployment as a whole."""
    return tuple([measures.NAMESPACE, metric, measures.DEPLOYMENT, deployment] for metric in metrics)


def _each(deployment: str, metric: str, statistic: str, dimension: str = measures.PRESET) -> Metrics:
    """Return a search that finds a metric of each preset, or of each value of another dimension.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    whose = f'{{"{measures.NAMESPACE}",{measures.DEPLOYMENT},{dimension}}}'
    what = f'{whose} MetricName="{metric}" {measures.DEPLOYMENT}="{deployment}"'
    label = f"${{!PROP('Dim.{dimension}')}}"  # CloudFormation takes the exclamation mark away
    return ([{"expression": f"SEARCH('{what}', '{statistic}', {FIVE_MINUTES})", "id": "each", "label": label}],)


def _spot_share(deployment: str) -> Metrics:
    """Return the share of spot in all machines that were started, of which there is none while none was."""
    share = {"expression": "100 * spot / (spot + demand)", "id": "share", "label": "spot"}
    spot, demand = _own(deployment, (measures.SPOT_MACHINES, measures.ON_DEMAND_MACHINES))
    return [share], [*spot, {"id": "spot", "visible": False}], [*demand, {"id": "demand", "visible": False}]


def _sqs(metric: str, queue: str) -> list[object]:
    return ["AWS/SQS", metric, "QueueName", queue]
