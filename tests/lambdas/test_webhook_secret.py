"""The webhook's secret: rotated without a lost delivery, and forgotten soon."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lambdas.webhook import Desk
from tests.lambdas.account import client
from tests.lambdas.deliveries import SECRET, a_payload, a_request
from tests.lambdas.webhook_desk import answered


def changed(webhook: Desk, secret: str) -> datetime:
    """Give the secret another value, and return when that was."""
    client("secretsmanager").put_secret_value(SecretId=webhook.secret.arn, SecretString=secret)
    found = client("secretsmanager").get_secret_value(SecretId=webhook.secret.arn)["CreatedDate"]
    assert isinstance(found, datetime)
    return found


@pytest.fixture
def rotated(webhook: Desk) -> tuple[Desk, datetime]:
    since = changed(webhook, "the new secret")
    return replace(webhook, now=since), since


def codes(webhook: Desk, now: datetime) -> tuple[int, int]:
    """Return what a delivery of the old secret and one of the new are answered."""
    later = replace(webhook, now=now)
    old, new = (answered(later, a_request(a_payload(), secret=one))[0] for one in (SECRET, "the new secret"))
    return old, new


def test_for_a_day_two_secrets_are_accepted(rotated: tuple[Desk, datetime]) -> None:
    webhook, since = rotated
    assert codes(webhook, since + timedelta(minutes=1)) == (202, 202)
    assert codes(webhook, since + timedelta(hours=23, minutes=59)) == (202, 202)
    assert codes(webhook, since + timedelta(days=1, minutes=2)) == (401, 202)


def test_a_secret_before_the_last_two_is_not_accepted(rotated: tuple[Desk, datetime]) -> None:
    webhook, _ = rotated
    since = changed(webhook, "the newest secret")
    assert codes(webhook, since + timedelta(minutes=1)) == (401, 202)


def test_a_container_that_knows_the_old_secret_alone_takes_the_new_one_at_once_job_8(webhook: Desk) -> None:
    assert answered(webhook, a_request(a_payload()))[0] == 202
    changed(webhook, "the new secret")
    assert codes(webhook, webhook.now + timedelta(seconds=6))[1] == 202


def test_a_secret_that_was_withdrawn_is_forgotten_within_a_minute_job_8(webhook: Desk) -> None:
    assert answered(webhook, a_request(a_payload()))[0] == 202
    changed(webhook, "the new secret")
    changed(webhook, "the newest secret")
    assert codes(webhook, webhook.now + timedelta(seconds=61))[0] == 401


@contextmanager
def reads_counted() -> Iterator[list[str]]:
    """Count how often a secret is read."""
    events, reads = client("secretsmanager").meta.events, list[str]()
    events.register_first("before-send.secretsmanager", lambda **_: reads.append("read"), unique_id="reads")
    try:
        yield reads
    finally:
        events.unregister("before-send.secretsmanager", unique_id="reads")


@pytest.mark.parametrize(("secret", "code", "later"), [(SECRET, 202, 59), ("a guess", 401, 5)], ids=["right", "wrong"])
def test_signatures_do_not_have_the_secret_read_each_time(webhook: Desk, secret: str, code: int, later: int) -> None:
    with reads_counted() as reads:
        for seconds in (0, 1, later):
            at = replace(webhook, now=webhook.now + timedelta(seconds=seconds))
            assert answered(at, a_request(a_payload(), secret=secret))[0] == code
    assert len(reads) == 2  # the current version and the one before, once


def test_a_newline_at_its_end_is_no_part_of_the_secret(webhook: Desk) -> None:
    changed(webhook, "from a file\n")
    assert answered(webhook, a_request(a_payload(), secret="from a file"))[0] == 202


def test_a_secret_may_be_stored_as_bytes(webhook: Desk) -> None:
    client("secretsmanager").put_secret_value(SecretId=webhook.secret.arn, SecretBinary=b"in bytes")
    assert answered(webhook, a_request(a_payload(), secret="in bytes"))[0] == 202
