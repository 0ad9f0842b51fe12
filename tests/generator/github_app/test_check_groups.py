"""What `spot-runner github-app check` says of the runner groups that presets name."""

from pathlib import Path
from typing import Any

import pytest

from tests.generator.github_app.conftest import Deployment, Rows
from tests.github_app import ORGANIZATION

PAGE = "https://github.com/organizations/octo-org/settings/actions/runner-groups"
SHUT = "it allows no public repositories: GitHub gives their jobs to none of its machines"
MARK = f"mark *Allow public repositories* at {PAGE}"


def admit(deployment: Deployment, repositories: str) -> None:
    with deployment.settings.open("a") as settings:
        settings.write(f"repositories: {repositories}\n")


def of_group(rows: dict[str, str]) -> dict[str, str]:
    return {about: said for about, said in rows.items() if about.startswith("runner group")}


@pytest.fixture
def builders(deployment: Deployment, root: Path) -> Any:
    """A group of its own, which the preset linux-arm64 names in other letters."""
    with (root / "presets/linux-arm64.yaml").open("a") as preset:
        preset.write("runnerGroup: Builders\n")
    return deployment.github.played.actions.roster.add_group(ORGANIZATION, "builders")


def default_group(deployment: Deployment) -> Any:
    return deployment.github.played.actions.roster.groups_of(ORGANIZATION)[0]


ADMITTED = {
    "all public ones": (
        "{public: true}",
        f"problem: {SHUT}, and repositories.public of spot-runner.yaml admits them to linux-arm64, linux-x64",
        f" -> {MARK}/1, or take repositories.public away",
    ),
    "one by its name": (
        "{allow: [octo-org/private-*, octo-org/hello]}",
        f"warning: {SHUT}, and repositories.allow of spot-runner.yaml admits octo-org/hello even if public",
        f" -> if one of them is, {MARK}/1",
    ),
    "private ones alone": (
        "{allow: [octo-org/*]}",
        "ok: of linux-arm64, linux-x64, for private repositories alone",
        "",
    ),
}


@pytest.mark.parametrize("which", ADMITTED)
def test_a_group_that_public_repositories_get_nothing_of_is_told_where_they_are_admitted(
    deployment: Deployment, rows: Rows, which: str
) -> None:
    repositories, said, remedy = ADMITTED[which]
    admit(deployment, repositories)
    assert of_group(rows()) == {"runner group Default": said + remedy}
    default_group(deployment).allows_public = True
    assert of_group(rows()) == {"runner group Default": "ok: of linux-arm64, linux-x64, for public repositories, too"}


def test_each_group_that_a_preset_names_is_looked_at(deployment: Deployment, rows: Rows, builders: Any) -> None:
    admit(deployment, "{public: true}")
    default_group(deployment).allows_public = True
    found = of_group(rows())
    assert found["runner group Default"] == "ok: of linux-x64, for public repositories, too"
    assert found["runner group Builders"].startswith(f"problem: {SHUT}")
    assert found["runner group Builders"].endswith(f"{MARK}/{builders.id}, or take repositories.public away")


def test_a_group_that_is_not_there_is_told(rows: Rows, builders: Any) -> None:
    builders.name = "gone"
    assert of_group(rows())["runner group Builders"] == (
        "problem: there is none of that name, and no machine starts for linux-arm64 -> "
        f"make it at {PAGE}, or change runnerGroup of linux-arm64"
    )


def test_runners_of_repositories_are_in_no_group(deployment: Deployment, rows: Rows) -> None:
    admit(deployment, "{public: true}")
    deployment.app.permissions = {"administration": "write", "actions": "write", "metadata": "read"}
    deployment.github.installation.permissions = dict(deployment.app.permissions)
    assert of_group(rows()) == {}


def test_several_apps_of_one_organization_see_the_same_groups_once(deployment: Deployment, rows: Rows) -> None:
    deployment.name_apps(101, deployment.another_app().id)
    rows()
    asked = [call.path for call, _ in deployment.github.played.calls if call.path.endswith("/runner-groups")]
    assert asked == [f"/orgs/{ORGANIZATION}/actions/runner-groups"]


def test_presets_that_are_not_valid_are_a_warning(rows: Rows, root: Path) -> None:
    with (root / "presets/linux-x64.yaml").open("a") as preset:
        preset.write("runnerGroup: []\n")
    said = rows()["runner groups"]
    assert said.startswith("warning: not looked at: presets/linux-x64.yaml:")
    assert said.endswith(" -> run `spot-runner validate`")
