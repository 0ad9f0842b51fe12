"""The dashboard: functions, queues and the API on one page."""

import json
from collections.abc import Iterable

from troposphere import Sub, cloudwatch

from generator.stacks import http_api, queues, tags
from generator.stacks.functions import FUNCTIONS
from lambdas.core.names import Names

WIDTH, HEIGHT = 12, 6
FIVE_MINUTES = 300
Metrics = Iterable[list[str]]


def dashboard(names: Names) -> cloudwatch.Dashboard:
    """Return the dashboard, named after the deployment."""
    functions = [names.function(function.name) for function in FUNCTIONS]
    waiting = [f"{names.deployment}-{name}" for name in queues.WAITING]
    dead = [f"{names.deployment}-{name}" for name in queues.DEAD_LETTERS]
    widgets = (
        ("Calls", "Sum", [["AWS/Lambda", "Invocations", "FunctionName", name] for name in functions]),
        ("Errors", "Sum", [["AWS/Lambda", "Errors", "FunctionName", name] for name in functions]),
        ("Duration", "p99", [["AWS/Lambda", "Duration", "FunctionName", name] for name in functions]),
        ("Events and jobs that wait, seconds", "Maximum", _sqs("ApproximateAgeOfOldestMessage", waiting)),
        ("Dead letters", "Maximum", _sqs("ApproximateNumberOfMessagesVisible", dead)),
        ("Refused jobs", "Sum", [["spot-runner", "Refusals", "Deployment", names.deployment]]),
        ("HTTP API", "Sum", [["AWS/ApiGateway", metric, "ApiId", f"${{{http_api.API}}}"] for metric in API_METRICS]),
    )
    body = {"widgets": [_widget(place, *widget) for place, widget in enumerate(widgets)]}
    return cloudwatch.Dashboard(
        "Dashboard",
        DashboardName=names.deployment,
        DashboardBody=Sub(json.dumps(body, sort_keys=True, separators=(",", ":"))),
        Tags=tags.listed(tags.of_deployment(names.deployment)),
    )


def _sqs(metric: str, names: Iterable[str]) -> Metrics:
    return [["AWS/SQS", metric, "QueueName", name] for name in names]


def _widget(place: int, title: str, statistic: str, metrics: Metrics) -> dict[str, object]:
    return {
        "type": "metric",
        "x": place % 2 * WIDTH,
        "y": place // 2 * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "stat": statistic,
            "period": FIVE_MINUTES,
            "metrics": list(metrics),
        },
    }


API_METRICS = ("Count", "4xx", "5xx")
