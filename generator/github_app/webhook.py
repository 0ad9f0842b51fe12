"""Where deliveries go, and what came of the newest: pure.

The secret cannot be compared, since GitHub never tells it, and neither whether a hook is active: what the webhook
answered shows both. https://docs.github.com/en/rest/apps/webhooks
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from generator.doctor.findings import Finding, ok, problem, warning
from generator.github_app.registered import App, Delivery, Hook

LOOK_AT_ALARMS = "the alarms of the control plane say why; once that is mended, *Redeliver* at"


def heard_by(hooks: Mapping[str, Hook], url: str) -> tuple[str, ...]:
    """Return the ids of the Apps that deliver to an address."""
    return tuple(app_id for app_id, hook in hooks.items() if hook.url.rstrip("/") == url)


def check_address(apps: Mapping[str, App], hooks: Mapping[str, Hook], url: str) -> Finding:
    """Return whether exactly one App delivers to the deployed webhook."""
    here = heard_by(hooks, url)
    if len(here) == 1:
        return ok("webhook", f"App {here[0]} delivers to {url}")
    if here:
        named = " and ".join(f"App {app_id}" for app_id in here)
        pages = ", ".join(apps[app_id].settings_page for app_id in here[1:])
        said = f"{named} deliver to {url}: each job is told of {len(here)} times"
        return warning("webhook", said, f"leave one of them; take the mark from *Active* under Webhook at {pages}")
    places = "; ".join(
        f"those of App {app_id} go {f'to {hook.url}' if hook.url else 'nowhere'}" for app_id, hook in hooks.items()
    )
    page = next(apps[app_id].settings_page for app_id in hooks)
    return problem("webhook", f"no deliveries come to {url}: {places}", f"set it as Webhook URL, *Active*, at {page}")


def check_hook(app: App, hook: Hook, put_secret: str) -> Iterator[Finding]:
    """Yield how an App's deliveries are sent; `put_secret` says where its secret comes from."""
    about = f"App {app.id} webhook"
    wrong = False
    if hook.content_type != "json":
        wrong = True
        said = f"its content type is {hook.content_type!r}, expected 'json'"
        yield problem(about, said, f"choose application/json under Webhook at {app.settings_page}")
    if not hook.has_secret:
        wrong = True
        yield problem(about, "it has no secret: every delivery is answered 401", f"{put_secret} {app.settings_page}")
    if not hook.checks_certificate:
        wrong = True
        said = "GitHub does not verify whom it delivers to"
        yield warning(about, said, f"choose *Enable SSL verification* under Webhook at {app.settings_page}")
    if not wrong:
        yield ok(about, "application/json, with a secret, which GitHub never tells")


def check_deliveries(app: App, newest_first: Sequence[Delivery], put_secret: str) -> Finding:
    """Return what the newest delivery was answered, which shows whether the secret fits."""
    about, log = f"App {app.id} deliveries", f"{app.settings_page}/advanced"
    if not newest_first:
        said = "GitHub remembers none: whether the secret fits, and the hook is active, is not known"
        remedy = f"start a workflow, and repeat this; still none: mark *Active* under Webhook at {app.settings_page}"
        return warning(about, said, remedy)
    newest = newest_first[0]
    failed = sum(not one.is_answered_well for one in newest_first)
    what = f"the newest, {newest.event} at {newest.delivered_at},"
    if newest.is_answered_well:
        others = f"; {failed} of the last {len(newest_first)} failed: see {log}" if failed else ": the secret fits"
        return ok(about, f"{what} was answered {newest.status_code}{others}")
    if newest.status_code == HTTPStatus.UNAUTHORIZED:
        said = f"{what} was answered 401: the App's secret is not the one in Secrets Manager"
        return problem(about, said, f"{put_secret} {app.settings_page}, then *Redeliver* at {log}")
    if newest.status_code == HTTPStatus.BAD_REQUEST:
        said = f"{what} was answered 400: it was not JSON of a job"
        return problem(about, said, f"choose application/json under Webhook at {app.settings_page}")
    return problem(about, f"{what} failed: {newest.status} ({newest.status_code})", f"{LOOK_AT_ALARMS} {log}")
