"""What GitHub's runner does with its JIT configuration, played: connect, take one job, run it, report, exit.

Stands alone, beside `run.sh`: it needs Python and its standard library. Exits with 0 whatever happened, refusals too,
as GitHub's `run.sh` does of all that is played here. Told to terminate (SIGTERM), it reports that its job failed.
https://github.com/actions/runner/blob/main/src/Misc/layoutroot/run-helper.sh.template
"""

import base64
import http.client
import json
import os
import signal
import sys
from typing import Any
from urllib.parse import urlsplit

CONFIGURATION = "ACTIONS_RUNNER_INPUT_JITCONFIG"
NOTHING_YET, REFUSALS, TAKEN_BACK = 204, 400, 409
TIMEOUT_SECONDS = 60


class Terminated(BaseException):
    """The machine is told to go."""


class Refused(Exception):  # noqa: N818 - what happened, not what it is
    """The server has said no."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class Server:
    """The server that a configuration names; `bearer` is the key in it, then the session; `doing` its job's path."""

    def __init__(self, encoded: str) -> None:
        files = decoded(encoded)
        address = urlsplit(decoded(files[".runner"])["serverUrl"])
        self.connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT_SECONDS)
        self._path, self.bearer = address.path, decoded(files[".credentials"])["data"]["clientId"]
        self.doing = ""

    def ask(self, method: str, path: str, content: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Return what is answered, None for nothing yet."""
        body = None if content is None else json.dumps(content)
        headers = {"Authorization": f"Bearer {self.bearer}", "Content-Type": "application/json"}
        self.connection.request(method, self._path + path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= REFUSALS:
            raise Refused(answer.status, json.loads(text)["message"])
        found: dict[str, Any] | None = None if answer.status == NOTHING_YET else json.loads(text)
        return found

    def wait(self, path: str) -> dict[str, Any]:
        """Ask until there is an answer."""
        while (answer := self.ask("GET", path)) is None:
            continue
        return answer


def decoded(text: str) -> Any:
    """Return what is encoded in JSON and Base64."""
    return json.loads(base64.b64decode(text))


def run_one_job(server: Server) -> None:
    """Connect, wait for a job, and run it; one that was taken back meanwhile is passed over."""
    server.bearer = (server.ask("POST", "/sessions", {}) or {})["session"]
    while True:
        job = server.wait("/job")
        server.doing = f"/jobs/{job['id']}"
        try:
            server.ask("POST", f"{server.doing}/start", {})
        except Refused as refusal:
            if refusal.status != TAKEN_BACK:
                raise
            continue
        print(f"Running job: {job['name']}", flush=True)  # noqa: T201 - as GitHub's runner does
        conclusion = server.wait(server.doing)["conclusion"]
        server.ask("POST", f"{server.doing}/finish", {"conclusion": conclusion})
        print(f"Job {job['name']} completed with result: {conclusion}", flush=True)  # noqa: T201 - as above
        return


def give_up(server: Server) -> None:
    """Fail the job under way, if there is one; the request under way is of no use, the next one connects again."""
    server.connection.close()
    if server.doing:
        server.ask("POST", f"{server.doing}/finish", {"conclusion": "failure"})


def terminate(*_: object) -> None:
    """Leave whatever is waited for."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def main() -> None:
    """Be the runner of the configuration in the environment."""
    signal.signal(signal.SIGTERM, terminate)
    server = Server(os.environ[CONFIGURATION])
    try:
        try:
            run_one_job(server)
        except Terminated:
            give_up(server)
    except Refused as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
