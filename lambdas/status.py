"""GET /status and GET /badge.svg: one query, reads only, keeps nothing from one request to the next."""

import json
import logging
import os
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from lambdas.adapters import clients, preset_rows
from lambdas.adapters.clients import Bounds
from lambdas.adapters.errors import AwsError
from lambdas.adapters.table import Table
from lambdas.core import badge, status
from lambdas.core.badge import Badge
from lambdas.core.status import PresetStatus

logger = logging.getLogger(__name__)

BOUNDS = Bounds(read_seconds=2, attempts=2)  # what asks gives up after ten seconds

STATUS, BADGE = PATHS = ("/status", "/badge.svg")
SECONDS = 10  # how long a cache may answer instead
VIEWS = {"true": status.preset_status, "false": status.hidden_preset_status}
# GitHub shows images through a proxy, which keeps one for hours unless it must ask again:
# https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-anonymized-urls
BADGE_HEADERS = {
    "Content-Type": "image/svg+xml; charset=utf-8",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


def handler(event: Mapping[str, Any], context: object) -> dict[str, object]:  # noqa: ARG001 - Lambda passes it
    """Answer a request of the HTTP API."""
    return run(clients.table(BOUNDS), event, show_ami_ids=os.environ["SHOW_AMI_IDS"], now=clients.now())


def run(reads: Table, event: Mapping[str, Any], *, show_ami_ids: str, now: datetime) -> dict[str, object]:
    """Answer a request; `show_ami_ids` is `true` or `false`, as the environment has it."""
    if event["rawPath"] not in PATHS:
        return _json(HTTPStatus.NOT_FOUND, {"error": "not found"})
    if event["requestContext"]["http"]["method"] != "GET":
        return _json(HTTPStatus.METHOD_NOT_ALLOWED, {"error": "method not allowed"}, Allow="GET")
    presets = _presets(reads, show_ami_ids)
    if event["rawPath"] == BADGE:
        return _svg(badge.badge(presets, event.get("queryStringParameters", {}).get("preset")))
    if presets is None:
        return _json(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the status is not available now"})
    return _json(HTTPStatus.OK, status.report(presets, now=now), **{"Cache-Control": f"public, max-age={SECONDS}"})


def _presets(reads: Table, show_ami_ids: str) -> list[PresetStatus] | None:
    """Return what the public may know of every preset, or None if the table cannot be read."""
    try:
        return [VIEWS[show_ami_ids](state) for state in preset_rows.states(reads)]
    except AwsError:
        logger.exception("the table could not be read")
        return None


def _json(code: HTTPStatus, body: Mapping[str, object], **headers: str) -> dict[str, object]:
    """Return an answer of payload format 2.0; what is not said to be cacheable is not.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    return {
        "statusCode": code.value,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", **headers},
        "body": json.dumps(body),
    }


def _svg(shown: Badge) -> dict[str, object]:
    """Return a badge, always as a success: of anything else, the proxy shows a broken image."""
    return {"statusCode": HTTPStatus.OK.value, "headers": BADGE_HEADERS, "body": badge.svg(shown)}
