"""Apps on the played GitHub: who they say they are, where they are installed, and their tokens."""

from typing import Any

import pytest
import requests
from github import Auth, GithubIntegration

from embedded.github.world import Token
from tests.github_app import ORGANIZATION, RUNNERS, SHOP, Organization, key_pair

UNDECODABLE = "A JSON web token could not be decoded"
ISSUED = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
ENDS = (
    "'Expiration time' claim ('exp') must be a numeric value representing "
    "the future time at which the assertion expires"
)
TOO_FAR = "'Expiration time' claim ('exp') is too far in the future"


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def test_an_app_reads_itself_by_its_jwt(organization: Organization) -> None:
    about = organization.as_app("GET", "/app").json()
    assert (about["id"], about["slug"], about["installations_count"]) == (organization.app.id, "spot", 1)
    assert (about["permissions"]["actions"], about["events"]) == ("write", ["workflow_job"])
    assert organization.ask("GET", "/app", organization.jwt(iss=organization.app.client_id)).status_code == 200
    assert organization.ask("GET", "/app", organization.jwt(exp=organization.now + 600)).status_code == 200


CLAIMS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "issued in the future": ({"iat": 30}, (401, ISSUED)),
    "over": ({"exp": 0}, (401, ENDS)),
    "for more than ten minutes": ({"exp": 601}, (401, TOO_FAR)),
}


@pytest.mark.parametrize("what", CLAIMS)
def test_a_jwt_out_of_its_time_is_refused(organization: Organization, what: str) -> None:
    ahead, expected = CLAIMS[what]
    claims = {name: organization.now + seconds for name, seconds in ahead.items()}
    assert refusal(organization.ask("GET", "/app", organization.jwt(**claims))) == expected


LEFT_OUT: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "when it was issued": ({"iat": None}, (401, ISSUED)),
    "when it ends": ({"exp": None}, (401, ENDS)),
    "when it ends, as a number": ({"exp": "soon"}, (401, ENDS)),
    "who issued it": ({"iss": None}, (401, "Missing 'issuer' claim ('iss') in assertion")),
    "who issued it, truly": ({"iss": "77"}, (404, "Integration not found")),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_a_jwt_must_say(organization: Organization, what: str) -> None:
    claims, expected = LEFT_OUT[what]
    assert refusal(organization.ask("GET", "/app", organization.jwt(**claims))) == expected


def test_a_jwt_of_another_key_or_of_no_key_is_refused(organization: Organization) -> None:
    by_secret = organization.jwt(algorithm="HS256", key="k" * 32)
    assert refusal(organization.ask("GET", "/app", by_secret)) == (401, UNDECODABLE)
    assert refusal(organization.ask("GET", "/app", "not.a.jwt")) == (401, UNDECODABLE)
    signed = organization.jwt()
    organization.app.public_keys = []
    assert refusal(organization.ask("GET", "/app", signed)) == (401, UNDECODABLE)
    organization.app.public_keys = [key_pair()[1]]
    assert organization.ask("GET", "/app", signed).status_code == 200


def test_a_token_is_no_jwt_and_a_jwt_no_token(organization: Organization) -> None:
    assert refusal(organization.ask("GET", "/app", organization.token())) == (401, UNDECODABLE)
    assert refusal(organization.as_app("GET", RUNNERS)) == (403, "Resource not accessible by integration")


def test_an_app_reads_where_its_deliveries_go_but_not_the_secret(organization: Organization) -> None:
    organization.app.webhook_url = "https://hooks.example/webhook"
    config = organization.as_app("GET", "/app/hook/config").json()
    assert config == {
        "content_type": "json", "insecure_ssl": "0", "url": "https://hooks.example/webhook", "secret": "********"
    }  # fmt: skip
    organization.app.webhook_secret = ""
    assert "secret" not in organization.as_app("GET", "/app/hook/config").json()


def test_an_app_finds_where_it_is_installed(organization: Organization) -> None:
    played = organization.played
    octocat = played.registry.install(organization.app, "octocat", repositories=("octocat/hello",))
    listed = organization.as_app("GET", "/app/installations").json()
    assert [(one["account"]["login"], one["target_type"], one["repository_selection"]) for one in listed] == [
        (ORGANIZATION, "Organization", "all"),
        ("octocat", "User", "selected"),
    ]
    ways = ("/app/installations/{id}", f"/orgs/{ORGANIZATION}/installation", f"/repos/{SHOP}/installation")
    found = {organization.as_app("GET", way.format(id=organization.installation.id)).json()["id"] for way in ways}
    assert found == {organization.installation.id}
    assert organization.as_app("GET", "/users/octocat/installation").json()["id"] == octocat.id


NOWHERE = (
    "/app/installations/77", "/orgs/octocat/installation", "/users/octo-org/installation", "/orgs/other/installation",
    "/repos/octo-org/nothing/installation", "/repos/octocat/secret/installation",
)  # fmt: skip


@pytest.mark.parametrize("path", NOWHERE)
def test_where_an_app_is_not_installed_is_not_found(organization: Organization, path: str) -> None:
    organization.played.registry.install(organization.app, "octocat", repositories=("octocat/hello",))
    organization.played.world.add_repository("octocat/secret")
    assert refusal(organization.as_app("GET", path)) == (404, "Not Found")


def test_another_app_sees_no_installation_of_this_one(organization: Organization) -> None:
    other = organization.played.registry.add_app("other", key_pair()[1], permissions={})
    by_other = organization.jwt(iss=str(other.id))
    assert organization.ask("GET", "/app/installations", by_other).json() == []
    path = f"/app/installations/{organization.installation.id}/access_tokens"
    assert refusal(organization.ask("POST", path, by_other)) == (404, "Not Found")


def test_a_token_lasts_an_hour(organization: Organization) -> None:
    token = organization.token()
    organization.played.clock.forward(3599)
    assert organization.ask("GET", RUNNERS, token).status_code == 200
    organization.played.clock.forward(1)
    assert refusal(organization.ask("GET", RUNNERS, token)) == (401, "Bad credentials")


def test_a_token_may_be_given_less_than_the_installation_has(organization: Organization) -> None:
    organization.played.world.add_repository("octo-org/other")
    less = organization.token(permissions={"metadata": "read"}, repositories=["shop"])
    assert organization.ask("GET", f"/repos/{SHOP}", less).status_code == 200
    assert refusal(organization.ask("GET", "/repos/octo-org/other", less)) == (404, "Not Found")
    assert refusal(organization.ask("GET", RUNNERS, less)) == (403, "Resource not accessible by integration")
    by_id = organization.token(repository_ids=[organization.repository.id])
    assert organization.ask("GET", "/repos/octo-org/other", by_id).status_code == 404


TOO_MUCH: dict[str, tuple[dict[str, Any], str]] = {
    "permission": (
        {"permissions": {"contents": "read"}},
        "The permissions requested are not granted to this installation.",
    ),
    "repository": (
        {"repositories": ["nothing"]},
        "There is at least one repository that does not exist or is not accessible to the parent installation.",
    ),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_token_is_not_given_more_than_the_installation_has(organization: Organization, what: str) -> None:
    wanted, message = TOO_MUCH[what]
    path = f"/app/installations/{organization.installation.id}/access_tokens"
    assert refusal(organization.as_app("POST", path, json=wanted)) == (422, message)


def test_a_token_covers_repositories_that_come_later_and_none_of_others(organization: Organization) -> None:
    token = organization.token()
    organization.played.world.add_repository("octo-org/new")
    organization.played.world.add_repository("octocat/secret")
    assert organization.ask("GET", "/repos/octo-org/new", token).status_code == 200
    assert refusal(organization.ask("GET", "/repos/octocat/secret", token)) == (404, "Not Found")


def test_an_installation_lists_what_it_covers(organization: Organization) -> None:
    world, path = organization.played.world, "/installation/repositories"
    world.add_repository("octo-org/other")
    world.add_repository("octocat/secret")
    page = organization.ask("GET", f"{path}?per_page=1", organization.token())
    assert (page.json()["total_count"], page.json()["repository_selection"]) == (2, "all")
    assert [one["full_name"] for one in page.json()["repositories"]] == [SHOP]
    assert page.links["next"]["url"].endswith(f"{path}?per_page=1&page=2")
    organization.installation.repositories = (SHOP,)
    some = organization.ask("GET", path, organization.token()).json()
    assert (some["total_count"], some["repository_selection"]) == (1, "selected")


def test_only_an_installation_lists_what_it_covers(organization: Organization) -> None:
    path = "/installation/repositories"
    assert refusal(organization.as_app("GET", path)) == (403, "Resource not accessible by integration")
    assert refusal(organization.ask("GET", path, "")) == (401, "Requires authentication")
    organization.played.world.tokens["ghs_job"] = Token(login="job", permissions={}, repositories=(SHOP,))
    assert refusal(organization.ask("GET", path, "ghs_job")) == (
        403,
        "You must authenticate with an installation access token in order to list repositories for an installation.",
    )


def test_a_suspended_installation_is_shut_out(organization: Organization) -> None:
    token = organization.token()
    organization.played.registry.suspend(organization.installation)
    path = f"/app/installations/{organization.installation.id}"
    assert organization.as_app("GET", path).json()["suspended_at"]
    suspended = (403, "This installation has been suspended")
    assert refusal(organization.as_app("POST", f"{path}/access_tokens")) == suspended
    assert refusal(organization.ask("GET", RUNNERS, token)) == suspended


def test_a_client_of_others_is_served_too(organization: Organization) -> None:
    auth = Auth.AppAuth(organization.app.id, key_pair()[0])
    client = GithubIntegration(auth=auth, base_url=organization.played.api_url, seconds_between_requests=0)
    assert client.get_app().slug == "spot"
    found = client.get_org_installation(ORGANIZATION)
    given = client.get_access_token(found.id, permissions={"metadata": "read"})
    assert (given.permissions, given.expires_at.timestamp()) == ({"metadata": "read"}, organization.now + 3600)
    assert organization.ask("GET", f"/repos/{SHOP}", given.token).status_code == 200
