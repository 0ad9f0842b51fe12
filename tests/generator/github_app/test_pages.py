"""The pages of every GitHub on which an App is made and changed."""

from urllib.parse import parse_qs, urlsplit

import pytest

from generator.github_app import pages
from generator.github_app.registered import App, Hook
from generator.github_app.webhook import check_hook

OWNERS = {
    "an organization": (
        {"login": "octo-org", "type": "Organization"},
        "https://octo.ghe.com/organizations/octo-org/settings/apps/spot",
    ),
    "a person": ({"login": "octocat", "type": "User"}, "https://octo.ghe.com/settings/apps/spot"),
    "an enterprise": ({"slug": "octo", "name": "Octo"}, "https://octo.ghe.com/enterprises/octo/settings/apps/spot"),
}


@pytest.mark.parametrize("owner", OWNERS)
def test_an_app_is_changed_where_its_owner_is(owner: str) -> None:
    account, page = OWNERS[owner]
    assert pages.settings("https://octo.ghe.com", {"owner": account, "slug": "spot"}) == page


@pytest.mark.parametrize("server", ["https://github.com", "https://octo.ghe.com", "https://github.example.com:8443"])
def test_an_app_is_made_with_all_that_it_needs(server: str) -> None:
    url = "https://api.example/webhook"
    page = urlsplit(pages.registration(server, "octo-org", "spot-runner", url))
    assert f"{page.scheme}://{page.netloc}{page.path}" == f"{server}/organizations/octo-org/settings/apps/new"
    assert parse_qs(page.query) == {
        "name": ["spot-runner-octo-org"],
        "url": [f"{server}/octo-org"],
        "public": ["false"],
        "organization_self_hosted_runners": ["write"],
        "actions": ["write"],
        "metadata": ["read"],
        "webhook_active": ["true"],
        "webhook_url": [url],
        "events[]": ["workflow_job"],
    }


def test_a_name_is_as_long_as_github_takes_it() -> None:
    page = urlsplit(pages.registration("https://github.com", "o" * 39, "spot-runner", ""))
    assert parse_qs(page.query)["name"] == ["spot-runner-" + "o" * 22]
    assert "webhook_url" not in parse_qs(page.query)


def test_a_hook_to_whomever_is_a_warning() -> None:
    app = App(id="1", name="Spot", settings_page="https://page", page="", permissions={}, events=())
    hook = Hook(url="https://api.example/webhook", content_type="json", has_secret=True, checks_certificate=False)
    (row,) = check_hook(app, hook, "")
    assert (row.level, row.remedy) == ("warning", "choose *Enable SSL verification* under Webhook at https://page")
