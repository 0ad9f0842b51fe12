"""The set-up of docs/gitops.md, typed as it stands there, leads from an empty folder to a green badge in a README."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from markdown_it import MarkdownIt

from embedded.aws.server import EmbeddedAws
from embedded.github.server import PlayedGitHub
from generator.local.emulator import monday_morning
from tests.github_api import check
from tests.workflows.act import Act
from tests.workflows.guide import Newcomer, commands, full_name, settings
from tests.workflows.loop import AwsClock

GREEN = "#1a7f37"


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    home, said = tmp_path_factory.mktemp("guide"), settings()
    start = monday_morning(datetime.now(UTC))
    with (
        EmbeddedAws(region=said["region"], account=said["account"], start=start) as aws,
        PlayedGitHub(clock=AwsClock(aws)) as github,
    ):
        aws.imagebuilder.phase_seconds = 300
        repository = github.world.add_repository(full_name())
        someone = Newcomer(home=home, aws=aws, github=github, repository=repository, act=Act(home=home / "act"))
        someone.be_at_home()
        someone.use_the_template()
        someone.follow()
        yield someone
        check(github)


@pytest.fixture(scope="module")
def seen(newcomer: Newcomer) -> tuple[str, str]:
    """Look at the badge when the guide has been followed, and again an hour later."""
    at_first = badge(newcomer)
    newcomer.aws.settle()
    newcomer.aws.advance(timedelta(hours=1).total_seconds())
    newcomer.aws.settle()
    return at_first, badge(newcomer)


def badges(newcomer: Newcomer) -> dict[str, str]:
    """Return where each image is that the README at GitHub shows, by the words that stand for it."""
    tokens = [child for token in MarkdownIt().parse(newcomer.readme()) for child in token.children or ()]
    return {token.content: str(token.attrs["src"]) for token in tokens if token.type == "image"}


def badge(newcomer: Newcomer) -> str:
    """Ask for the README's badge of the runners."""
    return requests.get(badges(newcomer)["runners"], timeout=30).text


def test_it_takes_fewer_than_ten_commands(newcomer: Newcomer) -> None:
    assert newcomer.typed == commands()
    assert len(newcomer.typed) < 10
    assert not [line for line in newcomer.typed if set(line) & set(";|&")]


def test_each_push_is_deployed_by_the_workflow(newcomer: Newcomer) -> None:
    outcomes = [dict(run.jobs) for run in newcomer.runs]
    assert outcomes == [{"environments": "success", "deploy": "success"}] * 2, newcomer.runs[0].log


def test_only_the_first_push_changes_anything_in_aws(newcomer: Newcomer) -> None:
    first, second = (run.summaries[0] for run in newcomer.runs)
    assert "building the first AMI" in first
    assert "Nothing to do" in second


def test_the_badge_in_the_readme_turns_green(seen: tuple[str, str]) -> None:
    at_first, later = seen
    assert "<title>runners: building</title>" in at_first
    assert "<title>runners: ready</title>" in later
    assert (GREEN in at_first, GREEN in later) == (False, True)


def test_the_readme_shows_beside_it_the_badge_of_the_repositorys_own_workflow(newcomer: Newcomer) -> None:
    watched = f"https://github.com/{full_name()}/actions/workflows/status.yml/badge.svg"
    assert badges(newcomer) == {"runners": badges(newcomer)["runners"], "status": watched}


def test_aws_denied_nothing_on_the_way(newcomer: Newcomer) -> None:
    assert newcomer.aws.enforcement.denials() == ()
