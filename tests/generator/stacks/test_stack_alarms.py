"""What wakes somebody, and what he then looks at."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lambdas.core import measures

Template = dict[str, Any]
OfType = Callable[[Template, str], dict[str, Template]]
Resolve = Callable[[Template, object], Any]
GUIDE = (Path(__file__).parents[3] / "docs/runners.md").read_text()


@pytest.fixture
def plane(templates: dict[str, Template]) -> Template:
    return templates["control-plane"]


@pytest.fixture
def alarms(plane: Template, of_type: OfType) -> dict[str, Template]:
    """Every alarm's properties by its name."""
    found = [alarm["Properties"] for alarm in of_type(plane, "AWS::CloudWatch::Alarm").values()]
    return {str(alarm["AlarmName"]): alarm for alarm in found}


@pytest.fixture
def widgets(plane: Template, resolved: Resolve) -> list[Template]:
    """Every widget of the dashboard."""
    body = json.loads(resolved(plane, plane["Resources"]["Dashboard"]["Properties"]["DashboardBody"]))
    assert set(body) == {"widgets"}
    return list(body["widgets"])


def test_every_dead_letter_queue_has_an_alarm(plane: Template, of_type: OfType, alarms: dict[str, Template]) -> None:
    dead = {name for name in of_type(plane, "AWS::SQS::Queue") if "Dlq" in name}
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in alarms.values()
        for dimension in alarm["Dimensions"]
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == dead
    assert len(dead) == 4


def test_every_function_and_the_api_have_alarms_that_reach_somebody(
    plane: Template, of_type: OfType, alarms: dict[str, Template]
) -> None:
    watched = {(alarm["MetricName"], json.dumps(alarm["Dimensions"])) for alarm in alarms.values()}
    for kind in ("Errors", "Throttles"):
        assert len({own for metric, own in watched if metric == kind}) == len(of_type(plane, "AWS::Lambda::Function"))
    assert any(metric == "5xx" for metric, _ in watched)
    assert {json.dumps(alarm["AlarmActions"]) for alarm in alarms.values()} == {'[{"Ref": "AlarmTopic"}]'}


OWN = {
    "spot-runner-jobs-stuck": ("JobsStuck", "Maximum", 5),
    "spot-runner-fleet-faults": ("FleetFaults", "Sum", 10),
    "spot-runner-registration-faults": ("RegistrationFaults", "Sum", 10),
    "spot-runner-launch-failures": ("MessagesFailed", "Sum", 15),
}


@pytest.mark.parametrize("name", OWN)
def test_what_functions_tell_of_jobs_wakes_somebody_when_it_lasts(name: str, alarms: dict[str, Template]) -> None:
    metric, statistic, minutes = OWN[name]
    alarm = alarms[name]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("spot-runner", metric, statistic)
    assert alarm["Dimensions"] == [{"Name": "Deployment", "Value": "spot-runner"}]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == minutes * 60
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert alarm["TreatMissingData"] == "notBreaching", "nothing is told while there is nothing to tell"


def test_a_message_that_was_only_delayed_rings_nothing(alarms: dict[str, Template]) -> None:
    age = alarms["spot-runner-jobs-age"]
    assert age["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["JobsQueue", "QueueName"]}}]
    longest_delay = 900
    assert (age["MetricName"], age["Statistic"]) == ("ApproximateAgeOfOldestMessage", "Maximum")
    assert age["Threshold"] > longest_delay


def test_every_alarm_says_what_to_do_and_where_it_is_explained(alarms: dict[str, Template]) -> None:
    assert {
        name for name, alarm in alarms.items() if not alarm["AlarmDescription"].endswith("(docs/runners.md#alarms)")
    } == set()
    section = chapter("### Alarms")
    for name in alarms:
        own = name.removeprefix("spot-runner-")
        general = re.sub(r".*-(errors|throttles)$", r"<function>-\1", own)
        assert f"| `{general}` |" in section, f"{own} is not explained"


def test_every_metric_is_documented_with_its_unit_and_dimensions() -> None:
    rows = re.findall(r"^\| `([A-Z]\w+)` \| (\w+) \| (\w+) \|", chapter("## Numbers"), re.MULTILINE)
    assert {name: unit for name, unit, _ in rows} == dict(measures.UNITS)
    kinds = {name: dimension for name, _, dimension in rows}
    assert {name for name, dimension in kinds.items() if dimension == "kind"} == {"Refusals"}
    assert {name for name, dimension in kinds.items() if dimension == "none"} == {"MessagesFailed"}


def test_every_metric_is_shown(widgets: list[Template]) -> None:
    shown = json.dumps(widgets)
    assert {name for name in measures.UNITS if f'"{name}"' not in shown.replace("\\", "")} == set()


def test_the_dashboard_shows_every_function_and_queue(
    widgets: list[Template], plane: Template, of_type: OfType
) -> None:
    named = {metric[3] for metric in metrics_of(widgets) if len(metric) > 3}
    functions = {one["Properties"]["FunctionName"] for one in of_type(plane, "AWS::Lambda::Function").values()}
    queues = {one["Properties"]["QueueName"] for one in of_type(plane, "AWS::SQS::Queue").values()}
    assert functions | queues <= named


def test_widgets_lie_side_by_side_in_cloudwatchs_grid(widgets: list[Template]) -> None:
    places = [(one["x"], one["y"]) for one in widgets]
    assert len(set(places)) == len(places)
    assert {(one["type"], one["width"], one["height"]) for one in widgets} == {("metric", 12, 6)}
    assert {x for x, _ in places} == {0, 12}
    assert {one["properties"]["region"] for one in widgets} == {"eu-west-1"}


def test_a_preset_appears_by_itself_under_its_own_name(widgets: list[Template]) -> None:
    searches = [one for one in expressions(widgets) if "SEARCH" in one["expression"]]
    start = [one for one in searches if 'MetricName="QueueToStart"' in one["expression"]]
    assert [re.findall(r"'(p\d+)', 300\)$", one["expression"]) for one in start] == [["p50"], ["p95"]]
    for one in searches:
        found = re.fullmatch(
            r"SEARCH\('\{\"spot-runner\",Deployment,(\w+)\} "
            r"MetricName=\"(\w+)\" Deployment=\"spot-runner\"', '\w+', 300\)",
            one["expression"],
        )
        assert found, one["expression"]
        assert one["label"] == f"${{PROP('Dim.{found[1]}')}}"
        assert found[2] in measures.UNITS


def test_the_share_of_spot_is_of_all_machines_that_were_started(widgets: list[Template]) -> None:
    (share,) = [one for one in expressions(widgets) if one["id"] == "share"]
    named = {metric[-1]["id"]: metric[1] for metric in metrics_of(widgets) if len(metric) > 4}
    assert named == {"spot": "SpotMachines", "demand": "OnDemandMachines"}
    assert share["expression"] == "100 * spot / (spot + demand)"


def metrics_of(widgets: list[Template]) -> list[Any]:
    return [metric for widget in widgets for metric in widget["properties"]["metrics"]]


def expressions(widgets: list[Template]) -> list[Template]:
    return [metric[0] for metric in metrics_of(widgets) if len(metric) == 1]


def chapter(title: str) -> str:
    """Return a chapter of the guide, to the next of its level."""
    level = title.partition(" ")[0]
    _, _, rest = GUIDE.partition(f"\n{title}\n")
    assert rest, f"there is no {title}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]
