"""What starts functions: events of this deployment's images and pipelines, and the clock."""

from troposphere import GetAtt, Sub, events

from generator.stacks import iam, queues, tags
from generator.stacks.functions import RECONCILE
from lambdas.core.messages import SPOT_WARNING

IMAGES = "ImageStateRule"
PIPELINES = "PipelineDisabledRule"
SPOT_WARNINGS = "SpotWarningRule"
EVERY_MINUTE = "ReconcileRule"
MOST_RETRIES = 185
DAY_SECONDS = 86_400
WARNING_SECONDS = 120  # between a warning and the end; later than that reconcile finds the machine gone


def rules(deployment: str) -> tuple[events.Rule, ...]:
    """Return the event rules.

    Events name an image by its recipe and a pipeline by itself; both begin with this deployment's name, so an ARN
    prefix keeps out whatever else the account builds.
    https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-imagebuilder.html
    """
    return (
        _queued(deployment, IMAGES, "image-state", "EC2 Image Builder Image State Change", "image"),
        _queued(
            deployment,
            PIPELINES,
            "pipeline-disabled",
            "EC2 Image Builder Image Pipeline Automatically Disabled",
            "image-pipeline",
        ),
        _spot_warnings(deployment),
        _every_minute(deployment),
    )


def prefix(deployment: str, resource: str) -> Sub:
    """Return what the ARNs of the deployment's images or pipelines begin with."""
    return iam.arn("imagebuilder", f"{resource}/{deployment}-preset-")


def _queued(deployment: str, logical_id: str, name: str, detail_type: str, resource: str) -> events.Rule:
    pattern = {
        "source": ["aws.imagebuilder"],
        "detail-type": [detail_type],
        "resources": [{"prefix": prefix(deployment, resource)}],
    }
    return events.Rule(
        logical_id,
        Name=f"{deployment}-{name}",
        Description=f"{detail_type}, of {deployment} only",
        EventPattern=pattern,
        Tags=tags.listed(tags.of_deployment(deployment)),
        Targets=[_queue(queues.EVENTS, DAY_SECONDS)],
    )


def _spot_warnings(deployment: str) -> events.Rule:
    """Return the rule that hears of every instance of the Region: which are ours, the events do not say."""
    return events.Rule(
        SPOT_WARNINGS,
        Name=f"{deployment}-spot-warning",
        Description=SPOT_WARNING,
        EventPattern={"source": ["aws.ec2"], "detail-type": [SPOT_WARNING]},
        Tags=tags.listed(tags.of_deployment(deployment)),
        Targets=[_queue(queues.JOBS, WARNING_SECONDS)],
    )


def _queue(name: str, oldest_seconds: int) -> events.Target:
    return events.Target(
        Id="queue",
        Arn=queues.arn(name),
        DeadLetterConfig=events.DeadLetterConfig(Arn=queues.arn(queues.WAITING[name])),
        RetryPolicy=events.RetryPolicy(MaximumEventAgeInSeconds=oldest_seconds, MaximumRetryAttempts=MOST_RETRIES),
    )


def _every_minute(deployment: str) -> events.Rule:
    target = events.Target(
        Id="reconcile",
        Arn=GetAtt(RECONCILE.logical_id, "Arn"),
        DeadLetterConfig=events.DeadLetterConfig(Arn=queues.arn(queues.RECONCILE_DLQ)),
        # The next minute does what this one missed.
        RetryPolicy=events.RetryPolicy(MaximumEventAgeInSeconds=RECONCILE.oldest_seconds, MaximumRetryAttempts=0),
    )
    return events.Rule(
        EVERY_MINUTE,
        Name=f"{deployment}-reconcile",
        Description=RECONCILE.does,
        ScheduleExpression="rate(1 minute)",
        State="ENABLED",
        Tags=tags.listed(tags.of_deployment(deployment)),
        Targets=[target],
    )
