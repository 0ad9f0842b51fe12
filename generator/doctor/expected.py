"""What the bootstrap stack's roles should trust: its template with the values of its parameters filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.deployment import conditions
from generator.deployment.stack import Template, effective
from generator.doctor.trust_policy import TrustPolicy, parse

REFERENCE = re.compile(r"\$\{([A-Za-z0-9:]+)\}")


def trust_policies(template: Template, parameters: Mapping[str, str]) -> dict[str, TrustPolicy]:
    """Return what each role of GitHub's workflows trusts, by the role's name.

    A parameter without a value stays as it is written, `${SubjectPrefix}`, and matches nothing.
    """
    values = {name: value for name, value in effective(template, parameters, {}).items() if value}
    return {name: parse(json.loads(_filled(template, trusted, values)))[0] for name, trusted in _roles(template)}


def _roles(template: Template) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each role that GitHub's workflows assume, and its trust policy as written."""
    for body in template["Resources"].values():
        properties = body.get("Properties", {})
        if body["Type"] == "AWS::IAM::Role" and "Fn::If" in properties["AssumeRolePolicyDocument"]:
            yield properties["RoleName"], properties["AssumeRolePolicyDocument"]


def _filled(template: Template, value: Mapping[str, Any], values: Mapping[str, str]) -> str:
    condition, yes, no = value["Fn::If"]
    declared = template["Conditions"]
    chosen = yes if conditions.holds(declared[condition], declared, values) else no
    return REFERENCE.sub(lambda found: values.get(found[1], found[0]), chosen["Fn::Sub"])
