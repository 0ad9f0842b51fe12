"""The door of the runners' machines: connect, wait for a job, say that it started, say how it ended.

What GitHub's runner says to its server is not public; this is as much of it as matters, in HTTP and JSON. A machine
connects with the key of its JIT configuration, and goes on with the session that it is given.

    POST /_runner/sessions           201 {session, id, name} · 401 unknown · 404 removed · 409 used before
    GET  /_runner/job                200 {id, name} · 204 none yet · 404 the runner is gone
    POST /_runner/jobs/<id>/start    200 · 409 it is another's now
    GET  /_runner/jobs/<id>          200 {conclusion} once it is due to end · 204 not yet · 404 the runner is gone
    POST /_runner/jobs/<id>/finish   200, with {conclusion} · 409 it does not run
"""

import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from embedded.github.actions import Actions
from embedded.github.application import Call, Reply, reply
from embedded.github.errors import ApiError, not_found
from embedded.github.requests import Answer
from embedded.github.workflow_jobs import Job, Runner

PREFIX = "/_runner/"
JOB = re.compile(r"/_runner/jobs/(?P<id>\d+)(?P<verb>/start|/finish)?")
LONGEST_WAIT_SECONDS, LOOK_EVERY_SECONDS = 5.0, 0.2  # of real time; a clock that is put forward wakes nobody
NOT_YET = Answer(status=204)
T = TypeVar("T")


class Door:
    """Answers the machines; waiting ends when it is closed."""

    def __init__(self, actions: Actions) -> None:
        self._actions, self._closed = actions, False

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._actions.changed:
            self._closed = True
            self._actions.changed.notify_all()

    def answer(self, call: Call) -> Reply:
        """Answer one call."""
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            return reply(self._answer(call, bearer), {})
        except ApiError as error:
            return reply(Answer(status=error.status, content=error.as_json()), {})

    def _answer(self, call: Call, bearer: str) -> Answer:
        of_job = JOB.fullmatch(call.path)
        match call.method, call.path, of_job and of_job["verb"]:
            case "POST", "/_runner/sessions", None:
                return self._connect(bearer)
            case "GET", "/_runner/job", None:
                return self._until(lambda: _given(self._actions.hear(bearer)))
            case "GET", _, None if of_job:
                return self._until(lambda: self._due(self._own(bearer, of_job["id"])))
            case "POST", _, "/start" if of_job:
                self._actions.start(self._own(bearer, of_job["id"]), self._actions.hear(bearer))
                return Answer(content={})
            case "POST", _, "/finish" if of_job:
                self._actions.finish(self._own(bearer, of_job["id"]), json.loads(call.body)["conclusion"])
                return Answer(content={})
        raise not_found()

    def _connect(self, key: str) -> Answer:
        with self._actions.changed:
            runner, session = self._actions.roster.by_key(key), secrets.token_urlsafe(24)
            self._actions.connect(runner, session)
        return Answer(status=201, content={"session": session, "id": runner.id, "name": runner.name})

    def _until(self, look: Callable[[], Answer | None]) -> Answer:
        """Look until there is an answer, or it is time to have the machine ask again."""
        ends = time.monotonic() + LONGEST_WAIT_SECONDS
        with self._actions.changed:
            while not self._closed and time.monotonic() < ends:
                self._actions.tick()
                if (found := look()) is not None:
                    return found
                self._actions.changed.wait(LOOK_EVERY_SECONDS)
        return NOT_YET

    def _own(self, session: str, job_id: str) -> Job:
        """Return the job of a session's runner, if it is this one."""
        runner = self._actions.hear(session)
        if runner.job is None or str(runner.job.id) != job_id:
            raise ApiError(409, f"Job {job_id} is not assigned to {runner.name} any more.")
        return runner.job

    def _due(self, job: Job) -> Answer | None:
        if job.started_at is None:
            raise ApiError(409, f"Job {job.id} has not been started.")
        if job.cancelled:
            return Answer(content={"conclusion": "cancelled"})
        passed = (self._actions.world.clock.now() - job.started_at).total_seconds()
        return Answer(content={"conclusion": job.outcome}) if passed >= job.seconds else None


def _given(runner: Runner) -> Answer | None:
    job = runner.job
    content: dict[str, Any] = {} if job is None else {"id": job.id, "name": job.name}
    return Answer(content=content) if content else None
