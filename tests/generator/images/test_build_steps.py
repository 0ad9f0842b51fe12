import grp
import hashlib
import io
import json
import os
import pwd
import tarfile
from collections.abc import Callable
from typing import Any

import pytest

StepScript = Callable[..., str]
Machine = Any  # of conftest.py: test folders are not packages
DOCKER_KEY = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
OTHER_KEY = "0" * 40


def runner_archive(version: str) -> bytes:
    """Return a runner release that installs nothing and tells its version."""
    packed = io.BytesIO()
    scripts = {"bin/installdependencies.sh": "exit 0", "bin/Runner.Listener": f"echo {version}", "run.sh": "exit 0"}
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, script in scripts.items():
            content = f"#!/bin/sh\n{script}\n".encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def releases(machine: Machine) -> Callable[..., None]:
    """Publish a runner release where the machine's `curl` finds it."""

    def publish(digest: str | None = "right", version: str = "2.330.0", architecture: str = "x64") -> None:
        packed = runner_archive(version)
        name = f"actions-runner-linux-{architecture}-{version}.tar.gz"
        (machine.root / "runner.tar.gz").write_bytes(packed)
        right = f"sha256:{hashlib.sha256(packed).hexdigest()}"
        asset = {"name": name, "browser_download_url": f"https://example.com/{name}"}
        if digest is not None:
            asset["digest"] = right if digest == "right" else digest
        other = {"name": f"{name}.sig", "browser_download_url": "https://example.com/other", "digest": right}
        machine.file("release.json", json.dumps({"tag_name": f"v{version}", "assets": [other, asset]}))

    # The last argument is the URL, the one before it the file.
    machine.stub(
        "curl",
        'file="${@: -2:1}"; case "${@: -1}" in '
        '*/repos/actions/runner/releases/*) cp "$ROOT/release.json" "$file" ;; '
        '*) cp "$ROOT/runner.tar.gz" "$file" ;; esac',
    )
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    machine.stub("chown")
    machine.stub("install", f'args=("${{@/#runner/{user}}}"); exec /usr/bin/install "${{args[@]/%{user}/{group}}}"')
    return publish


def test_a_runner_with_the_published_checksum_is_installed(
    step_script: StepScript, machine: Machine, releases: Callable[..., None]
) -> None:
    releases()
    done = machine.run(step_script("runner", "Install"))
    assert done.returncode == 0, done.stderr
    assert (machine.root / "etc/spot-runner/runner-version").read_text() == "2.330.0\n"
    assert (machine.root / "opt/actions-runner/run.sh").exists()
    assert f"chown --recursive runner:runner {machine.root}/opt/actions-runner" in machine.calls
    assert machine.leftovers == []


@pytest.mark.parametrize(
    ("digest", "why"),
    [
        ("sha256:" + "0" * 64, "has SHA-256"),
        (None, "publishes no SHA-256 digest"),
        ("", "publishes no SHA-256 digest"),
        ("sha512:" + "0" * 128, "publishes no SHA-256 digest"),
        ("sha256:abc", "publishes no SHA-256 digest"),
    ],
    ids=["another checksum", "no checksum", "an empty checksum", "another algorithm", "a short checksum"],
)
def test_a_runner_that_cannot_be_verified_is_never_installed(
    step_script: StepScript, machine: Machine, releases: Callable[..., None], digest: str | None, why: str
) -> None:
    releases(digest=digest)
    done = machine.run(step_script("runner", "Install"))
    assert done.returncode != 0
    assert why in done.stderr
    assert not (machine.root / "opt/actions-runner").exists()
    assert not (machine.root / "etc/spot-runner").exists()


def test_a_release_without_this_architecture_is_refused(
    step_script: StepScript, machine: Machine, releases: Callable[..., None]
) -> None:
    releases(architecture="x64")
    done = machine.run(step_script("runner", "Install", architecture="arm64"))
    assert "has no actions-runner-linux-arm64-2.330.0.tar.gz" in done.stderr
    assert done.returncode != 0


def test_an_older_runner_leaves_nothing_behind(
    step_script: StepScript, machine: Machine, releases: Callable[..., None]
) -> None:
    old = machine.file("opt/actions-runner/old")
    releases()
    assert machine.run(step_script("runner", "Install")).returncode == 0
    assert not old.exists()


@pytest.mark.parametrize(
    ("version", "asked"),
    [("latest", "releases/latest"), ("2.330.0", "releases/tags/v2.330.0")],
    ids=["the latest at build time", "the pinned one"],
)
def test_each_build_asks_for_the_release_anew_ami_9(
    step_script: StepScript, machine: Machine, releases: Callable[..., None], version: str, asked: str
) -> None:
    releases()
    machine.run(step_script("runner", "Install", image={"runnerVersion": version}))
    assert machine.calls[0].endswith(f"https://api.github.com/repos/actions/runner/{asked}")


def test_a_runner_of_another_version_than_recorded_fails_the_test(step_script: StepScript, machine: Machine) -> None:
    machine.file("etc/spot-runner/runner-version", "2.330.0\n")
    machine.file("opt/actions-runner/bin/Runner.Listener", "#!/bin/sh\necho 2.329.0\n").chmod(0o755)
    done = machine.run(step_script("tests", "Runner", phase="test"))
    assert done.returncode != 0
    assert "runner 2.329.0 is installed, 2.330.0 was downloaded" in done.stderr


def test_retries_end_and_pause_longer_each_time(step_script: StepScript, machine: Machine) -> None:
    machine.stub("docker", "exit 1")
    done = machine.run(step_script("docker-images", "Pull", image={"additionalDockerImages": ["postgres:17"]}))
    assert done.returncode != 0
    assert "cannot pull the Docker image postgres:17" in done.stderr
    assert [call for call in machine.calls if call.startswith("sleep")] == [
        "sleep 5",
        "sleep 10",
        "sleep 20",
        "sleep 40",
    ]


def test_a_pull_that_works_the_second_time_is_enough(step_script: StepScript, machine: Machine) -> None:
    machine.stub("docker", '[ "$(grep -c "^docker" "$CALLS")" -ge 2 ]')
    images = {"additionalDockerImages": ["postgres:17", "redis:8"]}
    assert machine.run(step_script("docker-images", "Pull", image=images)).returncode == 0
    assert machine.calls[-1] == "docker pull --quiet redis:8"


@pytest.fixture
def keys(machine: Machine) -> Callable[[str], None]:
    """Offer a key at Docker's repository; the machine's `gpg` reads keys as lines `primary[ subkey]`."""

    def offer(text: str) -> None:
        machine.file("key", text)

    machine.file("etc/os-release", "ID=ubuntu\nVERSION_CODENAME=noble\n")
    machine.file("etc/apt/sources.list.d/.placeholder")
    machine.stub("curl", 'cp "$ROOT/key" "${@: -2:1}"')
    machine.stub("dpkg", "echo amd64")
    for command in ("apt-get", "systemctl"):
        machine.stub(command)
    machine.stub(
        "gpg",
        'case "$*" in\n'
        '*--import*) grep -q "^[0-9A-F]" "${@: -1}" && cp "${@: -1}" "$GNUPGHOME/ring" ;;\n'
        '*--export*) grep "${@: -1}" "$GNUPGHOME/ring" || true ;;\n'
        "*--show-keys*) while read -r primary subkey; do\n"
        '  printf "pub:::\\nfpr:::::::::%s:\\nsub:::\\nfpr:::::::::%s:\\n" "$primary" "$subkey"\n'
        'done < "${@: -1}" ;;\nesac',
    )
    return offer


@pytest.mark.parametrize(
    "offered",
    [f"{DOCKER_KEY}\n", f"{OTHER_KEY}\n{DOCKER_KEY} {OTHER_KEY}\n"],
    ids=["Docker's key", "Docker's key among others"],
)
def test_packages_signed_by_dockers_key_are_trusted(
    step_script: StepScript, machine: Machine, keys: Callable[[str], None], offered: str
) -> None:
    keys(offered)
    done = machine.run(step_script("docker", "Install"))
    assert done.returncode == 0, done.stderr
    assert (machine.root / "etc/apt/keyrings/docker.gpg").read_text().startswith(DOCKER_KEY)
    source = (machine.root / "etc/apt/sources.list.d/docker.sources").read_text()
    assert "Suites: noble" in source
    assert f"Signed-By: {machine.root}/etc/apt/keyrings/docker.gpg" in source
    assert json.loads((machine.root / "etc/docker/daemon.json").read_text())["log-opts"]["max-file"] == "3"


@pytest.mark.parametrize(
    ("offered", "why"),
    [
        (f"{OTHER_KEY}\n", f"does not offer the key {DOCKER_KEY}"),
        (f"{OTHER_KEY} {DOCKER_KEY}\n", f"the key {DOCKER_KEY} is offered as part of {OTHER_KEY}"),
        ("<html>not found</html>\n", "is not one"),
    ],
    ids=["another key", "another key with Docker's as its subkey", "no key"],
)
def test_packages_signed_by_another_key_are_never_installed(
    step_script: StepScript, machine: Machine, keys: Callable[[str], None], offered: str, why: str
) -> None:
    keys(offered)
    done = machine.run(step_script("docker", "Install"))
    assert done.returncode != 0
    assert why in done.stderr
    assert not [call for call in machine.calls if call.startswith("apt-get")]


def user_step(machine: Machine, uid: str = "1001") -> None:
    for command in ("groupadd", "useradd", "usermod", "visudo", "chmod"):
        machine.stub(command)
    machine.stub("id", f'case "$*" in --user*) echo {uid} ;; *) exit 1 ;; esac')
    machine.file("etc/sudoers.d/.placeholder")
    machine.file("etc/udev/rules.d/.placeholder")


def test_the_jobs_user_may_use_docker_and_kvm_ins_5(step_script: StepScript, machine: Machine) -> None:
    user_step(machine)
    assert machine.run(step_script("base", "User")).returncode == 0
    assert {"groupadd --force --system docker", "groupadd --force --system kvm"} <= set(machine.calls)
    (member,) = [call for call in machine.calls if call.startswith("usermod")]
    assert {"docker", "kvm"} <= set(member.split()[3].split(","))
    assert 'GROUP="kvm"' in (machine.root / "etc/udev/rules.d/99-spot-runner-kvm.rules").read_text()
    assert (machine.root / "etc/sudoers.d/spot-runner").read_text() == "runner ALL=(ALL) NOPASSWD:ALL\n"


def test_an_image_whose_user_cannot_use_docker_fails_its_test_ins_5(step_script: StepScript, machine: Machine) -> None:
    machine.stub("docker", "exit 1")
    done = machine.run(step_script("tests", "Docker", phase="test"))
    assert done.returncode != 0
    assert "user runner cannot use Docker" in done.stderr
    assert machine.calls[0] == "sudo --user=runner --set-home docker info"


def test_a_base_image_whose_runner_has_another_uid_is_refused(step_script: StepScript, machine: Machine) -> None:
    user_step(machine, uid="1234")
    assert "has uid 1234, not 1001" in machine.run(step_script("base", "User")).stderr


@pytest.mark.parametrize(
    ("release", "accepted"),
    [("ubuntu 24.04", True), ("ubuntu 22.04", True), ("ubuntu 20.04", False), ("amzn 2023", False)],
)
def test_only_supported_base_images_are_built_on(
    step_script: StepScript, machine: Machine, release: str, *, accepted: bool
) -> None:
    identity, version = release.split()
    machine.file("etc/os-release", f'ID={identity}\nVERSION_ID="{version}"\nPRETTY_NAME="{release}"\n')
    machine.file("etc/apt/apt.conf.d/.placeholder")
    machine.stub("cloud-init")
    machine.stub("systemctl")
    assert (machine.run(step_script("base", "Prepare")).returncode == 0) == accepted


def test_cleaning_up_leaves_nothing_that_two_machines_may_not_share(step_script: StepScript, machine: Machine) -> None:
    for command in ("apt-get", "cloud-init", "journalctl", "sync"):
        machine.stub(command)
    gone = [
        machine.file(name)
        for name in (
            "etc/ssh/ssh_host_ed25519_key",
            "home/ubuntu/.ssh/authorized_keys",
            "root/.bash_history",
            "var/lib/apt/lists/archive",
            "var/lib/systemd/random-seed",
            "var/log/syslog.1",
        )
    ]
    emptied = [machine.file("etc/machine-id", "abc"), machine.file("var/log/amazon/ssm/agent.log", "built")]
    kept = machine.file("opt/actions-runner/run.sh", "run")
    done = machine.run(step_script("cleanup", "Remove"))
    assert done.returncode == 0, done.stderr
    assert [path for path in gone if path.exists()] == []
    assert [path.read_text() for path in emptied] == ["", ""]
    assert kept.read_text() == "run"


def test_the_journal_is_cleaned_while_the_machine_still_has_its_id(step_script: StepScript, machine: Machine) -> None:
    for command in ("apt-get", "cloud-init", "sync"):
        machine.stub(command)
    machine.file("etc/machine-id", "abc")
    machine.file("var/log/syslog")
    machine.stub("journalctl", '[ -s "$ROOT/etc/machine-id" ]')  # without its id it would look into no directory
    done = machine.run(step_script("cleanup", "Remove"))
    assert done.returncode == 0, done.stderr


def test_nothing_upgrades_itself_during_a_build_or_a_job(step_script: StepScript, machine: Machine) -> None:
    machine.file("etc/os-release", 'ID=ubuntu\nVERSION_ID="24.04"\n')
    settings = machine.file("etc/apt/apt.conf.d/99spot-runner")
    for command in ("cloud-init", "systemctl", "snap"):
        machine.stub(command)
    assert machine.run(step_script("base", "Prepare")).returncode == 0
    assert "snap refresh --hold" in machine.calls
    assert any(call.startswith("systemctl mask --now apt-daily.timer") for call in machine.calls)
    assert 'DPkg::Lock::Timeout "600";' in settings.read_text()


def test_lists_that_fail_stop_the_build_and_no_job(step_script: StepScript, machine: Machine) -> None:
    machine.file("etc/os-release", 'ID=ubuntu\nVERSION_ID="24.04"\n')
    folder = machine.file("etc/apt/apt.conf.d/.placeholder").parent
    for path in ("etc/machine-id", "var/log/syslog"):
        machine.file(path)
    for command in ("cloud-init", "systemctl", "snap", "apt-get", "journalctl", "sync"):
        machine.stub(command)
    strict = []
    for component, step in (("base", "Prepare"), ("cleanup", "Remove")):
        done = machine.run(step_script(component, step))
        assert done.returncode == 0, done.stderr
        strict.append([one.name for one in folder.iterdir() if "Error-Mode" in one.read_text()])
    assert strict == [["99spot-runner-build"], []]
    assert (folder / "99spot-runner").exists()
