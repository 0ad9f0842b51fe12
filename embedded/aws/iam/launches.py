"""What CreateFleet asks for: a right on everything that takes part in a launch.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSInfrastructureRolePolicyForManagedInstances.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.ec2.models import ec2_backends

from embedded.aws.iam.lookups import FILTERS, roles_of_profile
from embedded.aws.iam.principals import pairs
from embedded.aws.iam.requests import Request, Row, tag_keys

RUN, FLEET = "ec2:RunInstances", "ec2:CreateFleet"
MADE = ("instance", "volume", "network-interface")
SPOT_REQUEST = "spot-instances-request"  # it takes part in each launch on spot, with the tags that it is given


def rows(request: Request) -> Iterator[Row]:
    """Yield the rows of a launch; nothing for any other operation."""
    if request.operation != "CreateFleet":
        return
    configs = request.params["LaunchTemplateConfigs"]
    used = [_template(request, one["LaunchTemplateSpecification"]) for one in configs]
    parts = [override for config in configs for override in config.get("Overrides", ())] + [data for _, data in used]
    is_spot = request.params["TargetCapacitySpecification"].get("DefaultTargetCapacityType") == "spot"
    made = (*MADE, SPOT_REQUEST) if is_spot else MADE
    tags = {kind: _tags(request, kind, [data for _, data in used]) for kind in (*made, "fleet")}
    yield from _taking_part(request, [template for template, _ in used], parts)
    for kind in made:
        yield Row(action=RUN, resource=request.arn(f"{kind}/*"), context=tag_keys(tags[kind]))
    for kind in ("fleet", SPOT_REQUEST) if is_spot else ("fleet",):
        yield Row(action=FLEET, resource=request.arn(f"{kind}/*"), context=tag_keys(tags[kind]))
    for kind, given in tags.items():
        if given:
            context = {**tag_keys(given), "ec2:CreateAction": request.operation}
            yield Row(action="ec2:CreateTags", resource=request.arn(f"{kind}/*"), context=context)
    for profile in {one.get("Arn") or one.get("Name") for part in parts if (one := part.get("IamInstanceProfile"))}:
        for role in roles_of_profile(request, profile):
            yield Row(action="iam:PassRole", resource=role, context={"iam:PassedToService": "ec2.amazonaws.com"})


def _taking_part(request: Request, templates: list[str], parts: list[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the rows of what is there before a launch: each is asked for by the fleet, and by its instances."""
    for action in (FLEET, RUN):
        yield from (Row(action=action, resource=request.arn(f"launch-template/{one}")) for one in templates)
        for member in ("ImageId", "SubnetId", "SecurityGroupIds"):
            for identifier in _named(parts, member):
                context = {"ec2:SubnetID": identifier} if member == "SubnetId" else {}
                yield Row(action=action, resource=FILTERS["ec2_resource"](request, identifier)[0], context=context)


def _template(request: Request, specification: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    template = ec2_backends[request.account][request.region].get_launch_template(specification["LaunchTemplateId"])
    return template.id, template.get_version(specification.get("Version", "$Default")).data


def _named(parts: list[Mapping[str, Any]], member: str) -> list[str]:
    found = (part.get(member) or () for part in parts)
    return sorted({one for value in found for one in ([value] if isinstance(value, str) else value)})


def _tags(request: Request, kind: str, templates: list[Mapping[str, Any]]) -> dict[str, str]:
    """Return the tags that one kind of what is made gets: by the launch templates, and by the request above them."""
    specifications = (one for data in templates for one in data.get("TagSpecifications") or ())
    given = [pairs(one["Tags"]) for one in specifications if one["ResourceType"] == kind]
    return {key: value for tags in (*given, request.tags_of_new(kind)) for key, value in tags.items()}
