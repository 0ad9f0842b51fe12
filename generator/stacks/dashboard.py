"""The dashboard: how long jobs wait, what their machines cost, and what is in the way, on one page.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
from collections.abc import Iterable

from troposphere import Sub, cloudwatch

from generator.stacks import tags, widgets
from generator.stacks.widgets import Widget
from lambdas.core.names import Names

WIDTH, HEIGHT, COLUMNS = 12, 6, 2


def dashboard(names: Names) -> cloudwatch.Dashboard:
    """Return the dashboard, named after the deployment."""
    return cloudwatch.Dashboard(
        "Dashboard",
        DashboardName=names.deployment,
        DashboardBody=Sub(_body(widgets.widgets(names))),
        Tags=tags.listed(tags.of_deployment(names.deployment)),
    )


def _body(shown: Iterable[Widget]) -> str:
    body = {"widgets": [_placed(place, widget) for place, widget in enumerate(shown)]}
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def _placed(place: int, widget: Widget) -> dict[str, object]:
    return {
        "type": "metric",
        "x": place % COLUMNS * WIDTH,
        "y": place // COLUMNS * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": widget.title,
            "region": "${AWS::Region}",
            "stat": widget.statistic,
            "period": widgets.FIVE_MINUTES,
            "metrics": list(widget.metrics),
            "stacked": widget.is_stacked,
            "yAxis": {"left": {"min": 0}},
        },
    }
