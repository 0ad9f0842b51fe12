import json
from collections.abc import Callable
from typing import Any

import pytest

from generator.deployment.bootstrap import bootstrap, prepare
from generator.deployment.report import Outcome
from generator.deployment.site import Site
from generator.deployment.stack_client import read
from generator.errors import UsageError
from generator.settings import Settings

MakeResource = Callable[..., dict[str, Any]]
TRUST = {"SubjectPrefix": "repo:octo-org/runners", "RepositoryId": "1"}


@pytest.fixture
def settings(site: Site) -> Settings:
    github = {"owner": "octo-org"}
    return Settings.model_validate(
        {"name": site.names.deployment, "region": site.aws.region, "account": "123456789012", "github": github}
    )


@pytest.fixture
def template(a_parameter: MakeResource) -> str:
    body = {
        "Parameters": {
            "SubjectPrefix": {"Type": "String"},
            "RepositoryId": {"Type": "String"},
            "CreatesOidcProvider": {"Type": "String", "Default": "true"},
        },
        "Conditions": {"Creates": {"Fn::Equals": [{"Ref": "CreatesOidcProvider"}, "true"]}},
        "Resources": {
            "Provider": a_parameter("provider", value={"Ref": "SubjectPrefix"}, Condition="Creates"),
            "Bucket": a_parameter("bucket", value={"Ref": "RepositoryId"}),
        },
    }
    return json.dumps(body)


def test_what_would_be_made_follows_from_the_options(settings: Settings, template: str, site: Site) -> None:
    given = {**TRUST, "CreatesOidcProvider": "false"}
    assert prepare(settings, template, given, site.aws).makes == ("AWS::SSM::Parameter Bucket",)


def test_the_stack_is_made_with_the_callers_own_rights_and_protected(
    settings: Settings, template: str, site: Site
) -> None:
    order = prepare(settings, template, TRUST, site.aws)
    assert bootstrap(order).results[0].outcome is Outcome.CREATED
    assert order.site.role_arn == ""
    stack = read(site.aws, order.wanted.name)
    assert stack is not None
    assert stack.protected


def test_whom_to_trust_must_be_told_only_once(settings: Settings, template: str, site: Site) -> None:
    with pytest.raises(UsageError, match="--subject-prefix"):
        prepare(settings, template, {}, site.aws)
    bootstrap(prepare(settings, template, TRUST, site.aws))
    assert bootstrap(prepare(settings, template, {}, site.aws)).results[0].outcome is Outcome.UNCHANGED
