"""What the command `report` does when called: ask, look closer, act, say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from generator.errors import SpotRunnerError
from generator.github.addresses import GITHUB_COM
from generator.reporting import details, performing, watch
from generator.reporting.answer import Answer
from generator.reporting.known import Details, Known
from generator.reporting.listing import Listed
from generator.reporting.performing import Report
from generator.reporting.place import Place
from generator.reporting.watch import NoAnswer, Patience

GUIDE = "docs/deploying.md"
MOST_NEW = 20  # an answer that is wrong about everything shall not flood a repository


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What `/status` of one place answered, what was done about it, and what is worth knowing besides."""

    place: str
    answer: Answer | NoAnswer
    report: Report
    notes: tuple[str, ...] = ()


def report(
    place: Place, listed: Listed, url: str, environ: Mapping[str, str], patience: Patience, now: datetime, most_new: int
) -> Reported:
    """Bring GitHub's issues in step with what `/status` says, filing at most so many new ones."""
    answer = watch.ask(url, patience)
    about, notes = _details(place, answer)
    server = environ.get("GITHUB_SERVER_URL") or place.settings.github.server_url or GITHUB_COM
    known = Known(
        author=listed.author,
        place=place.label,
        deployment=place.settings.name,
        region=place.settings.region,
        status_url=url,
        repository_url=f"{server.rstrip('/')}/{listed.github.full_name}",
        guide=GUIDE if (place.root / GUIDE).is_file() else None,
        details=about,
    )
    done = performing.keep_in_step(listed, answer, known, now, most_new)
    return Reported(place=place.label, answer=answer, report=done, notes=(*notes, *_left(done)))


def _left(done: Report) -> tuple[str, ...]:
    if not done.later:
        return ()
    return (f"a run files {MOST_NEW} issues at most: {done.later} more things are broken, which the next run files",)


def _details(place: Place, answer: Answer | NoAnswer) -> tuple[Mapping[str, Details], tuple[str, ...]]:
    """Return what is known of presets; without access to the account that is only what git knows, and a note."""
    presets = details.wanted(answer)
    found: details.Builds = {}
    notes: tuple[str, ...] = ()
    if presets:
        try:
            found = details.snapshots(place.aws, place.names, presets)
        except SpotRunnerError as error:
            notes = (f"last good builds are unknown: {error}",)
    shown = place.settings.status.show_ami_ids
    return details.details(place.root, presets, found, show_ami_ids=shown), notes
