"""The end of a machine that may have ended already: in the table, and in EC2."""

import pytest

from lambdas.adapters import instances, machine_rows
from lambdas.adapters.errors import ConflictError, DeniedError
from lambdas.adapters.machine_rows import End
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.played_jobs import launched
from tests.lambdas.yard import Yard

FORGOTTEN = "i-00000000000000bad"


def an_end(yard: Yard) -> End:
    """Launch a machine, and return its end."""
    launched(yard)
    (row,) = yard.rows("RUNNER")
    return End(arn=row["PK"].removeprefix("RUNNER#"), preset=row["preset"], reason="it is tested")


def test_a_machine_ends_once_in_the_table_and_is_counted_once(yard: Yard) -> None:
    end, table, now = an_end(yard), yard.account.world.table, yard.account.world.now
    assert [machine_rows.end_living(table, end, now) for _ in range(2)] == [True, False]
    assert yard.room()["total"] == 0


def test_while_others_write_a_machine_is_not_taken_for_ended(yard: Yard) -> None:
    end, table, now = an_end(yard), yard.account.world.table, yard.account.world.now
    with before("dynamodb.TransactWriteItems", refusal("TransactionConflictException")), pytest.raises(ConflictError):
        machine_rows.end_living(table, end, now)
    assert machine_rows.end_living(table, end, now)


def test_a_refusal_without_reasons_does_not_tell_that_a_machine_has_ended(yard: Yard) -> None:
    end, table, now = an_end(yard), yard.account.world.table, yard.account.world.now
    with before("dynamodb.TransactWriteItems", refusal("TransactionCanceledException")), pytest.raises(ConflictError):
        machine_rows.end_living(table, end, now)


def test_where_ec2_has_forgotten_one_machine_the_others_end_ins_1(yard: Yard) -> None:
    launched(yard, 2)
    ec2, ids = yard.account.world.ec2, [one["InstanceId"] for one in yard.machines()]
    instances.terminate(ec2, [ids[0], FORGOTTEN, ids[1]])
    assert yard.machines() == []


def test_a_right_that_ended_with_the_tags_of_one_machine_hinders_the_end_of_no_other_ins_1(yard: Yard) -> None:
    launched(yard, 2)
    ec2, (gone, left) = yard.account.world.ec2, [one["InstanceId"] for one in yard.machines()]
    ec2.terminate_instances(InstanceIds=[gone])
    with before("ec2.TerminateInstances", refusal("UnauthorizedOperation")):
        instances.terminate(ec2, [gone, left])
    assert yard.machines() == []


def test_a_right_that_is_missing_indeed_is_told(yard: Yard) -> None:
    launched(yard)
    ids = [one["InstanceId"] for one in yard.machines()]
    with before("ec2.TerminateInstances", refusal("UnauthorizedOperation"), 2), pytest.raises(DeniedError):
        instances.terminate(yard.account.world.ec2, ids)


def test_a_machine_that_ec2_has_forgotten_is_done_with_by_launch_too_ins_1(yard: Yard) -> None:
    told = {"v": 1, "action": "terminate", "instanceIds": [FORGOTTEN]}
    assert yard.take(yard.text(told)) == []
