"""The played GitHub on the loopback; what it holds is looked at and changed from Python, what it is asked by HTTP."""

import itertools
import socket
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from werkzeug.wrappers import Request as HttpRequest

from embedded.github import id_tokens, runner_door
from embedded.github.actions import Actions
from embedded.github.app_registry import AppRegistry
from embedded.github.application import Application, Call, Reply, reply
from embedded.github.clock import Clock
from embedded.github.errors import ApiError
from embedded.github.failures import Failure, Failures
from embedded.github.hooks import Hooks
from embedded.github.id_tokens import ISSUER, IdTokens, Job
from embedded.github.job_events import JobEvents
from embedded.github.limits import Limits
from embedded.github.requests import Answer
from embedded.github.world import World
from embedded.listening import listen

REST, GRAPHQL = "/api/v3", "/api/graphql"


class PlayedGitHub:
    """A GitHub: `with PlayedGitHub() as github: …`; `calls` is the log of what was asked and answered (None: lost).

    `issuer` is who signs the OIDC tokens: each GitHub has its own. `seed` decides which of several runners gets a job.
    Apps and where they are installed are in `registry`, their webhook deliveries in `hooks`, jobs and their runners in
    `actions`.
    """

    def __init__(self, port: int = 0, clock: Clock | None = None, issuer: str = ISSUER, seed: int = 0) -> None:
        self.clock = clock or Clock()
        self.world, self.limits, self.failures = World(self.clock), Limits(self.clock), Failures()
        self._id_tokens = IdTokens(self.world, self.clock, issuer)
        self.calls: list[tuple[Call, Reply | None]] = []
        self.registry = AppRegistry(world=self.world)
        self.hooks = Hooks(self.world, self.registry)
        self._job_events = JobEvents(world=self.world, hooks=self.hooks)
        self.actions = Actions(self.world, self._job_events.tell, seed)
        self._door = runner_door.Door(self.actions)
        self._application = Application(self.registry, self.actions, self.hooks, self.limits)
        self._port, self._ids = port, itertools.count(1)
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        self._server = listen(self._port, self.serve)
        self._job_events.api = self.api_url
        self.hooks.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._door.close()
        self.hooks.stop()
        self._server.shutdown()
        self._server.server_close()

    @property
    def server_url(self) -> str:
        """The address that people would visit; the API's follows from it as for any GitHub Enterprise Server."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def api_url(self) -> str:
        """The address of the REST API."""
        return self.server_url + REST

    def job(self, job: Job) -> dict[str, str]:
        """Return the environment variables by which a job can ask for OIDC tokens."""
        return self._id_tokens.environ(job, self.server_url)

    def serve(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request of WSGI."""
        http = HttpRequest(environ)
        call = Call(
            method=http.method,
            path=http.path.removeprefix(REST) if http.path.startswith(f"{REST}/") else http.path.removeprefix("/api"),
            query=http.args.to_dict(),
            headers={name.lower(): value for name, value in http.headers.items()},
            body=http.get_data(),
        )
        answer = self._meeting_failures(call)
        if not call.path.startswith(runner_door.PREFIX):
            with self.world.lock:
                self.calls.append((call, answer))
        if answer is None:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)  # closing alone would leave the client waiting
            return [b""]
        status = HTTPStatus(answer.status)
        headers = {**answer.headers, "Content-Length": str(len(answer.body)), "X-GitHub-Request-Id": self._request_id()}
        start_response(f"{status.value} {status.phrase}", list(headers.items()))
        return [answer.body]

    def _meeting_failures(self, call: Call) -> Reply | None:
        failure = self.failures.strike(call.method, call.path)
        if failure is None:
            return self._answer(call)
        if failure.effect == "slow":
            self._stopped.wait(failure.seconds)
            return self._answer(call)
        if failure.effect == "twice":
            self._answer(call)
            return self._answer(call)
        if failure.when == "after":
            self._answer(call)
        return None if failure.effect == "lost" else _failed(failure)

    def _answer(self, call: Call) -> Reply:
        if call.path.startswith(runner_door.PREFIX):
            return self._door.answer(call)  # which waits, and so may not hold the lock
        with self.world.lock:
            self.actions.tick()
            if call.path == id_tokens.PATH:
                return self._id_token(call)
            return self._application.answer(call, self.api_url)

    def _id_token(self, call: Call) -> Reply:
        try:
            answer = self._id_tokens.answer(call.headers.get("authorization", ""), call.query.get("audience"))
        except ApiError as error:
            answer = Answer(status=error.status, content=error.as_json(), headers=error.headers)
        return reply(answer, {})

    def _request_id(self) -> str:
        return f"{next(self._ids):04X}:PLAYED"


def _failed(failure: Failure) -> Reply:
    error = ApiError(failure.status, failure.message, headers=failure.headers)
    return reply(Answer(status=error.status, content=error.as_json(), headers=error.headers), {})
