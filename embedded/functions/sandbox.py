"""One execution environment: the real runtime in a process of its own, with one function's code and credentials."""

import json
import queue
import shutil
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from embedded.aws.clients import Credentials
from embedded.functions.runtime_api import Answer, Invocation, RuntimeApi
from embedded.processes import ProcessGroup

START_SECONDS = 30.0
# -I and -S keep this machine's packages out: what the zip forgot must be missing here too. Each invocation sets the
# function's clock from its deadline: so it shows the emulator's time, also after a jump.
_BOOT = """
import sys
sys.path[:0] = {paths!r}
import runpy, time_machine
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient
travels, wait = [], LambdaRuntimeClient.wait_next_invocation
def on_time(client):
    invocation = wait(client)
    if travels:
        travels.pop().stop()
    travels.append(time_machine.travel(int(invocation.deadline_time_in_ms) / 1000 - {timeout!r}, tick=True))
    travels[0].start()
    return invocation
LambdaRuntimeClient.wait_next_invocation = on_time
sys.argv = ["awslambdaric", {handler!r}]
runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function as configured and deployed; equal ones may share sandboxes."""

    arn: str
    name: str
    region: str
    runtime: str
    handler: str
    role_arn: str
    timeout_seconds: int
    memory_mb: int
    environment: tuple[tuple[str, str], ...]
    code_sha256: str
    code: bytes = field(compare=False, repr=False)
    log_group: str
    log_level: str


class Sandbox:
    """A process that runs one invocation at a time."""

    def __init__(self, function: Function, credentials: Credentials, directories: tuple[Path, Path], url: str) -> None:
        """Take the directories of the code and of the runtime; `start` makes the process."""
        self.function, self.credentials, self._directories, self._url = function, credentials, directories, url
        self.log_stream = ""
        self._api = RuntimeApi()
        self._home = Path(tempfile.mkdtemp(prefix=f"sandbox-{function.name}-"))
        self._unread = b""

    def start(self, log_stream: str) -> None:
        """Start the process."""
        self.log_stream = log_stream
        paths = [str(directory) for directory in self._directories]
        boot = _BOOT.format(paths=paths, timeout=self.function.timeout_seconds, handler=self.function.handler)
        output = self._home / "output"
        self._process = ProcessGroup(
            [sys.executable, "-I", "-S", "-c", boot],
            folder=self._directories[0],
            environment=self._environment(),
            output=output,
        )
        self._read = output.open("rb")
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Tell whether the process still runs."""
        return self._process.exit_code is None

    def invoke(self, invocation: Invocation, now: float) -> Answer:
        """Run one invocation, begun at `now`, to its answer; a late one is cut off, and the sandbox with it."""
        if not self._api.ready.wait(START_SECONDS):
            return self._timed_out(invocation, START_SECONDS)
        self._api.send(invocation, now + self.function.timeout_seconds)
        try:
            answer = self._api.answers.get(timeout=self.function.timeout_seconds)
        except queue.Empty:
            return self._timed_out(invocation, self.function.timeout_seconds)
        if not answer.payload and answer.error:
            why = f"Runtime exited with error: exit status {self._process.exit_code}"
            return _failed(invocation, "Runtime.ExitError", why)
        return answer

    def output(self) -> list[str]:
        """Return the lines written since the last call."""
        text, self._unread = self._unread + (b"" if self._read.closed else self._read.read()), b""
        return [line for line in text.decode("utf-8", "replace").splitlines() if line.strip()]

    def kill(self) -> None:
        """Kill the process and its children, as if the machine below went away."""
        if self.alive:
            self._process.kill()

    def stop(self) -> None:
        """End the sandbox; what it wrote can still be read."""
        self.kill()
        self._process.wait()
        self._api.close()
        if not self._read.closed:
            self._unread += self._read.read()
        self._read.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def _timed_out(self, invocation: Invocation, seconds: float) -> Answer:
        self.stop()
        return _failed(invocation, "Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds")

    def _watch(self) -> None:
        self._process.wait()
        self._api.end(Answer(payload=b"", error=True))

    def _environment(self) -> dict[str, str]:
        function, credentials = self.function, self.credentials
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "HOME": str(self._home),
            **dict(function.environment),
            "_HANDLER": function.handler,
            "LAMBDA_TASK_ROOT": str(self._directories[0]),
            "LAMBDA_RUNTIME_DIR": str(self._directories[1]),
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": function.log_level,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL": self._url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_SESSION_TOKEN": credentials.session_token or "",
        }


def _failed(invocation: Invocation, error_type: str, why: str) -> Answer:
    error = {"errorType": error_type, "errorMessage": f"RequestId: {invocation.request_id} Error: {why}"}
    return Answer(payload=json.dumps(error).encode(), error=True)
