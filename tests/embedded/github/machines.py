"""Machines of the played GitHub's runners: its run.sh as a process, or its door by hand."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from embedded.github import runner_client
from tests.github_app import Organization

RUN_SH = Path(runner_client.__file__).with_name("run.sh")


def configuration(organization: Organization, **changed: Any) -> str:
    """Register a runner, and return its JIT configuration."""
    answer = organization.generate(organization.token(), **changed)
    return str(answer.json()["encoded_jit_config"])


def boot(encoded: str) -> subprocess.Popen[str]:
    """Start a machine with a configuration."""
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", runner_client.CONFIGURATION: encoded}
    return subprocess.Popen([RUN_SH], env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def end(machine: subprocess.Popen[str], seconds: float = 20) -> tuple[int, str, str]:
    """Wait until a machine has ended; return its exit code and what it wrote."""
    try:
        out, err = machine.communicate(timeout=seconds)
    finally:
        with suppress(ProcessLookupError):
            machine.kill()
    return machine.returncode, out, err


def knock(organization: Organization, method: str, path: str, bearer: str, **named: Any) -> requests.Response:
    """Ask at the runners' door."""
    return organization.ask(method, f"{organization.played.server_url}/_runner{path}", bearer, **named)


def key_of(encoded: str) -> str:
    """Return the secret in a JIT configuration."""
    files = runner_client.decoded(encoded)
    return str(runner_client.decoded(files[".credentials"])["data"]["clientId"])
