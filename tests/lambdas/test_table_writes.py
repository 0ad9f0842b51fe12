"""What the table promises to the loops above it: how it is read, and on which conditions it is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from lambdas.adapters import preset_rows, round_row
from lambdas.adapters.errors import ConflictError
from lambdas.core.changes import Change
from lambdas.core.rounds import Round
from lambdas.core.state import Facts, Pipeline, Snapshot
from tests.lambdas.account import Account, client
from tests.lambdas.answer_desk import AnswerDesk
from tests.lambdas.makers import a_failed_build, at, build_arn

RUNNING = a_failed_build(status="TESTING")
DISABLED = Pipeline(status="DISABLED", event_at=at(1))


@contextmanager
def requests() -> Iterator[list[dict[str, Any]]]:
    """Keep the requests that DynamoDB is sent."""
    sent: list[dict[str, Any]] = []

    def keep(params: dict[str, Any], **_: object) -> None:
        sent.append(params)

    client("dynamodb").meta.events.register("provide-client-params.dynamodb", keep)
    try:
        yield sent
    finally:
        client("dynamodb").meta.events.unregister("provide-client-params.dynamodb", keep)


def test_a_preset_is_read_consistently_and_its_facts_last(account: Account) -> None:
    with requests() as sent:
        preset_rows.read(account.world.table, "linux-x64")
    assert [request.get("Key", {}).get("SK", {}).get("S") for request in sent] == ["LATEST", "CONFIG", None]
    assert all(request["ConsistentRead"] for request in sent)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(Change(builds=(RUNNING,)), Change(builds=(a_failed_build(),)), id="a build"),
        pytest.param(Change(pipeline=DISABLED), Change(pipeline=replace(DISABLED, event_at=at(2))), id="a pipeline"),
    ],
)
def test_a_fact_that_others_wrote_since_it_was_read_is_not_overwritten(
    account: Account, first: Change, second: Change
) -> None:
    rows = account.world.table
    preset_rows.write(rows, "linux-x64", Snapshot(), first)
    written = account.items()
    with pytest.raises(ConflictError):
        preset_rows.write(rows, "linux-x64", Snapshot(), second)
    older = Facts(
        builds=tuple(replace(build, event_at=at(0)) for build in first.builds),
        pipeline=replace(DISABLED, event_at=at(0)) if first.pipeline else None,
    )
    with pytest.raises(ConflictError):
        preset_rows.write(rows, "linux-x64", Snapshot(facts=older), second)
    assert account.items() == written


def test_who_has_lost_the_lease_does_not_end_it(account: Account) -> None:
    rows, now = account.world.table, account.world.now
    round_row.take(rows, "one", now)
    with pytest.raises(ConflictError):
        round_row.give_back(rows, "another", Round(), now)
    assert round_row.take(rows, "another", now) is None


def test_a_stack_that_owns_nothing_cancels_no_builds(account: Account, desk: AnswerDesk) -> None:
    account.deploy()
    account.sync(account.request("Delete", StackId="an older stack"))
    assert desk.last["Status"] == "SUCCESS"
    image = client("imagebuilder").get_image(imageBuildVersionArn=build_arn())["image"]
    assert image["state"]["status"] == "PENDING"
