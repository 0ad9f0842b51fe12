"""How functions read several rows: so many at a time, and what DynamoDB left out is asked for again."""

from collections.abc import Sequence

import boto3
from botocore.stub import Stubber

from lambdas.adapters import job_rows, open_rows, rows
from lambdas.adapters.items import Item, encode
from lambdas.adapters.table import Table


def asked(*keys: Item) -> dict[str, object]:
    return {"RequestItems": {"rows": {"Keys": list(keys), "ConsistentRead": True}}}


def answered(found: Sequence[int], left: Sequence[Item] = ()) -> dict[str, object]:
    unprocessed = {"rows": {"Keys": list(left), "ConsistentRead": True}} if left else {}
    return {"Responses": {"rows": [encode({"jobId": one}) for one in found]}, "UnprocessedKeys": unprocessed}


def read(job_ids: Sequence[int], *answers: tuple[dict[str, object], dict[str, object]]) -> list[int]:
    client = boto3.client("dynamodb", region_name="eu-west-1")
    with Stubber(client) as stubber:
        for expected, answer in answers:
            stubber.add_response("batch_get_item", answer, expected)
        found = list(job_rows.read_all(Table(client=client, name="rows"), job_ids))
        stubber.assert_no_pending_responses()
    return found


def test_what_was_left_out_of_an_answer_is_asked_for_again() -> None:
    one, two = job_rows.key(1), job_rows.key(2)
    assert read([1, 2], (asked(one, two), answered([1], [two])), (asked(two), answered([2]))) == [1, 2]


def test_no_more_rows_are_asked_for_at_a_time_than_dynamodb_answers() -> None:
    ids = list(range(1, rows.MOST_READ + 2))
    *first, last = map(job_rows.key, ids)
    assert read(ids, (asked(*first), answered(ids[:-1])), (asked(last), answered(ids[-1:]))) == ids


def test_a_row_that_is_named_twice_is_asked_for_once() -> None:
    one, two = job_rows.key(1), job_rows.key(2)
    assert read([1, 2, 1], (asked(one, two), answered([1, 2]))) == [1, 2]


def test_a_job_that_the_index_shows_twice_because_it_changed_meanwhile_is_one_as_it_was_met_last() -> None:
    client = boto3.client("dynamodb", region_name="eu-west-1")
    shown = {"PK": "JOB#1", "SK": "JOB", "preset": "linux-x64", "labels": ["x"], "repository": "octo-org/shop"}
    seen = [
        encode({**shown, "status": status, "updatedAt": f"2026-11-24T12:0{minute}:00Z"})
        for minute, status in enumerate(("queued", "in_progress"))
    ]
    with Stubber(client) as stubber:
        stubber.add_response("query", {"Items": seen[:1], "LastEvaluatedKey": encode({"PK": "JOB#1", "SK": "JOB"})})
        stubber.add_response("query", {"Items": seen[1:]})
        (found,) = open_rows.open_jobs(Table(client=client, name="rows"))
    assert found.status == "in_progress"


def test_where_no_row_is_wanted_nothing_is_asked() -> None:
    assert read([]) == []
