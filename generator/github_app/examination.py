"""The whole examination of a deployment's Apps: each for itself, then where their deliveries go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from generator.doctor.findings import Finding, ok, problem, warning
from generator.errors import InvalidInputError
from generator.github import connection
from generator.github_app import deployed, groups, installed, pages, permissions, webhook
from generator.github_app.asking import Asker
from generator.github_app.deployed import Deployed
from generator.github_app.explained import Words, attempt
from generator.github_app.registered import App, Hook, Installation
from generator.inputs.project import load_project
from generator.inputs.settings import Settings
from generator.reporting.place import Place
from lambdas.adapters import github
from lambdas.adapters.github import Api
from lambdas.adapters.github_apps import Apps
from lambdas.adapters.secrets import Secret

DOCUMENT = "docs/github-app.md"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What all checks share; `ids` are those of the settings."""

    ids: tuple[str, ...]
    owner: str
    place: Place
    asker: Asker
    words: Words
    deployed: Deployed


def examine(place: Place, environ: Mapping[str, str], now: datetime) -> tuple[Finding, ...]:
    """Look at everything, and change nothing; raise SpotRunnerError where the deployment cannot be read."""
    found = deployed.read(place)
    ids = tuple(str(app.id) for app in place.settings.github.apps)
    if not ids:
        return (_unregistered(place.settings, found),)
    desk = _desk(place, found, ids, connection.api_address(environ, place.settings.github.server_url), now)
    rows: list[Finding] = []
    apps: dict[str, App] = {}
    in_organization: list[str] = []
    for app_id in ids:
        app = attempt(f"App {app_id}", partial(desk.asker.app, app_id), desk.words)
        if isinstance(app, Finding):
            rows.append(app)
            continue
        apps[app_id] = app
        installation = attempt(f"App {app_id} installation", partial(desk.asker.installation, app_id), desk.words)
        rows += _of_app(desk, app, installation)
        if isinstance(installation, Installation) and installed.registers_with_organization(installation):
            in_organization.append(app_id)
    return (*rows, *_of_groups(desk, in_organization), *_of_webhook(desk, apps))


def _desk(place: Place, found: Deployed, ids: tuple[str, ...], url: str, now: datetime) -> Desk:
    settings = place.settings.github
    session = URLLib3Session(timeout=github.SECONDS, proxies=get_environ_proxies(url))
    apps = Apps(
        api=Api(url=url, session=session),
        owner=settings.owner,
        secret=Secret(client=place.aws.secretsmanager, arn=found.key_arn),
        keys=deployed.keys(place, found, now),
    )
    return Desk(
        ids=ids,
        owner=settings.owner,
        place=place,
        asker=Asker(apps=apps, server_url=settings.server_url, now=now),
        words=Words(server_url=settings.server_url, owner=settings.owner, put_key=found.put_key(ids)),
        deployed=found,
    )


def _unregistered(settings: Settings, found: Deployed) -> Finding:
    server, owner = settings.github.server_url, settings.github.owner
    page = pages.registration(server, owner, settings.name, found.webhook_url)
    remedy = f"make one at {page}, and name its id in spot-runner.yaml, github.apps; for a person, see {DOCUMENT}"
    return problem("github.apps", "spot-runner.yaml names no App: nothing registers machines", remedy)


def _of_app(desk: Desk, app: App, installation: Installation | Finding | None) -> Iterator[Finding]:
    yield ok(f"App {app.id}", f"{app.name}, signed in with its key")
    if isinstance(installation, Finding):
        yield installation
        return
    yield from permissions.check(app, is_organization=installation is None or installation.is_organization)
    yield from installed.check(app, desk.owner, installation)
    if installation is None or installation.is_suspended:
        return
    allowance = attempt(f"App {app.id} rate limit", partial(desk.asker.allowance, app.id), desk.words)
    rate = allowance if isinstance(allowance, Finding) else installed.check_rate(app, allowance, len(desk.ids))
    yield rate


def _of_groups(desk: Desk, app_ids: Sequence[str]) -> Iterator[Finding]:
    """Yield what is to be said of the groups that presets name; all Apps of an organization see the same ones."""
    if not app_ids:
        return
    try:
        presets = load_project(desk.place.root).presets
    except InvalidInputError as error:
        yield warning("runner groups", f"not looked at: {error.problems[0]}", "run `spot-runner validate`")
        return
    groups_there = attempt("runner groups", partial(desk.asker.runner_groups, app_ids[0]), desk.words)
    if isinstance(groups_there, Finding):
        yield groups_there
        return
    wanted: dict[str, list[str]] = {}
    for preset in presets:
        wanted.setdefault(preset.runner_group, []).append(preset.name)
    page = pages.runner_groups(desk.asker.server_url, desk.owner)
    yield from groups.check(wanted, groups_there, desk.place.settings.repositories, page)


def _of_webhook(desk: Desk, apps: Mapping[str, App]) -> Iterator[Finding]:
    """Yield where deliveries go; of Apps that could not sign in nothing is known."""
    hooks: dict[str, Hook] = {}
    for app in apps.values():
        hook = attempt(f"App {app.id} webhook", partial(desk.asker.hook, app.id), desk.words)
        if isinstance(hook, Finding):
            yield hook
        else:
            hooks[app.id] = hook
    url = desk.deployed.webhook_url
    if not url:
        said = "not looked at: the control plane, which has the address, is not deployed"
        yield warning("webhook", said, "run `spot-runner deploy`")
        return
    if hooks and (len(hooks) == len(desk.ids) or webhook.heard_by(hooks, url)):
        yield webhook.check_address(apps, hooks, url)
    for app_id in webhook.heard_by(hooks, url):
        yield from _of_hook(desk, apps[app_id], hooks[app_id])


def _of_hook(desk: Desk, app: App, hook: Hook) -> Iterator[Finding]:
    put_secret = desk.deployed.put_secret
    yield permissions.check_event(app)
    yield from webhook.check_hook(app, hook, put_secret)
    deliveries = attempt(f"App {app.id} deliveries", partial(desk.asker.deliveries, app.id), desk.words)
    if isinstance(deliveries, Finding):
        yield deliveries
    else:
        yield webhook.check_deliveries(app, deliveries, put_secret)
