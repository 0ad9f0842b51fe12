"""Apps, installations and deliveries in the shapes of GitHub's JSON: https://docs.github.com/en/rest/apps."""

from typing import Any

from embedded.github.app_registry import App, Installation
from embedded.github.clock import stamp
from embedded.github.hooks import Delivery
from embedded.github.shapes import Place, user_json, web


def app_json(place: Place, it: App, installations: int) -> dict[str, Any]:
    """Return an App."""
    page, time = f"{web(place)}/apps/{it.slug}", stamp(it.created_at)
    return {
        "id": it.id, "slug": it.slug, "node_id": f"A_{it.id}", "client_id": it.client_id, "name": it.name,
        "owner": user_json(place, it.owner), "description": None, "external_url": page, "html_url": page,
        "created_at": time, "updated_at": time, "permissions": it.permissions, "events": list(it.events),
        "installations_count": installations,
    }  # fmt: skip


def hook_config_json(it: App) -> dict[str, Any]:
    """Return where an App's deliveries go; the secret is not shown."""
    secret = {"secret": "********"} if it.webhook_secret else {}
    return {"content_type": it.content_type, "insecure_ssl": "0", "url": it.webhook_url, **secret}


def installation_json(place: Place, it: Installation) -> dict[str, Any]:
    """Return an installation."""
    address, time = f"{place.api}/app/installations/{it.id}", stamp(it.created_at)
    account = user_json(place, it.account)
    suspended = it.suspended_at is not None
    return {
        "id": it.id, "account": account, "repository_selection": "all" if it.repositories is None else "selected",
        "access_tokens_url": f"{address}/access_tokens", "repositories_url": f"{place.api}/installation/repositories",
        "html_url": f"{web(place)}/organizations/{it.account}/settings/installations/{it.id}", "app_id": it.app.id,
        "client_id": it.app.client_id, "app_slug": it.app.slug, "target_id": account["id"],
        "target_type": account["type"], "permissions": it.permissions, "events": list(it.app.events),
        "created_at": time, "updated_at": time, "single_file_name": None, "has_multiple_single_files": False,
        "single_file_paths": [], "suspended_by": user_json(place, it.account) if suspended else None,
        "suspended_at": stamp(it.suspended_at) if it.suspended_at else None,
    }  # fmt: skip


def delivery_json(it: Delivery) -> dict[str, Any]:
    """Return a delivery, as it stands in a list."""
    return {
        "id": it.id, "guid": it.guid, "delivered_at": stamp(it.delivered_at), "redelivery": it.redelivery,
        "duration": it.duration, "status": it.status, "status_code": it.status_code, "event": it.event,
        "action": it.action, "installation_id": it.installation.id, "repository_id": it.repository_id,
        "throttled_at": None,
    }  # fmt: skip


def whole_delivery_json(it: Delivery) -> dict[str, Any]:
    """Return a delivery with what was sent and answered."""
    return {
        **delivery_json(it), "url": it.app.webhook_url,
        "request": {"headers": dict(it.request_headers), "payload": dict(it.payload)},
        "response": {"headers": it.response_headers and dict(it.response_headers), "payload": it.response_body},
    }  # fmt: skip
