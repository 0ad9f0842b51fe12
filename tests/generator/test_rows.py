"""Reading the table: what DynamoDB answers in part is asked for again."""

import boto3
import pytest
from botocore.stub import Stubber

from generator import rows
from generator.errors import SpotRunnerError
from lambdas.adapters.items import encode
from lambdas.adapters.table import Table

A, B = ({"PK": f"JOB#{name}", "SK": "JOB"} for name in "ab")


def asked(*keys: dict[str, str]) -> dict[str, object]:
    return {"RequestItems": {"rows": {"Keys": [encode(key) for key in keys], "ConsistentRead": True}}}


def answered(found: list[dict[str, str]], left: list[dict[str, str]]) -> dict[str, object]:
    unprocessed = {"rows": {"Keys": [encode(key) for key in left]}} if left else {}
    return {"Responses": {"rows": [encode(row) for row in found]}, "UnprocessedKeys": unprocessed}


def read(*answers: tuple[dict[str, object], dict[str, object]]) -> list[object]:
    client = boto3.client("dynamodb", region_name="eu-west-1")
    with Stubber(client) as stubber:
        for expected, answer in answers:
            stubber.add_response("batch_get_item", answer, expected)
        found = [row["PK"] for row in rows.several(Table(client=client, name="rows"), ("JOB#a", "JOB#b"), "JOB", print)]
        stubber.assert_no_pending_responses()
    return found


def test_what_was_left_out_of_an_answer_is_asked_for_again() -> None:
    assert read((asked(A, B), answered([A], [B])), (asked(B), answered([B], []))) == ["JOB#a", "JOB#b"]


def test_a_table_that_answers_nothing_is_not_asked_for_ever() -> None:
    with pytest.raises(SpotRunnerError, match=r"table rows has no room for more reads: wait a minute and repeat"):
        read((asked(A, B), answered([], [A, B])))
