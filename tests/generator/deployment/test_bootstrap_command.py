import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator.deployment.bootstrap import bootstrap, prepare
from generator.deployment.report import Outcome
from generator.deployment.site import Site
from generator.deployment.stack_client import read
from generator.errors import UsageError
from generator.inputs.settings import Settings

MakeResource = Callable[..., dict[str, Any]]
TRUST = {"SubjectPrefix": "repo:octo-org/runners", "RepositoryId": "1"}
NEW = {**TRUST, "CreatesOidcProvider": "true"}


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
    order = prepare(settings, template, NEW, site.aws)
    assert bootstrap(order).results[0].outcome is Outcome.CREATED
    assert order.site.role_arn == ""
    stack = read(site.aws, order.wanted.name)
    assert stack is not None
    assert stack.protected


def test_whom_to_trust_must_be_told_only_once(settings: Settings, template: str, site: Site) -> None:
    with pytest.raises(UsageError, match="--subject-prefix"):
        prepare(settings, template, {}, site.aws)
    bootstrap(prepare(settings, template, NEW, site.aws))
    assert bootstrap(prepare(settings, template, {}, site.aws)).results[0].outcome is Outcome.UNCHANGED


@pytest.fixture
def iam(embedded: EmbeddedAws) -> Iterator[Any]:
    """Yield a client of an account that ends without OIDC providers, as it began."""
    client = embedded.client("iam")
    yield client
    for provider in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        client.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])


def trust(iam: Any, host: str) -> None:
    iam.create_open_id_connect_provider(Url=f"https://{host}", ClientIDList=["sts.amazonaws.com"])


def test_a_provider_that_the_account_has_already_is_not_made_again(
    settings: Settings, template: str, site: Site, iam: Any
) -> None:
    trust(iam, "token.actions.githubusercontent.com")
    order = prepare(settings, template, TRUST, site.aws, iam=iam)
    assert order.wanted.parameters["CreatesOidcProvider"] == "false"
    assert order.makes == ("AWS::SSM::Parameter Bucket",)


def test_a_provider_of_another_issuer_is_no_reason_to_make_none(
    settings: Settings, template: str, site: Site, iam: Any
) -> None:
    trust(iam, "token.actions.githubusercontent.com.example.com")
    order = prepare(settings, template, TRUST, site.aws, iam=iam)
    assert order.makes == ("AWS::SSM::Parameter Bucket", "AWS::SSM::Parameter Provider")


def test_what_an_option_says_of_the_provider_counts_whatever_the_account_has(
    settings: Settings, template: str, site: Site, iam: Any
) -> None:
    trust(iam, "token.actions.githubusercontent.com")
    assert prepare(settings, template, NEW, site.aws, iam=iam).wanted.parameters["CreatesOidcProvider"] == "true"


@pytest.mark.parametrize("made", [TRUST, NEW], ids=["by default", "by option"])
def test_a_provider_that_the_stack_made_stays_its_own(
    made: dict[str, str], settings: Settings, template: str, site: Site, iam: Any
) -> None:
    bootstrap(prepare(settings, template, made, site.aws, iam=iam))
    trust(iam, "token.actions.githubusercontent.com")
    again = prepare(settings, template, {}, site.aws, iam=iam)
    assert "AWS::SSM::Parameter Provider" in again.makes
