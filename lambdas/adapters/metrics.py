"""Metrics in CloudWatch's embedded metric format: a line of the log that CloudWatch counts by itself.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
from collections.abc import Mapping
from datetime import datetime

NAMESPACE = "spot-runner"


def count(name: str, dimensions: Mapping[str, str], properties: Mapping[str, object], now: datetime) -> None:
    """Count one of something: for the first dimension alone, and for all of them together.

    Properties stand beside it in the log, to search by; they are no dimensions, each value of which costs.
    """
    first, *_ = dimensions
    metric = {
        "Namespace": NAMESPACE,
        "Dimensions": [[first], list(dimensions)],
        "Metrics": [{"Name": name, "Unit": "Count"}],
    }
    line = {
        "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [metric]},
        **dimensions,
        name: 1,
        **properties,
    }
    sys.stdout.write(json.dumps(line) + "\n")
