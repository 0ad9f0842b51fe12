"""The commands as a workflow runs them: a /status on the loopback, the embedded AWS, the played GitHub."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from markdown_it import MarkdownIt

from embedded.aws.server import EmbeddedAws
from lambdas.adapters import preset_rows
from lambdas.adapters.table import Table
from lambdas.core.changes import Change
from lambdas.core.state import Snapshot
from tests import tables, team
from tests.generator.reporting.report_makers import a_body, a_preset, ready
from tests.generator.reporting.status_server import StatusServer, answering, serving
from tests.github import REPOSITORY, GitHubServer
from tests.lambdas.makers import a_build, a_config, a_state

HERE = Path(__file__).parents[3]
Run = Callable[..., tuple[int, str, str]]
PRESETS = ("linux-arm64", "linux-x64")
LIST = f"GET /repos/{REPOSITORY}/issues"


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(region="eu-west-1") as aws:
        yield aws


@pytest.fixture(scope="module")
def knowing(embedded: EmbeddedAws) -> EmbeddedAws:
    """An account whose table knows a good build of linux-x64."""
    dynamodb = embedded.client("dynamodb")
    tables.make(dynamodb, "spot-runner-table")
    change = Change(config=a_config(), latest=a_state(), builds=(a_build(),))
    preset_rows.write(Table(client=dynamodb, name="spot-runner-table"), "linux-x64", Snapshot(), change)
    embedded.client("ssm").put_parameter(Name="/spot-runner/stack/table-name", Value="spot-runner-table", Type="String")
    return embedded


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(HERE / "docs", tmp_path / "docs")
    return team.put(tmp_path)


@pytest.fixture(autouse=True)
def _summary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.delenv("COLUMNS", raising=False)  # it would wrap what is piped


@pytest.fixture
def job(github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> GitHubServer:
    """Make the process a job of the played GitHub."""
    for name, value in {**github_server.environ, "GITHUB_SERVER_URL": "https://octo.ghe.com"}.items():
        monkeypatch.setenv(name, value)
    return github_server


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take the credentials of AWS away."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


@pytest.fixture
def here(knowing: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", knowing.url)


@pytest.fixture
def degraded() -> Iterator[StatusServer]:
    with serving(answering(a_body(a_preset(), ready(name="linux-arm64")))) as server:
        yield server


@pytest.fixture
def healthy() -> Iterator[StatusServer]:
    with serving(answering(a_body(ready(), ready(name="linux-arm64")))) as server:
        yield server


@pytest.mark.usefixtures("here")
def test_report_files_an_issue_with_what_the_table_knows(run: Run, job: GitHubServer, degraded: StatusServer) -> None:
    code, out, err = run("report", "--url", degraded.url)
    assert (code, err) == (0, "")
    assert out == "spot-runner: /status is degraded: 1 preset failed\npreset linux-x64: opened issue 1\n"
    body = str(job.repository.issues[1].body)
    assert "`1.0.0/1`, begun 2026-11-23 12:01 UTC, AMI `ami-00000000000000001`" in body
    assert f"<https://octo.ghe.com/{REPOSITORY}/blob/HEAD/presets/linux-x64.yaml>" in body
    job.played.calls.clear()
    assert run("report", "--url", degraded.url)[1].endswith("The issues are in step: nothing to do.\n")
    assert job.asked() == [LIST]


@pytest.mark.usefixtures("here")
def test_report_asks_ssm_for_the_address(
    run: Run, job: GitHubServer, degraded: StatusServer, knowing: EmbeddedAws
) -> None:
    address = degraded.url.removesuffix("status")
    knowing.client("ssm").put_parameter(Name="/spot-runner/stack/api-url", Value=address, Type="String", Overwrite=True)
    assert run("report")[0] == 0
    assert f"<{degraded.url}>" in str(job.repository.issues[1].body)


@pytest.mark.usefixtures("nobody")
def test_report_works_without_credentials_of_aws_and_says_what_it_does_not_know(
    run: Run, job: GitHubServer, degraded: StatusServer
) -> None:
    code, out, _ = run("report", "--url", degraded.url)
    assert code == 0
    assert "note: last good builds are unknown: no AWS credentials" in out
    assert "| Last good build | unknown |" in str(job.repository.issues[1].body)


@pytest.mark.usefixtures("nobody")
def test_without_credentials_and_address_report_says_what_to_pass(run: Run, job: GitHubServer) -> None:
    code, out, err = run("report")
    assert (code, out) == (1, "")
    assert err.startswith("the status URL is not known: no AWS credentials")
    assert err.endswith("or pass --url https://HOST/status\n")
    assert job.asked() == []


def test_where_nothing_is_deployed_yet_report_is_content_and_says_so(
    run: Run, job: GitHubServer, embedded: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text().replace("name: spot-runner", "name: nothing-yet"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded.url)
    code, out, err = run("report")
    assert (code, err) == (0, "")
    assert out.startswith("note: nothing-yet: nothing is deployed yet: ")
    assert "there is no /nothing-yet/stack/api-url in eu-west-1: deploy first" in out
    assert json.loads(run("report", "--json")[1])["ok"] is True
    assert job.asked() == []
    assert run("status")[0] == 1


def test_report_of_a_healthy_deployment_is_one_list(run: Run, job: GitHubServer, healthy: StatusServer) -> None:
    assert run("report", "--url", healthy.url)[0] == 0
    assert job.asked() == [LIST]


def test_report_gives_the_runner_no_command(run: Run, job: GitHubServer) -> None:
    with serving(answering(a_body(ready(status="##[error]x"), message="##[add-mask]y"))) as server:
        _, out, _ = run("report", "--url", server.url)
    assert "## [add-mask]y" in out
    assert "##[" not in out
    assert job.repository.issues == {}


def test_report_files_an_issue_about_a_status_that_does_not_answer(run: Run, job: GitHubServer) -> None:
    with serving(answering(b"", 500)) as server:
        code, out, _ = run("report", "--url", server.url, "--pause", "0", "--json")
    assert code == 0
    assert len(server.asked) == 3
    (reported,) = json.loads(out)["reports"]
    assert reported == {
        "deployment": "spot-runner",
        "answer": {"cause": "unreachable", "reason": "the answer is 500, expected 200"},
        "done": [{"did": "opened", "about": "status", "preset": None, "issue": 1}],
        "errors": [],
        "notes": [],
    }
    assert job.repository.issues[1].title == "/status does not answer well (spot-runner)"


@pytest.mark.usefixtures("here")
def test_an_environment_has_issues_of_its_own(run: Run, job: GitHubServer, degraded: StatusServer, root: Path) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text() + "environments:\n  test:\n    region: eu-central-1\n")
    run("report", "--url", degraded.url)
    run("report", "--url", degraded.url, "--environment", "test")
    assert [issue.title for issue in job.repository.issues.values()] == [
        "Preset linux-x64 has failed (spot-runner)",
        "Preset linux-x64 has failed (spot-runner/test)",
    ]


@pytest.mark.usefixtures("here")
def test_without_a_named_environment_all_are_reported_and_trouble_with_one_is_not_the_others(
    run: Run, job: GitHubServer, degraded: StatusServer, root: Path, knowing: EmbeddedAws
) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text() + "environments:\n  test:\n    account: '210987654321'\n")
    address = degraded.url.removesuffix("status")
    knowing.client("ssm").put_parameter(Name="/spot-runner/stack/api-url", Value=address, Type="String", Overwrite=True)
    code, out, err = run("report")
    assert (code, out.splitlines()[1]) == (1, "preset linux-x64: opened issue 1")
    assert job.repository.issues[1].title == "Preset linux-x64 has failed (spot-runner)"
    assert err.startswith("spot-runner/test: the status URL is not known: these credentials belong to account 123")


@pytest.mark.usefixtures("here")
def test_environments_share_one_list_and_twenty_new_issues(
    run: Run, job: GitHubServer, root: Path, knowing: EmbeddedAws
) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text() + "environments:\n  test:\n    region: eu-central-1\n")
    with serving(answering(a_body(*(a_preset(name=f"p{number}") for number in range(15))))) as server:
        address = server.url.removesuffix("status")
        for region in ("eu-west-1", "eu-central-1"):
            ssm = boto3.client("ssm", endpoint_url=knowing.url, region_name=region)
            ssm.put_parameter(Name="/spot-runner/stack/api-url", Value=address, Type="String", Overwrite=True)
        code, out, _ = run("report")
    assert code == 0
    assert job.asked().count(LIST) == 1
    assert len(job.repository.issues) == 20
    assert "note: a run files 20 issues at most: 10 more things are broken, which the next run files\n" in out


@pytest.mark.usefixtures("here")
def test_report_that_may_not_file_ends_with_one_and_a_line(run: Run, job: GitHubServer, degraded: StatusServer) -> None:
    job.give(permissions={})
    code, _, err = run("report", "--url", degraded.url)
    assert code == 1
    assert "`issues: read`" in err
    assert len(err.splitlines()) == 1


def test_report_writes_the_jobs_summary(run: Run, job: GitHubServer, degraded: StatusServer, tmp_path: Path) -> None:
    run("report", "--url", degraded.url, "--author", "github-actions[bot]")
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("### `spot-runner`: /status is degraded: 1 preset failed\n")
    assert "- preset linux-x64: opened #1\n" in summary
    assert len(job.repository.issues) == 1


HOSTILE = "<img src=x> <!-- x --> [a](https://evil.example) ![b](c) **d** `e` | f @octocat #77 :tada:\n# g"


@pytest.mark.parametrize("command", ["status", "report"])
@pytest.mark.usefixtures("job", "nobody")
def test_hostile_text_in_the_summary_is_only_text(run: Run, command: str, tmp_path: Path) -> None:
    presets = (a_preset(name=HOSTILE, reason=HOSTILE, amiId=HOSTILE), a_preset(status=HOSTILE))
    with serving(answering(a_body(*presets, status=HOSTILE, message=HOSTILE))) as server:
        run(command, "--url", server.url)
    summary = (tmp_path / "summary.md").read_text()
    assert "evil.example" in summary
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(summary)
    inner = [child for token in tokens for child in token.children or ()]
    assert not {"html_block", "fence", "code_block"} & {token.type for token in tokens}
    assert {token.type for token in inner} <= {"text", "text_special", "code_inline", "html_inline", "softbreak"}
    assert {token.content for token in inner if token.type == "html_inline"} <= {"<code>", "</code>"}
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h3"]
    shown = "".join(child.content for child in inner if child.type == "text")
    assert not re.search(r"@octocat|#77|:tada:|https://evil", shown)


def test_a_long_reason_is_cut_in_the_summary(run: Run, tmp_path: Path) -> None:
    with serving(answering(a_body(a_preset(reason="a" * 1000 + "b"), message="c" * 5000))) as server:
        run("status", "--url", server.url)
    summary = (tmp_path / "summary.md").read_text()
    assert f"| {'a' * 1000} |" in summary
    assert "c" * 900 in summary
    assert "c" * 1000 not in summary


@pytest.mark.usefixtures("here")
def test_ami_ids_that_are_not_to_be_shown_are_in_no_issue(
    run: Run, job: GitHubServer, degraded: StatusServer, root: Path
) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text().replace("showAmiIds: true", "showAmiIds: false"))
    degraded.replies = [answering(a_body(a_preset(amiId=None)))]
    run("report", "--url", degraded.url)
    body = str(job.repository.issues[1].body)
    assert "`1.0.0/1`, begun" in body
    assert "ami-" not in body


def test_status_shows_every_preset_and_loses_nothing_when_piped(run: Run, tmp_path: Path) -> None:
    reason = "build 1.0.3/1 failed; " * 40
    with serving(answering(a_body(a_preset(reason=reason), ready(name="linux-arm64")))) as server:
        code, out, _ = run("status", "--url", server.url)
    assert code == 0
    assert reason.strip() in out
    assert "/status is degraded: 1 preset failed" in out
    assert "| `linux-x64` | `failed` | 2026-11-23T12:00:00Z |" in (tmp_path / "summary.md").read_text()


def test_status_shows_hostile_text_without_control_characters(run: Run) -> None:
    with serving(answering(a_body(a_preset(name="[red]x\x1b[31m", reason="a\nb\x07")))) as server:
        _, out, _ = run("status", "--url", server.url)
    assert "[red]x[31m" in out
    assert not {"\x1b", "\x07"} & set(out)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_status_gives_the_runner_no_command(run: Run, options: tuple[str, ...]) -> None:
    hostile = "::add-mask::a ##[add-mask]b"
    preset = a_preset(name=hostile, status="##[error]", reason=hostile)
    with serving(answering(a_body(preset, status=hostile, message=hostile))) as server:
        _, out, _ = run("status", "--url", server.url, *options)
    assert "add-mask" in out
    assert "##[" not in out
    assert not [line for line in out.splitlines() if line.lstrip().startswith("::")]


def test_status_prints_the_answer_as_json(run: Run, healthy: StatusServer) -> None:
    code, out, _ = run("status", "--url", healthy.url, "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["ok"], document["url"]) == (True, healthy.url)
    assert document["answer"] == json.loads(a_body(ready(), ready(name="linux-arm64")))


def test_status_check_is_content_with_the_projects_presets(run: Run, healthy: StatusServer) -> None:
    assert run("status", "--url", healthy.url, "--check")[0] == 0


@pytest.mark.usefixtures("nobody")
def test_status_check_names_what_is_missing_and_what_has_no_file(run: Run) -> None:
    with serving(answering(a_body(ready(), ready(name="old")))) as server:
        code, out, _ = run("status", "--url", server.url, "--check", "--pause", "0")
    assert code == 1
    assert "\npreset linux-arm64 is not in /status: see what became of its stack" in out
    assert "\npreset old is in /status, but has no file: `spot-runner deploy --prune` removes it" in out


@pytest.mark.usefixtures("here")
def test_status_check_fails_for_a_preset_with_neither_file_nor_stack(run: Run) -> None:
    with serving(answering(a_body(ready(), ready(name="linux-arm64"), ready(name="old")))) as server:
        code, out, _ = run("status", "--url", server.url, "--check")
    assert code == 1
    assert "preset old is in /status, but has neither a file nor a stack" in out


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_status_fails_where_there_is_no_good_answer(run: Run, options: tuple[str, ...]) -> None:
    with serving(answering(b"<html>")) as server:
        code, out, _ = run("status", "--url", server.url, "--pause", "0", *options)
    assert code == 1
    assert "/status is malformed: the answer is HTML or XML, expected JSON" in out


def test_a_time_that_no_clock_shows_is_one_line(run: Run) -> None:
    with serving(answering(a_body(a_preset(since="0001-01-01T00:00:00+14:00")))) as server:
        code, out, err = run("status", "--url", server.url, "--pause", "0")
    assert (code, err) == (1, "")
    assert "/status is malformed: the answer's presets[0].since is not as documented" in out


def test_an_address_that_is_not_safe_is_used_wrongly(run: Run) -> None:
    code, _, err = run("status", "--url", "http://example.com/status")
    assert (code, len(err.splitlines())) == (2, 1)


def test_keep_alive_enables_the_workflow(run: Run, job: GitHubServer) -> None:
    workflow = job.played.world.add_workflow(job.repository, "status.yml", state="disabled_inactivity")
    assert run("keep-alive", "status.yml") == (0, "status.yml stays scheduled\n", "")
    assert workflow.state == "active"


@pytest.mark.parametrize(
    "name",
    [
        "status",
        "../status.yml",
        ".github/workflows/status.yml",
        "a?b.yml",
        "a b.yml",
        "é.yml",
        "a.yml\n",
        ".yml",
        "a;b.yml",
    ],
)
def test_keep_alive_takes_a_files_name_only(run: Run, job: GitHubServer, name: str) -> None:
    code, _, err = run("keep-alive", name)
    assert (code, len(err.splitlines())) == (2, 1)
    assert job.asked() == []
