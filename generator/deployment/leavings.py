"""What deleted stacks leave behind on purpose: resources that their template says to retain, and AMIs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from generator.deployment import stack_client, stack_events
from generator.deployment.aws import Aws
from generator.deployment.stack import Deployed, Template
from lambdas.core.names import DEPLOYMENT_TAG, PRESET_TAG, Names

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef

RETAINED = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})


def retained(template: Template) -> tuple[str, ...]:
    """Return the logical ids of the resources that stay when the stack is deleted."""
    resources: dict[str, dict[str, Any]] = dict(template.get("Resources", {}))
    return tuple(sorted(name for name, body in resources.items() if body.get("DeletionPolicy") in RETAINED))


def stays(aws: Aws, stack: Deployed) -> tuple[str, ...]:
    """Return `<type> <physical id>` of each resource that stays when this stack is deleted."""
    template = stack_client.template(aws, stack)
    kept = set(retained(template)) if template else set()
    pages = aws.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.stack_id)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return tuple(
        sorted(
            f"{resource['ResourceType']} {resource.get('PhysicalResourceId', resource['LogicalResourceId'])}"
            for resource in found
            if resource["LogicalResourceId"] in kept and resource["ResourceStatus"] != "DELETE_COMPLETE"
        )
    )


def left(aws: Aws, names: Names, gone: tuple[Deployed, ...]) -> tuple[str, ...]:
    """Return what stayed of stacks that are `gone`, whichever run deleted them, and the AMIs that there are now.

    CloudFormation tells what it spared, also where a replacement left the old one behind; whether someone has removed
    it since, it does not know.
    """
    spared = {
        f"{event.type} {event.physical_id or event.resource}"
        for stack in gone
        for event in stack_events.since(aws.cloudformation, stack.stack_id, "")
        if event.status == "DELETE_SKIPPED"
    }
    return (*sorted(spared), *_amis(aws, names))


def _amis(aws: Aws, names: Names) -> Iterator[str]:
    """Yield a line per preset with its AMIs, known by the tags that each build gives them."""
    mine: list[FilterTypeDef] = [{"Name": f"tag:{DEPLOYMENT_TAG}", "Values": [names.deployment]}]
    found: dict[str, list[str]] = {}
    listed = aws.ec2.get_paginator("describe_images")
    for page in listed.paginate(Owners=["self"], Filters=mine, IncludeDisabled=True):
        for image in page["Images"]:
            tags = {tag["Key"]: tag["Value"] for tag in image.get("Tags", [])}
            found.setdefault(tags.get(PRESET_TAG, "?"), []).append(image["ImageId"])
    for preset, amis in sorted(found.items()):
        yield f"AMIs of preset {preset}, with their snapshots: {', '.join(sorted(amis))}"
