"""What must hold of the fold, whatever happens; each property takes the fold that it judges."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from hypothesis import Phase, given, settings

from lambdas.core.state import AmiState, Build, Config, Facts
from tests.fold.histories import Happening, config_after, deliveries, facts_after, histories
from tests.fold.model import Model, Waited
from tests.lambdas.makers import NOON

EXAMPLES = settings(max_examples=300, deadline=None, derandomize=True, database=None)
UNSHRUNK = settings(EXAMPLES, phases=[Phase.generate])  # that an example exists is enough
LATER = NOON + timedelta(days=1)


class Fold(Protocol):
    """The function under judgement."""

    def __call__(self, *, config: Config, facts: Facts, previous: AmiState | None, now: datetime) -> AmiState:
        """Return the state that follows from the facts."""


def says(state: AmiState) -> tuple[object, ...]:
    """Return what a state says, without its stamps."""
    return state.status, state.ami_id, state.build_arn, state.recipe_hash, state.reason


def agrees_with_the_model_whatever_the_order(fold: Fold, examples: settings = EXAMPLES) -> None:
    """Observations late, doubled and lost on the way lead to what one says who watched it all."""

    @examples
    @given(deliveries())
    def holds(delivery: tuple[tuple[Happening, ...], tuple[Build, ...]]) -> None:
        history, delivered = delivery
        state = fold(config=config_after(history), facts=facts_after(history, delivered), previous=None, now=LATER)
        model = watched(history)
        model.hear(Waited())
        assert (state.status, state.ami_id) == (model.status, model.ami)

    holds()


def agrees_with_the_model_at_every_step(fold: Fold, examples: settings = EXAMPLES) -> None:
    """The state follows events as they happen; `since` moves with the status, `updated_at` with any change."""

    @examples
    @given(histories())
    def holds(history: tuple[Happening, ...]) -> None:
        model, state = Model(), None
        for count, one in enumerate(history, start=1):
            model.hear(one.event)
            past = history[:count]
            facts = facts_after(past, [each.seen for each in past if each.seen])
            before, state = state, fold(config=config_after(past), facts=facts, previous=state, now=one.moment)
            assert (state.status, state.ami_id) == (model.status, model.ami)
            if before:
                assert (state.since == before.since) == (state.status == before.status)
                assert (state.updated_at == before.updated_at) == (says(state) == says(before))
                assert (state is before) == (says(state) == says(before))
                assert state.version == before.version + (state is not before)

    holds()


def is_the_same_for_facts_in_any_order_and_twice(fold: Fold, examples: settings = EXAMPLES) -> None:
    """The order of the facts means nothing, and folding again changes nothing."""

    @examples
    @given(deliveries())
    def holds(delivery: tuple[tuple[Happening, ...], tuple[Build, ...]]) -> None:
        history, delivered = delivery
        config, facts = config_after(history), facts_after(history, delivered)
        backwards = replace(facts, builds=facts.builds[::-1], deploys=facts.deploys[::-1])
        state = fold(config=config, facts=facts, previous=None, now=LATER)
        assert fold(config=config, facts=backwards, previous=None, now=LATER) == state
        assert fold(config=config, facts=facts, previous=state, now=LATER + timedelta(days=1)) is state

    holds()


def serves_only_living_amis_of_deployed_recipes(fold: Fold, examples: settings = EXAMPLES) -> None:
    """What serves is the AMI of an AVAILABLE build of a recipe deployed here, for the same architecture.

    Own AMIs serve for own AMIs alone.
    """

    @examples
    @given(deliveries())
    def holds(delivery: tuple[tuple[Happening, ...], tuple[Build, ...]]) -> None:
        history, delivered = delivery
        config, facts = config_after(history), facts_after(history, delivered)
        state = fold(config=config, facts=facts, previous=None, now=LATER)
        own = {one.recipe_arn for one in facts.deploys if one.is_own_ami}
        recipes = {one.recipe_arn for one in facts.deploys if one.architecture == config.preset.architecture}
        recipes = recipes & own if config.pipeline_arn is None else recipes - own
        good = {
            build.ami_id
            for build in facts.builds
            if (build.status, build.ami_state) == ("AVAILABLE", "available") and build.recipe_arn in recipes
        }
        assert state.ami_id in good | {None}
        assert state.status != "ready" or state.ami_id

    holds()


def watched(history: tuple[Happening, ...]) -> Model:
    """Return the model after all of a history."""
    model = Model()
    for one in history:
        model.hear(one.event)
    return model


PROPERTIES: tuple[Callable[[Fold, settings], None], ...] = (
    agrees_with_the_model_whatever_the_order,
    agrees_with_the_model_at_every_step,
    is_the_same_for_facts_in_any_order_and_twice,
    serves_only_living_amis_of_deployed_recipes,
)
