"""Where machines say what they did: one log group for each preset, one stream in it for each instance."""

from collections.abc import Mapping

from troposphere import Sub, logs

from generator.stacks import iam, tags

LOGS = "MachineLogs"
# No CreateLogGroup: what a machine says after its preset's stack has gone makes nothing anew.
ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")


def log_group_name(deployment: str, preset: str) -> str:
    """Return the name that the boot script puts together by itself."""
    return f"/{deployment}/runners/{preset}"


def log_group(deployment: str, preset: str, marks: Mapping[str, str], *, retention_days: int) -> logs.LogGroup:
    """Return the log group of a preset's machines."""
    return logs.LogGroup(
        LOGS,
        LogGroupName=log_group_name(deployment, preset),
        RetentionInDays=retention_days,
        Tags=tags.listed(marks),
    )


def arn(deployment: str) -> Sub:
    """Return the ARN of all these log groups, and of the streams in them."""
    return iam.arn("logs", f"log-group:{log_group_name(deployment, '*')}")
