"""One HTTP request from GitHub: headers and raw bytes, of which nothing is read before its signature is verified."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lambdas.core.errors import UnsignedError

LARGEST_BYTES = 2**20
TARGET = "x-github-hook-installation-target-type"  # an App, or else a repository or organization with a webhook
# What GitHub signs with: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
SECRETS_KEPT = timedelta(seconds=60)  # a container asks for the secrets again after so long
SECRETS_FRESH = timedelta(seconds=5)  # a signature that does not fit is no reason to ask again before
ROTATION = timedelta(days=1)  # the secret before the current one is accepted for so long


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery; `event` is GitHub's name of it, such as `workflow_job`, and `app_id` the App's that sent it."""

    body: bytes
    signature: str | None = None
    event: str = ""
    delivery_id: str = ""
    app_id: str = ""


def of_request(request: Mapping[str, Any]) -> Delivery:
    """Return the delivery that a request of an HTTP API holds, in payload format 2.0: header names in lower case.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
    """
    headers, text = request.get("headers", {}), request.get("body") or ""
    return Delivery(
        body=base64.b64decode(text) if request.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass"),
        signature=headers.get("x-hub-signature-256"),
        event=headers.get("x-github-event", ""),
        delivery_id=headers.get("x-github-delivery", ""),
        app_id=headers.get("x-github-hook-installation-target-id", "") if headers.get(TARGET) == "integration" else "",
    )


def digest(delivery: Delivery) -> str:
    """Return the HMAC that the delivery claims, in hex; raise UnsignedError if it has none that could be right."""
    if delivery.signature is None:
        raise UnsignedError("X-Hub-Signature-256 is missing")
    found = SIGNATURE.fullmatch(delivery.signature)
    if found is None:
        raise UnsignedError("X-Hub-Signature-256 is malformed, expected sha256= and 64 hex digits")
    return found[1]


def is_signed(body: bytes, claimed: str, secrets: Iterable[bytes]) -> bool:
    """Tell whether one of the secrets makes the claimed HMAC, in a time that tells nothing of them; none is empty."""
    each = [hmac.new(secret, body, hashlib.sha256).hexdigest() for secret in secrets if secret]
    return any([hmac.compare_digest(one, claimed) for one in each])  # noqa: C419 - all of them are compared, always


def accepts_previous(current_since: datetime, now: datetime) -> bool:
    """Tell whether the secret before the current one is still accepted: GitHub is told of a new one by hand."""
    return now - current_since < ROTATION
