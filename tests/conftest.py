"""No test may reach a real account: credentials are made up before anything imports boto3."""

import os
from collections.abc import Iterator
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
FROM_OUTSIDE = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "GH_TOKEN")
for name in [name for name in os.environ if name.startswith(("ACTIONS_", "GITHUB_")) or name in FROM_OUTSIDE]:
    del os.environ[name]


@pytest.fixture
def github_server() -> Iterator["GitHubServer"]:
    """A played GitHub; every request to it and every answer is held against GitHub's OpenAPI description."""
    from embedded.github.clock import Clock, real  # noqa: PLC0415 - after the environment is made up
    from embedded.github.server import PlayedGitHub  # noqa: PLC0415 - as above
    from tests.github import serve  # noqa: PLC0415 - as above
    from tests.github_api import check  # noqa: PLC0415 - as above

    started = real()  # it stands still from here: only `clock.forward` moves it
    with PlayedGitHub(clock=Clock(lambda: started)) as played:
        yield serve(played)
        check(played)
