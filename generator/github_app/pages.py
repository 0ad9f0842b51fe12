"""Addresses of the pages on which people make, change and install an App, on any GitHub."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from generator.github_app.permissions import EVENT, OF_AN_ORGANIZATION

LONGEST_NAME = 34  # characters


def of_all_apps(server_url: str, owner: str) -> str:
    """Return where an owner's Apps are listed; people and organizations have a page each."""
    return f"{server_url}/organizations/{quote(owner)}/settings/apps (of a person: {server_url}/settings/apps)"


def runner_groups(server_url: str, owner: str) -> str:
    """Return where an organization's runner groups are listed; each has its page below, by its id."""
    return f"{server_url}/organizations/{quote(owner)}/settings/actions/runner-groups"


def settings(server_url: str, app: Mapping[str, Any]) -> str:
    """Return the settings page of an App, which belongs to an organization, an enterprise or a person."""
    owner, slug = app["owner"], quote(app["slug"])
    if "login" not in owner:
        return f"{server_url}/enterprises/{quote(owner['slug'])}/settings/apps/{slug}"
    if owner["type"] == "Organization":
        return f"{server_url}/organizations/{quote(owner['login'])}/settings/apps/{slug}"
    return f"{server_url}/settings/apps/{slug}"


def registration(server_url: str, owner: str, deployment: str, webhook_url: str) -> str:
    """Return where an organization makes an App, with everything filled in but the webhook's secret.

    https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-using-url-parameters
    """
    filled_in = {
        "name": f"{deployment}-{owner}"[:LONGEST_NAME].strip("-"),
        "url": f"{server_url}/{owner}",
        "public": "false",
        **OF_AN_ORGANIZATION,
        "webhook_active": "true",
        "webhook_url": webhook_url,
        "events[]": EVENT,
    }
    return f"{server_url}/organizations/{quote(owner)}/settings/apps/new?{urlencode(filled_in, safe='[]:/')}"
