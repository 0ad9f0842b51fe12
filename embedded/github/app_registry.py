"""The Apps that are known, where they are installed, and the tokens of their installations."""

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from embedded.github.world import Repository, Token, World

TOKEN_LIFE = timedelta(hours=1)


@dataclass(kw_only=True)
class App:
    """One App: `public_keys` are PEM texts, any of which may have signed; without `webhook_url` it hears nothing.

    `content_type` of its deliveries is `json` or `form`.
    """

    id: int
    hook_id: int
    slug: str
    name: str
    owner: str
    public_keys: list[str]
    permissions: dict[str, str]
    events: tuple[str, ...]
    created_at: datetime
    webhook_url: str = ""
    webhook_secret: str = ""
    content_type: str = "json"

    @property
    def client_id(self) -> str:
        """Its other name."""
        return f"Iv1.{self.id:016x}"


@dataclass(kw_only=True)
class Installation:
    """One App in one account: for all of its repositories (None), or for some, by their full names."""

    id: int
    app: App
    account: str
    permissions: dict[str, str]
    created_at: datetime
    repositories: tuple[str, ...] | None = None
    requests_per_hour: int = 5000
    suspended_at: datetime | None = None

    def token(self, permissions: Mapping[str, str], repositories: tuple[str, ...] | None, until: datetime) -> Token:
        """Return what a token of it may do."""
        return Token(
            login=f"{self.app.slug}[bot]", permissions=dict(permissions), repositories=repositories,
            requests_per_hour=self.requests_per_hour, installation_id=self.id, account=self.account, expires_at=until,
        )  # fmt: skip

    def covers(self, repository: Repository) -> bool:
        """Tell whether the App sees a repository here."""
        return self.token({}, self.repositories, self.created_at).covers(repository)


@dataclass(kw_only=True)
class AppRegistry:
    """All Apps and installations, by their ids."""

    world: World
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(101))

    def add_app(
        self, slug: str, public_key: str, *, owner: str = "octo-org", permissions: Mapping[str, str],
        events: tuple[str, ...] = ("workflow_job",), webhook_url: str = "", webhook_secret: str = "",
    ) -> App:  # fmt: skip
        """Make an App."""
        made = App(
            id=next(self._ids), hook_id=next(self._ids), slug=slug, name=slug.replace("-", " ").capitalize(),
            owner=owner, public_keys=[public_key], permissions=dict(permissions), events=events,
            created_at=self.world.clock.now(), webhook_url=webhook_url, webhook_secret=webhook_secret,
        )  # fmt: skip
        self.apps[made.id] = made
        return made

    def install(self, app: App, account: str, *, repositories: tuple[str, ...] | None = None) -> Installation:
        """Install an App in an account, with the permissions that it asks for now."""
        made = Installation(
            id=next(self._ids), app=app, account=account, permissions=dict(app.permissions), repositories=repositories,
            created_at=self.world.clock.now(),
        )  # fmt: skip
        self.installations[made.id] = made
        return made

    def suspend(self, installation: Installation) -> None:
        """Suspend an installation: its tokens are refused, and no more are given."""
        installation.suspended_at = self.world.clock.now()

    def of_account(self, app_id: int | None, account: str) -> Installation | None:
        """Return where an App is installed in an account."""
        for one in self.installations.values():
            if one.app.id == app_id and one.account.lower() == account.lower():
                return one
        return None

    def mint(
        self, installation: Installation, permissions: Mapping[str, str], repositories: tuple[str, ...] | None
    ) -> tuple[str, Token]:
        """Make a token for an hour; whoever has the text may do what it says."""
        text = f"ghs_{secrets.token_hex(18)}"
        token = installation.token(permissions, repositories, self.world.clock.now() + TOKEN_LIFE)
        self.world.tokens[text] = token
        return text, token
