"""Makes one deployed stack equal to the wanted one, from whatever state it is in."""

from generator.deployment import change_sets, readiness, stack_client, stack_events, upload
from generator.deployment.aws_errors import explained
from generator.deployment.progress import StackFinished, StackStarted
from generator.deployment.report import Outcome, StackResult
from generator.deployment.site import Site
from generator.deployment.stack import Deployed, Wanted, same, ssm_names
from generator.deployment.stack_client import InterruptedWaitError
from generator.errors import SpotRunnerError

WELL = {"CREATE_COMPLETE": Outcome.CREATED, "UPDATE_COMPLETE": Outcome.UPDATED}


def apply(site: Site, wanted: Wanted) -> StackResult:
    """Deploy one stack; a failure is a result with its reason, so that it stops no other stack."""
    try:
        with explained():
            result = _apply(site, wanted)
    except InterruptedWaitError as error:
        result = _result(wanted, Outcome.INTERRUPTED, str(error))
    except SpotRunnerError as error:
        result = _result(wanted, Outcome.FAILED, str(error))
    site.listener(StackFinished(stack=wanted.name, outcome=result.outcome, reason=result.reason))
    return result


def _apply(site: Site, wanted: Wanted) -> StackResult:
    stack = stack_client.read(site.aws, wanted.name)
    if stack:
        readiness.check_owner(stack, site.names.deployment)
    stack = readiness.ready(site.aws, stack, site.role_arn, site.pace, site.listener)
    if stack and is_unchanged(site, wanted, stack):
        _protect(site, wanted, stack)
        return _result(wanted, Outcome.UNCHANGED)
    change_set = change_sets.make(site.aws, _request(site, wanted, stack), site.pace)
    if change_set is None:
        return _result(wanted, Outcome.UNCHANGED)
    return _execute(site, wanted, change_set)


def is_unchanged(site: Site, wanted: Wanted, stack: Deployed) -> bool:
    """Tell whether a stack stands still and is as it is wanted."""
    if stack.stillborn or stack.busy:
        return False
    values = stack_client.ssm_values(site.aws, ssm_names(wanted.body, wanted.parameters).values())
    return same(wanted, values, stack, stack_client.template(site.aws, stack))


def _request(site: Site, wanted: Wanted, stack: Deployed | None) -> change_sets.Request:
    exists = stack is not None and not stack.stillborn
    return change_sets.Request(
        wanted=wanted,
        kind="UPDATE" if exists else "CREATE",
        tags=tuple(sorted({**(stack.tags if stack else {}), **wanted.tags}.items())),
        role_arn=site.role_arn,
        template_url=upload.template_url(site, wanted),
    )


def _execute(site: Site, wanted: Wanted, change_set: change_sets.ChangeSet) -> StackResult:
    site.pace.check()
    site.listener(StackStarted(stack=wanted.name, action="deploying", resources=change_set.resources))
    seen = stack_events.newest(site.aws.cloudformation, change_set.stack_id)
    change_sets.execute(site.aws, change_set)
    stack = stack_client.settled(site.aws, change_set.stack_id, site.pace, site.listener, seen)
    if stack is None:
        return _result(wanted, Outcome.FAILED, "the stack was deleted by someone else meanwhile: deploy again")
    if stack.status not in WELL:
        return _result(wanted, Outcome.FAILED, stack_client.failure(site.aws, stack, seen))
    _protect(site, wanted, stack)
    return _result(wanted, WELL[stack.status], decision=stack.outputs.get("Decision", ""))


def _protect(site: Site, wanted: Wanted, stack: Deployed) -> None:
    if wanted.protected and not stack.protected:
        site.aws.cloudformation.update_termination_protection(
            StackName=stack.stack_id, EnableTerminationProtection=True
        )


def _result(wanted: Wanted, outcome: Outcome, reason: str = "", decision: str = "") -> StackResult:
    return StackResult(stack=wanted.name, preset=wanted.preset, outcome=outcome, reason=reason, decision=decision)
