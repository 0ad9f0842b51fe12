from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from embedded.aws.faults import Fault
from embedded.aws.server import EmbeddedAws
from generator.deployment import change_sets, removal, stack_client
from generator.deployment.apply import apply
from generator.deployment.aws import Aws
from generator.deployment.destroy import check_known, destroy, groups
from generator.deployment.report import Outcome
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from generator.errors import SpotRunnerError
from generator.inputs.settings import Settings
from lambdas.core.names import DEPLOYMENT_TAG, PRESET_TAG, Names

MakeStack = Callable[..., Wanted]
MakeResource = Callable[..., dict[str, Any]]

REGION = "eu-west-1"


@pytest.fixture
def deployed(site: Site, a_stack: MakeStack) -> dict[str, Wanted]:
    """Deploy a whole deployment: foundation and control plane protected, two presets."""
    wanted = {
        "foundation": a_stack("foundation", protected=True),
        "control-plane": a_stack("control-plane", protected=True),
        "one": a_stack(preset="one"),
        "two": a_stack(preset="two"),
    }
    for each in wanted.values():
        apply(site, each)
    return wanted


@pytest.fixture
def some_settings(names: Names) -> Settings:
    given = {"name": names.deployment, "region": REGION, "account": "123456789012", "github": {"owner": "octo-org"}}
    return Settings.model_validate(given)


def register_ami(aws: Aws, name: str, tags: Any) -> str:
    ami = aws.ec2.register_image(Name=name)["ImageId"]
    aws.ec2.create_tags(Resources=[ami], Tags=tags)
    return ami


def exists(site: Site, wanted: Wanted) -> bool:
    return stack_client.read(site.aws, wanted.name) is not None


def test_only_presets_without_a_file_are_pruned(site: Site, deployed: dict[str, Wanted]) -> None:
    report = removal.prune(site, {"one"})
    assert [(result.preset, result.outcome) for result in report.results] == [("two", Outcome.DELETED)]
    assert [exists(site, each) for each in deployed.values()] == [True, True, True, False]


def test_a_stack_with_our_name_but_not_our_tag_is_not_pruned(site: Site, a_stack: MakeStack) -> None:
    theirs = replace(a_stack(preset="theirs"), tags={DEPLOYMENT_TAG: "theirs"})
    apply(replace(site, names=Names(deployment="theirs")), theirs)
    assert removal.prune(site, set()).results == ()


def test_the_amis_of_a_pruned_preset_stay_and_are_named(site: Site, a_stack: MakeStack) -> None:
    apply(site, a_stack(preset="one"))
    assert removal.prune(site, set()).stays == ("the AMIs of preset one, and their snapshots",)


@pytest.mark.usefixtures("deployed")
def test_a_stack_that_will_not_go_names_the_resource_and_its_reason(site: Site, embedded: EmbeddedAws) -> None:
    fault = Fault(match="ssm.DeleteParameter", code="ValidationException", status=400, message="held back", times=1)
    embedded.faults.add(fault)
    report = removal.prune(site, {"one"})
    assert report.results[0].outcome is Outcome.FAILED
    assert report.results[0].reason.startswith("could not be deleted: Only (AWS::SSM::Parameter):")
    assert removal.prune(site, {"one"}).results[0].outcome is Outcome.DELETED


def test_a_deployment_goes_presets_first(site: Site, deployed: dict[str, Wanted]) -> None:
    order = [[stack.name for stack in group] for group in groups(site)]
    assert order == [
        [deployed["one"].name, deployed["two"].name],
        [deployed["control-plane"].name],
        [deployed["foundation"].name],
    ]


def test_destroying_lifts_the_protection_and_leaves_no_stack(site: Site, deployed: dict[str, Wanted]) -> None:
    report = destroy(site, groups(site))
    assert report.ok
    assert [exists(site, each) for each in deployed.values()] == [False] * 4


def test_a_preset_that_will_not_go_keeps_what_it_needs(
    site: Site, embedded: EmbeddedAws, deployed: dict[str, Wanted]
) -> None:
    fault = Fault(match="ssm.DeleteParameter", code="ValidationException", status=400, times=1)
    embedded.faults.add(fault)
    assert not destroy(site, groups(site)).ok
    assert exists(site, deployed["control-plane"])
    assert exists(site, deployed["foundation"])


def test_what_is_retained_is_named(site: Site, aws: Aws, a_stack: MakeStack, a_parameter: MakeResource) -> None:
    kept = a_parameter("kept", DeletionPolicy="Retain")
    apply(site, a_stack("foundation", resources={"Kept": kept, "Rest": a_parameter("rest")}))
    report = destroy(site, groups(site))
    name = f"/{site.names.deployment}/test/kept"
    assert report.stays == (f"AWS::SSM::Parameter {name}",)
    assert aws.ssm.get_parameter(Name=name)


def test_what_an_earlier_run_left_is_named_again(site: Site, a_stack: MakeStack, a_parameter: MakeResource) -> None:
    kept = a_parameter("kept", DeletionPolicy="Retain")
    apply(site, a_stack("foundation", resources={"Kept": kept}))
    first = destroy(site, groups(site)).stays
    assert destroy(site, groups(site)).stays == first == (f"AWS::SSM::Parameter /{site.names.deployment}/test/kept",)


def test_what_a_replacement_left_behind_is_named_too(site: Site, a_stack: MakeStack, a_parameter: MakeResource) -> None:
    for name in ("old", "new"):
        kept = a_parameter(name, DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
        apply(site, a_stack("foundation", resources={"Kept": kept}))
    names = [f"AWS::SSM::Parameter /{site.names.deployment}/test/{name}" for name in ("new", "old")]
    assert list(destroy(site, groups(site)).stays) == names


def test_amis_stay_and_are_named_by_their_preset(site: Site, aws: Aws) -> None:
    tags = [{"Key": DEPLOYMENT_TAG, "Value": site.names.deployment}, {"Key": PRESET_TAG, "Value": "linux-x64"}]
    theirs = [{"Key": DEPLOYMENT_TAG, "Value": "theirs"}, {"Key": PRESET_TAG, "Value": "linux-x64"}]
    named = (("mine", tags), ("old", tags), ("theirs", theirs))
    mine, old, _ = (register_ami(aws, name, marks) for name, marks in named)
    aws.ec2.disable_image(ImageId=old)  # its snapshots go on costing
    ours = ", ".join(sorted((mine, old)))
    assert destroy(site, ()).stays == (f"AMIs of preset linux-x64, with their snapshots: {ours}",)


def test_a_deployment_that_never_was_is_looked_for_in_the_wrong_place(
    site: Site, some_settings: Settings, a_stack: MakeStack
) -> None:
    with pytest.raises(SpotRunnerError, match=f"there is no deployment {site.names.deployment} in account"):
        check_known(site, groups(site), some_settings)
    apply(site, a_stack("foundation"))
    check_known(site, groups(site), some_settings)
    destroy(site, groups(site))
    check_known(site, groups(site), some_settings)


def test_bootstrap_goes_only_when_asked_for(site: Site, a_stack: MakeStack) -> None:
    apply(site, a_stack("bootstrap"))
    assert groups(site) == ()
    assert [stack.name for group in groups(site, ("bootstrap",)) for stack in group] == [a_stack("bootstrap").name]


def test_a_stack_that_was_never_executed_goes_too(site: Site, a_stack: MakeStack) -> None:
    wanted = a_stack(preset="stillborn")
    request = change_sets.Request(wanted=wanted, kind="CREATE", tags=tuple(wanted.tags.items()))
    change_sets.make(site.aws, request, site.pace)
    assert destroy(site, groups(site)).ok
    assert not exists(site, wanted)
