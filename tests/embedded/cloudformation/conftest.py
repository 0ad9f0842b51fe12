"""A moto server in this process with the CloudFormation engine on it, and words for what stacks go through."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from embedded.aws.clock import Clock
from embedded.aws.cloudformation import Engine, install
from embedded.aws.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT, REGION = "123456789012", "eu-west-1"
SETTLED = 20.0


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing."""


class Aws:
    """The engine under test, with clients, and short words for what stacks go through."""

    def __init__(self, url: str) -> None:
        self.url, self.clock = url, Clock()
        self.asked: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], dict[str, Any] | bytes | None] = lambda _: {}
        self.engine = self.new_engine()
        self._session: Any = boto3.Session()
        self._clients: dict[str, Any] = {}
        self.cloudformation = self.client("cloudformation")

    def new_engine(self) -> Engine:
        """Return an engine without stacks."""
        return Engine(self.url, ACCOUNT, REGION, self.clock, self.invoke)

    def client(self, service: str) -> Any:
        """Return a boto3 client on this server."""
        if service not in self._clients:
            config = Config(retries={"total_max_attempts": 1})
            where = {"endpoint_url": self.url, "region_name": REGION, "config": config}
            self._clients[service] = self._session.client(service, **where)
        return self._clients[service]

    def change(self, stack: str, template: Any, name: str = "change", **more: Any) -> dict[str, Any]:
        """Create a change set and describe it."""
        if "ChangeSetType" not in more:
            exists = any(one["StackName"] == stack for one in self.cloudformation.describe_stacks()["Stacks"])
            more["ChangeSetType"] = "UPDATE" if exists else "CREATE"
        body = (
            {}
            if template is None
            else {"TemplateBody": template if isinstance(template, str) else json.dumps(template)}
        )
        named = {"StackName": stack, "ChangeSetName": name}
        made = self.cloudformation.create_change_set(
            **named, **body, **{"Capabilities": ["CAPABILITY_NAMED_IAM"], **more}
        )
        described: dict[str, Any] = self.cloudformation.describe_change_set(ChangeSetName=made["Id"])
        return described

    def start(self, stack: str, template: Any, **more: Any) -> str:
        """Create and execute a change set without waiting; return the stack's id."""
        made = self.change(stack, template, **more)
        assert made["Status"] == "CREATE_COMPLETE", made.get("StatusReason")
        self.cloudformation.execute_change_set(ChangeSetName=made["ChangeSetId"])
        return str(made["StackId"])

    def deploy(self, stack: str, template: Any, expect: str = "_COMPLETE", **more: Any) -> dict[str, Any]:
        """Deploy and wait for a status that ends in `expect`, without a rollback unless that is expected."""
        return self.settled(self.start(stack, template, **more), expect)

    def settled(self, stack: str, expect: str = "_COMPLETE") -> dict[str, Any]:
        """Wait until nothing is in progress; return the stack."""
        end = time.monotonic() + SETTLED
        while (found := self.stack(stack))["StackStatus"].endswith("_IN_PROGRESS"):
            assert time.monotonic() < end, f"{stack} stays {found['StackStatus']}"
            threading.Event().wait(0.01)
        wrong = "ROLLBACK" in found["StackStatus"] and "ROLLBACK" not in expect
        assert found["StackStatus"].endswith(expect), (found["StackStatus"], self.failures(stack))
        assert not wrong, (found["StackStatus"], self.failures(stack))
        return found

    def stack(self, stack: str) -> dict[str, Any]:
        """Describe one stack."""
        return dict(self.cloudformation.describe_stacks(StackName=stack)["Stacks"][0])

    def outputs(self, stack: str) -> dict[str, str]:
        """Return a stack's outputs."""
        return {one["OutputKey"]: one["OutputValue"] for one in self.stack(stack).get("Outputs", [])}

    def events(self, stack: str) -> list[tuple[str, str]]:
        """Return (logical id, status) of all events, oldest first."""
        events = self.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        return [(one["LogicalResourceId"], one["ResourceStatus"]) for one in reversed(events)]

    def failures(self, stack: str) -> dict[str, str]:
        """Return the reasons of failed resources."""
        events = self.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        return {
            e["LogicalResourceId"]: e.get("ResourceStatusReason", "") for e in events if "FAILED" in e["ResourceStatus"]
        }

    def resources(self, stack: str) -> dict[str, str]:
        """Return physical ids by logical ids."""
        found = self.cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
        return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}

    def delete(self, stack: str, expect: str = "DELETE_COMPLETE", **more: Any) -> dict[str, Any]:
        """Delete a stack and wait."""
        stack_id = self.stack(stack)["StackId"]
        self.cloudformation.delete_stack(StackName=stack, **more)
        return self.settled(stack_id, expect)

    def reply(self, request: dict[str, Any], said: dict[str, Any] | bytes) -> None:
        """Answer a custom resource's request."""
        same = {key: request[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
        usual = {"Status": "SUCCESS", "PhysicalResourceId": request.get("PhysicalResourceId", "made"), **same}
        body = said if isinstance(said, bytes) else json.dumps({**usual, **said}).encode()
        self.engine.receive(request["ResponseURL"].rpartition("/")[2], body)

    def invoke(self, _: str, request: dict[str, Any]) -> None:
        """Play the function behind a custom resource."""
        self.asked.append(request)
        said = self.answer(request)
        if said is not None:
            self.reply(request, said)


@pytest.fixture(scope="session")
def moto() -> Iterator[Aws]:
    """Serve moto on a free port for all tests of this process."""
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    made = Aws(f"http://127.0.0.1:{server.server_port}")
    yield made
    made.clock.stop()
    server.shutdown()
    thread.join()


@pytest.fixture
def aws(moto: Aws) -> Iterator[Aws]:
    """Install the engine on an empty moto."""
    BackendDict.reset()
    moto.asked, moto.answer, moto.engine = [], lambda _: {}, moto.new_engine()
    with Patches() as patches:
        install(moto.engine, patches)
        yield moto
