import pytest

from generator.github.remote import host_of, repository_of

GITHUB = "https://github.com"


@pytest.mark.parametrize(
    ("remote", "server"),
    [
        ("https://github.com/octo-org/runners.git", GITHUB),
        ("https://github.com/octo-org/runners", GITHUB),
        ("https://github.com/octo-org/runners/", GITHUB),
        ("https://www.github.com/octo-org/runners", GITHUB),
        ("https://GitHub.com/octo-org/runners.git\n", GITHUB),
        ("https://octocat:ghp_x@github.com/octo-org/runners.git", GITHUB),
        ("git@github.com:octo-org/runners.git", GITHUB),
        ("git@GitHub.com:/octo-org/runners", GITHUB),
        ("github.com:octo-org/runners.git", GITHUB),
        ("org-1234@github.com:octo-org/runners.git", GITHUB),
        ("ssh://git@github.com/octo-org/runners.git", GITHUB),
        ("ssh://git@ssh.github.com:443/octo-org/runners.git", GITHUB),
        ("git://github.com/octo-org/runners.git", GITHUB),
        ("octo@octo.ghe.com:octo-org/runners.git", "https://octo.ghe.com"),
        ("https://octo.ghe.com/octo-org/runners", "https://octo.ghe.com"),
        ("https://git.example.com:8443/octo-org/runners.git", "https://git.example.com:8443"),
        ("ssh://git@git.example.com:2222/octo-org/runners.git", "https://git.example.com:8443"),
    ],
)
def test_a_remote_names_its_repository(remote: str, server: str) -> None:
    assert repository_of(remote, server) == "octo-org/runners"


def test_dots_in_a_name_stay() -> None:
    assert repository_of("git@github.com:octo-org/runners.js.git", GITHUB) == "octo-org/runners.js"


@pytest.mark.parametrize(
    "remote",
    [
        "https://gitlab.com/octo-org/runners.git",
        "https://github.com.example.com/octo-org/runners.git",
        "https://example.com/github.com/octo-org/runners.git",
        "git@example.com:github.com/runners.git",
        "git@github.com:runners.git",
        "https://github.com/octo-org/runners/tree/main",
        "https://github.com/octo-org",
        "ftp://github.com/octo-org/runners",
        "/srv/git/octo-org/runners.git",
        "../octo-org/runners",
        "file:///srv/github.com/octo-org/runners",
        "https://[github.com/octo-org/runners",
        "",
    ],
)
def test_what_is_elsewhere_or_no_repository_names_none(remote: str) -> None:
    assert repository_of(remote, GITHUB) is None


def test_a_remote_of_another_github_is_not_taken_for_this_one() -> None:
    assert repository_of("git@github.com:octo-org/runners.git", "https://octo.ghe.com") is None


@pytest.mark.parametrize(
    ("remote", "host"),
    [("git@gitlab.com:a/b.git", "gitlab.com"), ("https://u:secret@x.example/a/b", "x.example"), ("/srv/a/b", "")],
)
def test_the_host_of_a_remote_is_told_without_its_password(remote: str, host: str) -> None:
    assert host_of(remote) == host
