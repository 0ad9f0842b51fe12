from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import pytest

from generator.deployment.aws import connect

REGION = "eu-west-1"


def test_a_client_is_made_when_it_is_first_needed_and_kept() -> None:
    made: list[str] = []

    def make(service: str) -> object:
        made.append(service)
        return object()

    aws = connect(REGION, make_client=make)
    assert made == ["sts"], "what is wrong with the configuration is said at once"
    assert aws.service_quotas is aws.service_quotas
    assert made == ["sts", "service-quotas"]


def test_threads_that_need_the_same_client_get_one_and_no_two_are_made_at_once() -> None:
    together = Barrier(2)

    def make(service: str) -> object:
        if service != "sts":
            with pytest.raises(BrokenBarrierError):
                together.wait(timeout=0.2)
            together.reset()
        return object()

    aws = connect(REGION, make_client=make)
    with ThreadPoolExecutor(4) as pool:
        tables, stacks = (
            [pool.submit(lambda: aws.dynamodb) for _ in range(2)],
            [pool.submit(lambda: aws.cloudformation) for _ in range(2)],
        )
    assert len({id(one.result()) for one in tables}) == 1
    assert len({id(one.result()) for one in stacks}) == 1


def test_there_is_no_client_of_what_is_no_service_here() -> None:
    with pytest.raises(AttributeError):
        _ = connect(REGION, make_client=lambda _: object()).lambda_
