"""`spot-runner badge` in a checkout: what it prints is what a README shows."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from embedded.aws.server import EmbeddedAws
from generator.cli import main
from generator.reporting.badges import Badges
from tests import team
from tests.git import git

API = "https://abc.execute-api.eu-west-1.amazonaws.com"
WORKFLOW = "https://github.com/octo-org/runners/actions/workflows/status.yml"
DEPLOYED = (f"[![runners]({API}/badge.svg)]({API}/status)", f"[![status]({WORKFLOW}/badge.svg)]({WORKFLOW})")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(region="eu-west-1") as aws:
        yield aws


@pytest.fixture
def account(embedded: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    """An account in which a control plane has published where it answers."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded.url)
    parameter = {"Name": "/spot-runner/stack/api-url"}
    embedded.client("ssm").put_parameter(**parameter, Value=API, Type="String", Overwrite=True)
    yield embedded
    embedded.client("ssm").delete_parameter(**parameter)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of octo-org/runners."""
    team.put(tmp_path)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", "git@github.com:octo-org/runners.git")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:  # noqa: ARG001 - where it runs
    """Run the command in the checkout: its exit code, standard output and standard error."""

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["spot-runner", "badge", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


def shown(markdown: str) -> list[tuple[object, object, str]]:
    """Return the images that a reader sees: where each is, where it leads, and what is read out."""
    tokens = [child for token in MarkdownIt().parse(markdown) for child in token.children or ()]
    links = [token.attrs["href"] for token in tokens if token.type == "link_open"]
    images = [token for token in tokens if token.type == "image"]
    assert not [token for token in tokens if token.type == "html_inline"]
    return [(image.attrs["src"], link, image.content) for image, link in zip(images, links, strict=True)]


@pytest.mark.usefixtures("account")
def test_a_deployments_badge_stands_beside_that_of_its_watching_workflow(run: Run) -> None:
    assert run() == (0, "\n".join((*DEPLOYED, "")), "")


@pytest.mark.usefixtures("account")
def test_a_readme_shows_both_as_links(run: Run) -> None:
    _, out, _ = run("--preset", "linux-x64")
    assert shown(out) == [
        (f"{API}/badge.svg?preset=linux-x64", f"{API}/status", "linux-x64"),
        (f"{WORKFLOW}/badge.svg", WORKFLOW, "status"),
    ]


@pytest.mark.usefixtures("account")
def test_a_script_gets_each_address(run: Run) -> None:
    _, out, _ = run("--json")
    assert json.loads(out) == {
        "preset": None,
        "badgeUrl": f"{API}/badge.svg",
        "statusUrl": f"{API}/status",
        "workflowUrl": WORKFLOW,
        "markdown": list(DEPLOYED),
    }


def test_a_given_address_needs_no_account(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert run("--url", API) == (0, "\n".join((*DEPLOYED, "")), "")


def test_before_the_first_deployment_there_is_no_badge(
    run: Run, embedded: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded.url)
    code, out, err = run()
    assert (code, out) == (1, "")
    assert err == (
        "the status URL is not known: there is no /spot-runner/stack/api-url in eu-west-1: deploy first, or pass --url "
        "https://HOST/status\n"
    )


@pytest.mark.parametrize(
    ("preset", "hint"), [("linux-x86", "did you mean linux-x64?"), ("gpu", "there are: linux-arm64, linux-x64")]
)
def test_a_preset_without_a_file_is_refused_with_what_may_be_meant(run: Run, preset: str, hint: str) -> None:
    assert run("--preset", preset) == (2, "", f"preset '{preset}' has no file in presets/, {hint}\n")


@pytest.mark.usefixtures("account")
def test_in_a_job_and_by_option_another_repository_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "octo-org/jobs")
    assert "github.com/octo-org/jobs/actions" in run()[1]
    assert "github.com/octo-org/named/actions" in run("--repository", "octo-org/named")[1]


@pytest.mark.usefixtures("account")
def test_a_checkout_of_no_repository_is_told_how_to_name_it(run: Run, checkout: Path) -> None:
    git(checkout, "remote", "remove", "origin")
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "has no remote `origin`: pass --repository OWNER/NAME" in err


@pytest.mark.usefixtures("account")
def test_a_repository_of_another_form_never_gets_into_markdown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "octo-org/x)](https://evil")
    code, out, err = run()
    assert (code, out) == (2, "")
    assert err.startswith("GITHUB_REPOSITORY is 'octo-org/x)](https://evil', expected OWNER/NAME")


def test_neither_a_strange_file_name_nor_an_address_leaves_its_place() -> None:
    badges = Badges(status_url=f"{API}/)/status", repository_url="https://github.com/o/r", preset="x](y) <b>@octo-org")
    images = shown("\n".join(badges.lines()))
    assert [image for image, _, _ in images] == [
        f"{API}/%29/badge.svg?preset=x%5D%28y%29%20%3Cb%3E%40octo-org",
        "https://github.com/o/r/actions/workflows/status.yml/badge.svg",
    ]
