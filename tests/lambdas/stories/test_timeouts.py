"""preset_sync, killed at every call that it makes, is not called again: CloudFormation gives up on it and rolls back.

What users see is then as if nobody had deployed. Facts stay, and so does a build that an Update of the recipe began.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests.lambdas.account import Account, an_account, client
from tests.lambdas.answer_desk import AnswerDesk
from tests.lambdas.crashes import ANSWER, counted, in_a_copy, killed_at, moments
from tests.lambdas.makers import PIPELINE, preset_json

SERVICE_TIMEOUT_SECONDS = 120
MADE_UP = "spot-runner-preset-linux-x64-Sync-1A2B3C"  # CloudFormation's id for what never answered


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A request of CloudFormation, and what it asks for once that has failed."""

    request: dict[str, Any]
    roll_back: Callable[[], None]


def a_new_preset(account: Account) -> Deployment:
    return created(account, account.recipe())


def a_preset_that_comes_back(account: Account) -> Deployment:
    recipe = account.ready()
    account.sync(account.request("Delete"))
    return created(account, recipe, StackId="another stack")


def created(account: Account, recipe: str, **changes: Any) -> Deployment:
    properties = {"RecipeArn": recipe, "PipelineArn": account.pipeline(recipe), **changes}
    delete = account.request("Delete", PhysicalResourceId=MADE_UP, **properties)
    return Deployment(request=account.request(**properties), roll_back=lambda: account.sync(delete))


def another_recipe(account: Account) -> Deployment:
    return updated(account, account.ready(), recipe=account.recipe(), RecipeHash="bbbb")


def another_label(account: Account) -> Deployment:
    recipe = account.ready()
    return updated(account, recipe, recipe=recipe, Preset=preset_json(labels=["small"]))


def updated(account: Account, before: str, *, recipe: str, **changes: Any) -> Deployment:
    request = account.request("Update", RecipeArn=recipe, PipelineArn=account.pipeline(recipe), **changes)

    def roll_back() -> None:
        account.sync(account.request("Update", RecipeArn=before, PipelineArn=account.pipeline(before)))

    return Deployment(request=request, roll_back=roll_back)


def shown(account: Account) -> dict[str, Any]:
    """Return what users see and launches read, without versions and times: the rollback is a deployment, too."""
    presets = json.loads(account.status()["body"])["presets"]
    return {
        "presets": [{key: preset[key] for key in ("name", "status", "amiId", "reason")} for preset in presets],
        "parameters": {name: {**value, "version": 0} for name, value in account.parameters().items()},
        "of no preset": running(account) if not presets else [],
    }


def running(account: Account) -> list[str]:
    """Return the builds of the pipeline that have not ended."""
    if not account.builds():
        return []
    listed = client("imagebuilder").list_image_pipeline_images(imagePipelineArn=PIPELINE)["imageSummaryList"]
    return [image["arn"] for image in listed if image["state"]["status"] not in ("AVAILABLE", "CANCELLED", "FAILED")]


@pytest.mark.parametrize(
    "prepare", [a_new_preset, a_preset_that_comes_back, another_recipe, another_label], ids=lambda one: one.__name__
)
def test_a_deployment_that_dies_at_any_call_is_rolled_back_to_what_was(
    prepare: Callable[[Account], Deployment], desk: AnswerDesk
) -> None:
    with an_account(desk.url) as account:
        deployment = prepare(account)
        before = shown(account)
        calls = in_a_copy(partial(undisturbed, account, deployment))["calls"]
        assert calls[-1] == ANSWER
        for moment, number in moments(calls)[:-1]:  # after the answer there is nothing to give up on
            desk.bodies.clear()
            left = in_a_copy(partial(killed_and_rolled_back, account, deployment, moment, number))
            assert left == before, f"killed {moment} {calls[number - 1]}, call {number}"
            assert desk.last["Status"] == "SUCCESS"


def undisturbed(account: Account, deployment: Deployment) -> dict[str, Any]:
    """Return the calls of a deployment that nobody kills."""
    with counted() as calls:
        account.sync(deployment.request)
    return {"calls": calls.made}


def killed_and_rolled_back(account: Account, deployment: Deployment, moment: str, number: int) -> dict[str, Any]:
    """Return what is left when a deployment was killed at one call, and CloudFormation gave up on it."""
    with killed_at(moment, number):
        account.sync(deployment.request)
    account.clock.advance(SERVICE_TIMEOUT_SECONDS)
    deployment.roll_back()
    return shown(account)
