"""What issues and their comments say, in Markdown; all text from outside is escaped.

Nothing here changes from run to run: no time of the run, no count of runs.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from generator.github.markdown import code, escaped
from generator.reporting import links, marker
from generator.reporting.answer import BETWEEN
from generator.reporting.conditions import Condition, Health
from generator.reporting.known import Details, Known, LastBuild
from generator.reporting.marker import Told
from lambdas.core.names import Names

UNKNOWN = "unknown"
LONGEST_REASON = 1000
NOT_KNOWN = "a word that this release of spot-runner does not know: it is taken for neither ready nor failed"
SILENCE = "To hear no more of this until the status changes, close this issue as *not planned*."


def title(condition: Condition, known: Known) -> str:
    """Return a new issue's title; it belongs to people from then on."""
    what = {"preset": "has failed", "deployment": "is degraded", "status": "does not answer well"}
    return f"{str(condition.subject).capitalize()} {what[condition.subject.kind]} ({known.place})"


def body(condition: Condition, told: Told, known: Known) -> str:
    """Return the text of an issue about something broken, between the line that remembers and the one that ends it."""
    write = {"preset": _preset, "deployment": _deployment, "status": _status}[condition.subject.kind]
    return "\n".join((marker.line(condition.subject, known.place, told), *write(condition, known), marker.END))


def changed(condition: Condition) -> str:
    """Return the comment on another status or reason than before."""
    match condition.subject.kind, condition.health:
        case "preset", Health.BROKEN:
            return f"{_is(condition)}: {_reason(condition)}. {_serves(condition)}."
        case "preset", _ if condition.status in BETWEEN:
            return f"{_is(condition)}: a build is under way. This issue is closed when the preset is ready."
        case "preset", _:
            return f"{_is(condition)}, {NOT_KNOWN}."
        case "deployment", _:
            return f"The deployment is degraded: {_reason(condition)}."
    return f"`/status` is {condition.status}: {_reason(condition)}."


def still(condition: Condition) -> str:
    """Return the comment on an issue that was closed as completed although nothing got better."""
    return f"This was closed a day ago, and still: {changed(condition)} {SILENCE}"


def ended(condition: Condition) -> str:
    """Return the comment that goes with closing."""
    name = code(condition.subject.name)
    if condition.health is Health.GONE:
        return f"`/status` does not name preset {name} any more: it was removed."
    if condition.subject.kind == "preset":
        return f"Preset {name} is ready again since {_moment(condition.since)}."
    again = {"status": "`/status` answers well again.", "deployment": "The deployment as a whole is well again."}
    return again[condition.subject.kind]


def duplicate_of(number: int) -> str:
    """Return the comment on the younger of two issues about the same."""
    return f"This is a duplicate of #{number}, which goes on; two runs overlapped."


def _preset(condition: Condition, known: Known) -> Iterator[str]:
    name, details = condition.subject.name, known.about(condition.subject.name)
    yield f"{_is(condition)} in deployment {code(known.place)}."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| Reason | {_reason(condition)} |"
    yield f"| What still serves | {_serves(condition)} |"
    if not details.own_ami:
        yield f"| Last good build | {_last_build(details)} |"
    yield f"| Commit that last changed the recipe | {_commit(details, known)} |"
    yield ""
    yield "What to do:"
    yield from _steps(name, details, known)
    yield f"- {SILENCE} It is closed by itself when the preset is ready."
    yield ""
    yield " · ".join(_links(name, known))


def _steps(name: str, details: Details, known: Known) -> Iterator[str]:
    if details.own_ami:
        yield "- Share or enable its own AMI again, which is seen within an hour, or name another one in `image.ami`."
        yield from _revert(details)
        return
    pipeline = code(Names(deployment=known.deployment).preset_stack(name))
    console = links.link(f"Image Builder in {known.region}", links.pipelines(known.region))
    yield f"- See why: pipeline {pipeline} in {console}, its newest image."
    yield from _revert(details)
    yield f"- If the cause has passed, {code(f'spot-runner rebuild {name}')} builds it once more."


def _revert(details: Details) -> Iterator[str]:
    if details.recipe_commit and details.can_revert:
        revert = code(f"git revert {details.recipe_commit[:12]}")
        then = ": the AMI from before serves again without a build" if details.keeps_before else ""
        yield f"- If the recipe's last change is to blame, {revert}{then}."


def _links(name: str, known: Known) -> Iterator[str]:
    yield links.link("preset file", links.preset_file(known, name))
    yield links.link("status badge", links.badge(known.status_url, name))
    yield links.link("status", known.status_url)
    guide = links.guide(known)
    if guide:
        yield links.link("when something fails", guide)


def _deployment(condition: Condition, known: Known) -> Iterator[str]:
    yield f"Deployment {code(known.place)} is degraded, and no preset says why: {_reason(condition)}."
    yield ""
    yield "What to do:"
    yield "- Without any preset, deploy one: `spot-runner deploy`."
    yield "- Otherwise look at the GitHub App that registers runners: it may not be able to sign in."
    yield f"- {SILENCE} It is closed by itself when the deployment is well."
    yield ""
    yield links.link("status", known.status_url)


def _status(condition: Condition, known: Known) -> Iterator[str]:
    yield f"`/status` of deployment {code(known.place)} is {condition.status}: {_reason(condition)}."
    yield ""
    yield "Until it answers, nothing is known of the presets, and their issues are left as they are."
    yield ""
    yield "What to do:"
    yield f"- Call it: {links.link('status', known.status_url)}."
    yield "- Look at the function's log group and at the control plane's stack in the AWS console."
    yield f"- {SILENCE} It is closed by itself when `/status` answers well."


def _is(condition: Condition) -> str:
    return f"Preset {code(condition.subject.name)} is {code(condition.status)} since {_moment(condition.since)}"


def _reason(condition: Condition) -> str:
    return escaped((condition.reason or "no reason is given")[:LONGEST_REASON])


def _serves(condition: Condition) -> str:
    if not condition.serving:
        return "Nothing serves: jobs that ask for this preset wait for its AMI"
    which = f"AMI {code(condition.ami_id)}" if condition.ami_id else "Its AMI from before"
    return f"{which} serves on: jobs run"


def _last_build(details: Details) -> str:
    if details.last_build:
        return _build(details.last_build)
    return "none yet" if details.has_no_build else UNKNOWN


def _build(build: LastBuild) -> str:
    ami = f", AMI {code(build.ami_id)}" if build.ami_id else ""
    return f"{code(build.version)}, begun {_moment(build.started_at)}{ami}"


def _commit(details: Details, known: Known) -> str:
    sha = details.recipe_commit
    return links.link(code(sha[:12]), links.commit(known, sha)) if sha else UNKNOWN


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else UNKNOWN
