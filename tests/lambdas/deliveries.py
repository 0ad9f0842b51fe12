"""Deliveries as GitHub sends them: payloads with one changed field, signed, and as an HTTP API hands them on."""

import base64
import hashlib
import hmac
import json
from typing import Any

SECRET = "a made-up secret"


def a_payload(action: str = "queued", repository: str = "octo-org/app", **job: Any) -> dict[str, Any]:
    """Return the payload of a job's event; `job` are fields of its `workflow_job`."""
    return {
        "action": action,
        "installation": {"id": 77},
        "repository": {"full_name": repository, "private": True},
        "workflow_job": {
            "id": 101,
            "run_id": 11,
            "run_attempt": 1,
            "status": action,
            "conclusion": None,
            "labels": ["self-hosted", "spotrunner/linux-x64"],
            "runner_id": None,
            "runner_name": None,
            "created_at": "2026-11-23T11:59:58Z",
            "started_at": "2026-11-23T11:59:58Z",
            "completed_at": None,
            "name": "build",
            "workflow_name": None,
            **job,
        },
    }


def signature(body: bytes, secret: str = SECRET) -> str:
    """Return what GitHub sends as X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def a_request(payload: Any, event: str = "workflow_job", secret: str = SECRET, **headers: str | None) -> dict[str, Any]:
    """Return the request of an HTTP API that a delivery becomes; a header of None is not sent.

    A payload that is bytes is the body as it is, and encoded by the API.
    """
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    sent = {
        "content-type": "application/json",
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "x-github-event": event,
        "x-github-hook-installation-target-id": "1",
        "x-github-hook-installation-target-type": "integration",
        "x-hub-signature-256": signature(body, secret),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    is_encoded = isinstance(payload, bytes)
    return {
        "version": "2.0",
        "rawPath": "/webhook",
        "headers": {name: value for name, value in sent.items() if value is not None},
        "requestContext": {"http": {"method": "POST", "path": "/webhook"}},
        "body": base64.b64encode(body).decode() if is_encoded else body.decode(),
        "isBase64Encoded": is_encoded,
    }
