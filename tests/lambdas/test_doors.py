"""The adapters: errors by name, patience, and the world as the environment describes it."""

from dataclasses import dataclass
from datetime import UTC

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from lambdas import ami_update, preset_sync, reconcile, status
from lambdas.adapters import amis, clients, items
from lambdas.adapters.clients import Bounds, Patience
from lambdas.adapters.errors import AwsError, ConflictError, NotFoundError, named
from tests.lambdas.account import TABLE, Account, client
from tests.lambdas.makers import ACCOUNT, REGION

BOUNDS = Bounds(read_seconds=4, attempts=2, patience_seconds=7.5)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What Lambda says of an invocation."""

    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:spot-runner-reconcile"
    aws_request_id: str = "invocation"

    def get_remaining_time_in_millis(self) -> int:
        """Return all the time that reconcile has."""
        return 55_000


@pytest.fixture
def environment(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account in which the handlers themselves can be called."""
    said = {"TABLE": TABLE, "DEPLOYMENT": "spot-runner", "SHOW_AMI_IDS": "true", "JOBS_QUEUE_URL": account.queue.url}
    said |= {
        "APP_KEY_ARN": "none",
        "GITHUB_API_URL": "https://github.test",
        "GITHUB_APPS": "",
        "GITHUB_OWNER": "octo-org",
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    return account


def refused(code: str, *reasons: str) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": "No.\nNever."},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(response, "Call")  # type: ignore[arg-type] # the model's own extra field


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused("ResourceNotFoundException"), NotFoundError),
        (refused("ParameterNotFound"), NotFoundError),
        (refused("InvalidInstanceID.NotFound"), NotFoundError),
        (refused("ParameterAlreadyExists"), ConflictError),
        (refused("ConditionalCheckFailedException"), ConflictError),
        (refused("TransactionCanceledException", "None", "ConditionalCheckFailed"), ConflictError),
        (refused("TransactionCanceledException", "TransactionConflict"), ConflictError),
        (refused("TransactionCanceledException", "ConditionalCheckFailed", "ValidationError"), AwsError),
        (refused("AccessDeniedException"), AwsError),
        (NoCredentialsError(), AwsError),
    ],
)
def test_an_error_of_aws_is_named_for_what_to_do_on_one_line(error: Exception, kind: type[AwsError]) -> None:
    with pytest.raises(AwsError) as caught, named():
        raise error
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)


def test_an_error_that_is_not_of_aws_passes_through() -> None:
    with pytest.raises(ZeroDivisionError), named():
        raise ZeroDivisionError


Answered = tuple[object, dict[str, dict[str, str]]]
PACED: Answered = (None, {"Error": {"Code": "CallRateLimitExceededException"}})


def test_image_builders_own_word_for_throttling_is_waited_for_ever_longer() -> None:
    waits = [Patience(left_seconds=20.0).wait(PACED, attempts) for attempts in range(1, 6)]
    assert waits == [1.0, 2.0, 4.0, 8.0, None]


def test_nothing_else_is_waited_for() -> None:
    assert Patience(left_seconds=20.0).wait((None, {"Error": {"Code": "ServiceException"}}), 1) is None
    assert Patience(left_seconds=20.0).wait(None, 1) is None


def test_all_calls_of_an_invocation_together_wait_no_longer_than_its_patience() -> None:
    patience = Patience(left_seconds=20.0)
    waits = [patience.wait(PACED, attempts) or 0.0 for _ in range(10) for attempts in range(1, 6)]
    assert 15 < sum(waits) <= 20


@pytest.mark.usefixtures("environment")
def test_every_invocation_waits_with_patience_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = Patience(left_seconds=0.0)
    monkeypatch.setattr(clients, "_patience", spent)
    clients.world(Context(), BOUNDS)
    assert spent.left_seconds == BOUNDS.patience_seconds


@pytest.mark.usefixtures("environment")
def test_the_world_is_what_the_environment_and_the_functions_own_arn_say() -> None:
    world = clients.world(Context(), BOUNDS)
    assert (world.site.account, world.site.region, world.site.partition) == (ACCOUNT, REGION, "aws")
    assert (world.table.name, world.site.names.deployment) == (TABLE, "spot-runner")
    assert (world.now.microsecond, world.now.tzinfo) == (0, UTC)
    assert clients.world(Context(), BOUNDS).ssm is world.ssm, "clients live as long as the container"


def test_each_handler_does_its_work_in_the_world_of_its_environment(environment: Account) -> None:
    preset_sync.handler({**environment.request("Delete")}, Context())
    reconcile.handler({}, Context())
    assert ami_update.handler({"Records": []}, Context()) == {"batchItemFailures": []}
    event = {"rawPath": "/status", "requestContext": {"http": {"method": "GET"}}}
    assert status.handler(event, Context())["statusCode"] == 200


def test_amis_are_described_in_as_many_calls_as_a_filter_allows(account: Account) -> None:
    made = {account.world.ec2.register_image(Name=f"ami-{n}", RootDeviceName="/dev/xvda")["ImageId"] for n in range(3)}
    asked = [*sorted(made), *(f"ami-{number:017}" for number in range(150))]
    found = amis.describe(client("ec2"), asked)
    assert set(found) == made
    assert {ami.state for ami in found.values()} == {"available"}


def test_an_item_keeps_whole_numbers_lists_and_nulls() -> None:
    record = {"n": 3, "list": [1, "a"], "map": {"deep": 7}, "nothing": None, "yes": True}
    assert items.decode(items.encode(record)) == record
