"""The operations on a stack: bring it to a goal, roll it back, delete it. Each runs in a thread of its own."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from embedded.aws.cloudformation.caller import Caller
from embedded.aws.cloudformation.errors import is_gone, reason_of
from embedded.aws.cloudformation.goals import differs, live_order, outputs_of, scope_of, wanted
from embedded.aws.cloudformation.schemas import recreates
from embedded.aws.cloudformation.stacks import Goal, Resource, Stack
from embedded.aws.cloudformation.steps import handler
from embedded.aws.cloudformation.templates import order

logger = logging.getLogger(__name__)
NEW_ONE = "Requested update requires the creation of a new physical resource; hence creating one."


class _StoppedError(Exception):
    """Something stopped the operation; the message is the stack's reason."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation on one stack."""

    stack: Stack
    caller: Caller
    now: Callable[[], datetime]

    def deploy(self, goal: Goal) -> None:
        """Create or update towards `goal`; if a resource fails, go back to where the stack was."""
        stack = self.stack
        kind = "UPDATE" if stack.before else "CREATE"
        try:
            outputs = self._converge(goal, {})
        except _StoppedError as failure:
            self._roll_back(kind, str(failure))
            return
        if stack.before:
            self._mark("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            self._clean_up([*stack.made, *stack.before.resources.values()])
        stack.goal, stack.outputs = goal, outputs
        self._mark(f"{kind}_COMPLETE")

    def delete(self) -> None:
        """Delete everything in reverse order; what fails is named, and keeps what it needs."""
        stack = self.stack
        failed: list[str] = []
        stuck: set[str] = set()
        for resource in _last_first(stack.resources.values()):
            name = resource.logical_resource_id
            if any(name in stack.resources[other].needs for other in stuck):
                stuck.add(name)
                continue
            if self._delete(resource, kept="DeletionPolicy" in resource.retained):
                stack.resources.pop(name)
            else:
                stuck.add(name)
                failed.append(name)
        if failed:
            self._mark("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
            return
        stack.deletion_time = self.now()
        self._mark("DELETE_COMPLETE")

    def _roll_back(self, kind: str, reason: str) -> None:
        if kind == "UPDATE":
            self._mark("UPDATE_ROLLBACK_IN_PROGRESS", reason)
            self.restore()
            return
        self._mark("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
        self.stack.resources.clear()
        complete = self._clean_up(self.stack.made)
        self._mark("ROLLBACK_COMPLETE" if complete else "ROLLBACK_FAILED")

    def restore(self) -> None:
        """Return to where the stack was before its update."""
        stack = self.stack
        if stack.before is None:
            raise LookupError(f"{stack.stack_name} has nothing to return to")
        try:
            stack.outputs = self._converge(stack.before.goal, stack.before.resources)
        except _StoppedError as failure:
            self._mark("UPDATE_ROLLBACK_FAILED", str(failure))
            return
        stack.asked = stack.before.goal
        self._mark("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(stack.made)
        self._mark("UPDATE_ROLLBACK_COMPLETE")

    def _converge(self, goal: Goal, before: dict[str, Resource]) -> list[dict[str, Any]]:
        """Bring every resource to what `goal` wants; what was replaced since `before` comes back from there."""
        stack = self.stack
        scope = scope_of(goal, self.caller, stack.resources)
        names = live_order(goal, scope)
        for name in names:
            if name in before and stack.resources.get(name, _nothing("")).identity != before[name].identity:
                stack.resources[name] = before[name]
            self._settle(name, partial(wanted, goal, scope, name))
        for name in stack.resources.keys() - set(names):
            stack.resources.pop(name)
        try:
            return outputs_of(goal, scope)
        except Exception as error:
            raise _StoppedError(f"Outputs: {reason_of(error)}. ") from error

    def _settle(self, name: str, want: Callable[[], Resource]) -> None:
        stack, old = self.stack, self.stack.resources.get(name)
        verb = "UPDATE" if old else "CREATE"
        new, again = None, False
        try:
            new = want()
            if old and not differs(old, new):
                stack.resources[name] = replace(old, retained=new.retained, needs=new.needs)
                return
            again = old is not None and recreates(self.caller.place["region"], old, new)
            self._record(old or new, f"{verb}_IN_PROGRESS", NEW_ONE if again else None)
            kind = handler(new.resource_type)
            done = kind.make(self.caller, new) if old is None or again else kind.change(self.caller, old, new)
        except Exception as error:
            logger.debug("%s of %s failed", name, stack.stack_name, exc_info=True)
            left = getattr(error, "left", None)
            self._made(left, old)
            if old and new and not again:  # nobody knows how far the change came: a rollback takes all of it back
                half = replace(old, properties=new.properties, stack_tags=new.stack_tags)
                old = left if left and left.identity == old.identity else half
            self._record(old or left or new or _nothing(name), f"{verb}_FAILED", reason_of(error))
            raise _StoppedError(f"The following resource(s) failed to {verb.lower()}: [{name}]. ") from error
        self._made(done, old)
        self._record(done, f"{verb}_COMPLETE")

    def _made(self, resource: Resource | None, old: Resource | None) -> None:
        if resource and resource.physical_resource_id and (old is None or old.identity != resource.identity):
            self.stack.made.append(resource)

    def _clean_up(self, resources: Iterable[Resource]) -> bool:
        """Delete those that the stack no longer has; their failure is told, and does not stop anything."""
        now = self.stack.resources
        stale = [one for one in resources if one.identity != now.get(one.logical_resource_id, _nothing("")).identity]
        done = [self._delete(one, kept=self._is_kept(one)) for one in _last_first(stale)]
        return all(done)

    def _is_kept(self, resource: Resource) -> bool:
        here, fresh = self.stack.resources.get(resource.logical_resource_id), resource in self.stack.made
        if here and not fresh:
            return "UpdateReplacePolicy" in here.retained
        return "DeletionPolicy" in resource.retained

    def _delete(self, resource: Resource, *, kept: bool) -> bool:
        if kept:
            self._tell(resource, "DELETE_SKIPPED")
            return True
        self._tell(resource, "DELETE_IN_PROGRESS")
        try:
            handler(resource.resource_type).remove(self.caller, resource)
        except Exception as error:
            if not is_gone(error):
                logger.debug("deletion of %s failed", resource.logical_resource_id, exc_info=True)
                self._tell(resource, "DELETE_FAILED", reason_of(error))
                return False
        self._tell(resource, "DELETE_COMPLETE")
        return True

    def _record(self, resource: Resource, status: str, reason: str | None = None) -> None:
        dated = replace(resource, resource_status=status, resource_status_reason=reason, timestamp=self.now())
        self.stack.resources[resource.logical_resource_id] = dated
        self.stack.tell(self.now(), dated, status, reason)

    def _tell(self, resource: Resource, status: str, reason: str | None = None) -> None:
        mine = self.stack.resources.get(resource.logical_resource_id)
        if mine and mine.identity == resource.identity:
            self._record(resource, status, reason)
        else:
            self.stack.tell(self.now(), resource, status, reason)

    def _mark(self, status: str, reason: str | None = None) -> None:
        self.stack.mark(self.now(), status, reason)


def _last_first(resources: Iterable[Resource]) -> list[Resource]:
    several: dict[str, list[Resource]] = {}
    for one in resources:
        several.setdefault(one.logical_resource_id, []).append(one)
    graph = {name: frozenset().union(*(one.needs for one in ones)) for name, ones in several.items()}
    return [one for name in reversed(order(graph)) for one in reversed(several[name])]


def _nothing(name: str) -> Resource:
    return Resource(logical_resource_id=name, resource_type="", properties={})
