import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from generator import bundle, import_graph, wheels

MakeProject = Callable[..., Path]
Importing = Callable[..., subprocess.CompletedProcess[str]]
# What boto3 needs, and with it what the Lambda runtime has.
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
X86_64, AARCH64 = 62, 183  # e_machine: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
LOCK = (bundle.ROOT / bundle.LOCK).read_text()
CARRIER = {
    "lambdas/reconcile.py": "import jwt\nfrom cryptography.hazmat.primitives import hashes\ndef handler(e, c): ...\n",
    "lambdas/requirements.txt": LOCK,
}


def machines(path: Path) -> Iterator[int]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".so"):
                head = archive.read(name)[:20]
                assert head[:4] == b"\x7fELF"
                yield int.from_bytes(head[18:20], "little")


def carrier(made: tuple[bundle.Bundle, ...]) -> bundle.Bundle:
    return next(one for one in made if one.function == "reconcile")


def test_the_lock_is_pinned_hashed_and_names_no_place() -> None:
    pins = re.findall(r"^[a-z]\S*", LOCK, re.MULTILINE)
    assert {pin.split("==")[0] for pin in pins} == {"cffi", "cryptography", "pycparser", "pyjwt"}
    assert all(re.fullmatch(r"[a-z]+==[0-9.]+", pin) for pin in pins)
    assert "://" not in LOCK
    assert all(re.match(r"    --hash=sha256:|[a-z]", line) for line in LOCK.splitlines())


@pytest.mark.registry
def test_production_wheels_are_for_arm64(a_project: MakeProject, tmp_path: Path) -> None:
    made = carrier(bundle.build(a_project(changes=CARRIER), "production", tmp_path / "out"))
    assert set(machines(made.path)) == {AARCH64}


@pytest.mark.registry
def test_host_wheels_import_without_anything_of_this_machine(
    a_project: MakeProject, tmp_path: Path, importing: Importing
) -> None:
    made = carrier(bundle.build(a_project(changes=CARRIER), "host", tmp_path / "out"))
    done = importing(made.path, "reconcile")
    assert done.stdout == "True\n", done.stderr


@pytest.mark.registry
@pytest.mark.parametrize("target", ["production", "host"])
def test_wheels_installed_twice_make_the_same_bytes(a_project: MakeProject, tmp_path: Path, target: str) -> None:
    root = a_project(changes=CARRIER)
    first, second = (carrier(bundle.build(root, target, tmp_path / out)) for out in ("a", "b b"))
    assert first.path.read_bytes() == second.path.read_bytes()


@pytest.mark.registry
def test_bundles_hold_nothing_that_the_installer_wrote_about_itself(a_project: MakeProject, tmp_path: Path) -> None:
    made = carrier(bundle.build(a_project(changes=CARRIER), "production", tmp_path / "out"))
    with zipfile.ZipFile(made.path) as archive:
        found = [Path(name) for name in archive.namelist()]
    assert {path.name for path in found} & {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", ".lock"} == set()
    assert not [path for path in found if path.suffix == ".pyc" or path.parts[0] == "bin"]
    assert [path for path in found if path.name == "LICENSE" and path.parts[0].startswith("cryptography")]


@pytest.mark.registry
def test_wheels_are_installed_once_per_lock_and_target(
    a_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = a_project(changes=CARRIER), tmp_path / "out"
    bundle.build(root, "production", out)
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    assert carrier(bundle.build(root, "production", out)).size > 1_000_000
    assert [path.name.split("-", 1)[1] for path in (out / "wheels").iterdir()] == ["aarch64-manylinux_2_28-cpython-313"]


@pytest.mark.registry
def test_an_installation_that_another_process_ended_first_is_used(a_project: MakeProject, tmp_path: Path) -> None:
    lock = a_project(changes=CARRIER) / bundle.LOCK
    tree = tmp_path / "wheels/tree"
    (tree / "jwt").mkdir(parents=True)
    wheels.install(lock, wheels.TARGETS["host"], tree)
    assert [path.name for path in tree.parent.iterdir()] == ["tree"]
    assert [path.name for path in tree.iterdir()] == ["jwt"]


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with boto3 and what it needs, and nothing else."""
    packages = Path(boto3.__file__).parents[1]
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        (folder / name).symlink_to(packages / name)
    return folder


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bundle.Bundle]:
    """Return this project's own bundles for this machine."""
    made = bundle.build(bundle.ROOT, "host", tmp_path_factory.mktemp("bundles"))
    return {one.function: one for one in made}


@pytest.mark.registry
@pytest.mark.parametrize("function", import_graph.functions(bundle.ROOT))
def test_every_function_of_this_project_imports_from_its_bundle(
    real: dict[str, bundle.Bundle], runtime: Path, importing: Importing, function: str
) -> None:
    done = importing(real[function].path, function, runtime)
    assert done.stdout == "True\n", done.stderr


@pytest.mark.registry
def test_the_command_prints_every_bundle_that_it_made(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "generator", "bundle", "--target", "production", "--out", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=bundle.ROOT)
    made = json.loads(done.stdout)
    assert {row["function"]: row["key"] for row in made} == bundle.keys()
    assert all(Path(row["path"]).stat().st_size == row["size"] for row in made)
