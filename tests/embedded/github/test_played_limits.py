"""The played GitHub counts what it is asked, and fails where it is told to."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from github import Github
from github.GithubException import GithubException, RateLimitExceededException

from embedded.github.failures import Failure
from tests.github import REPOSITORY, GitHubServer

LIST = f"/repos/{REPOSITORY}/issues"


def read(client: Github) -> dict[str, Any]:
    headers, _ = client.requester.requestJsonAndCheck("GET", LIST)
    return headers


def write(client: Github) -> Any:
    return client.get_repo(REPOSITORY).create_issue("t")


def test_each_answer_says_how_much_is_left(github_server: GitHubServer) -> None:
    github_server.give(requests_per_hour=10)
    client = github_server.client()
    seen = [read(client) for _ in range(3)]
    assert [headers["x-ratelimit-remaining"] for headers in seen] == ["9", "8", "7"]
    assert {headers["x-ratelimit-limit"] for headers in seen} == {"10"}
    assert len({headers["x-ratelimit-reset"] for headers in seen}) == 1


def test_what_is_used_up_comes_back_within_the_hour(github_server: GitHubServer) -> None:
    github_server.give(requests_per_hour=2)
    client = github_server.client()
    read(client)
    read(client)
    with pytest.raises(RateLimitExceededException) as refusal:
        read(client)
    headers = refusal.value.headers or {}
    assert (refusal.value.status, headers["x-ratelimit-remaining"]) == (403, "0")
    github_server.played.clock.forward(3600)
    read(client)


def test_graphql_has_a_limit_of_its_own(github_server: GitHubServer) -> None:
    github_server.give(requests_per_hour=1)
    client = github_server.client()
    read(client)
    client.requester.graphql_query("query { viewer { login } }", {})


def test_too_many_writes_in_a_minute_are_refused_and_reads_are_not(github_server: GitHubServer) -> None:
    github_server.played.limits.writes_per_minute = 2
    client = github_server.client()
    write(client)
    github_server.played.clock.forward(20)
    write(client)
    with pytest.raises(RateLimitExceededException) as refusal:
        write(client)
    assert (refusal.value.headers or {})["retry-after"] == "40"  # then the first write leaves the minute
    read(client)
    github_server.played.clock.forward(40)
    write(client)
    assert len(github_server.repository.issues) == 3


def test_limits_may_be_told_with_429_too(github_server: GitHubServer) -> None:
    github_server.played.limits.status = 429
    github_server.played.limits.writes_per_minute = 1
    client = github_server.client()
    write(client)
    with pytest.raises(GithubException) as refusal:
        write(client)
    assert refusal.value.status == 429


def test_an_error_strikes_as_often_as_told(github_server: GitHubServer) -> None:
    github_server.played.failures.add(Failure(match=f"GET {LIST}", status=503, skip=1, times=2))
    client = github_server.client()
    assert [status(lambda: read(client)) for _ in range(4)] == [200, 503, 503, 200]


def status(action: Callable[[], Any]) -> int:
    try:
        action()
    except GithubException as error:
        return error.status
    return 200


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("effect", ["error", "lost"])
def test_a_failure_comes_before_or_after_the_effect(
    github_server: GitHubServer, effect: str, when: str, made: int
) -> None:
    github_server.played.failures.add(Failure(match=f"POST {LIST}", effect=effect, when=when))
    with pytest.raises((GithubException, requests.ConnectionError)):
        write(github_server.client())
    assert len(github_server.repository.issues) == made


def test_a_slow_answer_comes_in_the_end(github_server: GitHubServer) -> None:
    address = github_server.played.api_url + LIST
    bearer = {"Authorization": "Bearer ghs_job"}
    github_server.played.failures.add(Failure(match=f"GET {LIST}", effect="slow", seconds=30))
    with pytest.raises(requests.ReadTimeout):
        requests.get(address, headers=bearer, timeout=0.1)
    github_server.played.failures.add(Failure(match=f"GET {LIST}", effect="slow", seconds=0.2))
    answer = requests.get(address, headers=bearer, timeout=10)
    assert (answer.status_code, answer.elapsed.total_seconds() >= 0.2) == (200, True)


def test_a_request_may_have_its_effect_twice(github_server: GitHubServer) -> None:
    github_server.played.failures.add(Failure(match=f"POST {LIST}", effect="twice"))
    client = github_server.client()
    assert [write(client).number, write(client).number] == [2, 3]


def test_a_failure_must_be_one_that_is_played() -> None:
    with pytest.raises(ValueError, match="effect is 'fire'"):
        Failure(match=".*", effect="fire")
