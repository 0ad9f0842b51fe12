"""The stack of one preset: its image pipeline, its launch template, and the word to `preset_sync` that it is there."""

from typing import TYPE_CHECKING

from troposphere import GetAtt, Output, Parameter, Ref, Template
from troposphere.cloudformation import AWSCustomObject

from generator.recipe import Recipe
from generator.stacks import image, launch_template, machine_logs, tags
from generator.stacks.values import taken
from lambdas.core.names import Names

if TYPE_CHECKING:
    from generator.inputs.settings import Settings
    from generator.presets import Preset

PART = "preset"
TAKEN = (
    "build-instance-profile",
    "build-security-group-id",
    "preset-sync-arn",
    "runner-instance-profile",
    "runner-security-group-id",
    "table-name",
)
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
        "PipelineArn": (str, True),
        "RecipeArn": (str, True),
        "RecipeHash": (str, True),
        "LaunchTemplateId": (str, True),
        "LaunchTemplateVersion": (str, True),
        "Commit": (str, True),
    }


def template(settings: "Settings", preset: "Preset", recipe: Recipe) -> Template:
    """Return the stack's template."""
    names = Names(deployment=settings.name)
    name, marks = names.preset_stack(preset.name), tags.of_preset(names.deployment, preset.name)
    stack = Template(Description=f"{names.deployment}: preset {preset.name}")
    for parameter in parameters(names):
        stack.add_parameter(parameter)
    baking = image.Baking(
        name=name, preset=preset, recipe=recipe, marks=marks, log_retention_days=settings.log_retention_days
    )
    stack.add_resource([*image.resources(baking)])
    stack.add_resource(launch_template.launch_template(name, names.deployment, marks))
    stack.add_resource(
        machine_logs.log_group(names.deployment, preset.name, marks, retention_days=settings.log_retention_days)
    )
    stack.add_resource(sync(preset, recipe, after=sorted(stack.resources.keys() - NAMED_BY_SYNC)))
    for key, value in outputs(recipe).items():
        stack.add_output(Output(key, Value=value))
    return stack


def parameters(names: Names) -> tuple[Parameter, ...]:
    """Return the stack's parameters: what other stacks hand on, and the commit that last touched the preset."""
    commit = Parameter("Commit", Type="String", Default="", Description="Commit that last touched the preset's inputs")
    subnets = taken(names, "subnet-ids", kind=SUBNETS)
    return (*(taken(names, key) for key in TAKEN), subnets, commit)


def sync(preset: "Preset", recipe: Recipe, *, after: list[str]) -> PresetSync:
    """Return the custom resource; it comes last when its stack arrives, and so goes first when it leaves."""
    return PresetSync(
        "Sync",
        DependsOn=after,
        ServiceToken=Ref("PresetSyncArn"),
        ServiceTimeout=ANSWER_SECONDS,
        Preset=preset.deployed_json(),
        PipelineArn=Ref(image.PIPELINE),
        RecipeArn=Ref(image.RECIPE),
        RecipeHash=recipe.recipe_hash,
        LaunchTemplateId=Ref(launch_template.LAUNCH_TEMPLATE),
        LaunchTemplateVersion=GetAtt(launch_template.LAUNCH_TEMPLATE, "LatestVersionNumber"),
        Commit=Ref("Commit"),
    )


def outputs(recipe: Recipe) -> dict[str, object]:
    """Return the stack's outputs, by name; `Decision` is what preset_sync decided."""
    return {
        "Decision": GetAtt("Sync", "Decision"),
        "PipelineArn": Ref(image.PIPELINE),
        "RecipeHash": recipe.recipe_hash,
    }
