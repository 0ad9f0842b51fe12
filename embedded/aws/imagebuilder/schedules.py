"""Pipelines that start by themselves, and that disable themselves when this fails too often."""

from types import SimpleNamespace

from embedded.aws import cron
from embedded.aws.aws_event import Source
from embedded.aws.imagebuilder.errors import invalid_value
from embedded.aws.imagebuilder.resources import Body, Resources

DISABLED = "EC2 Image Builder Image Pipeline Automatically Disabled"


def check(pipeline: Body) -> None:
    """Refuse a schedule that AWS refuses, or that needs a time zone."""
    schedule = pipeline.get("schedule", {})
    if schedule.get("timezone", "UTC") not in {"UTC", "Etc/UTC"}:
        raise invalid_value("schedule.timezone", "The embedded AWS knows only UTC.")
    try:
        cron.check(schedule.get("scheduleExpression", "rate(1 day)"))
    except cron.ScheduleError as error:
        raise invalid_value("schedule.scheduleExpression", str(error)) from error


def rules(resources: Resources) -> list[SimpleNamespace]:
    """Return the pipelines whose schedule starts builds, as `embedded.aws.schedules` looks at rules.

    The default start condition asks for a newer base image or component too: here they never move, so it never does.
    """
    return [
        SimpleNamespace(arn=one["arn"], state=one["status"], scheduled_expression=one["schedule"]["scheduleExpression"])
        for one in resources.of("image-pipeline")
        if one.get("schedule", {}).get("pipelineExecutionStartCondition") == "EXPRESSION_MATCH_ONLY"
    ]


def ended(image: Body, resources: Resources, events: Source) -> None:
    """Count scheduled failures in a row: so many disable the pipeline; failures by hand do not count."""
    pipeline, status = resources.get(image["sourcePipelineArn"]), image["state"]["status"]
    if pipeline is None:  # deleted while its build ran on
        return
    if status == "AVAILABLE":
        pipeline["consecutiveFailures"] = 0
    elif status == "FAILED" and image["buildType"] == "SCHEDULED":
        failures = pipeline["consecutiveFailures"] = pipeline["consecutiveFailures"] + 1
        if failures == pipeline.get("schedule", {}).get("autoDisablePolicy", {}).get("failureCount"):
            pipeline["status"] = "DISABLED"
            events.say(DISABLED, pipeline["arn"], {"consecutive-failures": str(failures)})
