"""`spot-runner why`: the row of a job in the table, told with what to do about it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.aws.server import EmbeddedAws
from tests.generator.conftest import Operator
from tests.generator.jobs.conftest import (
    FIND_TABLE,
    JOB_ID,
    READ_PRESETS,
    TABLE,
    Deliver,
    Keep,
    Put,
    an_open_job,
    rows_like,
)
from tests.generator.jobs.test_runners_command import a_machine

Run = Callable[..., tuple[int, str, str]]
PAGE = f"https://github.com/octo-org/hello/actions/runs/77/job/{JOB_ID}"
HOSTILE = "\x1b]0;title\x07\x9b31m\u202e::add-mask::x\n##[group]y"
LABEL = "spotrunner/<preset>/cpu=4/ram=16"
TRUSTED = "if you trust whoever opens pull requests there, and merge that"
AGAIN = "then cancel the job's run in GitHub and run it again"


def remedies(out: str) -> list[str]:
    """Return what is to be done, without how to try again, which is always last."""
    lines = [line.removeprefix("  - ") for line in out.partition("What to do:\n")[2].splitlines()]
    assert lines[-1].startswith(AGAIN)
    return lines[:-1]


def test_a_refused_job_is_told_with_reason_time_and_remedy(run: Run, put: Put) -> None:
    put()
    code, out, err = run("why", str(JOB_ID))
    assert (code, err) == (1, "")
    assert out == (
        f"Job {JOB_ID} was refused: unknown preset\n"
        "  reason: no preset linux-x46 is deployed\n"
        "  repository: octo-org/hello\n"
        "  labels: 'self-hosted', 'spotrunner/linux-x46'\n"
        "  preset: linux-x46\n"
        "  run: 77, attempt 2\n"
        f"  page: {PAGE}\n"
        "  queued: 2026-11-23T12:00:00Z\n"
        "  refused: 2026-11-23T12:00:02Z\n"
        "  updated: 2026-11-23T12:00:02Z\n"
        "What to do:\n"
        "  - name a preset that is deployed (linux-arm64, linux-x64), did you mean linux-x64?\n"
        "  - or deploy one of that name: merge presets/linux-x46.yaml\n"
        f"  - {AGAIN}: GitHub leaves a refused job queued for up to 24 hours, and tells of it once\n"
    )


def test_the_address_of_the_page_names_the_job_too(run: Run, put: Put) -> None:
    put()
    assert run("why", PAGE) == run("why", str(JOB_ID))


def test_a_script_gets_the_row_and_the_remedies(run: Run, put: Put) -> None:
    put()
    code, out, _ = run("why", str(JOB_ID), "--json")
    told = json.loads(out)
    assert (code, told["ok"], told["jobId"], told["deployment"]) == (1, False, JOB_ID, "spot-runner")
    assert told["job"] == {
        "status": "refused",
        "repository": "octo-org/hello",
        "labels": ["self-hosted", "spotrunner/linux-x46"],
        "preset": "linux-x46",
        "launchId": None,
        "runId": 77,
        "runAttempt": 2,
        "refusal": "unknown preset",
        "reason": "no preset linux-x46 is deployed",
        "runnerName": None,
        "conclusion": None,
        "waitsFor": None,
    }
    assert told["stamps"]["queuedAt"] == "2026-11-23T12:00:00Z"
    assert told["url"] == PAGE
    assert len(told["remedies"]) == 3
    assert (told["causes"], told["notes"]) == ([], [])


REFUSALS: dict[str, tuple[dict[str, object], list[str]]] = {
    "comma-joined labels": (
        {"labels": ["self-hosted,spotrunner/linux-x64"]},
        ["write runs-on as a list, one label in each entry: runs-on: [self-hosted, spotrunner/<preset>]"],
    ),
    "several presets": (
        {"labels": ["spotrunner/linux-x64", "spotrunner/gpu"]},
        ["name one preset in runs-on: one label that begins with spotrunner/"],
    ),
    "malformed label": (
        {"labels": ["spotrunner/"]},
        [f"write the label as spotrunner/<preset> or {LABEL}"],
    ),
    "malformed option": (
        {"labels": ["spotrunner/linux-x64/cpu=many"]},
        [f"give whole numbers of vCPU and GiB, each once, with a slash between them: {LABEL}"],
    ),
    "unknown preset": (
        {"labels": ["spotrunner/linux-x46"]},
        [
            "name a preset that is deployed (linux-arm64, linux-x64), did you mean linux-x64?",
            "or deploy one of that name: merge presets/linux-x46.yaml",
        ],
    ),
    "foreign label": (
        {"labels": ["spotrunner/linux-x64", "gpu"]},
        [
            "keep to the labels that are accepted beside spotrunner/linux-x64: self-hosted, linux, x64, docker",
            "or add the label to `labels` in presets/linux-x64.yaml, and merge that",
        ],
    ),
    "unsatisfiable option": (
        {"labels": ["spotrunner/linux-x64/cpu=64"]},
        [
            "ask for no more than one of linux-x64's types has: m7i.large (2 vCPU, 8 GiB)",
            "or add a larger type to `instanceTypes` in presets/linux-x64.yaml, and merge that",
        ],
    ),
    "repository not admitted": (
        {"repository": "stranger/app"},
        ["only repositories of octo-org are served, which spot-runner.yaml names as github.owner"],
    ),
    "public repository": (
        {"private": False},
        [
            f"name octo-org/app under repositories.allow in spot-runner.yaml, without *, {TRUSTED}",
            "or set repositories.public: true, which admits every public repository that allow matches",
        ],
    ),
}


def test_an_option_that_github_split_off_is_told_with_the_form_that_works_everywhere(
    run: Run, deliver: Deliver
) -> None:
    deliver(labels=["spotrunner/linux-x64/cpu=4", "ram=16"])
    told = remedies(run("why", str(JOB_ID))[1])
    assert told[0] == "write options into the label of the preset, with slashes: spotrunner/linux-x64/cpu=4/ram=16"


@pytest.mark.parametrize("kind", REFUSALS)
def test_what_the_webhook_refuses_is_told_with_the_remedy_of_its_kind(run: Run, deliver: Deliver, kind: str) -> None:
    changes, expected = REFUSALS[kind]
    refused = json.loads(deliver(**changes)["body"])["refused"]
    code, out, err = run("why", str(JOB_ID))
    assert (code, err) == (1, "")
    assert out.startswith(f"Job {JOB_ID} was refused: {kind}\n  reason: {refused}\n")
    assert remedies(out) == expected


def test_a_job_is_told_as_far_as_it_has_come(run: Run, deliver: Deliver, take: Callable[[], None]) -> None:
    assert deliver()["statusCode"] == 202
    code, out, _ = run("why", str(JOB_ID))
    assert (code, "it was heard of a moment ago" in out) == (1, True)
    take()
    code, out, _ = run("why", str(JOB_ID))
    assert (code, out.splitlines()[0]) == (0, f"Job {JOB_ID} is queued")
    assert "  waits for: no private key was put into spot-runner/AppKey" in out.splitlines()
    ended = {"runner_id": 5, "runner_name": "i-0abc", "conclusion": "failure", "completed_at": "2026-11-23T12:05:00Z"}
    assert deliver(action="completed", **ended)["statusCode"] == 202
    take()
    code, out, _ = run("why", str(JOB_ID))
    assert (code, out.splitlines()[0]) == (0, f"Job {JOB_ID} is completed")
    assert [line for line in out.splitlines() if line.startswith(("  runner:", "  conclusion:"))] == [
        "  runner: i-0abc",
        "  conclusion: failure",
    ]
    assert "  completed: 2026-11-23T12:05:00Z" in out
    assert "waits for" not in out
    assert "note:" not in out


def test_a_refused_job_that_was_cancelled_since_is_told_as_refused(
    run: Run, deliver: Deliver, take: Callable[[], None]
) -> None:
    assert deliver(labels=["spotrunner/gpu"])["statusCode"] == 200
    assert deliver(action="completed", labels=["spotrunner/gpu"], conclusion="cancelled")["statusCode"] == 202
    take()
    code, out, _ = run("why", str(JOB_ID))
    assert (code, out.splitlines()[0]) == (1, f"Job {JOB_ID} was refused: unknown preset")
    assert "  conclusion: cancelled" in out


def test_what_github_refuses_is_told_with_a_remedy_too(run: Run, put: Put) -> None:
    put(refusal="refused by GitHub", reason="POST /orgs/octo-org/actions/runners: 422 Labels are too long.")
    code, out, _ = run("why", str(JOB_ID))
    (mend, *_) = remedies(out)
    assert code == 1
    assert mend == "mend what GitHub says of the runner: its labels, or `runnerGroup` of presets/linux-x46.yaml"


def test_a_kind_of_refusal_that_a_newer_release_made_is_told_all_the_same(run: Run, put: Put) -> None:
    put(refusal="wrong weekday")
    code, out, _ = run("why", str(JOB_ID))
    assert (code, remedies(out)) == (1, [])
    assert out.startswith(f"Job {JOB_ID} was refused: wrong weekday\n")


def test_a_repository_that_is_not_admitted_is_held_against_the_settings(run: Run, put: Put, root: Path) -> None:
    put(refusal="repository not admitted")
    with (root / "spot-runner.yaml").open("a") as settings:
        settings.write("repositories: {allow: [octo-org/*], deny: [octo-org/hel*, octo-org/x]}\n")
    (said,) = remedies(run("why", str(JOB_ID))[1])
    assert said.endswith("; here allow is [octo-org/*], deny is [octo-org/hel*, octo-org/x]")


def test_a_preset_far_from_all_that_are_deployed_is_answered_without_a_guess(run: Run, put: Put) -> None:
    put(preset="gpu", labels=["SpotRunner/gpu"])
    assert remedies(run("why", str(JOB_ID))[1])[0] == "name a preset that is deployed (linux-arm64, linux-x64)"


def test_without_a_preset_in_the_row_its_name_is_taken_from_the_labels(run: Run, put: Put) -> None:
    put(preset=None, labels=["self-hosted", "SpotRunner/Linux-X46/cpu=4"])
    assert remedies(run("why", str(JOB_ID))[1])[-1] == "or deploy one of that name: merge presets/linux-x46.yaml"


def test_a_job_that_goes_on_shows_its_stamps_in_their_order(run: Run, put: Put) -> None:
    put(
        status="launched",
        refusal=None,
        reason=None,
        pickedUpAt="2026-11-23T12:00:40.250Z",
        launchedAt="2026-11-23T12:00:09Z",
        updatedAt="2026-11-23T12:00:41Z",
        queuedAt=None,
        completedAt=None,
    )
    code, out, _ = run("why", str(JOB_ID))
    lines = out.splitlines()
    assert (code, lines[0]) == (0, f"Job {JOB_ID} is launched")
    assert lines[-4:] == [
        "  refused: 2026-11-23T12:00:02Z",
        "  launched: 2026-11-23T12:00:09Z",
        "  picked up: 2026-11-23T12:00:40.250Z",
        "  updated: 2026-11-23T12:00:41Z",
    ]
    assert json.loads(run("why", str(JOB_ID), "--json")[1])["ok"] is True


def test_a_job_without_a_row_is_told_with_the_usual_causes(run: Run, put: Put) -> None:
    put()
    code, out, err = run("why", "48616")
    first, *causes = out.splitlines()
    assert (code, err, first) == (1, "", "Nothing is known of job 48616 in spot-runner. Either")
    for cause in ("a moment ago", "begins with spotrunner/", "Recent Deliveries", "30 days", "--environment"):
        assert any(cause in line for line in causes), cause
    told = json.loads(run("why", "48616", "--json")[1])
    assert (told["ok"], told["job"], told["url"], len(told["causes"])) == (False, None, None, len(causes))


@pytest.mark.parametrize("refusal", [HOSTILE, "repository not admitted", "foreign label"])
def test_nothing_that_people_write_in_workflows_reaches_the_terminal_as_a_command(
    run: Run, put: Put, refusal: str
) -> None:
    put(labels=[HOSTILE], repository=f"octo-org/{HOSTILE}", reason=HOSTILE, preset=HOSTILE, refusal=refusal)
    code, out, _ = run("why", str(JOB_ID))
    assert code == 1
    assert all(line.isprintable() for line in out.splitlines())
    assert "##[" not in out
    assert not [line for line in out.splitlines() if line.lstrip().startswith("::")]
    _, out, _ = run("why", str(JOB_ID), "--json")
    told = json.loads(out)
    assert told["job"]["labels"] == [HOSTILE]
    assert (told["url"].isprintable(), "[" in told["url"]) == (True, False)
    assert all(line.isprintable() for line in out.splitlines())


@pytest.mark.parametrize(("field", "value"), [("labels", "self-hosted"), ("runId", "77"), ("status", 1)])
def test_a_row_that_is_none_of_a_job_is_refused_with_the_field(run: Run, put: Put, field: str, value: object) -> None:
    put(**{field: value})
    code, out, err = run("why", str(JOB_ID))
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert err.startswith(f"the row of job {JOB_ID} is not as this release expects, {field}: ")


def test_a_time_that_is_none_is_refused_with_the_field(run: Run, put: Put) -> None:
    put(launchedAt="soon")
    assert "expects, stamps.launchedAt: " in run("why", str(JOB_ID))[2]


@pytest.mark.usefixtures("put")
def test_what_is_no_job_is_wrong_usage_in_one_line(run: Run) -> None:
    code, out, err = run("why", "linux-x64")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith("the job is 'linux-x64', expected its id")


def test_where_nothing_is_deployed_the_parameter_is_named(run: Run, root: Path, put: Put) -> None:
    put()
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text().replace("name: spot-runner", "name: elsewhere"))
    code, out, err = run("why", str(JOB_ID))
    assert (code, out) == (1, "")
    assert err == (
        "there is no /elsewhere/stack/table-name in eu-west-1: deploy first, or choose another --environment\n"
    )


def test_the_documented_rights_are_enough(run: Run, put: Put, operator: Operator) -> None:
    put()
    expected = run("why", str(JOB_ID))
    operator(FIND_TABLE, rows_like("JOB#*"), READ_PRESETS)
    assert run("why", str(JOB_ID)) == expected


def test_without_the_right_to_rows_of_jobs_one_line_names_it(run: Run, put: Put, operator: Operator) -> None:
    put()
    operator(FIND_TABLE, rows_like("PRESET#*"), READ_PRESETS)
    code, out, err = run("why", str(JOB_ID))
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert err.startswith("GetItem was denied: ")
    assert f"it takes dynamodb:GetItem on rows JOB#* of table {TABLE}, which no role" in err


def test_without_the_right_to_presets_the_job_is_told_with_a_note(run: Run, put: Put, operator: Operator) -> None:
    put()
    operator(FIND_TABLE, rows_like("JOB#*"))
    code, out, err = run("why", str(JOB_ID))
    assert (code, err) == (1, "")
    assert "  - or deploy one of that name: merge presets/linux-x46.yaml\n" in out
    assert "name a preset that is deployed" not in out
    note = out.splitlines()[-1]
    assert note.startswith("note: which presets are deployed is not known: ")
    assert note.endswith("allow ssm:GetParametersByPath on parameter/spot-runner/configs/*")


def test_a_parameter_that_holds_no_preset_is_a_note_that_names_the_path(
    run: Run, put: Put, deployed: EmbeddedAws
) -> None:
    put()
    parameter = {"Name": "/spot-runner/configs/broken"}
    deployed.client("ssm").put_parameter(**parameter, Value="[]", Type="String")
    code, out, _ = run("why", str(JOB_ID))
    deployed.client("ssm").delete_parameter(**parameter)
    assert code == 1
    assert out.splitlines()[-1].startswith(
        "note: which presets are deployed is not known: a parameter in /spot-runner/configs/ is no preset ("
    )


def test_a_jobs_machine_is_told_with_what_became_of_it(run: Run, keep: Keep) -> None:
    keep(an_open_job(launchId="fleet-7", launchedAt="2026-11-23T12:00:10Z"))
    machine = a_machine("i-07", launchedFor=JOB_ID, endedAt="2026-11-23T12:01:00Z", endReason="EC2 took it away")
    keep(machine)
    waiting = {"jobId": JOB_ID, "labels": ["spotrunner/linux-x64"], "repository": "octo-org/hello"}
    keep(
        {
            "PK": "LAUNCH#fleet-7",
            "SK": "LAUNCH",
            "launchId": "fleet-7",
            "preset": "linux-x64",
            "cpu": 0,
            "ram": 0,
            "market": "spot",
            "fallback": True,
            "jobs": [{**waiting, "appId": "1", "installationId": 2}],
            "request": "{}",
            "appId": "1",
            "runnerGroup": "Default",
            "timeoutMinutes": 60,
            "attempt": 0,
            "status": "settled",
            "machines": [{"instanceId": "i-07", "instanceType": "m7i.large"}],
            "createdAt": "2026-11-23T12:00:10Z",
            "leaseUntil": "2026-11-23T12:01:10Z",
        }
    )
    code, out, _ = run("why", str(JOB_ID))
    assert code == 0
    assert "  machine: i-07, m7i.large, spot, EC2 took it away" in out.splitlines()
    assert json.loads(run("why", str(JOB_ID), "--json")[1])["machine"]["instanceArn"].endswith(":instance/i-07")
