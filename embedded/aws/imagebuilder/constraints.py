"""What the service model says of an input, checked as the service checks it: botocore's client checks no patterns."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

# What AWS would act upon and the embedded AWS would not: refused, never ignored.
NOT_EMULATED = frozenset(
    """uri kmsKeyId dryRun amiWatermarks snsTopicArn placement parentInstance terminateInstanceOnCompletion imageTags
    containerRecipeArn imageScanningConfiguration workflows executionRole targetAccountIds
    containerDistributionConfiguration licenseConfigurationArns launchTemplateConfigurations s3ExportConfiguration
    fastLaunchConfigurations ssmParameterConfigurations byName includeDeprecated filters""".split()  # noqa: SIM905 - a table
)

# But for this key of a disk, which is an ARN here: AWS's own, by which moto encrypts every disk.
# https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_EbsInstanceBlockDeviceSpecification.html
DISK, AWS_KEY = "EbsInstanceBlockDeviceSpecification", re.compile(r"arn:[^:]+:kms:[^:]+:\d{12}:alias/aws/ebs")


def violations(shape: Shape, value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield `(where, why)` for every value below `value` that its shape does not accept."""
    if isinstance(shape, StructureShape):
        yield from ((f"{path}{name}", "It is required.") for name in shape.required_members if name not in value)
        for name in NOT_EMULATED.intersection(value):
            if shape.name != DISK or not AWS_KEY.fullmatch(value[name]):
                yield f"{path}{name}", "The embedded AWS does not emulate it."
        for name, member in value.items():
            yield from violations(shape.members[name], member, f"{path}{name}.")
    elif isinstance(shape, ListShape):
        for index, member in enumerate(value):
            yield from violations(shape.member, member, f"{path}{index}.")
    elif isinstance(shape, MapShape):
        for key, member in value.items():
            yield from violations(shape.key, key, f"{path}{key}.")
            yield from violations(shape.value, member, f"{path}{key}.")
    yield from ((path.rstrip("."), why) for why in _own(shape, value))


def _own(shape: Shape, value: Any) -> Iterator[str]:
    limits = shape.metadata
    size = len(value) if hasattr(value, "__len__") else value
    if size < limits.get("min", size):
        yield f"It must be at least {limits['min']}, but is {size}."
    if size > limits.get("max", size):
        yield f"It must be at most {limits['max']}, but is {size}."
    if value not in limits.get("enum", [value]):
        yield f"It must be one of {', '.join(limits['enum'])}, but is '{value}'."
    if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        yield f"It must match pattern {limits['pattern']}, but is '{value[:100]}'."
