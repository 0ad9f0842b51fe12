"""CloudWatch's side of the log: the lines in its embedded metric format, read by its rules, and what it counts by them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

MOST_VALUES = 100
MOST_DIMENSIONS = 30
LARGEST_BYTES = 256 * 1024
UNITS = {"Count", "Seconds"}  # of CloudWatch's, those that are used here
Series = tuple[str, tuple[str, ...]]  # a metric's name, and the values of its dimensions beside the deployment


def lines(out: str) -> list[dict[str, Any]]:
    """Return the lines that CloudWatch takes metrics from."""
    texts = [one for one in out.splitlines() if one.startswith("{") and "_aws" in json.loads(one)]
    assert all(len(one.encode()) < LARGEST_BYTES for one in texts)
    return [json.loads(one) for one in texts]


def counted(out: str, deployment: str = "spot-runner") -> dict[Series, list[float]]:
    """Return every value that CloudWatch has after these lines, by metric and dimensions."""
    found: dict[Series, list[float]] = defaultdict(list)
    for line in lines(out):
        assert isinstance(line["_aws"]["Timestamp"], int)
        for directive in line["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "spot-runner"
            for name, values in _values(line, directive):
                for dimensions in directive["Dimensions"]:
                    found[name, _own(line, dimensions, deployment)] += values
    return dict(found)


def _values(line: dict[str, Any], directive: dict[str, Any]) -> Iterator[tuple[str, list[float]]]:
    names = [metric["Name"] for metric in directive["Metrics"]]
    assert names, "a line without a metric is none of CloudWatch's"
    assert len(set(names)) == len(names)
    for metric in directive["Metrics"]:
        assert set(metric) == {"Name", "Unit"}
        assert metric["Unit"] in UNITS
        value = line[metric["Name"]]
        values = value if isinstance(value, list) else [value]
        assert 0 < len(values) <= MOST_VALUES
        assert all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
        yield metric["Name"], values


def _own(line: dict[str, Any], dimensions: list[str], deployment: str) -> tuple[str, ...]:
    """Return the values of a set of dimensions beside the deployment, which is in each."""
    assert len(set(dimensions)) == len(dimensions) <= MOST_DIMENSIONS
    first, *others = dimensions
    assert (first, line[first]) == ("Deployment", deployment)
    assert all(isinstance(line[one], str) and line[one] for one in others)
    return tuple(line[one] for one in others)
