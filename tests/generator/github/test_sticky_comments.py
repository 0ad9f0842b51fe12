import pytest

from embedded.github.world import Issue
from generator.github.comments import put_sticky
from tests.github import BOT, GitHubServer

MARKER = "<!-- spot-runner:plan -->"


def a_pull_request(server: GitHubServer) -> Issue:
    return server.issue("octocat", "More disk", is_pull_request=True)


def put(server: GitHubServer, body: str) -> str:
    return put_sticky(server.connect(), "pull request", 1, MARKER, body)


def texts(pull: Issue) -> list[tuple[str, str]]:
    return [(one.author, one.body) for one in pull.comments]


def test_the_first_time_a_comment_is_created_and_then_updated_in_place(github_server: GitHubServer) -> None:
    pull = a_pull_request(github_server)
    assert put(github_server, "1 change") == "created"
    assert texts(pull) == [(BOT, f"{MARKER}\n1 change")]
    assert put(github_server, "2 changes") == "updated"
    assert texts(pull) == [(BOT, f"{MARKER}\n2 changes")]


def test_the_same_text_is_not_written_again(github_server: GitHubServer) -> None:
    a_pull_request(github_server)
    put(github_server, "1 change\n\n- disk")
    github_server.played.calls.clear()
    assert put(github_server, "1 change\n\n- disk\n") == "unchanged"
    assert {call.method for call, _ in github_server.played.calls if call.path != "/graphql"} == {"GET"}


def test_other_line_ends_are_the_same_text(github_server: GitHubServer) -> None:
    pull = a_pull_request(github_server)
    github_server.played.world.add_comment(pull, BOT, f"{MARKER}\r\na\r\nb")
    assert put(github_server, "a\nb") == "unchanged"


def test_a_stranger_who_copies_the_marker_is_passed_over(github_server: GitHubServer) -> None:
    pull = a_pull_request(github_server)
    github_server.played.world.add_comment(pull, "mallory", f"{MARKER}\nall is well")
    assert put(github_server, "1 change") == "created"
    assert texts(pull) == [("mallory", f"{MARKER}\nall is well"), (BOT, f"{MARKER}\n1 change")]


def test_own_comments_that_only_quote_the_marker_are_passed_over(github_server: GitHubServer) -> None:
    pull = a_pull_request(github_server)
    github_server.played.world.add_comment(pull, BOT, f"I write `{MARKER}` first")
    assert put(github_server, "1 change") == "created"


@pytest.mark.parametrize("before", [99, 100, 250])
def test_the_comment_is_found_behind_any_number_of_others(github_server: GitHubServer, before: int) -> None:
    pull = a_pull_request(github_server)
    for _ in range(before):
        github_server.played.world.add_comment(pull, "octocat", "hm")
    github_server.played.world.add_comment(pull, BOT, f"{MARKER}\nold")
    assert put(github_server, "new") == "updated"
    assert texts(pull)[before:] == [(BOT, f"{MARKER}\nnew")]


def test_the_permission_on_pull_requests_is_enough(github_server: GitHubServer) -> None:
    a_pull_request(github_server)
    github_server.give(permissions={"pull_requests": "write"})
    assert put(github_server, "1 change") == "created"
    assert put(github_server, "2 changes") == "updated"
