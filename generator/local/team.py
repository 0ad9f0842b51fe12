"""What a platform team does all day: run commands in its repository, and look at `/status`, SSM and the builds."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.errors import SpotRunnerError
from generator.local import commands
from generator.local.emulator import Emulator
from generator.local.record import Record
from generator.local.repository import Repository
from lambdas.core.names import Names

PATIENCE_SECONDS = 60
GLANCE_SECONDS = 0.15

Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team with a repository, an AWS, and someone who writes down what happens."""

    emulator: Emulator
    repository: Repository
    record: Record
    names: Names

    def run(self, arguments: tuple[str, ...], credentials: Mapping[str, str]) -> str:
        """Run `spot-runner …` in the repository, showing its output as it comes; a failure ends the day."""
        line = " ".join(("spot-runner", *arguments))
        self.record.command(line)
        command = [sys.executable, "-m", "generator", *arguments]
        environment = self.emulator.environment(credentials) | {"PYTHONUNBUFFERED": "1"}
        output = []
        with commands.running(command, self.repository.path, environment) as process:
            for text in process.stdout or ():
                output.append(text)
                self.record.output(text.rstrip("\n"))
            self.record.ran(line, process.wait(), "".join(output))
        if process.returncode:
            raise SpotRunnerError(f"`{line}` ended with {process.returncode}: {''.join(output[-5:]).strip()}")
        return "".join(output)

    def status(self) -> Answer:
        """Call the deployed `GET /status`."""
        with urllib.request.urlopen(f"{self.api_url()}/status", timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - a stack's own output, on loopback
            body: Answer = json.loads(answer.read())
        return body

    def badge(self, preset: str = "") -> str:
        """Return what the README's badge says of the deployment or of one preset, such as `runners: ready`."""
        url = f"{self.api_url()}/badge.svg" + (f"?preset={preset}" if preset else "")
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - as above
            kind, image = answer.headers.get_content_type(), answer.read().decode()
        if kind != "image/svg+xml":
            raise SpotRunnerError(f"{url} is {kind}, expected image/svg+xml: no browser would show it")
        return str(image.partition("<title>")[2].partition("</title>")[0])

    def api_url(self) -> str:
        """Return the URL that the control plane published."""
        name = self.names.stack_value("api-url")
        return str(self.emulator.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]).rstrip("/")

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


def _presets(answer: Answer) -> tuple[tuple[object, ...], ...]:
    return tuple((p["name"], p["status"], p["serving"], p["amiId"]) for p in answer["presets"])
