"""No test may reach a real account: credentials are made up before anything imports boto3.

Much of what tests would spend their time on is none of their business, and is done once or not at all: the reading of
AWS's models, the search for garbage in a heap that stays, and the pauses that GitHub asks for.
"""

import atexit
import gc
import os
import signal
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.github import GitHubServer

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_REGION="eu-west-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_MAX_ATTEMPTS="2",
    MOTO_EC2_LOAD_DEFAULT_AMIS="false",
)
FROM_OUTSIDE = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "COLUMNS", "GH_TOKEN", "LINES")
for name in [name for name in os.environ if name.startswith(("ACTIONS_", "GITHUB_")) or name in FROM_OUTSIDE]:
    del os.environ[name]
# Workers that begin with these end at about the same time.
LONGEST = (
    "tests/workflows/test_runs.py",
    "tests/workflows/test_week.py",
    "tests/e2e/test_day.py",
    "tests/lambdas/stories/test_crashes.py",
    "tests/fold/test_fold_properties.py",
    "tests/workflows/test_gitops_guide.py",
    "tests/generator/local/test_local_ends.py",
    "tests/machines/test_every_way_ends.py",
    "tests/generator/bundles/test_wheels.py",
    "tests/e2e/test_webhook.py",
)
# A shell starts what goes on in the background with Ctrl-C ignored, and every process below would have it so.
signal.signal(signal.SIGINT, signal.default_int_handler)
# The models of AWS and of moto are millions of objects that nobody throws away, at the end either.
gc.set_threshold(20_000, 10, 10)
atexit.register(gc.freeze)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what takes longest."""
    order = {file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


@pytest.fixture(scope="session", autouse=True)
def _models_read_once() -> Iterator[None]:
    """A session of botocore keeps the models that it has read, but every session begins with none."""
    from botocore import loaders  # noqa: PLC0415 - after the environment is made up

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(loaders.create_loader))
        yield


@pytest.fixture
def github_server(monkeypatch: pytest.MonkeyPatch) -> Iterator["GitHubServer"]:
    """A played GitHub; every request to it and every answer is held against GitHub's OpenAPI description."""
    from embedded.github.clock import Clock, real  # noqa: PLC0415 - after the environment is made up
    from embedded.github.server import PlayedGitHub  # noqa: PLC0415 - as above
    from tests.github import serve  # noqa: PLC0415 - as above
    from tests.github_api import check  # noqa: PLC0415 - as above

    monkeypatch.setattr("generator.github.connection.SECONDS_BETWEEN_WRITES", 0.0)
    started = real()  # it stands still from here: only `clock.forward` moves it
    with PlayedGitHub(clock=Clock(lambda: started)) as played:
        yield serve(played)
        check(played)
