"""One comment per pull request, deployment and environment, on a played GitHub, through the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.github.world import Issue
from tests.git import Repository, git
from tests.github import EVERYTHING, GitHubServer

Run = Callable[..., tuple[int, str, str]]
MARKER = "<!-- spot-runner:plan deployment=spot-runner environment=production -->"


@pytest.fixture
def summary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runner") / "summary.md"


@pytest.fixture
def pull_request(root: Path, github_server: GitHubServer, summary: Path, monkeypatch: pytest.MonkeyPatch) -> Issue:
    """Open a pull request for this project, in a job that reaches GitHub and not AWS."""
    for name, value in {**github_server.environ, "GITHUB_STEP_SUMMARY": str(summary)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    git(root, "init", "--quiet")
    Repository(path=root).commit_all("before")
    return github_server.issue(is_pull_request=True)


def on(pull_request: Issue, *more: str) -> tuple[str, ...]:
    return ("plan", "--comment-on", str(pull_request.number), *more)


def bodies(pull_request: Issue) -> list[str]:
    return [comment.body for comment in pull_request.comments]


def test_the_plan_is_printed_and_put_into_one_comment_and_the_summary(
    run: Run, pull_request: Issue, summary: Path
) -> None:
    code, out, err = run(*on(pull_request, "--against", "main"))
    assert (code, err) == (0, "")
    assert out.startswith("Plan for spot-runner in account 123456789012")
    assert [body.splitlines()[0] for body in bodies(pull_request)] == [MARKER]
    assert bodies(pull_request)[0].removeprefix(f"{MARKER}\n").strip() == summary.read_text().strip()


def test_a_second_plan_takes_the_place_of_the_first(run: Run, root: Path, pull_request: Issue) -> None:
    run(*on(pull_request, "--against", "main"))
    preset = root / "presets" / "linux-x64.yaml"
    git(root, "checkout", "--quiet", "-b", "edit")
    preset.write_text(preset.read_text().replace("timeout: 60", "timeout: 90"))
    run("render")
    code, _, _ = run(*on(pull_request, "--against", "main"))
    assert code == 0
    (body,) = bodies(pull_request)
    assert "- timeout (minutes): 60 → 90" in body


def test_each_environment_has_its_own_comment(run: Run, root: Path, pull_request: Issue) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text() + "environments:\n  test: {account: '210987654321'}\n")
    run(*on(pull_request, "--against", "main"))
    run(*on(pull_request, "--against", "main", "--environment", "test"))
    first, second = (body.splitlines()[0] for body in bodies(pull_request))
    assert (first, second) == (MARKER, MARKER.replace("production", "test"))


def test_production_has_one_comment_whether_it_is_named_or_not(run: Run, pull_request: Issue) -> None:
    run(*on(pull_request, "--against", "main"))
    run(*on(pull_request, "--against", "main", "--environment", "production"))
    (body,) = bodies(pull_request)
    assert body.splitlines()[0] == MARKER
    assert "in `production`" in body


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("templates_out/foundation.json", "spot-runner", "<b>mine", "templates\\_out/foundation.json is not what the"),
        ("presets/linux-x64.yaml", "timeout: 60", "timeout: '@me'", "presets/linux-x64.yaml:12: timeout is '@&#8203;"),
        ("spot-runner.yaml", "region: eu-west-1", "region: [", "spot-runner.yaml:"),
    ],
    ids=["a template edited by hand", "a preset that is not valid", "settings that are not YAML"],
)  # fmt: skip
def test_without_a_plan_the_comment_says_why_and_shows_no_stale_one(
    run: Run, root: Path, pull_request: Issue, file: str, old: str, new: str, reason: str
) -> None:
    run(*on(pull_request, "--against", "main"))
    path = root / file
    path.write_text(path.read_text().replace(old, new, 1))
    code, _, err = run(*on(pull_request, "--against", "main"))
    assert code == 1
    (body,) = bodies(pull_request)
    assert body.startswith(f"{MARKER}\n### Plan for `spot-runner`\n\nThere is no plan for this commit: {reason}")
    assert "Unchanged" not in body
    assert err.startswith(file)


def test_an_environment_that_is_not_there_is_told_and_cannot_end_the_marker(run: Run, pull_request: Issue) -> None:
    code, _, _ = run(*on(pull_request, "--environment", "x --> @octocat"))
    assert code == 2
    (body,) = bodies(pull_request)
    assert body.startswith(
        "<!-- spot-runner:plan deployment=spot-runner environment=x%20--%3E%20%40octocat -->\n### Plan"
    )
    assert body.count("@octocat") == body.count("`x --> @octocat`") == 1


def test_a_name_that_cannot_be_read_properly_still_finds_its_comment(run: Run, root: Path, pull_request: Issue) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text().replace("name: spot-runner", 'name: "team" # ours') + "wrong: [")
    assert run(*on(pull_request))[0] == 1
    assert bodies(pull_request)[0].startswith("<!-- spot-runner:plan deployment=team environment=production -->\n")


def test_an_error_of_aws_is_told_in_comment_and_summary(run: Run, pull_request: Issue, summary: Path) -> None:
    code, out, err = run(*on(pull_request))
    assert (code, out) == (1, "")
    assert err.startswith("AWS cannot be reached")
    assert "There is no plan for this commit: AWS cannot be reached" in bodies(pull_request)[0]
    assert "There is no plan for this commit: AWS cannot be reached" in summary.read_text()


def test_a_run_of_a_workflow_is_linked(run: Run, pull_request: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_RUN_ID", "77")
    run(*on(pull_request))
    assert "(<https://github.example/octo-org/runners/actions/runs/77>)" in bodies(pull_request)[0]


def test_without_the_permission_the_error_names_it_and_the_plan_is_printed(
    run: Run, github_server: GitHubServer, pull_request: Issue
) -> None:
    github_server.give(permissions={**EVERYTHING, "issues": "read", "pull_requests": "read"})
    code, out, err = run(*on(pull_request, "--against", "main"))
    assert code == 1
    assert out.startswith("Plan for spot-runner")
    assert "the token lacks `pull-requests: write`" in err
    assert len(err.splitlines()) == 1


def test_where_neither_plan_nor_comment_can_be_made_both_errors_are_said(
    run: Run, github_server: GitHubServer, pull_request: Issue
) -> None:
    github_server.give(permissions={**EVERYTHING, "issues": "read", "pull_requests": "read"})
    code, _, err = run(*on(pull_request))
    first, second = err.splitlines()
    assert code == 1
    assert first.startswith("AWS cannot be reached")
    assert "the token lacks `pull-requests: write`" in second


def test_without_a_token_nothing_is_planned(run: Run, pull_request: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    code, out, err = run(*on(pull_request, "--against", "main"))
    assert (code, out) == (2, "")
    assert "neither GITHUB_TOKEN nor GH_TOKEN is set" in err
