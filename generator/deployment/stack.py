"""Two views of one CloudFormation stack: as it is wanted and as it is deployed; and whether they are the same."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COMMIT = "Commit"
SSM_TYPE = "AWS::SSM::Parameter::Value<"
Template = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A stack as the project wants it.

    `template` is the rendered text; `parameters` has the values that deploy gives; `commit` becomes the parameter
    `Commit` where the template has it; a `protected` stack cannot be deleted by mistake.
    """

    name: str
    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    preset: str | None = None
    commit: str = ""
    protected: bool = False

    @property
    def body(self) -> Template:
        """Return the template as JSON values."""
        body: Template = json.loads(self.template)
        return body

    @property
    def inline(self) -> str:
        """Return the template as CloudFormation is sent it: without what only makes it readable."""
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack as CloudFormation describes it; `resolved` are parameter values behind SSM parameters."""

    name: str
    stack_id: str
    status: str
    reason: str
    parameters: Mapping[str, str]
    resolved: Mapping[str, str]
    outputs: Mapping[str, str]
    tags: Mapping[str, str]
    protected: bool

    @property
    def rolled_back(self) -> bool:
        """Tell whether its last update failed: then GetTemplate may show the template that was not to be."""
        return self.status == "UPDATE_ROLLBACK_COMPLETE"

    @property
    def busy(self) -> bool:
        """Tell whether CloudFormation is at work on it."""
        return self.status.endswith("_IN_PROGRESS") and not self.stillborn

    @property
    def stillborn(self) -> bool:
        """Tell whether its first change set was never executed: it holds nothing, and has no tags yet."""
        return self.status == "REVIEW_IN_PROGRESS"


def ssm_names(template: Template, parameters: Mapping[str, str]) -> Mapping[str, str]:
    """Return the SSM parameter behind each stack parameter that has one, by the stack parameter's name."""
    declared: Mapping[str, Any] = template.get("Parameters", {})
    return {
        name: parameters.get(name, declaration.get("Default", ""))
        for name, declaration in declared.items()
        if declaration["Type"].startswith(SSM_TYPE)
    }


def effective(template: Template, parameters: Mapping[str, str], ssm: Mapping[str, str]) -> Mapping[str, str]:
    """Return the values that a stack's parameters would have, apart from `Commit`.

    `ssm` holds values by SSM parameter name; one that does not exist yet counts as empty.
    """
    declared: Mapping[str, Any] = template.get("Parameters", {})
    behind = ssm_names(template, parameters)
    return {
        name: ssm.get(behind[name], "") if name in behind else parameters.get(name, str(declaration.get("Default", "")))
        for name, declaration in declared.items()
        if name != COMMIT
    }


def digest(template: Template, values: Mapping[str, str]) -> str:
    """Return the SHA-256 of a template and its resolved parameters: equal digests need no deployment."""
    values = {name: value for name, value in values.items() if name != COMMIT}
    text = json.dumps([template, values], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def same(wanted: Wanted, ssm: Mapping[str, str], deployed: Deployed, template: Template | None) -> bool:
    """Tell whether what is deployed is what is wanted: template, resolved parameters and tags.

    `template` is the deployed one, None when it is not JSON and therefore not ours; `Commit` does not count. Of a
    stack that was rolled back only a change set can tell.
    """
    if (
        template is None
        or deployed.rolled_back
        or any(deployed.tags.get(key) != value for key, value in wanted.tags.items())
    ):
        return False
    values = effective(wanted.body, wanted.parameters, ssm)
    return digest(wanted.body, values) == digest(template, {**deployed.parameters, **deployed.resolved})
