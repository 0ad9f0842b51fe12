"""What a platform team does all day: run commands in its repository, and look at `/status`, SSM and the builds."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from embedded.machines import Machines
from generator.errors import SpotRunnerError
from generator.local import badges, commands
from generator.local.badges import Badge
from generator.local.emulator import Emulator
from generator.local.hosting import Hosting
from generator.local.record import Record
from generator.local.repository import Repository
from lambdas.core.names import Names

PATIENCE_SECONDS = 60
GLANCE_SECONDS = 0.15

Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team with a repository and its GitHub, an AWS, and someone who writes down what happens."""

    emulator: Emulator
    repository: Repository
    hosting: Hosting
    record: Record
    names: Names
    machines: Machines

    def run(self, arguments: tuple[str, ...], whose: Mapping[str, str]) -> str:
        """Run `spot-runner …` in the repository, showing its output as it comes; a failure ends the day.

        `whose` are the environment variables of whoever runs it.
        """
        return self._run(arguments, whose, self.record.output)

    def run_in_short(self, arguments: tuple[str, ...], whose: Mapping[str, str]) -> str:
        """Run a command of which more is shown than its output, which is only kept."""
        return self._run(arguments, whose, _unseen)

    def _run(self, arguments: tuple[str, ...], whose: Mapping[str, str], show: Callable[[str], None]) -> str:
        line = " ".join(("spot-runner", *arguments))
        self.record.command(line)
        command = [sys.executable, "-m", "generator", *arguments]
        environment = self.emulator.environment(whose) | self._python()
        output = []
        with commands.running(command, self.repository.path, environment) as process:
            for text in process.stdout or ():
                output.append(text)
                show(text.rstrip("\n"))
            self.record.ran(line, process.wait(), "".join(output))
        if process.returncode:
            raise SpotRunnerError(f"`{line}` ended with {process.returncode}: {''.join(output[-5:]).strip()}")
        return "".join(output)

    def _python(self) -> dict[str, str]:
        """Return how Python runs: output comes at once and fits in, and what one command compiled serves the next."""
        return {
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": str(self.record.columns),
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.repository.path.parent / "bytecode"),
        }

    def status(self) -> Answer:
        """Call the deployed `GET /status`."""
        with urllib.request.urlopen(f"{self.api_url()}/status", timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - a stack's own output, on loopback
            body: Answer = json.loads(answer.read())
        return body

    def badge(self, preset: str = "") -> Badge:
        """Return the README's badge of the deployment or of one preset."""
        return badges.asked(f"{self.api_url()}/badge.svg" + (f"?preset={preset}" if preset else ""))

    def api_url(self) -> str:
        """Return the URL that the control plane published."""
        return self.handed_on("api-url").rstrip("/")

    def handed_on(self, key: str) -> str:
        """Return what one stack hands to the others."""
        name = self.names.stack_value(key)
        return str(self.emulator.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])

    def watch(self, until: Callable[[Answer], bool], what: str) -> Answer:
        """Look at `/status` until it is as expected, writing down each change; fail after a minute."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        last: object = None
        while time.monotonic() < deadline:
            answer = self.status()
            seen = (answer["status"], answer["message"], _presets(answer))
            if seen != last:
                self.record.transition(answer)
                last = seen
            if until(answer):
                return answer
            time.sleep(GLANCE_SECONDS)
        raise SpotRunnerError(f"after {PATIENCE_SECONDS} s /status was not {what}, but: {last}")

    def wait(self, until: Callable[[], bool], what: str) -> None:
        """Wait until something is so; fail after a minute."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not until():
            if time.monotonic() > deadline:
                raise SpotRunnerError(f"after {PATIENCE_SECONDS} s it was not so that {what}")
            time.sleep(GLANCE_SECONDS)

    def served_ami(self, preset: str) -> str | None:
        """Return the AMI that launches would use: the one in SSM."""
        name = self.names.config_parameter(preset)
        value = self.emulator.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        ami: str | None = json.loads(value)["amiId"]
        return ami

    def builds(self) -> int:
        """Return how many builds the account has seen."""
        return sum(
            len(
                self.emulator.client("imagebuilder").list_image_build_versions(imageVersionArn=image["arn"])[
                    "imageSummaryList"
                ]
            )
            for image in self.emulator.client("imagebuilder").list_images(owner="Self")["imageVersionList"]
        )

    def expect(self, truth: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence where it is called
        """End the day with a clear error when something that was promised is not so."""
        if not truth:
            raise SpotRunnerError(f"the day went wrong: {what}")
        self.record.say(f"✓ {what}")


def _unseen(_line: str) -> None:
    """Show nothing."""


def _presets(answer: Answer) -> tuple[tuple[object, ...], ...]:
    return tuple((p["name"], p["status"], p["serving"], p["amiId"]) for p in answer["presets"])
