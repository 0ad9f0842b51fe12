"""How a preset's AMI is baked: components, recipe, where it is built, where it goes, and when.

Image Builder's resources are immutable per version. A recipe says `1.0.x` and gets the next free version by itself; a
component says `1.0.0`, since `x` is refused there, and gets the next build number by itself. Both are kept when they
are replaced or their stack goes, so that a running build never loses its recipe; they cost nothing.
https://docs.aws.amazon.com/imagebuilder/latest/userguide/ibhow-semantic-versioning.html
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2439
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from troposphere import AWSObject, Ref, Select, Sub, imagebuilder, logs

from generator.recipe import ComponentDocument, Recipe
from generator.stacks import iam, tags
from generator.stacks.values import stack_id_part, title
from lambdas.core.names import RECIPE_HASH_TAG
from lambdas.core.preset import LINUX, WINDOWS

if TYPE_CHECKING:
    from generator.presets import Preset

COMPONENT_VERSION = "1.0.0"
RECIPE_VERSION = "1.0.x"
RECIPE = "Recipe"
PIPELINE = "Pipeline"
LOGS = "BuildLogs"
# Bases whose root device is known without asking EC2. Of others it is not assumed: a wrong name adds a second volume
# instead of growing the root, so their volume stays as it is.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
ROOT_DEVICES = {"ubuntu-22.04": "/dev/sda1", "ubuntu-24.04": "/dev/sda1", "windows-2022": "/dev/sda1"}
# AWS's own key, which whoever may use EC2 may use. Without a name it were the account's default, which may be another.
# https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_EbsInstanceBlockDeviceSpecification.html (an ARN)
DISK_KEY = "alias/aws/ebs"
PLATFORMS = {LINUX: "Linux", WINDOWS: "Windows"}
TEST_TIMEOUT_MINUTES = 60
# After so many scheduled builds in a row that failed Image Builder disables the pipeline, and says so by an event.
MOST_FAILURES = 5
HOP_LIMIT = 2  # one more than the machine itself: containers ask for metadata too


@dataclass(frozen=True, kw_only=True)
class Baking:
    """One preset's image: `name` is that of its stack, recipe and pipeline; `marks` are its tags."""

    name: str
    preset: "Preset"
    recipe: Recipe
    marks: Mapping[str, str]
    log_retention_days: int


def resources(baking: Baking) -> Iterator[AWSObject]:
    """Yield everything of Image Builder that a preset owns."""
    components = dict(_component_ids(baking))
    for component in baking.recipe.components:
        if isinstance(component, ComponentDocument):
            yield _component(components[component.name], component, baking)
    yield _recipe(baking, components)
    yield _infrastructure(baking)
    yield _distribution(baking)
    yield _pipeline(baking)
    yield _logs(baking)


def _component_ids(baking: Baking) -> Iterator[tuple[str, str]]:
    """Yield each component's name and logical id; two names that make the same id are told apart by a hash."""
    taken: set[str] = set()
    for component in baking.recipe.components:
        if isinstance(component, ComponentDocument):
            short = component.name.removeprefix(f"{baking.name}-")
            plain = f"{title(short)}Component"
            chosen = plain if plain not in taken else f"{plain}{sha256(short.encode()).hexdigest()[:8]}"
            taken.add(chosen)
            yield component.name, chosen


def _component(logical_id: str, component: ComponentDocument, baking: Baking) -> imagebuilder.Component:
    return imagebuilder.Component(
        logical_id,
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
        Name=component.name,
        Data=component.data,
        Platform=PLATFORMS[baking.preset.platform],
        Tags=dict(baking.marks),
        Version=COMPONENT_VERSION,
    )


def _recipe(baking: Baking, components: Mapping[str, str]) -> imagebuilder.ImageRecipe:
    arns = (
        Ref(components[component.name]) if isinstance(component, ComponentDocument) else component
        for component in baking.recipe.components
    )
    parent = baking.recipe.parent_image
    device = ROOT_DEVICES.get(baking.preset.image.base)
    volumes = {"BlockDeviceMappings": [_root_volume(device, baking.recipe.volume_gib)]} if device else {}
    return imagebuilder.ImageRecipe(
        RECIPE,
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
        Name=baking.name,
        Components=[imagebuilder.ComponentConfiguration(ComponentArn=arn) for arn in arns],
        ParentImage=Sub(parent) if "${" in parent else parent,
        Tags=dict(baking.marks),
        Version=RECIPE_VERSION,
        **volumes,
    )


def _root_volume(device: str, volume_gib: int) -> imagebuilder.InstanceBlockDeviceMapping:
    return imagebuilder.InstanceBlockDeviceMapping(
        DeviceName=device,
        Ebs=imagebuilder.EbsInstanceBlockDeviceSpecification(
            DeleteOnTermination=True,
            Encrypted=True,
            KmsKeyId=iam.arn("kms", DISK_KEY),
            VolumeSize=volume_gib,
            VolumeType="gp3",
        ),
    )


def _infrastructure(baking: Baking) -> imagebuilder.InfrastructureConfiguration:
    return imagebuilder.InfrastructureConfiguration(
        "Infrastructure",
        Name=baking.name,
        InstanceMetadataOptions=imagebuilder.InstanceMetadataOptions(
            HttpPutResponseHopLimit=HOP_LIMIT, HttpTokens="required"
        ),
        InstanceProfileName=Ref("BuildInstanceProfile"),
        InstanceTypes=list(baking.preset.image.build_instance_types),
        ResourceTags=dict(baking.marks),
        SecurityGroupIds=[Ref("BuildSecurityGroupId")],
        SubnetId=Select(0, Ref("SubnetIds")),
        Tags=dict(baking.marks),
        TerminateInstanceOnFailure=True,
    )


def _distribution(baking: Baking) -> imagebuilder.DistributionConfiguration:
    ami = imagebuilder.AmiDistributionConfiguration(
        Name=f"{baking.name}-{{{{ imagebuilder:buildDate }}}}",
        AmiTags={**baking.marks, RECIPE_HASH_TAG: baking.recipe.recipe_hash},
    )
    return imagebuilder.DistributionConfiguration(
        "Distribution",
        Name=baking.name,
        Distributions=[imagebuilder.Distribution(AmiDistributionConfiguration=ami, Region=Ref("AWS::Region"))],
        Tags=dict(baking.marks),
    )


def _logs(baking: Baking) -> logs.LogGroup:
    """Return the log group of the builds; one that outlives the stack may make it anew, so its name is not reused."""
    return logs.LogGroup(
        LOGS,
        LogGroupName=Sub(f"/aws/imagebuilder/{baking.name}/${{Id}}", Id=stack_id_part()),
        RetentionInDays=baking.log_retention_days,
        Tags=tags.listed(baking.marks),
    )


def _pipeline(baking: Baking) -> imagebuilder.ImagePipeline:
    """Return the pipeline; it builds at every date of its schedule, whether or not the base image moved."""
    return imagebuilder.ImagePipeline(
        PIPELINE,
        Name=baking.name,
        DistributionConfigurationArn=Ref("Distribution"),
        EnhancedImageMetadataEnabled=False,  # an inventory that nobody reads, and that the instance may not write
        ImageRecipeArn=Ref(RECIPE),
        ImageTestsConfiguration=imagebuilder.ImageTestsConfiguration(
            ImageTestsEnabled=True, TimeoutMinutes=TEST_TIMEOUT_MINUTES
        ),
        InfrastructureConfigurationArn=Ref("Infrastructure"),
        # https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_PipelineLoggingConfiguration.html
        LoggingConfiguration=imagebuilder.PipelineLoggingConfiguration(
            ImageLogGroupName=Ref(LOGS), PipelineLogGroupName=Ref(LOGS)
        ),
        Schedule=imagebuilder.Schedule(
            AutoDisablePolicy=imagebuilder.AutoDisablePolicy(FailureCount=MOST_FAILURES),
            PipelineExecutionStartCondition="EXPRESSION_MATCH_ONLY",
            ScheduleExpression=baking.preset.image.schedule,
        ),
        Status="ENABLED",
        Tags=dict(baking.marks),
    )
