"""Metrics in CloudWatch's embedded metric format: a line of the log that CloudWatch counts by itself.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
from collections.abc import Iterable
from datetime import datetime

from lambdas.core.measures import DEPLOYMENT, NAMESPACE, UNITS, Measure


def emit(deployment: str, measures: Iterable[Measure], now: datetime) -> None:
    """Write one line for each measure that has numbers."""
    for measure in measures:
        if measure.numbers:
            sys.stdout.write(json.dumps(_line(deployment, measure, now)) + "\n")


def _line(deployment: str, measure: Measure, now: datetime) -> dict[str, object]:
    own = [DEPLOYMENT, *measure.of]
    metric = {
        "Namespace": NAMESPACE,
        "Dimensions": [[DEPLOYMENT], own] if measure.of and measure.adds_up else [own],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in measure.numbers],
    }
    return {
        **measure.about,
        "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [metric]},
        DEPLOYMENT: deployment,
        **measure.of,
        **{name: values if len(values) > 1 else values[0] for name, values in measure.numbers.items()},
    }
