"""What `spot-runner plan` does when called: read the project, compare, show, and tell the pull request."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from generator import render
from generator.deployment import commands, signin
from generator.deployment.wanted import wanted_stacks
from generator.errors import SpotRunnerError
from generator.github import runs, summary
from generator.github.addresses import GITHUB_COM
from generator.github.markdown import escaped
from generator.inputs import platforms
from generator.inputs.project import SETTINGS_FILE, Project, load_project, load_settings
from generator.inputs.settings import PRODUCTION
from generator.planning import against
from generator.planning import markdown as plan_markdown
from generator.planning.plan import make_plan
from generator.planning.plans import Plan

if TYPE_CHECKING:
    from generator.github.connection import GitHub

REASON_CHARACTERS = 2_000
NAME_AS_WRITTEN = re.compile(r"^name:\s*[\"']?([a-z][a-z0-9-]{0,19})[\"']?\s*(?:#|$)", re.MULTILINE)
DEFAULT_NAME = "spot-runner"


@dataclass(frozen=True, kw_only=True)
class PlanOrder:
    """What is to be planned; `revision` is what to compare with instead of AWS, `pull_request` where to comment."""

    root: Path
    environment: str | None = None
    revision: str | None = None
    pull_request: int | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Which deployment a comment is about, and its GitHub."""

    deployment: str
    environment: str | None
    server_url: str

    @property
    def marker(self) -> str:
        """Return what a comment begins with, unseen, so that the next plan finds it; production goes without saying."""
        environment = quote(self.environment or PRODUCTION, safe="")  # a name that is not valid may hold anything
        return f"<!-- spot-runner:plan deployment={self.deployment} environment={environment} -->"


def plan(order: PlanOrder) -> Plan:
    """Return what a deployment would do; one that `deploy` would refuse is refused here already."""
    if order.revision is None:
        return _compared_with_aws(order)
    project = load_project(order.root)
    render.refuse_stale(project)
    with commands.progress().status("Comparing with git…"):
        return _with_notices(against.make_plan(project, order.environment, order.revision), project)


def plan_and_tell(order: PlanOrder, environ: Mapping[str, str], show: Callable[[Plan], None]) -> None:
    """Plan and show it; then put it into the job's summary, and into the pull request's one comment.

    Without a plan both say why there is none: a comment never shows a plan of another commit.
    """
    subject = _subject(order)
    github = _connected(environ, subject) if order.pull_request else None
    try:
        made = plan(order)
    except Exception as error:  # whatever it was: a stale plan must not stay
        _tell_failure(order, subject, github, environ, error)
        raise
    show(made)
    rest = where_the_rest_is(environ)
    summary.append(environ, plan_markdown.document(made, summary.MOST_CHARACTERS, rest))
    if github:
        _comment(order, subject, github, plan_markdown.document(made, plan_markdown.COMMENT_CHARACTERS, rest))


def where_the_rest_is(environ: Mapping[str, str]) -> str:
    """Return the sentence that ends a plan of which something had to be left out."""
    return f"The whole plan is in {runs.link(environ)}."


def _compared_with_aws(order: PlanOrder) -> Plan:
    where = commands.place(order.root, order.environment, signin.PLAN)
    render.refuse_stale(where.project)
    with commands.progress().status("Comparing with what is deployed…"):
        stacks = wanted_stacks(where.project, where.settings)
        made = make_plan(where.settings, stacks, where.aws, datetime.now(UTC), order.environment)
        return _with_notices(made, where.project)


def _with_notices(made: Plan, project: Project) -> Plan:
    return replace(made, notices=(*made.notices, *platforms.notices(project.presets)))


def _connected(environ: Mapping[str, str], subject: Subject) -> "GitHub":
    from generator.github import connection  # noqa: PLC0415 - slow to import, and most plans go without a comment

    return connection.connect(environ, subject.server_url)


def _comment(order: PlanOrder, subject: Subject, github: "GitHub", markdown: str) -> None:
    from generator.github import comments  # noqa: PLC0415 - as above

    comments.put_sticky(github, "pull request", order.pull_request or 0, subject.marker, markdown)


def _tell_failure(
    order: PlanOrder, subject: Subject, github: "GitHub | None", environ: Mapping[str, str], error: Exception
) -> None:
    """Say in comment and summary that there is no plan; if that fails as well, both errors are reported."""
    reason = str(error) if isinstance(error, SpotRunnerError) else f"{type(error).__name__}, see the job's log"
    markdown = (
        f"{plan_markdown.heading(subject.deployment, subject.environment)}\n\n"
        f"There is no plan for this commit: {escaped('; '.join(reason.splitlines())[:REASON_CHARACTERS])}\n\n"
        f"More is in {runs.link(environ)}."
    )
    summary.append(environ, markdown)
    try:
        if github:
            _comment(order, subject, github, markdown)
    except SpotRunnerError as second:
        raise SpotRunnerError(f"{error}\n{second}") from error


def _subject(order: PlanOrder) -> Subject:
    """Return whom a comment is about, even where spot-runner.yaml or the environment is what is wrong."""
    try:
        settings = load_settings(order.root).for_environment(order.environment)
    except SpotRunnerError:
        return Subject(deployment=_name(order.root), environment=order.environment, server_url=GITHUB_COM)
    server_url = settings.github.server_url
    return Subject(deployment=settings.name, environment=order.environment, server_url=server_url)


def _name(root: Path) -> str:
    """Return the deployment's name from settings that are not valid, read loosely, or its default."""
    file = root / SETTINGS_FILE
    text = file.read_bytes().decode("utf-8", "replace") if file.is_file() else ""
    found = NAME_AS_WRITTEN.search(text)
    return found[1] if found else DEFAULT_NAME
