"""Runs the workflows of a repository by act, in host mode: what each job and step came to, and what it said.

act skips jobs whose runner it does not know, with exit code 0: so nothing is taken from its exit code. Actions that it
would fetch are stood in for; `actions/checkout` it plays itself, by copying the work tree with its history.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"
QUEUE = "queue: max"
RUNNER = "ubuntu-24.04"
SECONDS = 300
FAR_AWAY = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
STAND_IN = "name: stand-in\nruns: {using: composite, steps: [{shell: bash, run: 'true'}]}\n"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one workflow, by the ids of its jobs; what was skipped is not there. `log` is all that was said."""

    jobs: Mapping[str, str]
    steps: Mapping[tuple[str, str], str]
    summaries: tuple[str, ...]
    log: str


@dataclass(kw_only=True)
class Act:
    """act in a folder of its own, on a machine where spot-runner is installed already."""

    home: Path
    runs: int = 0
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put up what is installed, and what stands in for the actions."""
        (self.home / "stand-in").mkdir(parents=True)
        (self.home / "stand-in" / "action.yml").write_text(STAND_IN)
        (self.home / "venv").mkdir()
        (self.home / "venv" / "bin").symlink_to(BIN)

    def run(
        self, repository: Path, workflow: str, event: str, payload: Mapping[str, Any], environ: Mapping[str, str]
    ) -> Run:
        """Let an event start a workflow of a repository; `environ` is what GitHub and the machine set for its jobs."""
        self.runs += 1
        given = self.home / f"event-{self.runs}.json"
        given.write_text(json.dumps(payload))
        self._say_installed()
        job = {**self.environ, **environ, "VENV": str(self.home / "venv"), "GITHUB_RUN_NUMBER": str(self.runs)}
        token = job.pop("GITHUB_TOKEN", "")
        done = subprocess.run(
            [
                BIN / "act", event, "--eventpath", given, "--workflows", self._known(repository, workflow), "--json",
                "--platform", f"{RUNNER}=-self-hosted", "--no-cache-server", "--local-repository",
                f"{_checkout()}={self.home / 'stand-in'}", "--secret", f"GITHUB_TOKEN={token}",
                *(part for name, value in job.items() for part in ("--env", f"{name}={value}")),
            ],
            cwd=repository, env=self._outside(), capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        return _read(done.stdout, done.stderr)

    def _known(self, repository: Path, workflow: str) -> Path:
        """Return a repository's workflow as this act understands it: `queue` of `concurrency` is newer than act is."""
        text = (repository / ".github" / "workflows" / workflow).read_text()
        known = self.home / f"{self.runs}-{workflow}"
        known.write_text(
            "".join(line for line in text.splitlines(keepends=True) if line.split("#")[0].strip() != QUEUE)
        )
        return known

    def _say_installed(self) -> None:
        """Tell make that there is nothing to install: newer than the locks of any copy that act makes."""
        ready = self.home / "venv" / "ready"
        ready.touch()
        os.utime(ready, (FAR_AWAY, FAR_AWAY))

    def _outside(self) -> dict[str, str]:
        """Return the machine's environment without anything of AWS, GitHub or this test run."""
        own = ("ACTIONS_", "AWS_", "COVERAGE_", "GITHUB_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        return kept | {"XDG_CACHE_HOME": str(self.home / "cache"), "XDG_CONFIG_HOME": str(self.home / "config")}


def _checkout() -> str:
    """Return the one action that workflows use here, as they pin it."""
    used = {
        line.partition("uses:")[2].split()[0]
        for path in WORKFLOWS.glob("*.yml")
        for line in path.read_text().splitlines()
        if "uses: actions/checkout@" in line
    }
    (pinned,) = used
    return pinned


def _read(output: str, errors: str) -> Run:
    """Return what the lines of act's log say; a job of several runs (a matrix) succeeds if all of them do."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    jobs: dict[str, str] = {}
    for line in lines:
        if "jobResult" in line and jobs.get(line["jobID"]) != "failure":
            jobs[line["jobID"]] = line["jobResult"]
    steps = {(line["jobID"], line["step"]): line["stepResult"] for line in lines if "stepResult" in line}
    summaries = tuple(line["content"] for line in lines if line.get("command") == "summary")
    said = "".join(f"{line['msg'].rstrip()}\n" for line in lines)
    return Run(jobs=jobs, steps=steps, summaries=summaries, log=said + errors)
