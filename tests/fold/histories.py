"""Histories that could have happened, and the facts that they leave behind."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from lambdas.core.changes import newer_builds
from lambdas.core.fold import BEGUN_AFTER
from lambdas.core.state import Build, Config, Deploy, Facts
from tests.fold.model import OWN_AMIS, Began, Deployed, Event, Lost, Moved, Returned, Waited, own_ami
from tests.lambdas.makers import NOON, OWN, PIPELINE, a_config, a_deploy, a_preset, an_own_ami, build_arn

if TYPE_CHECKING:
    from collections.abc import Sequence

RECIPES = ("a", "b", "C")  # capitals are arm64
FOREIGN = "x"  # never deployed: somebody else's, or made by hand
BUILDS = 6
# Version strings say nothing about age: the third build has the highest one.
VERSIONS = ("1.0.9/1", "1.0.10/1", "1.0.10/2", "1.0.2/1", "1.0.2/2", "1.0.1/1")


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One event, when it happened, and what GetImage or EC2 said right after it (None if it is not of a build)."""

    event: Event
    moment: datetime
    seen: Build | None = None


@st.composite
def histories(draw: st.DrawFn) -> tuple[Happening, ...]:
    """Draw a history that begins with a deployment; every step is one that Image Builder or a person could take."""
    done: list[Happening] = []
    seen: dict[int, Build] = {}
    own = draw(st.sampled_from(((), tuple(OWN_AMIS))))  # most presets never have any
    recipe = draw(st.sampled_from((*RECIPES, *own)))
    beginnings = () if recipe in OWN_AMIS else (_overtaken(recipe), _failed_anew(recipe))
    planned: list[Event] = [Deployed(recipe=recipe), *draw(st.sampled_from(((), (), *beginnings)))]
    moment = NOON
    for _ in range(1, draw(st.integers(2, 20))):
        event = planned.pop(0) if planned else draw(st.sampled_from(draw(st.sampled_from(_next(seen, recipe, own)))))
        # A new second for what a second tells apart: deployments, and what is said of one build.
        moment += BEGUN_AFTER if isinstance(event, Waited) else timedelta(seconds=1)
        build = _seen(event, seen, moment)
        if build:
            seen[_number(event)] = build
        done.append(Happening(event=event, moment=moment, seen=build))
        recipe = event.recipe if isinstance(event, Deployed) else recipe
    return tuple(done)


def _overtaken(recipe: str) -> tuple[Event, ...]:
    """Return how a build falls behind a newer one that serves, and its recipe goes and comes back before it ends."""
    return (
        Began(build=0, recipe=recipe),
        Began(build=1, recipe=recipe),
        Moved(build=1, status="BUILDING"),
        Moved(build=1, status="AVAILABLE", image="ami-1"),
        *(Deployed(recipe=one) for one in (*RECIPES, recipe)),
    )


def _failed_anew(recipe: str) -> tuple[Event, ...]:
    """Return how a rebuild fails while the AMI before it serves."""
    return (
        Began(build=0, recipe=recipe),
        Moved(build=0, status="BUILDING"),
        Moved(build=0, status="AVAILABLE", image="ami-0"),
        Began(build=1, recipe=recipe),
        Moved(build=1, status="BUILDING"),
        Moved(build=1, status="FAILED"),
    )


def _next(seen: dict[int, Build], deployed: str, own: tuple[str, ...]) -> list[list[Event]]:
    """Return all that could happen now, by kind: every kind is as likely as any other.

    An own AMI that is gone is deployed by a rollback only. No build begins of one.
    """
    kinds: list[list[Event]] = [[Deployed(recipe=recipe) for recipe in RECIPES], [Waited()]]
    kinds += [[Deployed(recipe=one) for one in own]] if own else []
    begun, built = len(seen.keys() - OWN_AMIS.values()), [deployed] * (deployed not in OWN_AMIS)
    if begun < BUILDS:
        kinds += [[Began(build=begun, recipe=recipe) for recipe in (*built, *built, *RECIPES, FOREIGN)]]
    kinds += [moves for number, build in seen.items() if (moves := _moves(number, build))]
    return kinds


def _moves(number: int, build: Build) -> list[Event]:
    """Return what could become of a build."""
    if build.status == "PENDING":
        return [Moved(build=number, status=status) for status in ("BUILDING", "BUILDING", "CANCELLED")]
    if build.status == "BUILDING":
        available = Moved(build=number, status="AVAILABLE", image=f"ami-{number}")
        useless = Moved(build=number, status="AVAILABLE")  # no AMI for this account and Region
        failed = Moved(build=number, status="FAILED", image=f"ami-{number}")  # a failed image can list AMIs
        return [available, available, useless, failed]
    if build.status in ("FAILED", "CANCELLED"):
        return [Moved(build=number, status="PENDING")]  # RetryImage
    if build.ami_state == "available":
        return [Lost(build=number)]
    return [Returned(build=number)] if own_ami(number) else []


def _number(event: Event) -> int:
    if isinstance(event, Deployed):
        return OWN_AMIS.get(event.recipe, -1)
    return -1 if isinstance(event, Waited) else event.build


def _seen(event: Event, seen: dict[int, Build], moment: datetime) -> Build | None:
    match event:
        case Began(build=number, recipe=recipe):
            arn = build_arn(VERSIONS[number])
            return Build(
                build_arn=arn, status="PENDING", recipe_arn=recipe_arn(recipe), started_at=moment, event_at=moment
            )
        case Moved(build=number, status=status, image=image):
            ami = image if status == "AVAILABLE" else None
            state = "available" if ami else None
            return replace(seen[number], status=status, ami_id=ami, ami_state=state, event_at=moment)
        case Lost(build=number):
            return replace(seen[number], ami_state="deregistered", event_at=moment)
        case Returned(build=number):
            return replace(seen[number], ami_state="available", event_at=moment)
        case Deployed(recipe=recipe) if recipe in OWN_AMIS:
            return _deployed_ami(OWN_AMIS[recipe], seen, moment)
        case _:
            return None


def _deployed_ami(number: int, seen: dict[int, Build], moment: datetime) -> Build:
    """Return what EC2 said of an own AMI when it was deployed."""
    made = an_own_ami(str(own_ami(number)), event_at=moment)
    return replace(made, ami_state=seen[number].ami_state) if number in seen else made


def recipe_arn(recipe: str) -> str:
    if recipe in OWN_AMIS:
        return an_own_ami(str(own_ami(OWN_AMIS[recipe]))).recipe_arn
    return f"{OWN}:image-recipe/spot-runner-preset-linux-x64/1.0.{ord(recipe)}"


def architecture(recipe: str) -> str:
    return "arm64" if recipe.isupper() else "x86_64"


def config_after(history: "Sequence[Happening]") -> Config:
    """Return the preset as the last deployment left it."""
    recipe = [one.event.recipe for one in history if isinstance(one.event, Deployed)][-1]
    pipeline_arn = None if recipe in OWN_AMIS else PIPELINE
    return a_config(recipe_hash=recipe, pipeline_arn=pipeline_arn, preset=a_preset(architecture=architecture(recipe)))


def deploys_of(history: "Sequence[Happening]") -> tuple[Deploy, ...]:
    """Return the facts of all deployments, which CloudFormation serialises."""
    deployed = [(one.event.recipe, one.moment) for one in history if isinstance(one.event, Deployed)]
    return tuple(
        a_deploy(
            sequence=number,
            recipe_hash=recipe,
            recipe_arn=recipe_arn(recipe),
            architecture=architecture(recipe),
            deployed_at=moment,
        )
        for number, (recipe, moment) in enumerate(deployed, start=1)
    )


def facts_after(history: "Sequence[Happening]", delivered: "Sequence[Build]") -> Facts:
    """Return the facts that are kept when observations arrive in this order."""
    facts = Facts(deploys=deploys_of(history))
    for build in delivered:
        kept = {one.build_arn: one for one in (*facts.builds, *newer_builds(facts, [build]))}
        facts = replace(facts, builds=tuple(kept.values()))
    return facts


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[tuple[Happening, ...], tuple[Build, ...]]:
    """Draw a history and an order in which its observations arrive: doubled, shuffled, all but the last may be lost."""
    history = draw(histories())
    observed = [one.seen for one in history if one.seen]
    last = {build.build_arn: build for build in observed}
    lost = [build for build in observed if build is not last[build.build_arn]]
    kept = [build for build in lost if draw(st.booleans())] + list(last.values())
    doubled = kept + [build for build in kept if draw(st.booleans())]
    return history, tuple(draw(st.permutations(doubled)))
