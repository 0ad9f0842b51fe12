"""Every handler, killed at every call that it makes and called again, ends where the undisturbed run ends.

The sweep finds the calls by itself; each scenario says how many there are today, so that it cannot find too few.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

import pytest

from generator import policies
from lambdas.core import times
from tests.lambdas import own_amis
from tests.lambdas.account import Account, an_account, client
from tests.lambdas.answer_desk import AnswerDesk
from tests.lambdas.crashes import ANSWER, counted, in_a_copy, killed_at, moments
from tests.lambdas.makers import PIPELINE, a_disabling, preset_json
from tests.scopes import a_scope

Act = Callable[[], object]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What was there before, what is done, by which function, and how many calls that takes today."""

    function: str
    prepare: Callable[[Account], Act]
    calls: int


def a_first_ami(account: Account) -> Act:
    account.deploy()
    account.build_to_the_end()
    return lambda: account.deliver(account.events[-1])


def a_failed_rebuild(account: Account) -> Act:
    account.ready()
    account.builder.fail_next("*")
    account.start(PIPELINE)
    account.build_to_the_end()
    return lambda: account.deliver(account.events[-1])


def a_disabled_pipeline(account: Account) -> Act:
    account.ready()
    return lambda: account.deliver(a_disabling())


def a_new_preset(account: Account) -> Act:
    recipe = account.recipe()
    request = account.request(RecipeArn=recipe, PipelineArn=account.pipeline(recipe))
    return lambda: account.sync(request)


def another_recipe(account: Account) -> Act:
    account.ready()
    recipe = account.recipe()
    request = account.request("Update", RecipeArn=recipe, PipelineArn=account.pipeline(recipe), RecipeHash="bbbb")
    return lambda: account.sync(request)


def another_label(account: Account) -> Act:
    recipe = account.ready()
    request = account.request("Update", RecipeArn=recipe, PipelineArn=PIPELINE, Preset=preset_json(labels=["small"]))
    return lambda: account.sync(request)


def an_edit_after_a_build_whose_events_were_lost(account: Account) -> Act:
    recipe = account.recipe()
    account.deploy(recipe=recipe)
    account.build_to_the_end()
    request = account.request("Update", RecipeArn=recipe, PipelineArn=PIPELINE, Preset=preset_json(labels=["small"]))
    return lambda: account.sync(request)


def a_preset_that_comes_back(account: Account) -> Act:
    """Its last build was cancelled when it left, and nobody recorded that."""
    recipe = account.recipe()
    account.deploy(recipe=recipe)
    account.sync(account.request("Delete"))
    account.clock.advance(60)
    request = account.request(RecipeArn=recipe, PipelineArn=PIPELINE, StackId="another stack")
    return lambda: account.sync(request)


def a_preset_whose_pipeline_was_disabled_comes_back(account: Account) -> Act:
    recipe = account.ready()
    account.deliver(a_disabling())
    account.sync(account.request("Delete"))
    account.clock.advance(7200)
    request = account.request(RecipeArn=recipe, PipelineArn=PIPELINE, StackId="another stack")
    return lambda: account.sync(request)


def a_preset_that_leaves(account: Account) -> Act:
    account.deploy()
    request = account.request("Delete")
    return lambda: account.sync(request)


def an_own_ami(account: Account) -> Act:
    return own_ami(account, "Create")


def own_ami(account: Account, kind: str) -> Act:
    """Prepare the deployment of an own AMI."""
    request = own_amis.request(account, own_amis.made(), kind)
    return lambda: account.sync(request)


def an_own_ami_in_the_place_of_another(account: Account) -> Act:
    own_amis.deploy(account, own_amis.made())
    return own_ami(account, "Update")


def an_own_ami_in_the_place_of_a_recipe_that_is_being_built(account: Account) -> Act:
    account.deploy()
    account.start(PIPELINE)
    return own_ami(account, "Update")


def a_recipe_in_the_place_of_an_own_ami(account: Account) -> Act:
    own_amis.deploy(account, own_amis.made())
    recipe = account.recipe()
    request = account.request("Update", RecipeArn=recipe, PipelineArn=account.pipeline(recipe))
    return lambda: account.sync(request)


def an_own_ami_that_leaves(account: Account) -> Act:
    own_amis.deploy(account, own_amis.made())
    request = account.request("Delete")
    return lambda: account.sync(request)


def an_own_ami_that_is_gone(account: Account) -> Act:
    ami = own_amis.made()
    own_amis.deploy(account, ami)
    account.reconcile()
    client("ec2").deregister_image(ImageId=ami)
    account.clock.advance(3600)
    return account.reconcile


def lost_events(account: Account) -> Act:
    account.deploy()
    client("ssm").put_parameter(Name="/spot-runner/configs/old", Value="{}", Type="String")
    account.build_to_the_end()

    return account.reconcile


SCENARIOS = (
    Scenario(function="ami_update", prepare=a_first_ami, calls=10),
    Scenario(function="ami_update", prepare=a_failed_rebuild, calls=9),
    Scenario(function="ami_update", prepare=a_disabled_pipeline, calls=8),
    Scenario(function="preset_sync", prepare=a_new_preset, calls=15),
    Scenario(function="preset_sync", prepare=another_recipe, calls=15),
    Scenario(function="preset_sync", prepare=another_label, calls=9),
    Scenario(function="preset_sync", prepare=an_edit_after_a_build_whose_events_were_lost, calls=11),
    Scenario(function="preset_sync", prepare=a_preset_that_comes_back, calls=16),
    Scenario(function="preset_sync", prepare=a_preset_whose_pipeline_was_disabled_comes_back, calls=10),
    Scenario(function="preset_sync", prepare=a_preset_that_leaves, calls=14),
    Scenario(function="preset_sync", prepare=an_own_ami, calls=11),
    Scenario(function="preset_sync", prepare=an_own_ami_in_the_place_of_another, calls=11),
    Scenario(function="preset_sync", prepare=an_own_ami_in_the_place_of_a_recipe_that_is_being_built, calls=14),
    Scenario(function="preset_sync", prepare=a_recipe_in_the_place_of_an_own_ami, calls=16),
    Scenario(function="preset_sync", prepare=an_own_ami_that_leaves, calls=12),
    Scenario(function="reconcile", prepare=lost_events, calls=28),
    Scenario(function="reconcile", prepare=an_own_ami_that_is_gone, calls=23),
)
# Until a function is called again: the queue's visibility timeout, and the next minute. Production never calls
# preset_sync again; what follows there is in test_timeouts.py.
SECONDS_LATER = {"ami_update": 360, "preset_sync": 0, "reconcile": 60}
EACH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.prepare.__name__)


def seen(account: Account, since: datetime) -> dict[str, Any]:
    """Return all that a user or an operator could see, but for the answer to CloudFormation and the lease's owner.

    Every moment since the function was first called is the same: a second call comes later.
    """
    items = [{key: value for key, value in item.items() if key != "leaseOwner"} for item in account.items()]
    shown = {"parameters": account.parameters(), "builds": account.builds(), "status": account.status()["body"]}
    text = json.dumps({"items": items, **shown, "status": json.loads(shown["status"])})
    found: dict[str, Any] = json.loads(
        MOMENT.sub(lambda one: "then" if times.moment(one[0]) >= since else one[0], text)
    )
    return found


@cache
def undisturbed(scenario: Scenario, desk: AnswerDesk) -> tuple[dict[str, Any], list[str]]:
    """Return what a run leaves behind, and the calls that it made; it is the same each time, so it is done once."""
    with an_account(desk.url) as account:
        act, now = scenario.prepare(account), account.world.now
        desk.bodies.clear()
        with counted() as calls:
            act()
        account.assert_the_state_follows_from_the_facts()
        return {**seen(account, now), "answer": desk.answers[-1:]}, calls.made


@EACH
def test_a_function_killed_at_any_call_and_called_again_ends_in_the_same_state(
    scenario: Scenario, desk: AnswerDesk
) -> None:
    expected, calls = undisturbed(scenario, desk)
    assert len(calls) >= scenario.calls
    with an_account(desk.url) as account:
        act = scenario.prepare(account)
        for moment, number in moments(calls):
            desk.bodies.clear()
            ended = in_a_copy(partial(killed_and_called_again, account, scenario, act, moment, number))
            assert {**ended, "answer": desk.answers[-1:]} == expected, f"killed {moment} {calls[number - 1]}, {number}"


def killed_and_called_again(account: Account, scenario: Scenario, act: Act, moment: str, number: int) -> dict[str, Any]:
    """Return what is left when a function was killed at one call, and then did its work."""
    now = account.world.now
    with killed_at(moment, number):
        act()
    account.assert_the_state_follows_from_the_facts()
    account.clock.advance(SECONDS_LATER[scenario.function])
    act()
    return seen(account, now)


@EACH
def test_a_function_called_twice_ends_in_the_same_state(scenario: Scenario, desk: AnswerDesk) -> None:
    expected, _ = undisturbed(scenario, desk)
    with an_account(desk.url) as account:
        act, now = scenario.prepare(account), account.world.now
        desk.bodies.clear()
        act()
        account.clock.advance(SECONDS_LATER[scenario.function])
        act()
        account.assert_the_state_follows_from_the_facts()
        assert {**seen(account, now), "answer": desk.answers[-1:]} == expected


@pytest.mark.parametrize("function", ["ami_update", "preset_sync", "reconcile"])
def test_a_function_calls_what_its_role_may_and_the_rest_has_a_reason(function: str, desk: AnswerDesk) -> None:
    calls = {call for one in SCENARIOS if one.function == function for call in undisturbed(one, desk)[1]}
    calls -= {ANSWER}  # to a URL that CloudFormation has signed
    if "dynamodb.TransactWriteItems" in calls:  # it is no right of its own
        calls = calls - {"dynamodb.TransactWriteItems"} | {"dynamodb.PutItem"}
        calls |= {"dynamodb.DeleteItem"} & granted(function)
    assert calls - granted(function) == set()
    assert granted(function) - calls == {action.replace(":", ".") for action in policies.UNUSED[function]}


def granted(function: str) -> set[str]:
    """Return the calls that a function's role may make."""
    scope = a_scope()
    statements = policies.statements(function, scope)
    return {str(action.JSONrepr()).replace(":", ".") for one in statements for action in one.properties["Action"]}
