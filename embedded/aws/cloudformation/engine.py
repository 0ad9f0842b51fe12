"""The engine: stands in moto's place, keeps the stacks, and runs their operations in threads."""

import json
import logging
import threading
import uuid
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from botocore.exceptions import ClientError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.utilities.utils import get_partition

from embedded.aws.clients import Clients, Credentials, assume
from embedded.aws.clock import Clock
from embedded.aws.cloudformation import requests, views
from embedded.aws.cloudformation.caller import Caller, service_model
from embedded.aws.cloudformation.errors import EngineStoppedError, RefusedError, ResourceFailedError, reason_of
from embedded.aws.cloudformation.operations import Operation
from embedded.aws.cloudformation.stacks import Stack

logger = logging.getLogger(__name__)
ACTIONS = {**requests.ACTIONS, **views.ACTIONS}


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
        self.endpoint_url, self.clock = endpoint_url, clock
        self.place = {"account": account, "region": region, "partition": get_partition(region)}
        self.arn = f"arn:{self.place['partition']}:cloudformation:{region}:{account}"
        self.stacks: dict[str, Stack] = {}
        self._invoke, self._lock, self._stopped = invoke, threading.RLock(), False
        self._clients = Clients(endpoint_url, region)
        self._answers: dict[str, SimpleQueue[bytes | None]] = {}
        self._threads: list[threading.Thread] = []
        self._originals: dict[str, Any] = {}

    def install(self) -> None:
        """Take over every action of moto's CloudFormation, without stacks; what is not supported here is refused."""
        self.stacks, self._answers, self._threads, self._stopped = {}, {}, [], False
        names = service_model("cloudformation").operation_names
        replaced = {camelcase_to_underscores(name): self._method(name) for name in names}
        for name, value in {**replaced, "RESPONSE_KEY_PATH_TO_TRANSFORMER": {}}.items():
            self._originals[name] = vars(CloudFormationResponse).get(name)
            setattr(CloudFormationResponse, name, value)

    def uninstall(self) -> None:
        """Stop all operations where they are and give moto its methods back."""
        self._stopped = True
        for waiting in list(self._answers.values()):
            waiting.put(None)
        for thread in self._threads:
            thread.join(timeout=10)
        for name, value in self._originals.items():
            delattr(CloudFormationResponse, name) if value is None else setattr(CloudFormationResponse, name, value)
        self._originals.clear()

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

    def caller(self, stack_name: str, stack_id: str, role_arn: str | None) -> Caller:
        """Return the door to the services for a stack, as its role or, without one, as the administrator."""
        client, made = self._clients.administrator, dict[str, Any]()
        if role_arn:
            role = self._role(role_arn)

            def client(service: str) -> Any:
                made[service] = made.get(service) or self._clients.client(service, role)
                return made[service]

        def ask(request: dict[str, Any], timeout_seconds: float) -> bytes:
            return self._ask(client, request, timeout_seconds)

        return Caller(stack_id=stack_id, stack_name=stack_name, place=self.place, client=client, ask=ask)

    def operation(self, stack: Stack, role_arn: str | None) -> Operation:
        """Return a new operation on a stack, as a role; a role that does not exist is refused."""
        caller = self.caller(stack.stack_name, stack.stack_id, role_arn)
        return Operation(stack=stack, caller=caller, now=self.clock.now)

    def run(self, operation: Operation, work: Callable[[Operation], None]) -> None:
        """Start an operation in a thread of its own."""
        stack = operation.stack

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

    def _method(self, operation: str) -> Callable[[Any], ActionResult]:
        accepted, action = ACTIONS.get(camelcase_to_underscores(operation), (frozenset(), None))

        def method(response: Any) -> ActionResult:
            if action is None or response.region != self.place["region"]:
                raise RefusedError(f"{operation} in {response.region} is not supported by the embedded CloudFormation")
            given = {name: value for name, value in response.params.items() if value is not None}
            if odd := sorted(given.keys() - accepted):
                raise RefusedError(f"{operation} does not take {odd[0]} in the embedded CloudFormation")
            with self._lock:
                return ActionResult(action(self, given))

        return method

    def _role(self, role_arn: str) -> Credentials:
        try:
            self._clients.administrator("iam").get_role(RoleName=role_arn.rpartition("/")[2])
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
