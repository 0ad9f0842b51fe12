import pytest

from generator.errors import UsageError
from generator.github.addresses import api_url
from generator.github.connection import connect
from tests.github import BOT, GitHubServer

JOB = {"GITHUB_REPOSITORY": "octo-org/runners", "GITHUB_TOKEN": "ghs_job"}


@pytest.mark.parametrize(
    ("server_url", "expected"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://github.com/", "https://api.github.com"),
        ("https://www.github.com", "https://api.github.com"),
        ("https://octo.ghe.com", "https://api.octo.ghe.com"),
        ("https://github.example.com", "https://github.example.com/api/v3"),
        ("https://github.example.com:8443/", "https://github.example.com:8443/api/v3"),
        ("https://notgithub.com", "https://notgithub.com/api/v3"),
    ],
)
def test_the_api_is_where_the_server_says(server_url: str, expected: str) -> None:
    assert api_url(server_url) == expected


def test_a_job_names_its_repository_and_api() -> None:
    github = connect({**JOB, "GITHUB_API_URL": "https://github.example.com/api/v3/"}, "https://github.com")
    assert (github.full_name, github.api_url) == ("octo-org/runners", "https://github.example.com/api/v3")
    assert github.client.requester.base_url == "https://github.example.com/api/v3"


def test_without_a_job_the_settings_say_where_github_is() -> None:
    assert connect(JOB, "https://octo.ghe.com").api_url == "https://api.octo.ghe.com"
    assert connect(JOB).api_url == "https://api.github.com"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"GITHUB_TOKEN": ""}, "neither GITHUB_TOKEN nor GH_TOKEN is set"),
        ({"GITHUB_TOKEN": " \n"}, "neither GITHUB_TOKEN nor GH_TOKEN is set"),
        ({"GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY is not set"),
        ({"GITHUB_REPOSITORY": "runners"}, "GITHUB_REPOSITORY is 'runners', expected OWNER/NAME"),
        ({"GITHUB_REPOSITORY": "a/b/c"}, "GITHUB_REPOSITORY is 'a/b/c', expected OWNER/NAME"),
        ({"GITHUB_API_URL": "api.github.com"}, "GITHUB_API_URL is 'api.github.com', expected an address"),
        ({"GITHUB_API_URL": "file:///etc"}, "GITHUB_API_URL is 'file:///etc', expected an address"),
    ],
)
def test_what_is_missing_or_wrong_is_named(change: dict[str, str], expected: str) -> None:
    with pytest.raises(UsageError) as error:
        connect({**JOB, **change})
    assert str(error.value).startswith(expected)
    assert "\n" not in str(error.value)


def test_either_token_will_do(github_server: GitHubServer) -> None:
    environ = {**github_server.environ, "GH_TOKEN": github_server.environ["GITHUB_TOKEN"], "GITHUB_TOKEN": ""}
    assert connect(environ).login == BOT


def test_the_author_is_known_for_every_kind_of_token_and_asked_once(github_server: GitHubServer) -> None:
    github = github_server.connect()
    assert (github.login, github.login) == (BOT, BOT)
    assert github_server.asked() == ["POST /graphql"]
    github_server.give(login="octocat", kind="personal access token")
    assert github_server.connect().login == "octocat"


def test_connecting_asks_nothing(github_server: GitHubServer) -> None:
    assert github_server.connect().repository.url
    assert github_server.asked() == []


def test_writes_are_a_second_apart_and_nothing_waits_to_read() -> None:
    pauses = {name: value for name, value in connect(JOB).client.requester.kwargs.items() if "between" in name}
    assert pauses == {"seconds_between_requests": 0, "seconds_between_writes": 1.0}
