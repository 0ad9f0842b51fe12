"""An organization on the played GitHub with an App in it, and requests as the App makes them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from embedded.github.app_registry import App, Installation
from embedded.github.clock import Clock, real
from embedded.github.server import PlayedGitHub
from embedded.github.workflow_jobs import Job, Run, Runner
from embedded.github.world import Repository
from tests.github_api import check

ORGANIZATION, SHOP = "octo-org", "octo-org/shop"
RUNNERS = f"/orgs/{ORGANIZATION}/actions/runners"
GENERATE = f"{RUNNERS}/generate-jitconfig"
LABELS = ("self-hosted", "spotrunner/linux-x64")
PERMISSIONS = {
    "organization_self_hosted_runners": "write",
    "administration": "write",
    "actions": "write",
    "metadata": "read",
}
SECRET = "It's a Secret to Everybody"


@cache
def private_key() -> rsa.RSAPrivateKey:
    """Return the App's key; making one takes a tenth of a second, reading one from its PEM half of that."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def key_pair() -> tuple[str, str]:
    """Return the App's private key and its public key, both in PEM."""
    key = private_key()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@dataclass(kw_only=True)
class Organization:
    """The played GitHub, with an organization, a repository, an App and its installation."""

    played: PlayedGitHub
    repository: Repository
    app: App
    installation: Installation
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def now(self) -> int:
        """The time at GitHub, in seconds since 1970."""
        return int(self.played.clock.now().timestamp())

    def jwt(self, algorithm: str = "RS256", key: str | None = None, **changed: Any) -> str:
        """Return the App's JWT, with some claims changed; None leaves one out."""
        claims = {"iat": self.now - 60, "exp": self.now + 540, "iss": str(self.app.id), **changed}
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, key or private_key(), algorithm=algorithm)

    def ask(self, method: str, path: str, bearer: str, **named: Any) -> requests.Response:
        """Ask the API, `path` being below its address, or a whole one; '' is nobody's token."""
        address = path if path.startswith("http") else self.played.api_url + path
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self.session.request(method, address, headers=headers, timeout=10, **named)

    def as_app(self, method: str, path: str, **named: Any) -> requests.Response:
        """Ask by the App's JWT."""
        return self.ask(method, path, self.jwt(), **named)

    def token(self, **wanted: Any) -> str:
        """Return a new token of the installation."""
        path = f"/app/installations/{self.installation.id}/access_tokens"
        return str(self.as_app("POST", path, json=wanted).json()["token"])

    def permit(self, **permissions: str) -> str:
        """Return a token with these permissions alone, whatever the App has."""
        self.installation.permissions = permissions
        return self.token()

    def generate(self, bearer: str, path: str = GENERATE, **changed: Any) -> requests.Response:
        """Ask for a JIT configuration; None leaves a field out."""
        fields = {"name": "i-0abc", "runner_group_id": 1, "labels": list(LABELS), **changed}
        body = {name: value for name, value in fields.items() if value is not None}
        return self.ask("POST", path, bearer, json=body)

    def runner(
        self, name: str = "i-0abc", labels: tuple[str, ...] = LABELS, scope: str = ORGANIZATION, group: int = 1
    ) -> Runner:
        """Register a runner whose machine has connected, without a request."""
        made = self.registered(name, labels, scope, group)
        self.played.actions.connect(made, f"session of {name}")
        return made

    def registered(
        self, name: str = "i-0abc", labels: tuple[str, ...] = LABELS, scope: str = ORGANIZATION, group: int = 1
    ) -> Runner:
        """Register a runner, without a request."""
        roster = self.played.actions.roster
        return roster.register(scope, "somebody", name=name, labels=labels, runner_group_id=group)

    def run(self) -> Run:
        """Start a run."""
        return self.played.actions.start_run(self.repository)

    def queue(self, labels: tuple[str, ...] = LABELS, **fields: Any) -> Job:
        """Queue a job in a run of its own."""
        return self.played.actions.queue_job(self.run(), labels, **fields)

    def pass_time(self, seconds: float) -> None:
        """Let time pass at GitHub, and have its effects."""
        self.played.clock.forward(seconds)
        self.played.actions.tick()


@contextmanager
def an_organization(now: Callable[[], datetime] | None = None) -> Iterator[Organization]:
    """Play an organization; its clock stands still, or says `now`; all that went to and fro is held against the API."""
    begins = real()
    with PlayedGitHub(clock=Clock(now or (lambda: begins))) as played:
        played.world.add_organization(ORGANIZATION)
        repository = played.world.add_repository(SHOP)
        app = played.registry.add_app(
            "spot", key_pair()[1], owner=ORGANIZATION, permissions=PERMISSIONS, webhook_secret=SECRET
        )
        installation = played.registry.install(app, ORGANIZATION)
        made = Organization(played=played, repository=repository, app=app, installation=installation)
        with made.session:
            yield made
        check(played)
