"""What moto knows of the resources in a request: their ARNs, their tags, and what conditions ask about them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends

from embedded.aws.iam.errors import UnsupportedError
from embedded.aws.iam.principals import pairs
from embedded.aws.iam.requests import Request
from embedded.aws.imagebuilder import backend as imagebuilder

EC2_KINDS = {"i": "instance", "ami": "image", "snap": "snapshot", "vol": "volume", "lt": "launch-template"}
EC2_KINDS |= {"rtb": "route-table", "sg": "security-group", "igw": "internet-gateway", "vpce": "vpc-endpoint"}
EC2_OF_ALL = {"image", "snapshot"}  # their ARNs have no account
PUBLIC_PARAMETER = "/aws/service/"


def _ec2_resource(request: Request, identifier: str) -> list[str]:
    prefix = identifier.split("-", maxsplit=1)[0]
    kind = EC2_KINDS.get(prefix, prefix)
    account = "" if kind in EC2_OF_ALL else request.account
    return [f"arn:{request.partition}:ec2:{request.region}:{account}:{kind}/{identifier}"]


def _parameter(request: Request, name: str) -> list[str]:
    account = "" if name.startswith(PUBLIC_PARAMETER) else request.account
    arn = f"arn:{request.partition}:ssm:{request.region}:{account}:parameter/{name.strip('/')}"
    return [name if name.startswith("arn:") else arn]


def _iam(request: Request) -> Any:
    return iam_backends[request.account][request.partition]


def _role(request: Request, name: str) -> list[str]:
    known = (role.arn for role in _iam(request).roles.values() if role.name == name)
    return [next(known, f"arn:{request.partition}:iam::{request.account}:role/{name}")]


def _profiles(request: Request, name: str) -> list[Any]:
    return [one for one in _iam(request).instance_profiles.values() if name in {one.name, one.arn}]


def _profile(request: Request, name: str) -> list[str]:
    arn = f"arn:{request.partition}:iam::{request.account}:instance-profile/{name}"
    return [one.arn for one in _profiles(request, name)] or [arn]


def roles_of_profile(request: Request, name: str) -> list[str]:
    """Return the ARNs of the roles in an instance profile, named by name or ARN."""
    return [role.arn for one in _profiles(request, name) for role in one.roles]


def _secret(request: Request, identifier: str) -> list[str]:
    known = secretsmanager_backends[request.account][request.region].secrets.values()
    found = (secret.arn for secret in known if identifier in {secret.arn, secret.name})
    return [next(found, request.arn(f"secret:{identifier}-??????"))]


def _association(request: Request, identifier: str) -> tuple[str, str]:
    """Return the route table and the subnet of an association; wildcards for one that does not exist."""
    tables = ec2_backends[request.account][request.region].route_tables.values()
    found = ((one.id, one._associations[identifier]) for one in tables if identifier in one._associations)
    return next(found, ("*", "*"))


FILTERS: Mapping[str, Callable[[Request, str], list[str]]] = {
    "last": lambda _, value: [value.rpartition("/")[2]],
    "slug": lambda _, value: [re.sub("[_ ]", "-", value.lower())],
    "host": lambda _, value: [value.removeprefix("https://")],
    "parameter": _parameter,
    "role": _role,
    "instance_profile": _profile,
    "roles_of_profile": roles_of_profile,
    "secret": _secret,
    "route_table": lambda request, value: [_association(request, value)[0]],
    "subnet": lambda request, value: [_association(request, value)[1]],
    "ec2_resource": _ec2_resource,
}


def resource_tags(request: Request, resource: str) -> dict[str, str]:
    """Return the tags of the resource that an ARN names; raise UnsupportedError for a service whose tags are unread."""
    service, name = resource.split(":")[2] if ":" in resource else "", resource.rpartition("/")[2]
    if service == "ec2":
        return pairs(ec2_backends[request.account][request.region].tags.get(name, {}))
    if service == "secretsmanager":
        known = secretsmanager_backends[request.account][request.region].secrets.values()
        return next((pairs(secret.tags) for secret in known if secret.arn == resource), {})
    if service == "imagebuilder":
        return imagebuilder.tags_of(resource)
    if service == "iam":
        return next((pairs(role.tags) for role in _iam(request).roles.values() if role.arn == resource), {})
    raise UnsupportedError(f"a condition asks for the tags of {resource}.")


def context(request: Request) -> dict[str, Any]:
    """Return the condition keys of single services that say what a request is about."""
    params = request.params
    if request.service == "iam":
        known = (one for one in _iam(request).roles.values() if one.name == params.get("RoleName"))
        attached = next((one.permissions_boundary_arn for one in known), None)
        boundary = params.get("PermissionsBoundary") or attached
        return {"iam:PermissionsBoundary": boundary, "iam:AWSServiceName": params.get("AWSServiceName")}
    if request.service == "cloudformation":
        return {"cloudformation:RoleArn": params.get("RoleARN")}
    return {"lambda:FunctionArn": _function_arn(request)} if request.service == "lambda" else {}


def _function_arn(request: Request) -> str | None:
    name = request.params.get("FunctionName")
    if name is None:
        sources = lambda_backends[request.account][request.region]._event_source_mappings
        source = sources.get(request.params.get("UUID") or request.params.get("Resource", "").rpartition(":")[2])
        return str(source.function_arn) if source else None
    return request.arn(name if name.startswith("arn:") else f"function:{name}")
