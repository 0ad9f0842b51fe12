import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator.deployment.prints import report_lines
from generator.deployment.report import Outcome
from generator.deployment.site import Site
from generator.deployment.stack_client import read
from generator.errors import SpotRunnerError, UsageError
from generator.inputs.settings import Settings
from generator.setup.bootstrap import bootstrap, prepare
from generator.setup.command import told
from generator.setup.trust import NotRead, Trust

MakeResource = Callable[..., dict[str, Any]]
TRUST = {"SubjectPrefix": "repo:octo-org/runners", "RepositoryId": "1"}
NOT_READ = NotRead(why="there is no token for GitHub")
NEW = {**TRUST, "CreatesOidcProvider": "true"}


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
    assert prepare(settings, template, given, site.aws, NOT_READ).makes == ("AWS::SSM::Parameter Bucket",)


def test_the_stack_is_made_with_the_callers_own_rights_and_protected(
    settings: Settings, template: str, site: Site
) -> None:
    order = prepare(settings, template, NEW, site.aws, NOT_READ)
    assert bootstrap(order).results[0].outcome is Outcome.CREATED
    assert order.site.role_arn == ""
    stack = read(site.aws, order.wanted.name)
    assert stack is not None
    assert stack.protected


def test_whom_to_trust_must_be_told_only_once(settings: Settings, template: str, site: Site) -> None:
    with pytest.raises(UsageError, match="--subject-prefix"):
        prepare(settings, template, {}, site.aws, NOT_READ)
    bootstrap(prepare(settings, template, NEW, site.aws, NOT_READ))
    assert bootstrap(prepare(settings, template, {}, site.aws, NOT_READ)).results[0].outcome is Outcome.UNCHANGED


@pytest.fixture
def iam(embedded: EmbeddedAws) -> Iterator[Any]:
    """Yield a client of an account that begins and ends without OIDC providers and service-linked roles."""
    client = embedded.client("iam")
    forget_service_roles(client)
    yield client
    forget_service_roles(client)
    for provider in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        client.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])


def forget_service_roles(iam: Any) -> None:
    for role in iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]:
        iam.delete_service_linked_role(RoleName=role["RoleName"])


def service_roles(iam: Any) -> dict[str, str]:
    roles = iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]
    return {role["RoleName"]: role["Path"] for role in roles}


def trust(iam: Any, host: str) -> None:
    iam.create_open_id_connect_provider(Url=f"https://{host}", ClientIDList=["sts.amazonaws.com"])


def test_a_provider_that_the_account_has_already_is_not_made_again(
    settings: Settings, template: str, site: Site, iam: Any
) -> None:
    trust(iam, "token.actions.githubusercontent.com")
    order = prepare(settings, template, TRUST, site.aws, NOT_READ)
    assert order.wanted.parameters["CreatesOidcProvider"] == "false"
    assert order.makes == ("AWS::SSM::Parameter Bucket",)


def test_a_provider_of_another_issuer_is_no_reason_to_make_none(
    settings: Settings, template: str, site: Site, iam: Any
) -> None:
    trust(iam, "token.actions.githubusercontent.com.example.com")
    order = prepare(settings, template, TRUST, site.aws, NOT_READ)
    assert order.makes == ("AWS::SSM::Parameter Bucket", "AWS::SSM::Parameter Provider")


def test_what_an_option_says_of_the_provider_counts_whatever_the_account_has(
    settings: Settings, template: str, site: Site, iam: Any
) -> None:
    trust(iam, "token.actions.githubusercontent.com")
    assert prepare(settings, template, NEW, site.aws, NOT_READ).wanted.parameters["CreatesOidcProvider"] == "true"


@pytest.mark.parametrize("made", [TRUST, NEW], ids=["by default", "by option"])
def test_a_provider_that_the_stack_made_stays_its_own(
    made: dict[str, str], settings: Settings, template: str, site: Site, iam: Any
) -> None:
    bootstrap(prepare(settings, template, made, site.aws, NOT_READ))
    trust(iam, "token.actions.githubusercontent.com")
    again = prepare(settings, template, {}, site.aws, NOT_READ)
    assert "AWS::SSM::Parameter Provider" in again.makes


def test_the_service_linked_roles_that_are_missing_are_made(
    settings: Settings, template: str, site: Site, iam: Any
) -> None:
    iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    order = prepare(settings, template, NEW, site.aws, NOT_READ)
    assert [role.name for role in order.service_roles] == ["AWSServiceRoleForImageBuilder"]
    report = bootstrap(order)
    assert report.as_json()["serviceRoles"] == ["AWSServiceRoleForImageBuilder"]
    assert service_roles(iam) == {
        "AWSServiceRoleForEC2Spot": "/aws-service-role/spot.amazonaws.com/",
        "AWSServiceRoleForImageBuilder": "/aws-service-role/imagebuilder.amazonaws.com/",
    }


def test_a_role_that_somebody_made_meanwhile_is_as_good(
    settings: Settings, template: str, site: Site, iam: Any
) -> None:
    order = prepare(settings, template, NEW, site.aws, NOT_READ)
    iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    assert bootstrap(order).ok
    assert len(service_roles(iam)) == 2


@pytest.mark.usefixtures("iam")
def test_a_second_time_there_is_nothing_to_do(settings: Settings, template: str, site: Site) -> None:
    first = prepare(settings, template, NEW, site.aws, NOT_READ)
    assert not first.settled
    assert bootstrap(first).changed
    second = prepare(settings, template, {}, site.aws, NOT_READ)
    assert second.settled
    report = bootstrap(second)
    assert not report.changed
    assert list(report_lines(report))[-1] == "Nothing to do."


def test_a_role_that_went_missing_unsettles_what_is_deployed(
    settings: Settings, template: str, site: Site, iam: Any
) -> None:
    bootstrap(prepare(settings, template, NEW, site.aws, NOT_READ))
    iam.delete_service_linked_role(RoleName="AWSServiceRoleForEC2Spot")
    assert not prepare(settings, template, {}, site.aws, NOT_READ).settled


def test_what_github_says_is_shown_with_what_was_trusted_before(settings: Settings, template: str, site: Site) -> None:
    bootstrap(prepare(settings, template, NEW, site.aws, NOT_READ))
    renamed = Trust(
        repository="octo-org/machines",
        repository_id=1,
        subject_prefix="repo:octo-org@7/machines@1",
        default_branch="main",
    )
    order = prepare(settings, template, {}, site.aws, renamed)
    lines = list(told(order))
    assert "  subjects of its OIDC tokens begin with repo:octo-org@7/machines@1" in lines
    assert "  SubjectPrefix: repo:octo-org/runners -> repo:octo-org@7/machines@1" in lines
    assert "  RepositoryId: 1" in lines


def test_an_option_goes_before_what_github_says(settings: Settings, template: str, site: Site) -> None:
    read = Trust(
        repository="octo-org/runners", repository_id=2, subject_prefix="repo:octo-org/x", default_branch="main"
    )
    order = prepare(settings, template, {"RepositoryId": "5", "CreatesOidcProvider": "true"}, site.aws, read)
    assert order.wanted.parameters["RepositoryId"] == "5"
    assert order.wanted.parameters["SubjectPrefix"] == "repo:octo-org/x"


def test_a_subject_prefix_of_another_owner_is_refused(settings: Settings, template: str, site: Site) -> None:
    with pytest.raises(SpotRunnerError, match=r"github\.owner: octo-org"):
        prepare(settings, template, {**NEW, "SubjectPrefix": "repo:evil/runners"}, site.aws, NOT_READ)


def test_why_github_was_not_asked_is_part_of_the_refusal(settings: Settings, template: str, site: Site) -> None:
    with pytest.raises(UsageError, match="there is no token for GitHub; or give --subject-prefix"):
        prepare(settings, template, {}, site.aws, NOT_READ)
