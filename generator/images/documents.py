"""The component documents of a preset; each function returns the YAML of one."""

from functools import cache

from generator.images import boot as booting
from generator.images.document import Phase, Step, document
from generator.images.templates import render

RUNNER_UID = 1001  # GitHub's own images use it too: files of containers keep their owner
RUNNER_ARCHITECTURES = {"x86_64": "x64", "arm64": "arm64"}
COMMAND_SECONDS = 1800


@cache
def base() -> str:
    """Return what comes first: packages, user `runner`, groups and devices, time, journal; upgrades stop."""
    names = ("prepare", "packages", "user", "system")
    steps = (Step(name=name.title(), script=render(f"base_{name}.sh.j2", uid=RUNNER_UID)) for name in names)
    return document("base", "Packages, user runner, groups, devices, time and journal", build(*steps))


@cache
def docker() -> str:
    """Return Docker Engine with buildx and compose, from Docker's own repository."""
    return document(
        "docker",
        "Docker Engine, buildx and compose",
        build(Step(name="Install", script=render("docker_install.sh.j2"))),
        Phase(name="validate", steps=(Step(name="Versions", script=render("docker_validate.sh.j2")),)),
    )


@cache
def runner(architecture: str, version: str) -> str:
    """Return GitHub's runner: `latest`, or an exact version, verified by the checksum that its release publishes."""
    release = "latest" if version == "latest" else f"tags/v{version}"
    install = render("runner_install.sh.j2", architecture=RUNNER_ARCHITECTURES[architecture], release=release)
    return document(
        "runner",
        "GitHub Actions runner, verified by the checksum that its release publishes",
        build(Step(name="Install", script=install)),
        Phase(name="validate", steps=(Step(name="Version", script=render("runner_check.sh.j2")),)),
    )


@cache
def aws_cli() -> str:
    """Return the AWS CLI, by which a machine asks for its configuration: each wheel is verified by its hash."""
    values = {"client": booting.CLIENT, "lock": booting.client_lock(), "version": booting.client_version()}
    return document(
        "aws-cli",
        "AWS CLI, verified by the hashes of its lock",
        build(Step(name="Install", script=render("aws_cli_install.sh.j2", **values))),
        Phase(name="validate", steps=(Step(name="Version", script=render("aws_cli_validate.sh.j2", **values)),)),
    )


@cache
def boot() -> str:
    """Return what runs at boot: the script that takes one job, its unit, and the dead man's timer."""
    values = {
        "deadline_minutes": booting.DEADLINE_MINUTES,
        "folder": booting.FOLDER,
        "script": booting.baked_script(),
        "unit": booting.unit(),
    }
    return document(
        "boot",
        "One job, then power off, whatever happened before",
        build(Step(name="Install", script=render("boot_install.sh.j2", **values))),
        Phase(name="validate", steps=(Step(name="Units", script=render("boot_validate.sh.j2", **values)),)),
    )


def docker_images(images: tuple[str, ...]) -> str:
    """Return the Docker images that every job finds already pulled."""
    pull = Step(name="Pull", script=render("docker_pull.sh.j2", images=images))
    return document("docker-images", "Docker images that jobs find already pulled", build(pull))


def own(name: str, script: str) -> str:
    """Return a preset's own shell script, run by bash as root; it ends at the first command that fails."""
    return document(f"own-{name}", "A component of the preset itself", build(Step(name="Run", script=wrapped(script))))


def wrapped(script: str) -> str:
    """Return the shell script that writes a preset's own script to a file and runs it."""
    return render("own.sh.j2", run=script)


def tests(images: tuple[str, ...], commands: tuple[str, ...]) -> str:
    """Return the tests of a new AMI: Docker and the runner work for the job's user, then the preset's own commands."""
    steps = (
        Step(name="Docker", script=render("check_docker.sh.j2", images=images), timeout_seconds=COMMAND_SECONDS),
        Step(name="Runner", script=render("runner_check.sh.j2"), timeout_seconds=COMMAND_SECONDS),
        *(
            Step(name=f"Command{n}", script=render("check_command.sh.j2", run=command), timeout_seconds=COMMAND_SECONDS)
            for n, command in enumerate(commands, start=1)
        ),
    )
    return document("tests", "What a job needs works on a new machine", Phase(name="test", steps=steps))


@cache
def cleanup() -> str:
    """Return what comes last: nothing stays that two machines may not share, or that only the build needed."""
    return document("cleanup", "Nothing of the build stays", build(Step(name="Remove", script=render("cleanup.sh.j2"))))


def build(*steps: Step) -> Phase:
    """Return a build phase."""
    return Phase(name="build", steps=steps)
