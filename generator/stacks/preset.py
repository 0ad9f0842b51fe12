"""The stack of one preset: its image pipeline, its launch template, and the word to `preset_sync` that it is there.

A preset with an own AMI has no pipeline, and nothing that belongs to one.
"""

from typing import TYPE_CHECKING

from troposphere import AWSHelperFn, GetAtt, Output, Parameter, Ref, Template
from troposphere.cloudformation import AWSCustomObject

from generator.origin import OwnAmi
from generator.recipe import Recipe
from generator.stacks import image, launch_template, machine_logs, tags
from generator.stacks.values import taken
from lambdas.core.names import Names

if TYPE_CHECKING:
    from generator.inputs.settings import Settings
    from generator.presets import Preset

Origin = Recipe | OwnAmi
PART = "preset"
TAKEN = ("preset-sync-arn", "runner-instance-profile", "runner-security-group-id", "table-name")
TAKEN_TO_BAKE = ("build-instance-profile", "build-security-group-id")
SUBNETS = "List<AWS::EC2::Subnet::Id>"
ANSWER_SECONDS = 120
# What the custom resource refers to it depends on already; linters refuse to be told twice.
NAMED_BY_SYNC = {image.PIPELINE, image.RECIPE, launch_template.LAUNCH_TEMPLATE}


class PresetSync(AWSCustomObject):  # type: ignore[misc] # troposphere has no types
    """The custom resource that `preset_sync` serves."""

    resource_type = "Custom::SpotRunnerPreset"
    props = {  # noqa: RUF012 - troposphere's way
        "ServiceToken": (str, True),
        "ServiceTimeout": (int, True),
        "Preset": (str, True),
        "Ami": (str, False),
        "PipelineArn": (str, False),
        "RecipeArn": (str, False),
        "RecipeHash": (str, True),
        "LaunchTemplateId": (str, True),
        "LaunchTemplateVersion": (str, True),
        "Commit": (str, True),
    }


def template(settings: "Settings", preset: "Preset", origin: Origin) -> Template:
    """Return the stack's template; raise InvalidInputError if its user data are too large."""
    names = Names(deployment=settings.name)
    name, marks = names.preset_stack(preset.name), tags.of_preset(names.deployment, preset.name)
    stack = Template(Description=f"{names.deployment}: preset {preset.name}")
    for parameter in parameters(names, origin):
        stack.add_parameter(parameter)
    if isinstance(origin, OwnAmi):
        told: AWSHelperFn = launch_template.user_data_of_own_ami(names.deployment, preset.name, preset.platform)
    else:
        baking = image.Baking(
            name=name, preset=preset, recipe=origin, marks=marks, log_retention_days=settings.log_retention_days
        )
        stack.add_resource([*image.resources(baking)])
        told = launch_template.user_data(names.deployment)
    stack.add_resource(launch_template.launch_template(name, marks, told))
    stack.add_resource(
        machine_logs.log_group(names.deployment, preset.name, marks, retention_days=settings.log_retention_days)
    )
    stack.add_resource(sync(preset, origin, after=sorted(stack.resources.keys() - NAMED_BY_SYNC)))
    for key, value in outputs(origin).items():
        stack.add_output(Output(key, Value=value))
    return stack


def parameters(names: Names, origin: Origin) -> tuple[Parameter, ...]:
    """Return the stack's parameters: what other stacks hand on, and the commit that last touched the preset."""
    commit = Parameter("Commit", Type="String", Default="", Description="Commit that last touched the preset's inputs")
    shared = tuple(taken(names, key) for key in TAKEN)
    if isinstance(origin, OwnAmi):
        return (*shared, commit)
    return (*shared, *(taken(names, key) for key in TAKEN_TO_BAKE), taken(names, "subnet-ids", kind=SUBNETS), commit)


def sync(preset: "Preset", origin: Origin, *, after: list[str]) -> PresetSync:
    """Return the custom resource; it comes last when its stack arrives, and so goes first when it leaves."""
    baked = {"PipelineArn": Ref(image.PIPELINE), "RecipeArn": Ref(image.RECIPE)}
    return PresetSync(
        "Sync",
        DependsOn=after,
        ServiceToken=Ref("PresetSyncArn"),
        ServiceTimeout=ANSWER_SECONDS,
        Preset=preset.deployed_json(),
        RecipeHash=origin.recipe_hash,
        LaunchTemplateId=Ref(launch_template.LAUNCH_TEMPLATE),
        LaunchTemplateVersion=GetAtt(launch_template.LAUNCH_TEMPLATE, "LatestVersionNumber"),
        Commit=Ref("Commit"),
        **({"Ami": origin.ami_id} if isinstance(origin, OwnAmi) else baked),
    )


def outputs(origin: Origin) -> dict[str, object]:
    """Return the stack's outputs, by name; `Decision` is what preset_sync decided."""
    said = {"Decision": GetAtt("Sync", "Decision"), "RecipeHash": origin.recipe_hash}
    return said if isinstance(origin, OwnAmi) else {**said, "PipelineArn": Ref(image.PIPELINE)}
