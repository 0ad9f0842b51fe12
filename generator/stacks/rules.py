"""What starts functions: events of this deployment's images and pipelines, and the clock."""

from troposphere import GetAtt, Sub, events

from generator.stacks import iam, queues, tags
from generator.stacks.functions import RECONCILE

IMAGES = "ImageStateRule"
PIPELINES = "PipelineDisabledRule"
EVERY_MINUTE = "ReconcileRule"
MOST_RETRIES = 185
DAY_SECONDS = 86_400


def rules(deployment: str) -> tuple[events.Rule, events.Rule, events.Rule]:
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
    target = events.Target(
        Id="queue",
        Arn=queues.arn(queues.EVENTS),
        DeadLetterConfig=events.DeadLetterConfig(Arn=queues.arn(queues.EVENTS_DLQ)),
        RetryPolicy=events.RetryPolicy(MaximumEventAgeInSeconds=DAY_SECONDS, MaximumRetryAttempts=MOST_RETRIES),
    )
    return events.Rule(
        logical_id,
        Name=f"{deployment}-{name}",
        Description=f"{detail_type}, of {deployment} only",
        EventPattern=pattern,
        Tags=tags.listed(tags.of_deployment(deployment)),
        Targets=[target],
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
