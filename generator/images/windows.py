"""The component documents of a preset on Windows Server 2022, in PowerShell; each function returns the YAML of one.

Not yet run on AWS: tests render, lint and parse them.
"""

from dataclasses import replace
from functools import cache

from generator.images import windows_boot as booting
from generator.images.document import Phase, Step, document
from generator.images.documents import COMMAND_SECONDS, build
from generator.images.templates import render

FOLDERS = {"attended": booting.ATTENDED, "folder": booting.FOLDER, "runner": booting.RUNNER}
# Amazon publishes no checksum. This one is that of two lists of packages, winget's and Scoop's, each of which has
# downloaded the file itself; that Amazon signed it is looked at as well.
# https://docs.aws.amazon.com/cli/latest/userguide/getting-started-version.html
CLIENT_VERSION = "2.33.10"
CLIENT_SHA256 = "b0f50ac4d5c83e9384a4abedb0e00393c1f96586e348d8efb6b604ceedd4c4f2"


@cache
def base() -> str:
    """Return what comes first: the right Windows, no updates meanwhile, long paths, and a folder of our own."""
    return document("base", "Windows Server 2022, no updates, long paths", build(step("Prepare", "base_prepare")))


@cache
def git() -> str:
    """Return Git for Windows with its bash, verified by the checksum that its release publishes."""
    return document(
        "git",
        "Git for Windows, verified by the checksum that its release publishes",
        build(step("Install", "git_install")),
        validate(step("Version", "git_check")),
    )


@cache
def runner(version: str) -> str:
    """Return GitHub's runner: `latest`, or an exact version, verified by the checksum that its release publishes."""
    release = "latest" if version == "latest" else f"tags/v{version}"
    return document(
        "runner",
        "GitHub Actions runner, verified by the checksum that its release publishes",
        build(step("Install", "runner_install", release=release)),
        validate(step("Version", "runner_check")),
    )


@cache
def aws_cli() -> str:
    """Return the AWS CLI, by which a machine asks for its configuration, verified by checksum and signature."""
    values = {
        "client": booting.CLIENT,
        "client_folder": booting.CLIENT_FOLDER,
        "sha256": CLIENT_SHA256,
        "version": CLIENT_VERSION,
    }
    return document(
        "aws-cli",
        "AWS CLI, verified by its checksum and its signature",
        build(step("Install", "aws_cli_install", **values)),
        validate(step("Version", "aws_cli_validate", **values)),
    )


@cache
def boot() -> str:
    """Return what runs at boot: the script that takes one job, its task, and the dead man's timer."""
    values = {
        "deadline": booting.deadline(),
        "deadline_minutes": booting.DEADLINE_MINUTES,
        "run": booting.run(),
        "script": booting.baked_script(),
    }
    return document(
        "boot",
        "One job, then power off, whatever happened before",
        build(step("Install", "boot_install", **values)),
        validate(step("Tasks", "boot_validate", **values)),
    )


def own(name: str, script: str) -> str:
    """Return a preset's own script, run as SYSTEM by Windows PowerShell; its first error ends it."""
    return document(f"own-{name}", "A component of the preset itself", build(step("Run", "own", run=script)))


def tests(commands: tuple[str, ...]) -> str:
    """Return the tests of a new AMI: the runner and Git work, then the preset's own commands."""
    steps = (
        step("Runner", "runner_check"),
        step("Git", "git_test"),
        *(step(f"Command{n}", "own", run=command) for n, command in enumerate(commands, start=1)),
    )
    limited = tuple(replace(each, timeout_seconds=COMMAND_SECONDS) for each in steps)
    return document("tests", "What a job needs works on a new machine", Phase(name="test", steps=limited))


@cache
def cleanup() -> str:
    """Return what comes last, before Image Builder runs Sysprep."""
    return document("cleanup", "Nothing of the build stays", build(step("Remove", "cleanup")))


def step(name: str, template: str, **values: object) -> Step:
    """Return a step that runs a template as PowerShell."""
    return Step(name=name, script=render(f"{template}.ps1.j2", **FOLDERS, **values), action="ExecutePowerShell")


def validate(*steps: Step) -> Phase:
    """Return a validate phase."""
    return Phase(name="validate", steps=steps)
