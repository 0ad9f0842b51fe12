"""Presets to bake, and a machine to run build steps on: its root is a folder, its commands are stubs."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from generator.presets import Preset
from generator.recipe import ComponentDocument, recipe

MakePreset = Callable[..., Preset]
# Absolute paths of the machine, but not those in URLs or after a variable.
SYSTEM_PATH = re.compile(r"(?<![\w:/.}])/(?=(?:etc|var|root|home|opt)\b)")
# A script may name these as they are; whatever else is absolute would be this machine's own, and is not run.
HARMLESS_PATHS = re.compile(
    r"(?<![\w:/.}\-*])/(?!dev/null\b|dev/kvm\b|usr/bin/env\b|run\b|bin/bash\b|bin/busybox\b|usr/sbin/nologin\b)(?=[a-z])"
)
# All that scripts find on the PATH beside their stubs: nothing that could change a machine outside its files.
TOOLS = (
    "awk base64 basename bash cat chmod comm cp cut date dirname echo env expr find flock getent gpg grep gzip head id "
    "install jq ls mkdir mktemp mv printf readlink rm rmdir sed seq sh sha256sum sort stat tail tar tee touch tr true "
    "truncate uname wc xargs"
)


@pytest.fixture(scope="session")
def a_preset() -> MakePreset:
    """Make a preset; `image` holds what differs from the defaults."""

    def make(*, name: str = "linux-x64", architecture: str = "x86_64", **fields: object) -> Preset:
        types = ["m7i.large"] if architecture == "x86_64" else ["m7g.large"]
        values = {"name": name, "architecture": architecture, "instanceTypes": types, **fields}
        return Preset.model_validate(values)

    return make


@pytest.fixture(scope="session")
def step_script(a_preset: MakePreset) -> Callable[..., str]:
    """Return the script of one step of a component, as the YAML document holds it."""

    def script(component: str, step: str, *, phase: str = "build", **fields: object) -> str:
        baked = recipe(a_preset(**fields), deployment="spot-runner")
        name = f"spot-runner-preset-linux-x64-{component}"
        documents = [part for part in baked.components if isinstance(part, ComponentDocument) and part.name == name]
        phases = {p["name"]: p["steps"] for p in yaml.safe_load(documents[0].data)["phases"]}
        found: str = next(s for s in phases[phase] if s["name"] == step)["inputs"]["commands"][0]
        return found

    return script


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A folder that stands for a machine's root, with stubs for the commands that would change a real one."""

    root: Path

    def stub(self, command: str, script: str = "exit 0") -> None:
        """Put a command on the PATH that notes its call and runs a shell script."""
        path = self.root / "stubs" / command
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/usr/bin/env bash\necho "{command} $*" >> "$CALLS"\n{script}\n')
        path.chmod(0o755)

    def file(self, name: str, text: str = "") -> Path:
        """Put a file below the root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a step's script with the machine's paths and stubs."""
        (self.root / "tmp").mkdir(exist_ok=True)
        environment = {
            "PATH": f"{self.root / 'stubs'}:{self._tools()}",
            "CALLS": str(self.root / "calls"),
            "TMPDIR": str(self.root / "tmp"),
            "ROOT": str(self.root),
            "HOME": str(self.root / "root"),
        }
        rooted = SYSTEM_PATH.sub(f"{self.root}/", script)
        outside = [
            line for line in rooted.replace(str(self.root), "ROOT").splitlines() if HARMLESS_PATHS.search(_code(line))
        ]
        assert not outside, f"would reach out of the test's folder: {outside}"
        return subprocess.run(
            ["bash", "-c", rooted], env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def _tools(self) -> Path:
        folder = self.root / "tools"
        if not folder.exists():
            folder.mkdir()
            (folder / "python3").symlink_to(sys.executable)
            for tool in TOOLS.split():
                found = shutil.which(tool)
                if found:
                    (folder / tool).symlink_to(found)
        return folder

    @property
    def calls(self) -> list[str]:
        """Return the stubs' calls so far."""
        path = self.root / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def leftovers(self) -> list[Path]:
        """Return what steps left in the folder for temporary files."""
        return list((self.root / "tmp").iterdir())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return an empty machine: pauses pass at once, and `sudo` runs its command as it is."""
    made = Machine(root=tmp_path)
    made.stub("sleep")
    made.stub("sudo", 'while [[ $1 == --* ]]; do shift; done; exec "$@"')
    return made


def _code(line: str) -> str:
    """Return a line of shell without its comment."""
    return "" if line.lstrip().startswith("#") else line
