"""The engine: keeps the stacks, and runs their operations in threads."""

import json
import logging
import threading
import uuid
from collections.abc import Callable
from functools import cache, partial
from queue import SimpleQueue
from typing import Any

from botocore.exceptions import ClientError
from moto.utilities.utils import get_partition

from embedded.aws.clients import ADMINISTRATOR, Clients, Credentials, assume
from embedded.aws.clock import Clock
from embedded.aws.cloudformation.caller import Caller
from embedded.aws.cloudformation.errors import EngineStoppedError, RefusedError, ResourceFailedError, reason_of
from embedded.aws.cloudformation.operations import Operation
from embedded.aws.cloudformation.stacks import ChangeSet, Stack

logger = logging.getLogger(__name__)


class Engine:
    """CloudFormation for one account and Region of the moto server at `endpoint_url`.

    Custom resources are called by `invoke(service_token, request)`, by default Lambda's asynchronous Invoke; their
    answers come to `receive` from `<endpoint_url>/_embedded/cloudformation/<token>`.
    """

    def __init__(
        self,
        endpoint_url: str,
        account: str,
        region: str,
        clock: Clock,
        invoke: Callable[[str, dict[str, Any]], None] | None = None,
    ) -> None:
        self.endpoint_url, self.clock, self.lock = endpoint_url, clock, threading.RLock()
        self.place = {"account": account, "region": region, "partition": get_partition(region)}
        self.arn = f"arn:{self.place['partition']}:cloudformation:{region}:{account}"
        self.stacks: dict[str, Stack] = {}
        self._invoke, self._stopped, self.clients = invoke, False, Clients(endpoint_url, region)
        self.access_key_id = ADMINISTRATOR  # of whoever makes the request that is answered now, under the lock
        self._answers: dict[str, SimpleQueue[bytes | None]] = {}
        self._threads: list[threading.Thread] = []

    def stop(self) -> None:
        """Stop all operations where they are."""
        self._stopped = True
        for waiting in list(self._answers.values()):
            waiting.put(None)
        for thread in self._threads:
            thread.join(timeout=10)

    def receive(self, token: str, body: bytes) -> None:
        """Take a custom resource's answer; only the first counts. KeyError for an unknown token."""
        self._answers[token].put(body)

    @property
    def busy(self) -> bool:
        """Tell whether any operation is under way."""
        return any(thread.is_alive() for thread in self._threads)

    def find(self, name_or_id: str) -> Stack | None:
        """Return a stack by its name, unless it is deleted, or by its id."""
        alive = {one.stack_name: one for one in self.stacks.values() if one.stack_status != "DELETE_COMPLETE"}
        return alive.get(name_or_id) or self.stacks.get(name_or_id)

    def stack(self, name_or_id: str) -> Stack:
        """Return a stack as `find` does; refuse one that does not exist."""
        stack = self.find(name_or_id)
        if stack is None:
            raise RefusedError(f"Stack with id {name_or_id} does not exist")
        return stack

    def change_set(self, name_or_id: str, stack_name: str | None) -> tuple[Stack, ChangeSet]:
        """Return a change set by its ARN, or by its name and its stack's; an executed one has only its ARN."""
        for stack in [self.stack(stack_name)] if stack_name else self.stacks.values():
            for key, one in stack.change_sets.items():
                if name_or_id == one.change_set_id or (name_or_id == key and stack_name):
                    return stack, one
        raise RefusedError("ChangeSetNotFound", f"ChangeSet [{name_or_id}] does not exist")

    def caller(self, stack: Stack, role_arn: str | None) -> Caller:
        """Return the door to the services for a stack, as its role or, without one, as the administrator."""
        client = self.clients.administrator
        if role_arn:
            client = cache(partial(self.clients.client, credentials=self._role(role_arn)))

        ask, named = partial(self._ask, client), {"stack_id": stack.stack_id, "stack_name": stack.stack_name}
        return Caller(**named, place=self.place, client=client, ask=ask)

    def run(self, stack: Stack, role_arn: str | None, status: str, work: Callable[[Operation], None]) -> None:
        """Start an operation on a stack, as a role, in a thread of its own; a role that does not exist is refused."""
        operation = Operation(stack=stack, caller=self.caller(stack, role_arn), now=self.clock.now)
        stack.role_arn = role_arn
        stack.mark(self.clock.now(), status, "User Initiated")

        def body() -> None:
            try:
                work(operation)
            except EngineStoppedError:
                logger.debug("%s was stopped", stack.stack_name)
            except Exception as error:
                logger.exception("the operation on %s failed", stack.stack_name)
                failed = stack.stack_status.replace("IN_PROGRESS", "FAILED")
                stack.mark(self.clock.now(), failed, f"Internal failure: {error}")

        thread = threading.Thread(target=body, name=f"cloudformation {stack.stack_name}", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def _role(self, role_arn: str) -> Credentials:
        try:
            self.clients.administrator("iam").get_role(RoleName=role_arn.rpartition("/")[2])
        except ClientError as error:
            raise RefusedError(f"Role {role_arn} is invalid or cannot be assumed") from error
        return assume(role_arn, "AWSCloudFormation", self.place["region"])

    def _ask(self, client: Callable[[str], Any], request: dict[str, Any], timeout_seconds: float) -> bytes:
        token, answers = uuid.uuid4().hex, SimpleQueue[bytes | None]()
        self._answers[token] = answers
        request["ResponseURL"] = f"{self.endpoint_url}/_embedded/cloudformation/{token}"
        self.clock.call_in(timeout_seconds, lambda: answers.put(None))
        if self._invoke:
            self._invoke(request["ServiceToken"], request)
        else:
            payload = json.dumps(request).encode()
            try:
                client("lambda").invoke(FunctionName=request["ServiceToken"], InvocationType="Event", Payload=payload)
            except ClientError as error:
                raise ResourceFailedError(reason_of(error)) from error
        body = None if self._stopped else answers.get()
        if self._stopped:
            raise EngineStoppedError
        if body is None:
            raise ResourceFailedError("CloudFormation did not receive a response from your Custom Resource in time.")
        return body
