"""An AWS in one process: moto behind a real endpoint, plus what moto lacks. State is in memory and ends with it."""

import json
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Annotated, Any, Self

from flask import Flask, Response, request
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from pydantic import Field

from embedded.aws import account, cloudformation, locks, moto_time, transactions
from embedded.aws.clients import Clients
from embedded.aws.clock import Clock
from embedded.aws.control import PREFIX, Control, as_json
from embedded.aws.door import Door
from embedded.aws.ec2 import Fleets
from embedded.aws.events import Events, scheduled_event
from embedded.aws.faults import Fault, Faults
from embedded.aws.http_api import HttpApis
from embedded.aws.iam import Enforcement, bucket_policies, web_identity
from embedded.aws.imagebuilder import ImageBuilder
from embedded.aws.lambda_api import LambdaApi
from embedded.aws.lambda_async import AsyncInvoker
from embedded.aws.lambda_host import LambdaHost
from embedded.aws.patches import Patches
from embedded.aws.queues import Pollers
from embedded.aws.schedules import Schedules
from embedded.aws.work import Work
from embedded.listening import listen

SETTLE_SECONDS = 60.0
LONGEST_JUMP_SECONDS = 366 * 86400
_running = threading.Lock()  # the patches are the process's: one at a time


class EmbeddedAws:
    """A running AWS of one account and Region, on 127.0.0.1 only; a context manager."""

    def __init__(
        self, *, region: str = "eu-west-1", account: str = "123456789012", port: int = 0, start: datetime | None = None
    ) -> None:
        """Port 0 takes a free one; `start` (aware) is what the clock shows first, else the real time."""
        self.region, self.account, self._port, self._start = region, account, port, start

    def __enter__(self) -> Self:
        """Start."""
        if not _running.acquire(blocking=False):
            raise RuntimeError("another EmbeddedAws runs in this process: stop it first")
        with Patches() as stopping:
            stopping.callback(_running.release)
            _forget()
            stopping.callback(_forget)
            self._moto = DomainDispatcherApplication(_backend_application)
            self._server = listen(self._port, self._application)
            stopping.callback(self._server.shutdown)
            self.url = f"http://127.0.0.1:{self._server.port}"
            self._make()
            stopping.callback(self.clock.stop)
            stopping.callback(self.work.join)
            self._install(stopping)
            stopping.callback(self.host.close)
            stopping.callback(self.work.close)
            self._stopping = stopping.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop: nothing runs on, moto is as it was, and all state is gone."""
        self._stopping.close()

    def client(self, service: str) -> Any:
        """Return a boto3 client that may do everything."""
        return self._clients.administrator(service)

    def settle(self, timeout: float = SETTLE_SECONDS) -> None:
        """Return when no invocation, delivery, poll or stack operation is in flight; builds are not waited for."""
        self.work.settle(timeout, self.pollers.waiting, lambda: "stack operations" if self.engine.busy else None)

    def advance(self, seconds: float) -> None:
        """Let what is in flight end, then move the clock; ValueError for a step back."""
        if seconds < 0:
            raise ValueError(f"seconds is {seconds}: the clock moves only forward")
        self._quiet()
        self.clock.advance(seconds)

    def _quiet(self) -> None:
        """Wait as `settle` does, but not for stack operations: these may wait for the clock."""
        self.work.settle(SETTLE_SECONDS, self.pollers.waiting)

    def _make(self) -> None:
        self.clock, self.work, self.faults = Clock(self._start), Work(), Faults()
        self._clients = Clients(self.url, self.region)
        self.clock.between = self._quiet
        self.host = LambdaHost(self._clients, self.clock, self.url)
        functions = AsyncInvoker(self.work, self._clients, self.clock)
        self.functions = LambdaApi(self.host, functions, self.account, self.region)
        self.events = Events(self.functions, self.work, self.clock, self.faults, self.account, self.region)
        self.pollers = Pollers(self.functions, self._clients, self.work, self.account, self.region)
        self.schedules = Schedules(
            self.events.rules, lambda rule, due: self.events.deliver(rule, scheduled_event(rule, due)), self.clock
        )
        self.events.on_change = lambda: self.schedules.tick(self.clock.now())
        self.http_apis = HttpApis(self.functions, self.work, self.clock, self.account, self.region)
        self.enforcement = Enforcement()
        self.quotas = dict(account.QUOTAS)
        self.fleets = Fleets(self.account, self.region, self.clock, self.events.publish)
        self.imagebuilder = ImageBuilder(self.account, self.region, self.clock, self.events.publish)
        self.engine = cloudformation.Engine(self.url, self.account, self.region, self.clock)
        self.control = Control(self._routes(), self.engine.receive)

    def _install(self, patches: Patches) -> None:
        moto_time.follow(self.clock, patches)
        transactions.install(patches)
        locks.install(self.clock, patches)  # innermost around a request …
        self.enforcement.install(patches)
        bucket_policies.install(patches)
        web_identity.install(patches)
        account.install(self.quotas, patches)
        for part in (self.functions, self.events, self.pollers, self.http_apis, self.fleets, self.imagebuilder):
            part.install(patches)
        cloudformation.install(self.engine, patches)
        Door(self.faults, self.host).install(patches)  # … outermost
        self.schedules.install(patches)

    def _routes(self) -> dict[tuple[str, str], Callable[..., Any]]:
        return {
            ("GET", "/clock"): self._now,
            ("POST", "/clock"): self._advance,
            ("POST", "/settle"): self.settle,
            ("POST", "/builds/fail"): self.imagebuilder.fail_next,
            ("POST", "/builds/phases"): self._set_phases,
            ("POST", "/capacity"): self.fleets.limit,
            ("POST", "/interruptions"): self.fleets.interrupt,
            ("GET", "/faults"): lambda: {"struck": self.faults.struck},
            ("POST", "/faults"): lambda **fields: self.faults.add(Fault(**fields)),
            ("DELETE", "/faults"): self.faults.clear,
            ("GET", "/audit"): self._audit,
            ("GET", "/invocations"): lambda: {"invocations": [as_json(record) for record in self.host.records]},
            ("GET", "/deliveries"): lambda: {"deliveries": [as_json(one) for one in self.events.deliveries]},
        }

    def _advance(self, advance_seconds: Annotated[float, Field(ge=0, le=LONGEST_JUMP_SECONDS)]) -> dict[str, Any]:
        self.advance(advance_seconds)
        return self._now()

    def _now(self) -> dict[str, Any]:
        return {"now": self.clock.now().isoformat(), "offsetSeconds": self.clock.offset_seconds}

    def _audit(self) -> dict[str, Any]:
        decisions, denials = self.enforcement.decisions, self.enforcement.denials()
        return {"decisions": [as_json(one) for one in decisions], "denials": [as_json(one) for one in denials]}

    def _set_phases(self, seconds: Annotated[float, Field(gt=0)]) -> None:
        self.imagebuilder.phase_seconds = seconds

    def _application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(f"{PREFIX}/"):
            return self.control(environ, start_response)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account
        return list(self._moto(environ, start_response))


def _forget() -> None:
    BackendDict.reset()
    reset_model_data()


def _backend_application(service: Any) -> Flask:
    application = create_backend_app(service) if service else Flask("unknown")
    application.config["PROPAGATE_EXCEPTIONS"] = True
    application.register_error_handler(404, lambda _error: _unknown(service))
    return application


def _unknown(service: Any) -> Response:
    message = f"the embedded AWS has no {request.method} {request.path} of {service or 'this service'}"
    body = {"__type": "NotImplemented", "code": "NotImplemented", "message": message}
    return Response(json.dumps(body), 501, {"x-amzn-errortype": "NotImplemented"}, content_type="application/json")
