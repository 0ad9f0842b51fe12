"""`spot-runner jobs`: the open jobs of the table, and on demand those that have ended."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from embedded.aws.server import EmbeddedAws
from generator.jobs import listing, table_of_jobs
from generator.reporting.place import Place
from lambdas.adapters.items import encode
from tests.generator.conftest import Operator
from tests.generator.jobs.conftest import FIND_TABLE, HELLO, TABLE, Keep, Put, an_open_job, rows_like
from tests.generator.jobs.test_runners_command import a_machine
from tests.lambdas.makers import NOON

Run = Callable[..., tuple[int, str, str]]
HOSTILE = "\x1b]0;title\x07\x9b31m\u202e::add-mask::x\n##[group]y"
OPEN = listing.Order(preset=None, with_ended=False)
NOW = NOON + timedelta(minutes=5)


def silent(_said: str) -> None:
    """Show no progress."""


def a_parked_job(job_id: int, preset: str, **changes: object) -> dict[str, object]:
    return an_open_job(job_id, kind=f"JOB#parked#{preset}", preset=preset, **changes)


def test_open_jobs_are_a_table_with_the_longest_waiting_first(
    keep: Keep, here: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(an_open_job(1, updatedAt="2026-11-23T12:04:48Z"))
    keep(an_open_job(3, status="in_progress", pickedUpAt="2026-11-23T09:44:00Z", launchId="fleet-7", runnerName="i-07"))
    keep(an_open_job(2, status="launched", launchedAt="2026-11-23T12:03:00Z", launchId="fleet-8"))
    keep(a_parked_job(4, "linux-arm64", labels=["spotrunner/linux-arm64/cpu=4,ram=16"]))
    table_of_jobs.print_jobs(listing.find(here, OPEN, NOW, silent), as_json=False)
    heading, _, *rows, _, summary = capsys.readouterr().out.splitlines()[1:]
    labels = "self-hosted spotrunner/linux-x64"
    assert [[cell.strip() for cell in row.split("│" if "│" in row else "┃")[1:-1]] for row in (heading, *rows)] == [
        ["preset", "job", "repository", "status", "for", "labels", "launch", "machine"],
        ["linux-arm64", "4", HELLO, "parked", "5 min", "spotrunner/linux-arm64/cpu=4,ram=16", "", ""],
        ["linux-x64", "3", HELLO, "in_progress", "2 h 21 min", labels, "fleet-7", "i-07"],
        ["linux-x64", "2", HELLO, "launched", "2 min", labels, "fleet-8", ""],
        ["linux-x64", "1", HELLO, "queued", "12 s", labels, "", ""],
    ]
    assert summary == "4 jobs: 1 in_progress, 1 launched, 1 parked, 1 queued"


def test_columns_that_say_nothing_are_left_out(run: Run, keep: Keep) -> None:
    keep(an_open_job())
    out = run("jobs")[1]
    assert "repository" in out
    assert "launch" not in out
    assert "machine" not in out


def test_a_narrow_terminal_folds_words_and_never_what_is_copied_from_it(
    run: Run, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(an_open_job(48615000123, status="in_progress", runnerName="i-0123456789abcdef0"))
    monkeypatch.setenv("COLUMNS", "90")
    rows = run("jobs")[1].splitlines()
    assert any("48615000123" in row and "in_progress" in row for row in rows)
    assert max(map(len, rows)) <= 90
    folded = [row.split("│")[6].strip() for row in rows if row.startswith("│")]
    assert "".join(folded) == "self-hostedspotrunner/linux-x64"


def test_a_terminal_opens_the_page_of_a_job(run: Run, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(an_open_job(5))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert f"https://github.com/{HELLO}/actions/runs/77/job/5" in run("jobs")[1]


def test_a_script_gets_the_jobs_with_stamps_and_page(run: Run, keep: Keep) -> None:
    keep(an_open_job(5, status="launched", launchedAt="2026-11-23T12:03:00Z", launchId="fleet-8"))
    code, out, err = run("jobs", "--json")
    told = json.loads(out)
    assert (code, err, told["ok"], told["deployment"], told["notes"]) == (0, "", True, "spot-runner", [])
    (job,) = told["jobs"]
    assert job == {
        "jobId": 5,
        "status": "launched",
        "repository": HELLO,
        "labels": ["self-hosted", "spotrunner/linux-x64"],
        "preset": "linux-x64",
        "launchId": "fleet-8",
        "runId": 77,
        "runAttempt": 1,
        "refusal": None,
        "reason": None,
        "runnerName": None,
        "conclusion": None,
        "waitsFor": None,
        "since": "2026-11-23T12:03:00Z",
        "stamps": {
            "receivedAt": "2026-11-23T12:00:00Z",
            "updatedAt": "2026-11-23T12:00:00Z",
            "launchedAt": "2026-11-23T12:03:00Z",
        },
        "url": f"https://github.com/{HELLO}/actions/runs/77/job/5",
    }


@pytest.mark.usefixtures("keep")
def test_where_no_job_is_open_one_line_says_so(run: Run) -> None:
    assert run("jobs") == (0, "No job is open in spot-runner.\n", "")
    assert run("jobs", "--preset", "linux-x64") == (0, "No job of preset linux-x64 is open in spot-runner.\n", "")


def test_one_preset_shows_its_own_jobs_parked_ones_too(run: Run, keep: Keep) -> None:
    keep(an_open_job(1))
    keep(an_open_job(2, preset="linux-arm64"))
    keep(a_parked_job(3, "linux-arm64"))
    keep(a_parked_job(4, "linux-x64"))
    assert ids(run, "--preset", "linux-arm64") == [2, 3]


def test_jobs_parked_for_a_preset_that_is_gone_are_found_by_its_name(run: Run, keep: Keep) -> None:
    keep(a_parked_job(3, "linux-x46"))
    code, out, _ = run("jobs", "--preset", "linux-x46")
    assert (code, "1 job: 1 parked" in out) == (0, True)
    assert out.splitlines()[-1] == (
        "note: preset linux-x46 is not deployed (linux-arm64, linux-x64), did you mean linux-x64?"
    )
    assert ids(run) == []


def ids(run: Run, *options: str) -> list[int]:
    code, out, _ = run("jobs", "--json", *options)
    assert code == 0
    return [job["jobId"] for job in json.loads(out)["jobs"]]


def test_a_job_that_ended_since_the_index_was_asked_is_not_shown(run: Run, keep: Keep) -> None:
    keep(an_open_job(1, status="completed"))
    assert ids(run) == []


def test_what_ended_or_was_refused_is_shown_on_demand(run: Run, keep: Keep, put: Put) -> None:
    keep(an_open_job(1))
    done = keep(an_open_job(2, status="completed", completedAt="2026-11-23T12:01:00Z", ttl=1798113602))
    del done["kind"]
    keep(done)
    put()
    keep({"PK": "JOB#3", "SK": "OTHER", "kind": "AMI#none", "updatedAt": "2026-11-23T12:00:00Z"})
    assert ids(run) == [1]
    assert ids(run, "--all") == [48615, 1, 2]
    assert ids(run, "--all", "--preset", "linux-x46") == [48615]
    code, out, _ = run("jobs", "--all")
    assert (code, out.splitlines()[-1]) == (0, "3 jobs: 1 completed, 1 queued, 1 refused")


@pytest.mark.usefixtures("keep")
def test_where_no_job_is_known_at_all_one_line_says_how_long_rows_stay(run: Run) -> None:
    expected = "No job is known in spot-runner: rows go 30 days after a job has ended.\n"
    assert run("jobs", "--all") == (0, expected, "")


def test_more_jobs_than_one_answer_holds_are_all_shown(run: Run, keep: Keep, deployed: EmbeddedAws) -> None:
    long = ["spotrunner/linux-x64", "x" * 9000]
    for number in range(1, 131):
        keep(an_open_job(number, labels=long))
    query = {"TableName": TABLE, "IndexName": "byKind", "KeyConditionExpression": "kind = :kind"}
    page = deployed.client("dynamodb").query(**query, ExpressionAttributeValues=encode({":kind": "JOB#open"}))
    assert "LastEvaluatedKey" in page  # else this test shows nothing
    assert ids(run) == list(range(1, 131))
    assert ids(run, "--all") == list(range(1, 131))


def test_progress_is_told_in_rows(keep: Keep, here: Place) -> None:
    for number in range(1, 104):
        keep(an_open_job(number))
    heard: list[str] = []
    listing.find(here, OPEN, NOW, heard.append)
    assert heard == ["Read 100 of 103 rows…", "Read 103 of 103 rows…"]
    heard.clear()
    listing.find(here, listing.Order(preset=None, with_ended=True), NOW, heard.append)
    assert heard[-1].startswith("Looked at 10")


def test_rows_that_cannot_be_read_hide_no_others_and_fail_the_command(run: Run, keep: Keep) -> None:
    keep(an_open_job(1))
    keep(an_open_job(2, labels="self-hosted"))
    code, out, err = run("jobs")
    assert (code, out.splitlines()[-1]) == (1, "1 job: 1 queued")
    assert err.startswith("the row of job 2 is not as this release expects, labels: ")
    code, out, _ = run("jobs", "--json")
    told = json.loads(out)
    assert (code, told["ok"], len(told["jobs"]), told["errors"]) == (1, False, 1, [err.rstrip("\n")])


@pytest.mark.usefixtures("paused")
@pytest.mark.parametrize("command", ["jobs", "runners"])
def test_a_pause_is_told_beside_the_jobs_and_the_machines(run: Run, command: str) -> None:
    note = "spot-runner is paused since 2026-11-23T11:00:00Z: a move: jobs wait until `spot-runner resume`"
    code, out, _ = run(command)
    assert (code, out.splitlines()[-1]) == (0, f"note: {note}")
    assert json.loads(run(command, "--json")[1])["notes"] == [note]


@pytest.mark.usefixtures("paused")
def test_a_pause_is_told_of_a_job_that_waits_and_of_no_other(run: Run, keep: Keep, put: Put) -> None:
    keep(an_open_job(1))
    keep(an_open_job(2, status="completed"))
    put()
    assert "note: spot-runner is paused since 2026-11-23T11:00:00Z: a move: " in run("why", "1")[1]
    assert "paused" in run("why", "3")[1]
    assert "paused" not in run("why", "2")[1] + run("why", "48615")[1]


@pytest.mark.parametrize("command", ["jobs", "runners"])
def test_nothing_that_people_write_reaches_the_terminal_as_a_command(run: Run, keep: Keep, command: str) -> None:
    names = {"repository": f"octo-org/{HOSTILE}", "preset": HOSTILE, "labels": [HOSTILE], "launchId": HOSTILE}
    keep(an_open_job(1, status=HOSTILE, runnerName=HOSTILE, **names))
    keep(a_machine(HOSTILE, market=HOSTILE, instanceType=HOSTILE, **names))
    keep({"PK": "CAPACITY", "SK": "DEPLOYMENT", "pausedAt": "2026-11-23T11:00:00Z", "pausedReason": HOSTILE})
    for options in ((), ("--json",)):
        code, out, err = run(command, *options)
        assert (code, err) == (0, "")
        assert all(line.isprintable() for line in out.splitlines())
        assert "##[" not in out
        assert not [line for line in out.splitlines() if line.lstrip().startswith("::")]


def test_what_no_preset_can_be_called_is_wrong_usage(run: Run) -> None:
    code, out, err = run("jobs", "--preset", "linux_x64")
    assert (code, out) == (2, "")
    assert err == "--preset is 'linux_x64', expected a preset's name, such as linux-x64\n"


READ = ("GetItem", "BatchGetItem", "Query")


@pytest.mark.parametrize("command", ["jobs", "runners"])
def test_the_documented_rights_are_enough(run: Run, keep: Keep, operator: Operator, command: str) -> None:
    keep(an_open_job(1))
    expected = run(command, "--json")[1]
    operator(FIND_TABLE, rows_like("JOB#*", "RUNNER#*", "AMI", "CAPACITY", actions=READ))
    code, out, err = run(command, "--json")
    without_time = [{**json.loads(text), "generatedAt": None} for text in (out, expected)]
    assert (code, err, without_time[0]) == (0, "", without_time[1])


def test_a_right_that_is_missing_is_named(run: Run, keep: Keep, operator: Operator) -> None:
    keep(an_open_job(1))
    operator(FIND_TABLE, rows_like("JOB#*", "AMI", actions=("Query",)))
    code, out, err = run("jobs")
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert f"it takes dynamodb:BatchGetItem on rows JOB#* of table {TABLE}, which no role of the workflows has" in err
    code, _, err = run("jobs", "--all")
    assert (code, f"it takes dynamodb:Scan on table {TABLE}, " in err) == (1, True)
    code, _, err = run("pause")
    assert (code, f"it takes dynamodb:UpdateItem on row CAPACITY of table {TABLE}, " in err) == (1, True)


def test_without_the_right_to_the_pause_jobs_are_shown_with_a_note(run: Run, keep: Keep, operator: Operator) -> None:
    keep(an_open_job(1))
    operator(FIND_TABLE, rows_like("JOB#*", "AMI", actions=READ))
    code, out, _ = run("jobs")
    assert (code, "1 job: 1 queued" in out) == (0, True)
    assert out.splitlines()[-1].startswith("note: whether spot-runner is paused is not known: GetItem was denied: ")
