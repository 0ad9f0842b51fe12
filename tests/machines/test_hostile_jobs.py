"""What a job reaches with its machine's role: nothing of another machine's."""

from collections.abc import Callable
from typing import Any

Machines = Callable[..., Any]
Site = Any  # of conftest.py: test folders are not packages
SECONDS = 60
# Each attempt writes the name of what it tried, and `allowed` or AWS's word for no.
HOSTILE = """#!/usr/bin/env bash
try() {
  local name=$1 said
  shift
  said=$(aws --region eu-west-1 "$@" 2>&1) && said=allowed
  echo "$name $(grep -oE 'allowed|\\w+Denied\\w*|Unauthorized\\w*' <<< "$said" | head -n 1)"
} >> "$MACHINE/tried"
table=(--table-name "$TABLE" --key "{\\"PK\\": {\\"S\\": \\"JIT#$OTHER\\"}, \\"SK\\": {\\"S\\": \\"JIT\\"}}")
try take dynamodb delete-item "${table[@]}" --return-values ALL_OLD
try read dynamodb get-item "${table[@]}"
try job dynamodb delete-item --table-name "$TABLE" --key '{"PK": {"S": "JOB#1"}, "SK": {"S": "JOB"}}'
try group logs create-log-group --log-group-name "$GROUP/more"
try builds logs create-log-stream --log-group-name /aws/imagebuilder/x --log-stream-name x
try machines ec2 describe-instances
"""


def test_a_job_reaches_neither_another_machines_row_nor_anything_else(site: Site, machines: Machines) -> None:
    other = site.launch()  # it has no machine: its row stays
    site.configure(other, "another job's")
    run = HOSTILE
    for name, value in (("$TABLE", site.table), ("$OTHER", site.arn(other)), ("$GROUP", site.log_group)):
        run = run.replace(name, value)
    with machines(run=run) as booted:
        instance = site.launch()
        site.configure(instance, "config")
        machine = booted.of(instance)
        assert machine.ended.wait(SECONDS), machine.console
        tried = dict(line.split() for line in (machine.folder / "tried").read_text().splitlines())
    denied = "AccessDeniedException"
    assert tried == {
        "take": denied,
        "read": denied,
        "job": denied,
        "group": denied,
        "builds": denied,
        "machines": "UnauthorizedOperation",
    }
    assert site.has_row(other)
