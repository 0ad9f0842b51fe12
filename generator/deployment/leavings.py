"""What a deleted stack leaves behind on purpose: resources that their template says to retain."""

from typing import Any

from generator.deployment import stack_client
from generator.deployment.aws import Aws
from generator.deployment.stack import Deployed, Template

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
