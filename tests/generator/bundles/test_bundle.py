import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import bundle
from generator.errors import SpotRunnerError, UsageError

MakeProject = Callable[..., Path]


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_functions_are_the_files_with_a_handler(a_project: MakeProject) -> None:
    assert sorted(bundle.keys(a_project())) == ["ami_update", "status"]


def test_a_bundle_holds_what_its_function_imports_and_nothing_else(a_project: MakeProject, tmp_path: Path) -> None:
    ami_update, status = bundle.build(a_project(), "production", tmp_path / "out")
    assert names(ami_update.path) == [
        "lambdas/__init__.py",
        "lambdas/adapters/__init__.py",
        "lambdas/adapters/table.py",
        "lambdas/ami_update.py",
        "lambdas/core/__init__.py",
        "lambdas/core/facts.py",
        "lambdas/core/fold.py",
    ]
    assert names(status.path) == [
        "lambdas/__init__.py",
        "lambdas/core/__init__.py",
        "lambdas/core/words.py",
        "lambdas/status.py",
    ]


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("lambdas/core/fold.py", {"ami_update"}),
        ("lambdas/core/words.py", {"status"}),
        ("lambdas/core/__init__.py", {"ami_update", "status"}),
        ("lambdas/core/unused.py", set()),
        ("lambdas/notes.py", set()),
        ("lambdas/requirements.txt", set()),
    ],
    ids=["one function's", "the other's", "both use it", "for type checkers only", "no function", "a lock not used"],
)
def test_an_edit_changes_the_keys_of_functions_that_import_it(
    a_project: MakeProject, file: str, changed: set[str]
) -> None:
    before, after = bundle.keys(a_project()), bundle.keys(a_project(changes={file: "# edited\n"}))
    assert {function for function in before if before[function] != after[function]} == changed


def test_a_new_lock_changes_the_key_of_a_function_that_carries_wheels(a_project: MakeProject) -> None:
    functions = {
        "lambdas/reconcile.py": "import jwt\ndef handler(e, c): ...\n",
        "lambdas/launch.py": "import json\ndef handler(e, c): ...\n",
    }
    before = bundle.keys(a_project(changes=functions))
    after = bundle.keys(a_project(changes=functions | {"lambdas/requirements.txt": "# edited\n"}))
    assert {name for name in before if before[name] != after[name]} == {"reconcile"}


def test_a_function_that_imports_no_wheel_carries_none(a_project: MakeProject, tmp_path: Path) -> None:
    project = a_project(changes={"lambdas/launch.py": "import json, boto3\ndef handler(e, c): ...\n"})
    made = next(one for one in bundle.build(project, "host", tmp_path / "out") if one.function == "launch")
    assert made.size < 10_000
    assert not (tmp_path / "out" / "wheels").exists()


def test_a_module_of_another_name_changes_the_key(a_project: MakeProject) -> None:
    either = "try:\n    import lambdas.core.one\nexcept ImportError:\n    import lambdas.core.two\ndef handler(): ...\n"
    one = a_project("one", changes={"lambdas/status.py": either, "lambdas/core/one.py": "x = 1\n"})
    two = a_project("two", changes={"lambdas/status.py": either, "lambdas/core/two.py": "x = 1\n"})
    assert bundle.keys(one)["status"] != bundle.keys(two)["status"]


def test_keys_name_function_and_hash(a_project: MakeProject) -> None:
    key = bundle.keys(a_project())["status"]
    assert key.startswith("bundles/status-")
    assert len(key.removeprefix("bundles/status-").removesuffix(".zip")) == 64


def test_bytes_do_not_depend_on_checkout_time_mode_or_umask(a_project: MakeProject, tmp_path: Path) -> None:
    first = a_project("first checkout")
    old = os.umask(0o077)
    try:
        second = a_project("second")
        for path in second.rglob("*.py"):
            os.utime(path, (1_000_000_000, 1_000_000_000))
        (second / "lambdas/status.py").chmod(0o755)
        made = bundle.build(second, "production", tmp_path / "two")
    finally:
        os.umask(old)
    for one, two in zip(bundle.build(first, "production", tmp_path / "one"), made, strict=True):
        assert one.path.read_bytes() == two.path.read_bytes()
        assert (one.key, one.size) == (two.key, two.size)


def test_building_again_gives_the_same_bytes(a_project: MakeProject, tmp_path: Path) -> None:
    before = [made.path.read_bytes() for made in bundle.build(a_project(), "host", tmp_path)]
    assert [made.path.read_bytes() for made in bundle.build(a_project(), "host", tmp_path)] == before


def test_unpacked_files_are_readable_by_everyone(a_project: MakeProject, tmp_path: Path) -> None:
    made, _ = bundle.build(a_project(), "production", tmp_path)
    with zipfile.ZipFile(made.path) as archive:
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_both_targets_have_the_same_keys_and_places_of_their_own(a_project: MakeProject, tmp_path: Path) -> None:
    root = a_project()
    production, host = (bundle.build(root, target, tmp_path) for target in ("production", "host"))
    assert [made.key for made in production] == [made.key for made in host] == list(bundle.keys(root).values())
    assert not {made.path for made in production} & {made.path for made in host}


def test_size_is_the_size_of_the_file(a_project: MakeProject, tmp_path: Path) -> None:
    for made in bundle.build(a_project(), "production", tmp_path):
        assert made.size == made.path.stat().st_size > 0


def test_nothing_unfinished_is_left_beside_the_bundles(a_project: MakeProject, tmp_path: Path) -> None:
    made = bundle.build(a_project(), "production", tmp_path / "out")
    assert {path for path in (tmp_path / "out").rglob("*") if path.is_file()} == {one.path for one in made}


def test_an_import_that_lambda_does_not_have_is_named(a_project: MakeProject, tmp_path: Path) -> None:
    root = a_project(changes={"lambdas/core/facts.py": "import requests\n"})
    with pytest.raises(SpotRunnerError, match=r"^lambdas/core/facts.py: imports requests, which ami_update does not"):
        bundle.build(root, "production", tmp_path)


@pytest.mark.parametrize(("size", "unpacked"), [(50 * 2**20 + 1, 0), (0, 250 * 2**20 + 1)], ids=["zip", "unpacked"])
def test_a_bundle_too_large_for_lambda_is_refused(size: int, unpacked: int) -> None:
    with pytest.raises(SpotRunnerError, match="Lambda takes 52,428,800 and 262,144,000"):
        bundle.refuse_large("status.zip", size, unpacked)


def test_a_bundle_as_large_as_lambda_takes_is_fine() -> None:
    bundle.refuse_large("status.zip", 50 * 2**20, 250 * 2**20)


def test_an_unknown_target_is_a_wrong_use(a_project: MakeProject, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="target is 'arm', expected host or production"):
        bundle.build(a_project(), "arm", tmp_path)


def test_without_a_registry_the_error_is_one_line_with_a_remedy(
    a_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    lock = (bundle.ROOT / bundle.LOCK).read_text()
    changes = {"lambdas/reconcile.py": "import jwt\ndef handler(e, c): ...\n", "lambdas/requirements.txt": lock}
    with pytest.raises(
        SpotRunnerError, match=r"^lambdas/requirements.txt: .* UV_DEFAULT_INDEX, and repeat$"
    ) as refused:
        bundle.build(a_project(changes=changes), "production", tmp_path / "out")
    assert "\n" not in str(refused.value)
    assert list((tmp_path / "out/wheels").iterdir()) == []


def test_keys_need_no_wheels_and_no_network(
    a_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    assert "reconcile" in bundle.keys(a_project(changes={"lambdas/reconcile.py": "def handler(e, c): ...\n"}))


def test_a_bundled_function_imports_from_its_bundle_alone(
    a_project: MakeProject, tmp_path: Path, importing: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    _, status = bundle.build(a_project(), "host", tmp_path / "out")
    assert importing(status.path, "status").stdout == "True\n"
