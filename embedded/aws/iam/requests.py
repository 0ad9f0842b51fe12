"""What a request asks for: rows of action, resource and condition keys, by the table in actions.toml."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from embedded.aws.iam.errors import UnsupportedError
from embedded.aws.iam.principals import pairs

MEMBER = re.compile(r"\{(\w+)([?!])?(?::([^}]*))?(?:\|(\w+))?\}")
PREFIXES = {"service-quotas": "servicequotas"}  # IAM's name of a service where it is not the API's
FREE = {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")}  # allowed to everybody


@dataclass(frozen=True, kw_only=True)
class Request:
    """One API call with its parsed input."""

    service: str
    operation: str
    params: Mapping[str, Any]
    account: str
    region: str
    partition: str
    method: str = ""
    path: str = ""

    def arn(self, resource: str, service: str = "") -> str:
        """Return the ARN of a resource of this account and Region; a whole ARN stays as it is."""
        if resource == "*" or resource.startswith("arn:"):
            return resource
        return f"arn:{self.partition}:{service or self.service}:{self.region}:{self.account}:{resource}"

    @property
    def tags(self) -> dict[str, str]:
        """Return the tags in the request, wherever its service puts them."""
        return pairs(self.params.get("Tags") or self.params.get("tags"))

    def tags_of_new(self, kind: str) -> dict[str, str]:
        """Return the tags that EC2 is to put on what it makes of one kind, such as `instance`."""
        specifications = self.params.get("TagSpecifications") or ()
        return {k: v for one in specifications if one["ResourceType"] == kind for k, v in pairs(one["Tags"]).items()}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One right that a request needs; `context` holds condition keys beyond the general ones."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


def tag_keys(tags: Mapping[str, str]) -> dict[str, Any]:
    """Return the condition keys of tags in a request."""
    named: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return {**named, "aws:TagKeys": tuple(tags)} if tags else named


def table_rows(request: Request, filters: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows that the table has for a request; raise UnsupportedError if it has none."""
    if request.service == "apigatewayv2":  # its actions are HTTP's verbs
        yield from _api_rows(request)
        return
    entries = _table().get((request.service, request.operation))
    if entries is None and (request.service, request.operation) not in FREE:
        raise UnsupportedError(f"there is no row for {request.service}:{request.operation}.")
    for template, action in entries or ():
        yield from _rows(request, template, action, filters)


def _api_rows(request: Request) -> Iterator[Row]:
    """Yield the right to a path of API Gateway, and to its tags: those it asks for by an ARN within an ARN.

    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/997
    """
    of_apis, tags = f"arn:{request.partition}:apigateway:{request.region}::", tag_keys(request.tags)
    path = request.path.removeprefix("/v2")
    yield Row(action=f"apigateway:{request.method}", resource=f"{of_apis}{path}", context=tags)
    if tags and not path.startswith("/tags/"):
        yield Row(action="apigateway:POST", resource=f"{of_apis}{of_apis}/tags/", context=tags)


def _rows(request: Request, template: str, action: str, filters: Mapping[str, Any]) -> Iterator[Row]:
    if template.startswith("+"):
        tags = request.tags_of_new(template[1:])
        yield Row(action=action, resource=request.arn(f"{template[1:]}/*"), context=tag_keys(tags))
        if tags:
            context = {**tag_keys(tags), "ec2:CreateAction": request.operation}
            yield Row(action="ec2:CreateTags", resource=request.arn(f"{template[1:]}/*"), context=context)
        return
    passed = re.match(r"pass (\S+) ", template)
    context = {"iam:PassedToService": passed[1]} if passed else tag_keys(request.tags)
    for resource in _filled(request, template.removeprefix(passed[0]) if passed else template, filters):
        yield Row(action="iam:PassRole" if passed else action, resource=request.arn(resource), context=context)


def _filled(request: Request, template: str, filters: Mapping[str, Any]) -> list[str]:
    """Return a template with its members filled in: one resource for each value of a list."""
    done = [template.replace("{partition}", request.partition).replace("{account}", request.account)]
    for member in MEMBER.finditer(done[0]):
        name, mark, default, how = member.groups()
        value = request.params.get(name) or default
        if mark == "!":
            value = "" if value is None else None
        if value is None and not mark:
            raise UnsupportedError(f"{request.service}:{request.operation} came without {name}.")
        values = value if isinstance(value, list) else [] if value is None else [value]
        texts = [text for one in values for text in (filters[how](request, one) if how else [str(one)])]
        done = [text if text.startswith("arn:") else one.replace(member[0], text) for one in done for text in texts]
    return done


@cache
def services() -> Mapping[str, Mapping[str, str]]:
    """Return the table as it is written, by service: any other service is none of the embedded AWS."""
    return tomllib.loads(Path(__file__).with_name("actions.toml").read_text())


@cache
def _table() -> dict[tuple[str, str], list[tuple[str, str]]]:
    table: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for service, resources in services().items():
        for template, operations in resources.items():
            for entry in operations.split():
                operation, _, action = entry.partition(":")
                right = f"{PREFIXES.get(service, service)}:{action or operation}"
                table.setdefault((service, operation), []).append((template, right))
    return table
