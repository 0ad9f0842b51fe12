"""What GitHub refuses an App, as a row with its remedy."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from generator.doctor.findings import Finding, problem
from generator.github_app import pages
from lambdas.adapters.github import GitHubError, PacedError, RefusedError, UnavailableError
from lambdas.adapters.github_apps import NoKeyError

T = TypeVar("T")
# What an answer without the fields that GitHub gives leads to.
STUMBLES = (KeyError, TypeError, AttributeError)
SIGN_IN = "GET /app"
CLOCK = "claim ("  # how GitHub begins to speak of the times in a JWT


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the remedies name: GitHub's address, whose Apps these are, and the command that puts their keys."""

    server_url: str
    owner: str
    put_key: str


def attempt(about: str, read: Callable[[], T], words: Words) -> T | Finding:
    """Return what is read, or the row that says why it could not be."""
    try:
        return read()
    except GitHubError as error:
        return _refused(about, error, words)
    except STUMBLES:
        return problem(
            about, "the answer is not GitHub's", f"check github.serverUrl, {words.server_url}, and the proxy"
        )


def _refused(about: str, error: GitHubError, words: Words) -> Finding:
    if isinstance(error, NoKeyError):
        return problem(about, str(error), f"`{words.put_key}`")
    if isinstance(error, PacedError):
        return problem(about, f"GitHub wants fewer requests: {error}", f"repeat this in {error.wait_seconds} seconds")
    if isinstance(error, UnavailableError):
        remedy = f"check the network, the proxy and github.serverUrl, {words.server_url}, then repeat this"
        return problem(about, f"GitHub did not answer: {error}", remedy)
    return problem(about, *_meaning(error, words))


def _meaning(error: GitHubError, words: Words) -> tuple[str, str]:
    """Return what a refusal means, and what to do."""
    status = error.status if isinstance(error, RefusedError) else 0
    if status == HTTPStatus.NOT_FOUND and str(error).startswith(f"{SIGN_IN}: "):
        listed = pages.of_all_apps(words.server_url, words.owner)
        return f"GitHub knows no App of this id: {error}", f"correct github.apps in spot-runner.yaml: {listed}"
    if CLOCK in str(error):
        return f"GitHub does not accept the time of day here: {error}", "set this machine's clock, then repeat this"
    if status == HTTPStatus.UNAUTHORIZED:
        listed = pages.of_all_apps(words.server_url, words.owner)
        said = f"GitHub does not accept the key, which is another App's or was deleted: {error}"
        return said, f"generate a private key in the App's settings, {listed}, and put it: `{words.put_key}`"
    return f"GitHub refused it: {error}", "see the App's settings"
