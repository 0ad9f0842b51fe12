"""Which permissions and which event an App needs, what for, and which of them it lacks: pure.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from collections.abc import Iterator, Mapping

from generator.doctor.findings import Finding, ok, problem, warning
from generator.github_app.registered import App
from lambdas.adapters.runners import ORGANIZATION

EVENT = "workflow_job"
ADMINISTRATION = "administration"
LEVELS: Mapping[str, int] = {"read": 1, "write": 2, "admin": 3}
ALWAYS: Mapping[str, str] = {"actions": "write", "metadata": "read"}
OF_AN_ORGANIZATION: Mapping[str, str] = {ORGANIZATION: "write", **ALWAYS}
OF_A_PERSON: Mapping[str, str] = {ADMINISTRATION: "write", **ALWAYS}
PURPOSES: Mapping[str, str] = {
    "actions": "hears of jobs, and runs one again whose machine was taken away",
    "metadata": "sees repositories",
    ORGANIZATION: "registers runners",
    ADMINISTRATION: "registers runners",
}


def needed(permissions: Mapping[str, str], *, is_organization: bool) -> Mapping[str, str]:
    """Return what an App needs: one that may administer an organization's repositories registers runners there."""
    if not is_organization or (not grants(permissions, ORGANIZATION) and grants(permissions, ADMINISTRATION)):
        return OF_A_PERSON
    return OF_AN_ORGANIZATION


def grants(permissions: Mapping[str, str], name: str, level: str = "write") -> bool:
    """Tell whether a permission is at least of a level."""
    return LEVELS.get(permissions.get(name, ""), 0) >= LEVELS[level]


def lacking(permissions: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Return what is wanted and not granted."""
    return {name: level for name, level in wanted.items() if not grants(permissions, name, level)}


def check(app: App, *, is_organization: bool) -> Iterator[Finding]:
    """Yield whether an App asks for what it needs, and for no more."""
    about, page = f"App {app.id} permissions", f"{app.settings_page}/permissions"
    wanted = needed(app.permissions, is_organization=is_organization)
    missing = lacking(app.permissions, wanted)
    if missing:
        purposes = ", ".join(f"{name}: {level} ({PURPOSES[name]})" for name, level in missing.items())
        remedy = f"add it at {page}, then accept the request that GitHub sends to the owner"
        yield problem(about, f"it lacks {purposes}", remedy)
    else:
        yield ok(about, listed(wanted))
    more = {name: level for name, level in app.permissions.items() if name not in wanted}
    if more:
        said = f"it asks for {listed(more)}, which nothing here needs: whoever has its key may do that"
        yield warning(about, said, f"take it away at {page}, unless the App serves something else, too")


def check_event(app: App) -> Finding:
    """Return whether an App that delivers here hears of jobs."""
    about = f"App {app.id} events"
    if EVENT in app.events:
        return ok(about, EVENT)
    heard = ", ".join(app.events) or "nothing"
    remedy = f"choose *Workflow jobs* at {app.settings_page}/permissions, under *Subscribe to events*"
    return problem(about, f"it hears of {heard}, expected {EVENT}", remedy)


def listed(permissions: Mapping[str, str]) -> str:
    """Return `actions: write, metadata: read`."""
    return ", ".join(f"{name}: {level}" for name, level in sorted(permissions.items()))
