"""GET /status as its callers see it."""

import json

import pytest

from tests.lambdas.account import Account, client
from tests.lambdas.crashes import counted
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import ACCOUNT, preset_json


def test_the_status_is_one_query_that_only_reads_sta_1(account: Account) -> None:
    account.ready()
    with counted() as calls:
        account.status()
    assert calls.made == ["dynamodb.Query"]


def test_asking_moves_nothing_sta_1(account: Account) -> None:
    account.ready()
    before = account.items()
    first = account.status()
    assert account.status() == first
    assert account.items() == before


def test_the_answer_is_json_that_a_cache_may_keep_for_seconds(account: Account) -> None:
    account.ready()
    answer = account.status()
    assert answer["statusCode"] == 200
    assert answer["headers"] == {"Content-Type": "application/json", "Cache-Control": "public, max-age=10"}
    assert json.loads(answer["body"])["message"] == "All presets ready"


def test_a_deployment_without_presets_is_degraded(account: Account) -> None:
    answer = json.loads(account.status()["body"])
    assert (answer["status"], answer["message"], answer["presets"]) == ("degraded", "No presets", [])


def test_a_table_that_cannot_be_read_is_told_without_its_error_and_never_cached_sta_2(account: Account) -> None:
    account.ready()
    client("dynamodb").delete_table(TableName="spot-runner")
    answer = account.status()
    assert (answer["statusCode"], answer["headers"]["Cache-Control"]) == (503, "no-store")
    assert json.loads(answer["body"]) == {"error": "the status is not available now"}


def test_a_failure_is_forgotten_when_the_table_is_back_sta_2(account: Account) -> None:
    account.ready()
    with before("dynamodb.Query", refusal("InternalServerError")):
        assert account.status()["statusCode"] == 503
    assert account.status()["statusCode"] == 200


@pytest.mark.parametrize(
    ("path", "method", "code"), [("/", "GET", 404), ("/status/x", "GET", 404), ("/status", "POST", 405)]
)
def test_other_paths_and_methods_are_refused_in_json(account: Account, path: str, method: str, code: int) -> None:
    answer = account.status(path, method)
    assert answer["statusCode"] == code
    assert "error" in json.loads(answer["body"])
    assert answer["headers"].get("Allow") == ("GET" if code == 405 else None)


def test_ami_ids_are_hidden_where_the_deployment_says_so(account: Account) -> None:
    account.ready()
    answer = account.status(show_ami_ids="false")
    assert "ami-" not in answer["body"]
    assert '"serving": true' in answer["body"]


def test_no_account_id_is_in_the_answer(account: Account) -> None:
    account.ready()
    account.deploy(Preset=preset_json(name="other"), StackId="other")
    assert ACCOUNT not in account.status()["body"]
