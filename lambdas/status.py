"""GET /status: one query, reads only, keeps nothing from one request to the next."""

import json
import logging
import os
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from lambdas.adapters import clients, table
from lambdas.adapters.errors import AwsError
from lambdas.adapters.table import Table
from lambdas.core import status

logger = logging.getLogger(__name__)

SECONDS = 10  # how long a cache may answer instead
VIEWS = {"true": status.preset_status, "false": status.hidden_preset_status}


def handler(event: Mapping[str, Any], context: object) -> dict[str, object]:  # noqa: ARG001 - Lambda passes it
    """Answer a request of the HTTP API."""
    return run(clients.table(), event, show_ami_ids=os.environ["SHOW_AMI_IDS"], now=clients.now())


def run(reads: Table, event: Mapping[str, Any], *, show_ami_ids: str, now: datetime) -> dict[str, object]:
    """Answer a request; `show_ami_ids` is `true` or `false`, as the environment has it."""
    if event["rawPath"] != "/status":
        return _answer(HTTPStatus.NOT_FOUND, {"error": "not found"})
    if event["requestContext"]["http"]["method"] != "GET":
        return _answer(HTTPStatus.METHOD_NOT_ALLOWED, {"error": "method not allowed"}, Allow="GET")
    try:
        states = table.states(reads)
    except AwsError:
        logger.exception("the table could not be read")
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the status is not available now"})
    presets = [VIEWS[show_ami_ids](state) for state in states]
    return _answer(HTTPStatus.OK, status.report(presets, now=now), **{"Cache-Control": f"public, max-age={SECONDS}"})


def _answer(code: HTTPStatus, body: Mapping[str, object], **headers: str) -> dict[str, object]:
    """Return an answer of payload format 2.0; what is not said to be cacheable is not.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    return {
        "statusCode": code.value,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", **headers},
        "body": json.dumps(body),
    }
