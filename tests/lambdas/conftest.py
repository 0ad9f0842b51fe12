"""What tests of the functions share: an account with an empty deployment, and the desk where answers arrive."""

from collections.abc import Iterator

import pytest

from lambdas.webhook import Desk
from tests.github_app import an_organization
from tests.lambdas.account import Account, an_account
from tests.lambdas.answer_desk import AnswerDesk, an_answer_desk
from tests.lambdas.webhook_desk import a_desk
from tests.lambdas.yard import Yard, a_yard


@pytest.fixture(scope="session")
def _desk() -> Iterator[AnswerDesk]:
    with an_answer_desk() as desk:
        yield desk


@pytest.fixture
def desk(_desk: AnswerDesk) -> AnswerDesk:
    """Where CloudFormation's answers arrive."""
    for kept in (_desk.bodies, _desk.content_types, _desk.refusals):
        kept.clear()
    return _desk


@pytest.fixture
def account(desk: AnswerDesk) -> Iterator[Account]:
    """An account in which nothing is deployed yet."""
    with an_account(desk.url) as made:
        yield made


@pytest.fixture
def yard(account: Account) -> Iterator[Yard]:
    """A deployment whose preset linux-x64 has an AMI, and a GitHub for its runners."""
    with an_organization(account.clock.now) as organization, a_yard(account, organization) as made:
        yield made


@pytest.fixture
def webhook(account: Account) -> Desk:
    """The webhook of an account in which preset linux-x64 is deployed."""
    account.deploy()
    return a_desk(account)
