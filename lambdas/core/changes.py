"""From what the table holds and what has happened to what must be written, in one transaction with the new LATEST.

Every function here is pure: the caller writes the change if nothing moved since the snapshot was read, else it reads
and asks again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from lambdas.core import builds
from lambdas.core.fold import fold
from lambdas.core.state import AmiState, Build, Config, Deploy, Facts, Pipeline, Snapshot


@dataclass(frozen=True, kw_only=True)
class Change:
    """What to write of one preset: new or newer facts, and with them CONFIG and LATEST if they change."""

    builds: tuple[Build, ...] = ()
    pipeline: Pipeline | None = None
    deploy: Deploy | None = None
    config: Config | None = None
    latest: AmiState | None = None


def with_facts(
    snapshot: Snapshot, *, found: Iterable[Build] = (), pipeline: Pipeline | None = None, now: datetime
) -> Change:
    """Return the change that observations bring: only newer ones count, and a preset that is gone takes none.

    LATEST is written whenever it would say something else, and gets a new version whenever a fact says something that
    could matter to it, so that nobody who read the facts before can write a state that leaves it out. A fact that only
    confirms what is known moves nothing but its own time.
    """
    if snapshot.config is None or snapshot.latest is None:
        return Change()
    known = _by_arn(snapshot.facts)
    newer = newer_builds(snapshot.facts, found)
    newer_pipeline = pipeline if _is_newer(pipeline, snapshot.facts.pipeline) else None
    change = Change(builds=newer, pipeline=newer_pipeline)
    news = any(_is_news(build, known.get(build.build_arn)) for build in newer)
    news = news or _is_news(newer_pipeline, snapshot.facts.pipeline)
    latest = _latest(snapshot, snapshot.config, change, now)
    return replace(change, latest=latest) if news or not _says_the_same(latest, snapshot.latest) else change


def with_deploy(
    snapshot: Snapshot,
    deploy: Deploy,
    config: Config,
    *,
    found: Iterable[Build] = (),
    pipeline: Pipeline | None = None,
    now: datetime,
) -> Change:
    """Return the change that a deployment brings: facts, CONFIG and LATEST, which it creates if there is none."""
    newer_pipeline = pipeline if _is_newer(pipeline, snapshot.facts.pipeline) else None
    change = Change(deploy=deploy, config=config, builds=newer_builds(snapshot.facts, found), pipeline=newer_pipeline)
    return replace(change, latest=_latest(snapshot, config, change, now))


def newer_builds(facts: Facts, found: Iterable[Build]) -> tuple[Build, ...]:
    """Return those observations that are newer than what is known: of each build the newest, once."""
    known = _by_arn(facts)
    for build in found:
        if builds.is_newer(build, known.get(build.build_arn)):
            known[build.build_arn] = build
    return tuple(build for build in known.values() if build not in facts.builds)


def with_change(facts: Facts, change: Change) -> Facts:
    """Return the facts as they are once a change is written."""
    return Facts(
        deploys=(*facts.deploys, change.deploy) if change.deploy else facts.deploys,
        builds=tuple({**_by_arn(facts), **{build.build_arn: build for build in change.builds}}.values()),
        pipeline=change.pipeline or facts.pipeline,
    )


def applied(snapshot: Snapshot, change: Change) -> Snapshot:
    """Return what the table holds once a change is written."""
    return Snapshot(
        latest=change.latest or snapshot.latest,
        config=change.config or snapshot.config,
        facts=with_change(snapshot.facts, change),
    )


def _by_arn(facts: Facts) -> dict[str, Build]:
    return {build.build_arn: build for build in facts.builds}


def _latest(snapshot: Snapshot, config: Config, change: Change, now: datetime) -> AmiState:
    """Return the state that follows from a change, under a version of its own even if it says the same as before."""
    state = fold(config=config, facts=with_change(snapshot.facts, change), previous=snapshot.latest, now=now)
    return replace(state, version=state.version + 1) if state is snapshot.latest else state


def _is_newer(candidate: Pipeline | None, known: Pipeline | None) -> bool:
    return candidate is not None and (known is None or candidate.event_at > known.event_at)


def _says_the_same(state: AmiState, before: AmiState) -> bool:
    return replace(state, version=before.version) == before


def _is_news(fact: Build | Pipeline | None, known: Build | Pipeline | None) -> bool:
    """Tell whether a fact says more than the time at which it held; when a build ended says something by itself.

    The fold asks whether an end was heard of before a deployment or after it.
    """
    if isinstance(fact, Build) and not builds.is_under_way(fact):
        return fact != known
    return fact is not None and (known is None or replace(fact, event_at=known.event_at) != known)
