"""What AWS refuses or this project forbids, and no linter sees: schedules, versions, rights, secrets."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.findings import Finding

Template = Mapping[str, Any]
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
RATE = re.compile(r"rate\((?:1 (?:minute|hour|day)|(?:[2-9]|[1-9][0-9]+) (?:minutes|hours|days))\)")
EXACT_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
VERSIONS = {
    "AWS::ImageBuilder::Component": (EXACT_VERSION, "x.y.z in digits: 1.0.x is refused for components"),
    "AWS::ImageBuilder::ImageRecipe": (
        re.compile(r"[0-9]+\.[0-9]+\.(?:[0-9]+|x)"),
        "x.y.z, or x.y and an x for the next free version",
    ),
}
# Forms of credentials that are known by their beginning, and PEM.
SECRETS = re.compile(
    r"(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
VALUES_OF_SECRETS = {"AWS::SecretsManager::Secret": "SecretString"}
KEPT = ("AWS::ImageBuilder::Component", "AWS::ImageBuilder::ImageRecipe")


def findings(file: str, template: Template) -> Iterator[Finding]:
    """Yield what is wrong with a template."""
    for rule, message, place in _findings(template):
        yield Finding(file=file, place=place, rule=rule, message=message)


def _findings(template: Template) -> Iterator[tuple[str, str, str]]:
    for name, resource in template.get("Resources", {}).items():
        place = f"Resources/{name}"
        for rule, message in (*_schedules(resource), *_versions(resource), *_secret_values(resource)):
            yield rule, message, place
        for statement in statements(resource):
            yield from ((rule, message, place) for rule, message in _rights(statement))
    for text in strings(template):
        if found := SECRETS.search(text):
            yield "secret", f"holds what looks like a credential: {found.group()[:8]}…", ""


def statements(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield every IAM statement anywhere inside a value, those of trust policies and resource policies too."""
    for inner in _inside(value):
        if isinstance(inner, Mapping) and "Effect" in inner and ("Action" in inner or "NotAction" in inner):
            yield inner


def strings(value: object) -> Iterator[str]:
    """Yield every text inside a value."""
    return (inner for inner in _inside(value) if isinstance(inner, str))


def _inside(value: object) -> Iterator[object]:
    """Yield a value, and all that is inside it, from the outside in."""
    yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _inside(inner)


def listed(value: object) -> list[Any]:
    """Return a list, or the list of one value: IAM takes both."""
    return value if isinstance(value, list) else [value]


def _schedules(resource: Template) -> Iterator[tuple[str, str]]:
    properties = resource.get("Properties", {})
    expression = properties.get("ScheduleExpression")
    if isinstance(expression, str) and expression.startswith("rate(") and not RATE.fullmatch(expression):
        yield "rate", f"ScheduleExpression is {expression!r}, expected rate(1 minute), rate(5 minutes) and the like"


def _versions(resource: Template) -> Iterator[tuple[str, str]]:
    kind = resource.get("Type", "")
    if kind in VERSIONS:
        pattern, expected = VERSIONS[kind]
        version = resource.get("Properties", {}).get("Version")
        if not isinstance(version, str) or not pattern.fullmatch(version):
            yield "version", f"Version is {version!r}, expected {expected}"
    if kind in KEPT:
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(policy) != "Retain":
                yield "retain", f"{policy} is {resource.get(policy)!r}, expected 'Retain': a running build needs it"


def _secret_values(resource: Template) -> Iterator[tuple[str, str]]:
    forbidden = VALUES_OF_SECRETS.get(resource.get("Type", ""))
    if forbidden and forbidden in resource.get("Properties", {}):
        yield "secret", f"{forbidden} is set: a template is no place for a secret"


def _rights(statement: Template) -> Iterator[tuple[str, str]]:
    if statement.get("Effect") != "Allow":
        return
    if "NotAction" in statement or "NotResource" in statement:
        yield "rights", "NotAction and NotResource allow what nobody thought of: name what is allowed"
    wide = [action for action in listed(statement.get("Action")) if isinstance(action, str) and "*" in action]
    if wide:
        yield "rights", f"allows {', '.join(wide)}: name each action"
    if statement.get("Resource") in ("*", ["*"]) and (names := _narrower(statement)):
        yield "rights", f"allows {', '.join(names)} on everything: name resources"


def _narrower(statement: Template) -> list[str]:
    """Return the actions that take a resource; those that take none are known by their names."""
    actions = [str(action) for action in listed(statement.get("Action"))]
    return [action for action in actions if not TAKES_NO_RESOURCE.fullmatch(action)]


# A test compares these with the service authorization reference: none of them takes a resource.
TAKES_NO_RESOURCE = re.compile(
    r"ec2:Describe(?!VpcAttribute)[A-Za-z]+|ec2messages:[A-Za-z]+|ssmmessages:[A-Za-z]+|ssm:ListAssociations"
    r"|secretsmanager:GetRandomPassword|lambda:CreateEventSourceMapping|logs:DescribeLogGroups"
    r"|sns:(?:GetSubscriptionAttributes|SetSubscriptionAttributes|Unsubscribe)"
)
