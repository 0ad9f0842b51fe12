"""The API actions that change something."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from embedded.aws.cloudformation import parameters, templates
from embedded.aws.cloudformation.caller import Caller
from embedded.aws.cloudformation.engine import Engine
from embedded.aws.cloudformation.errors import RefusedError, ResourceFailedError
from embedded.aws.cloudformation.goals import compare
from embedded.aws.cloudformation.stacks import ChangeSet, Goal, Snapshot, Stack
from embedded.aws.cloudformation.steps import check

Given = dict[str, Any]
MOST_BODY_BYTES, MOST_S3_BYTES = 51_200, 1_000_000
UPDATABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


def create_change_set(engine: Engine, given: Given) -> dict[str, Any]:
    """Compare a goal with the stack; nothing happens to resources yet."""
    stack, name = _stack_for(engine, given), given["ChangeSetName"]
    if name in stack.change_sets:
        raise RefusedError("AlreadyExistsException", f"ChangeSet {name} already exists")
    role_arn = given.get("RoleARN", stack.role_arn)
    caller = engine.caller(stack, role_arn)
    try:
        goal = _goal(engine, given, stack, caller)
        changes, any_change = compare(stack, goal, caller)
    except ResourceFailedError as error:
        raise RefusedError(str(error)) from error
    if stack.stack_id not in engine.stacks:
        engine.stacks[stack.stack_id] = stack
        stack.mark(engine.clock.now(), "REVIEW_IN_PROGRESS", "User Initiated")
    made = ChangeSet(
        change_set_id=f"{engine.arn}:changeSet/{name}/{uuid.uuid4()}",
        change_set_name=name,
        goal=goal,
        role_arn=role_arn,
        changes=changes,
        creation_time=engine.clock.now(),
        status="CREATE_COMPLETE" if any_change else "FAILED",
        execution_status="AVAILABLE" if any_change else "UNAVAILABLE",
        status_reason=None if any_change else NO_CHANGES,
    )
    stack.change_sets[name] = made
    return {"Id": made.change_set_id, "StackId": stack.stack_id}


def execute_change_set(engine: Engine, given: Given) -> dict[str, Any]:
    """Start to create or update; the answer does not wait."""
    stack, chosen = engine.change_set(given["ChangeSetName"], given.get("StackName"))
    if chosen.execution_status != "AVAILABLE":
        status = f"cannot be executed in its current execution status of [{chosen.execution_status}]"
        raise RefusedError("InvalidChangeSetStatus", f"ChangeSet [{chosen.change_set_id}] {status}")
    _require(stack, UPDATABLE | {"REVIEW_IN_PROGRESS"}, "can not be updated")
    verb = "UPDATE" if stack.goal else "CREATE"
    before = Snapshot(goal=stack.goal, resources=dict(stack.resources)) if stack.goal else None
    chosen.execution_status = "EXECUTE_COMPLETE"
    stack.change_sets = {chosen.change_set_id: chosen}  # the others are no longer true
    stack.change_set_id, stack.asked, stack.before, stack.made = chosen.change_set_id, chosen.goal, before, []
    engine.run(stack, chosen.role_arn, f"{verb}_IN_PROGRESS", lambda one: one.deploy(chosen.goal))
    return {}


def delete_change_set(engine: Engine, given: Given) -> dict[str, Any]:
    """Forget a change set; one that does not exist is no error."""
    try:
        stack, chosen = engine.change_set(given["ChangeSetName"], given.get("StackName"))
    except RefusedError:
        return {}
    stack.change_sets.pop(chosen.change_set_name, None)
    return {}


def delete_stack(engine: Engine, given: Given) -> dict[str, Any]:
    """Start to delete a stack; an absent one is no error."""
    stack = engine.find(given["StackName"])
    if stack is None or stack.stack_status in {"DELETE_IN_PROGRESS", "DELETE_COMPLETE"}:
        return {}
    if stack.enable_termination_protection:
        raise RefusedError(f"Stack [{stack.stack_name}] cannot be deleted while TerminationProtection is enabled")
    if stack.busy:
        _require(stack, set(), "can not be deleted")
    engine.run(stack, given.get("RoleARN", stack.role_arn), "DELETE_IN_PROGRESS", lambda one: one.delete())
    return {}


def continue_update_rollback(engine: Engine, given: Given) -> dict[str, Any]:
    """Start a failed rollback again."""
    stack = engine.stack(given["StackName"])
    _require(stack, {"UPDATE_ROLLBACK_FAILED"}, "has no rollback to continue")
    role_arn = given.get("RoleARN", stack.role_arn)
    engine.run(stack, role_arn, "UPDATE_ROLLBACK_IN_PROGRESS", lambda one: one.restore())
    return {}


def update_termination_protection(engine: Engine, given: Given) -> dict[str, Any]:
    """Protect a stack from deletion, or stop to."""
    stack = engine.stack(given["StackName"])
    stack.enable_termination_protection = given["EnableTerminationProtection"]
    return {"StackId": stack.stack_id}


def _require(stack: Stack, statuses: set[str], what: str) -> None:
    if stack.stack_status not in statuses:
        raise RefusedError(f"Stack:{stack.stack_id} is in {stack.stack_status} state and {what}.")


def _stack_for(engine: Engine, given: Given) -> Stack:
    stack, kind = engine.find(given["StackName"]), given.get("ChangeSetType", "UPDATE")
    if kind not in {"CREATE", "UPDATE"}:
        raise RefusedError(f"ChangeSetType {kind} is not supported here")
    if kind == "UPDATE":
        stack = engine.stack(given["StackName"])
        _require(stack, UPDATABLE, "can not be updated")
    elif stack is None or stack.stack_status == "DELETE_COMPLETE":
        identity = f"{engine.arn}:stack/{given['StackName']}/{uuid.uuid4()}"
        return Stack(stack_name=given["StackName"], stack_id=identity, creation_time=engine.clock.now())
    else:
        _require(stack, {"REVIEW_IN_PROGRESS"}, "already exists and can not be created again")
    return stack


def _goal(engine: Engine, given: Given, stack: Stack, caller: Caller) -> Goal:
    text = _template_text(engine, given)
    template, capabilities = templates.parse(text), tuple(given.get("Capabilities", ()))
    check(template)
    templates.check_capabilities(template, capabilities)
    values = parameters.given_values(template, given.get("Parameters", ()))
    tags = stack.goal.tags if stack.goal else {}
    return Goal(
        template=template,
        text=text,
        given=values,
        parameters=parameters.resolved_values(template, values, lambda names: _from_ssm(caller, names)),
        tags={tag["Key"]: tag["Value"] for tag in given["Tags"]} if "Tags" in given else tags,
        capabilities=capabilities,
    )


def _from_ssm(caller: Caller, names: list[str]) -> Mapping[str, str]:
    found: list[dict[str, str]] = []
    for start in range(0, len(names), 10):  # GetParameters takes ten
        found += caller.call("ssm", "get_parameters", {"Names": names[start : start + 10]})["Parameters"]
    if secure := [one["Name"] for one in found if one["Type"] == "SecureString"]:
        raise RefusedError(f"Parameters {secure} referenced by template have types not supported by CloudFormation.")
    return {one["Name"]: one["Value"] for one in found}


def _template_text(engine: Engine, given: Given) -> str:
    if ("TemplateBody" in given) == ("TemplateURL" in given):
        raise RefusedError("Either Template URL or Template Body must be specified.")
    text: str = given.get("TemplateBody") or _from_s3(engine, given["TemplateURL"])
    size, most = len(text.encode()), MOST_BODY_BYTES if "TemplateBody" in given else MOST_S3_BYTES
    if size > most:
        broken = f"Member must have length less than or equal to {most}, not {size}"
        raise RefusedError(f"1 validation error detected: Value at 'template' failed to satisfy constraint: {broken}")
    return text


def _from_s3(engine: Engine, url: str) -> str:
    match = re.fullmatch(rf"{re.escape(engine.endpoint_url)}/([^/]+)/(.+)", url)
    if match is None:
        raise RefusedError("TemplateURL must be a supported URL.")
    try:
        s3 = engine.clients.keyed("s3", engine.access_key_id)  # whoever asks must be able to read it, not the role
        body: bytes = s3.get_object(Bucket=match[1], Key=match[2])["Body"].read()
    except ClientError as error:
        raise RefusedError(f"S3 error: {error.response['Error'].get('Message')}") from error
    return body.decode()


_TEMPLATE = ("TemplateBody", "TemplateURL", "Parameters", "Tags", "Capabilities")
ACTIONS = {
    create_change_set: ("StackName", "ChangeSetName", "ChangeSetType", "RoleARN", *_TEMPLATE),
    execute_change_set: ("StackName", "ChangeSetName"),
    delete_change_set: ("StackName", "ChangeSetName"),
    delete_stack: ("StackName", "RoleARN"),
    continue_update_rollback: ("StackName", "RoleARN"),
    update_termination_protection: ("StackName", "EnableTerminationProtection"),
}
