"""Webhook deliveries of Apps: signed, sent once, in order, by a thread of their own; and the log of them.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries and
https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
"""

import hashlib
import hmac
import json
import queue
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from embedded.github.app_registry import App, AppRegistry, Installation
from embedded.github.failures import Failures
from embedded.github.world import Repository, World

ANSWERED_WITHIN_SECONDS = 10
KEPT = timedelta(days=3)
CONTENT_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
SUCCESS = range(200, 300)
UNANSWERED, NO_ANSWER = "timed out", 0  # a status code of 0 is neither a success nor a failure to the API's filter
UNREACHABLE, BAD_GATEWAY = "failed to connect to host", 502


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to deliver one event; attempts at the same event share its `guid`. `duration` is in seconds."""

    id: int
    guid: str
    app: App
    installation: Installation
    event: str
    action: str
    repository_id: int
    payload: Mapping[str, Any]
    delivered_at: datetime
    redelivery: bool = False
    duration: float = 0.0
    status: str = UNANSWERED
    status_code: int = NO_ANSWER
    request_headers: Mapping[str, str] = field(default_factory=dict)
    response_headers: Mapping[str, str] | None = None
    response_body: str | None = None


class Hooks:
    """Sends deliveries, and keeps a log of them.

    `mishaps` meet new deliveries by `event action`, such as `workflow_job queued`: one with the effect `twice` is sent
    twice, one with any other is never sent, and logged as failed.
    """

    def __init__(self, world: World, registry: AppRegistry) -> None:
        self._world, self._registry = world, registry
        self.mishaps = Failures()
        self._log: dict[int, Delivery] = {}
        self._waiting: queue.Queue[Delivery | None] = queue.Queue()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to send."""
        threading.Thread(target=self._send_all, daemon=True).start()

    def stop(self) -> None:
        """Send no more; what still waits is dropped."""
        self._stopped.set()
        self._waiting.put(None)

    def settle(self) -> None:
        """Wait until everything is sent that has come up so far."""
        self._waiting.join()

    def emit(self, event: str, action: str, repository: Repository, content: Mapping[str, Any]) -> None:
        """Deliver an event to each App that is installed where it happened and asks for it."""
        for installation in self._registry.installations.values():
            app = installation.app
            heard = app.webhook_url and event in app.events and installation.suspended_at is None
            if heard and installation.covers(repository):
                about = {"id": installation.id, "node_id": f"MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u{installation.id}"}
                self._queue(
                    Delivery(
                        id=self._world.next_id(), guid=str(uuid.uuid4()), app=app, installation=installation,
                        event=event, action=action, repository_id=repository.id,
                        payload={"action": action, **content, "installation": about},
                        delivered_at=self._world.clock.now(),
                    )
                )  # fmt: skip

    def redeliver(self, delivery: Delivery) -> None:
        """Try again to deliver an event, as a new attempt."""
        self._queue(
            replace(delivery, id=self._world.next_id(), redelivery=True, response_headers=None, response_body=None)
        )

    def log(self) -> list[Delivery]:
        """Return all attempts that were ever made, in the order in which they were asked for."""
        with self._world.lock:
            return sorted(self._log.values(), key=lambda one: one.id)

    def deliveries(self, app_id: int | None) -> list[Delivery]:
        """Return an App's deliveries of the last three days, newest first."""
        since = self._world.clock.now() - KEPT
        return [one for one in reversed(self.log()) if one.app.id == app_id and one.delivered_at > since]

    def _queue(self, delivery: Delivery) -> None:
        mishap = self.mishaps.strike(delivery.event, delivery.action)
        if mishap is not None and mishap.effect != "twice":
            self._keep(delivery)
            return
        self._waiting.put(delivery)
        if mishap is not None:
            self._waiting.put(replace(delivery, id=self._world.next_id()))

    def _keep(self, delivery: Delivery) -> None:
        with self._world.lock:
            self._log[delivery.id] = replace(delivery, delivered_at=self._world.clock.now())

    def _send_all(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for delivery in self._sent():
                self._keep(sent(session, delivery))

    def _sent(self) -> Iterator[Delivery]:
        while True:
            delivery = self._waiting.get()
            try:
                if delivery is not None and not self._stopped.is_set():
                    yield delivery
            finally:
                self._waiting.task_done()
            if delivery is None:
                return


def sent(session: requests.Session, delivery: Delivery) -> Delivery:
    """Send a delivery, and return it with what came of it."""
    body = encoded(delivery)
    tried = replace(delivery, request_headers=headers(delivery, body))
    try:
        answer = session.post(
            delivery.app.webhook_url, data=body, headers=tried.request_headers, timeout=ANSWERED_WITHIN_SECONDS,
            allow_redirects=False,
        )  # fmt: skip
    except requests.Timeout:
        return replace(tried, status=UNANSWERED, status_code=NO_ANSWER, duration=float(ANSWERED_WITHIN_SECONDS))
    except requests.RequestException:
        return replace(tried, status=UNREACHABLE, status_code=BAD_GATEWAY)
    return replace(
        tried, status="OK" if answer.status_code in SUCCESS else f"Invalid HTTP Response: {answer.status_code}",
        status_code=answer.status_code, duration=round(answer.elapsed.total_seconds(), 2),
        response_headers=dict(answer.headers), response_body=answer.text,
    )  # fmt: skip


def encoded(delivery: Delivery) -> bytes:
    """Return the body of a delivery: JSON, or a form with JSON in it."""
    text = json.dumps(delivery.payload)
    return (text if delivery.app.content_type == "json" else urlencode({"payload": text})).encode()


def headers(delivery: Delivery, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery: https://docs.github.com/en/webhooks/webhook-events-and-payloads."""
    signature = hmac.new(delivery.app.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "Accept": "*/*", "Content-Type": CONTENT_TYPES[delivery.app.content_type],
        "User-Agent": "GitHub-Hookshot/played",
        "X-GitHub-Delivery": delivery.guid, "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(delivery.app.hook_id),
        "X-GitHub-Hook-Installation-Target-ID": str(delivery.app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": f"sha256={signature}",
    }  # fmt: skip
