"""An App's deliveries in GitHub: the list of attempts, and their repetition; and how far the list was read.

https://docs.github.com/en/rest/apps/webhooks
"""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit

from lambdas.adapters import github_apps, rows
from lambdas.adapters.errors import named
from lambdas.adapters.github_apps import Apps
from lambdas.adapters.items import Item, encode
from lambdas.adapters.table import Table
from lambdas.core import redeliveries
from lambdas.core.redeliveries import Attempt, Reading

PAGE = 50
NEXT = re.compile(r'<([^>]*)>;\s*rel="next"')


def page(apps: Apps, app_id: str, cursor: str, now: datetime) -> tuple[tuple[Attempt, ...], str]:
    """Return a page of attempts, newest first, and the cursor of the next, '' for none; raises GitHubError."""
    further = f"&cursor={quote(cursor, safe='')}" if cursor else ""
    answer = github_apps.as_app(apps, app_id, "GET", f"/app/hook/deliveries?per_page={PAGE}{further}", now)
    return tuple(map(redeliveries.attempt, answer.content)), _next(answer.headers)


def repeat(apps: Apps, app_id: str, attempt_id: int, now: datetime) -> None:
    """Ask GitHub to deliver again; raises GitHubError."""
    github_apps.as_app(apps, app_id, "POST", f"/app/hook/deliveries/{attempt_id}/attempts", now)


def read(table: Table, app_id: str) -> Reading:
    """Return how far an App's list was read."""
    row = rows.one(table, _key(app_id)) or {}
    failing = row.get("failing")
    return Reading(
        mark=int(str(row.get("mark", 0))),
        up_to=int(str(row.get("upTo", 0))),
        cursor=str(row.get("cursor", "")),
        failing=dict(failing) if isinstance(failing, Mapping) else {},
    )


def keep(table: Table, app_id: str, reading: Reading) -> None:
    """Keep how far an App's list was read."""
    kept = {"mark": reading.mark, "upTo": reading.up_to, "cursor": reading.cursor, "failing": dict(reading.failing)}
    with named():
        table.client.put_item(TableName=table.name, Item={**_key(app_id), **encode(kept)})


def _next(headers: Mapping[str, str]) -> str:
    found = NEXT.search(headers.get("link", ""))
    return parse_qs(urlsplit(found[1]).query).get("cursor", [""])[0] if found else ""


def _key(app_id: str) -> Item:
    return encode({"PK": "RECONCILE", "SK": f"DELIVERIES#{app_id}"})
