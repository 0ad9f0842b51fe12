import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from embedded.aws.faults import Fault
from embedded.aws.server import EmbeddedAws
from generator.deployment.apply import apply
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from generator.deployment.wanted import WantedStacks
from generator.errors import SpotRunnerError
from generator.inputs.settings import Settings
from generator.planning.plan import make_plan
from generator.planning.plans import Fate, Plan, StackPlan
from generator.planning.prints import plan_lines

MakeStack = Callable[..., Wanted]
MakeResource = Callable[..., dict[str, Any]]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
READS = ("Describe", "Get", "List", "Query")


@pytest.fixture
def stacks(a_stack: MakeStack) -> WantedStacks:
    return WantedStacks(
        foundation=a_stack("foundation"),
        control_plane=a_stack("control-plane"),
        presets=(a_stack(preset="linux"),),
    )


def planned(settings: Settings, stacks: WantedStacks, site: Site) -> Plan:
    return make_plan(settings, stacks, site.aws, NOW)


def of(plan: Plan, wanted: Wanted) -> StackPlan:
    return next(stack for stack in plan.stacks if stack.stack == wanted.name)


def test_before_the_first_deployment_everything_is_created(
    settings: Settings, stacks: WantedStacks, site: Site
) -> None:
    plan = planned(settings, stacks, site)
    assert {stack.fate for stack in plan.stacks} == {Fate.CREATE}
    assert plan.notices[0].startswith(f"{settings.name} is not set up in eu-west-1: run `spot-runner bootstrap`")


def test_what_is_deployed_does_not_change(settings: Settings, stacks: WantedStacks, site: Site) -> None:
    for wanted in stacks.all:
        apply(site, wanted)
    plan = planned(settings, stacks, site)
    assert not plan.changes
    assert list(plan_lines(plan))[-1] == "Nothing to deploy."


def test_a_change_names_the_resource_and_its_property(
    settings: Settings, stacks: WantedStacks, site: Site, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    apply(site, stacks.foundation)
    changed = a_stack(resources={"Only": a_parameter("foundation", value="2"), "More": a_parameter("more")})
    plan = planned(settings, replace(stacks, foundation=changed), site)
    lines = list(plan_lines(plan))
    assert of(plan, changed).fate is Fate.UPDATE
    assert "  + More (AWS::SSM::Parameter)" in lines
    assert "  ~ Only (AWS::SSM::Parameter): Value" in lines


def test_a_parameter_with_another_value_is_named(
    settings: Settings, stacks: WantedStacks, site: Site, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    resources = {"Only": a_parameter("foundation", value={"Ref": "Size"})}
    wanted = a_stack(resources=resources, declared={"Size": {"Type": "String", "Default": "small"}})
    apply(site, wanted)
    plan = planned(settings, replace(stacks, foundation=replace(wanted, parameters={"Size": "large"})), site)
    assert of(plan, wanted).parameters == ("Size",)
    assert [change.properties for change in of(plan, wanted).resources] == [("Value",)]


def test_a_preset_whose_file_is_gone_is_listed_with_what_stays(
    settings: Settings, stacks: WantedStacks, site: Site, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    kept = a_parameter("kept", DeletionPolicy="Retain")
    gone = a_stack(preset="gone", resources={"Kept": kept, "Rest": a_parameter("rest")})
    apply(site, gone)
    found = of(planned(settings, stacks, site), gone)
    assert (found.fate, found.preset) == (Fate.GONE, "gone")
    assert found.stays[0] == f"AWS::SSM::Parameter /{site.names.deployment}/test/kept"


def test_a_first_creation_that_failed_is_made_anew(
    settings: Settings, stacks: WantedStacks, site: Site, embedded: EmbeddedAws
) -> None:
    embedded.faults.add(Fault(match="ssm.PutParameter", code="ValidationException", status=400, times=1))
    apply(site, stacks.foundation)
    assert of(planned(settings, stacks, site), stacks.foundation).fate is Fate.RECREATE


def test_a_preset_says_what_becomes_of_its_ami(
    settings: Settings, stacks: WantedStacks, site: Site, a_stack: MakeStack
) -> None:
    fields = {"name": "linux", "architecture": "x86_64", "instanceTypes": ["m7i.large"]}
    sync = {
        "Type": "Custom::SpotRunnerPreset",
        "Properties": {"Preset": json.dumps(fields), "RecipeHash": "0123456789abcdef"},
    }
    wanted = a_stack(preset="linux", resources={"Sync": sync})
    plan = planned(settings, replace(stacks, presets=(wanted,)), site)
    assert "  AMI: building the first AMI" in plan_lines(plan)


def test_planning_only_reads(settings: Settings, stacks: WantedStacks, site: Site) -> None:
    apply(site, stacks.foundation)
    asked: list[str] = []
    for client in (site.aws.cloudformation, site.aws.ssm, site.aws.sts, site.aws.dynamodb):
        client.meta.events.register("before-call", lambda model, **_: asked.append(model.name))
    planned(settings, stacks, site)
    assert asked
    assert [name for name in asked if not name.startswith(READS)] == []


def test_another_account_is_refused(settings: Settings, stacks: WantedStacks, site: Site) -> None:
    with pytest.raises(SpotRunnerError, match=r"spot-runner.yaml says 210987654321"):
        planned(settings.model_copy(update={"account": "210987654321"}), stacks, site)
