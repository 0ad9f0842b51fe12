"""Brings a stack, in whatever state an earlier deployment left it, to one from which it can be changed."""

import uuid

from generator.deployment import stack_client, stack_events
from generator.deployment.aws import Aws
from generator.deployment.progress import Listener, StackStarted
from generator.deployment.stack import Deployed
from generator.deployment.stack_client import Pace
from generator.errors import SpotRunnerError
from lambdas.core.names import DEPLOYMENT_TAG

NEVER_CREATED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})


def ready(aws: Aws, stack: Deployed | None, role_arn: str, pace: Pace, listener: Listener) -> Deployed | None:
    """Wait for work under way, remove what was never created, and finish a rollback that got stuck.

    Return the stack as it stands then, or None when there is none to update.
    """
    if stack and stack.busy:
        listener(StackStarted(stack=stack.name, action=f"waiting for {stack.status}"))
        stack = stack_client.settled(aws, stack.stack_id, pace, listener)
    if stack and stack.status in NEVER_CREATED:
        listener(StackStarted(stack=stack.name, action="removing the failed first creation"))
        delete(aws, stack, role_arn, pace, listener)
        stack = None
    if stack and stack.status == "UPDATE_ROLLBACK_FAILED":
        stack = _continue_rollback(aws, stack, role_arn, pace, listener)
    if stack and stack.status == "DELETE_FAILED":
        raise SpotRunnerError(
            f"stack {stack.name} is half deleted; {stack_client.failure(aws, stack)}: remove that cause, delete the "
            "stack with `spot-runner destroy` or in the console, then deploy again"
        )
    return stack


def delete(aws: Aws, stack: Deployed, role_arn: str, pace: Pace, listener: Listener) -> None:
    """Delete a stack and wait until it is gone; raise with the resource that would not go, and its own reason."""
    seen = stack_events.newest(aws.cloudformation, stack.stack_id)
    if role_arn:
        aws.cloudformation.delete_stack(StackName=stack.stack_id, RoleARN=role_arn)
    else:
        aws.cloudformation.delete_stack(StackName=stack.stack_id)
    left = stack_client.settled(aws, stack.stack_id, pace, listener, seen)
    if left is not None:
        raise SpotRunnerError(f"could not be deleted: {stack_client.failure(aws, left, seen)}")


def check_owner(stack: Deployed, deployment: str) -> None:
    """Refuse a stack that does not carry this deployment's tag: it belongs to someone else."""
    owner = stack.tags.get(DEPLOYMENT_TAG)
    if owner != deployment and not stack.stillborn:
        raise SpotRunnerError(
            f"stack {stack.name} is not of this deployment: its tag {DEPLOYMENT_TAG} is "
            f"{'missing' if owner is None else repr(owner)}, expected {deployment!r}; choose another `name` in "
            "spot-runner.yaml, or remove that stack"
        )


def _continue_rollback(aws: Aws, stack: Deployed, role_arn: str, pace: Pace, listener: Listener) -> Deployed | None:
    listener(StackStarted(stack=stack.name, action="finishing a rollback that got stuck"))
    seen = stack_events.newest(aws.cloudformation, stack.stack_id)
    token = uuid.uuid4().hex  # when the answer is lost, the SDK sends the same again
    if role_arn:
        aws.cloudformation.continue_update_rollback(
            StackName=stack.stack_id, RoleARN=role_arn, ClientRequestToken=token
        )
    else:
        aws.cloudformation.continue_update_rollback(StackName=stack.stack_id, ClientRequestToken=token)
    after = stack_client.settled(aws, stack.stack_id, pace, listener, seen)
    if after is not None and after.status == "UPDATE_ROLLBACK_FAILED":
        raise SpotRunnerError(
            f"the rollback of {stack.name} is stuck again; {stack_client.failure(aws, after, seen)}: repair that "
            "resource, or skip it with `aws cloudformation continue-update-rollback --resources-to-skip`, then deploy "
            "again"
        )
    return after
