"""Whether an App is installed where jobs come from, with all that it needs, and how much it may do there: pure."""

from collections.abc import Iterator

from generator.doctor.findings import Finding, ok, problem
from generator.github_app import permissions
from generator.github_app.registered import Allowance, App, Installation
from lambdas.adapters.runners import ORGANIZATION
from lambdas.core import pacing

MINUTE_MS = 60_000


def check(app: App, owner: str, installation: Installation | None) -> Iterator[Finding]:
    """Yield whether an App is installed at the owner, is not suspended, and was granted what it needs."""
    about = f"App {app.id} installation"
    if installation is None:
        yield problem(about, f"it is not installed at {owner}", f"install it: {app.page}/installations/new")
        return
    if installation.is_suspended:
        said = f"{installation.account} has suspended it: it hears of nothing and may do nothing"
        yield problem(about, said, f"*Unsuspend* at {installation.page}")
        return
    needed = permissions.needed(app.permissions, is_organization=installation.is_organization)
    asked = {name: level for name, level in needed.items() if permissions.grants(app.permissions, name, level)}
    pending = permissions.lacking(installation.permissions, asked)
    if pending:
        said = f"{installation.account} has not accepted {permissions.listed(pending)}, which the App asks for"
        yield problem(about, said, f"*Review request* at {installation.page}, as an owner of {installation.account}")
        return
    where = (
        "all repositories" if installation.covers_all else "selected repositories only: no other's jobs are heard of"
    )
    yield ok(about, f"at {installation.account}, for {where}")


def registers_with_organization(installation: Installation) -> bool:
    """Tell whether an App makes machines the organization's runners, as it does if it may."""
    active = installation.is_organization and not installation.is_suspended
    return active and permissions.grants(installation.permissions, ORGANIZATION)


def check_rate(app: App, allowance: Allowance, apps: int) -> Finding:
    """Return how fast an App may register machines, of `apps` that share what the owner is allowed."""
    about = f"App {app.id} rate limit"
    limit = pacing.REGISTRATIONS_PER_HOUR if allowance.requests_per_hour is None else allowance.requests_per_hour
    machines = MINUTE_MS // pacing.interval_ms(limit, apps)
    said = "GitHub tells none" if allowance.requests_per_hour is None else f"{limit:,} requests an hour"
    seen = f"{allowance.repositories:,} {'repository' if allowance.repositories == 1 else 'repositories'}"
    return ok(about, f"{said}, for at most {machines} machines a minute; it sees {seen}")
