"""What GitHub tells of an App, as values: https://docs.github.com/en/rest/apps/apps."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class App:
    """An App that signed in.

    `settings_page` is for whoever manages it, `page` for whoever installs it; `permissions` are what it asks for,
    such as {"actions": "write"}.
    """

    id: str
    name: str
    settings_page: str
    page: str
    permissions: Mapping[str, str]
    events: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Hook:
    """Where an App's deliveries go; '' is nowhere. GitHub tells whether there is a secret, never which."""

    url: str
    content_type: str = ""
    has_secret: bool = False
    checks_certificate: bool = True


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to deliver an event, and what came of it; without an answer `status_code` is not HTTP's."""

    event: str
    delivered_at: str
    status: str
    status_code: int

    @property
    def is_answered_well(self) -> bool:
        """Tell whether it was taken."""
        return self.status == "OK"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where an App is installed; `permissions` are those that its account has accepted."""

    account: str
    page: str
    is_organization: bool
    is_suspended: bool
    covers_all: bool
    permissions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class RunnerGroup:
    """A group of the organization's runners; jobs of public repositories go to none of them unless it allows that."""

    name: str
    page: str
    is_default: bool
    allows_public: bool


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """How much an installation may ask of GitHub, None where there is no limit, and how many repositories it sees."""

    requests_per_hour: int | None
    repositories: int
