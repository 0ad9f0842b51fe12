"""What to do about a refusal, by its kind: one line for each way out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from generator.inputs import instance_types
from generator.inputs.settings import Settings
from generator.inputs.wording import did_you_mean
from generator.jobs.row import JobRow
from lambdas.core.admission import ARCHITECTURES, MIB_PER_GIB, SELF_HOSTED, SYSTEMS
from lambdas.core.labels import OPTIONS, OURS
from lambdas.core.preset import NAME, Preset

UNKNOWN_PRESET, FOREIGN_LABEL, UNSATISFIABLE = "unknown preset", "foreign label", "unsatisfiable option"
NEEDS_PRESETS = frozenset({UNKNOWN_PRESET, FOREIGN_LABEL, UNSATISFIABLE})
MINE = f"{OURS}/"
# https://docs.github.com/en/actions/reference/limits
AGAIN = (
    "then cancel the job's run in GitHub and run it again: GitHub leaves a refused job queued for up to 24 hours, and "
    "tells of it once"
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known beside the row: what spot-runner.yaml says here, and the presets that are deployed.

    `presets` is None where they could not be read, or need not be.
    """

    settings: Settings
    presets: Mapping[str, Preset] | None = None


def remedies(job: JobRow, known: Known) -> tuple[str, ...]:
    """Return what to do about a refused job; of a kind that this release does not know, only how to try again."""
    remedy = REMEDIES.get(job.refusal or "")
    return (*(remedy(job, known) if remedy else ()), AGAIN)


def _one_label_each(_job: JobRow, _known: Known) -> Iterable[str]:
    yield f"write runs-on as a list, one label in each entry: runs-on: [{SELF_HOSTED}, {MINE}<preset>]"


def _one_preset(_job: JobRow, _known: Known) -> Iterable[str]:
    yield f"name one preset in runs-on: one label that begins with {MINE}"


def _form_of_label(_job: JobRow, _known: Known) -> Iterable[str]:
    yield f"write the label as {MINE}<preset> or {MINE}<preset>/cpu=4/ram=16"


def _form_of_option(_job: JobRow, _known: Known) -> Iterable[str]:
    yield f"give whole numbers of vCPU and GiB, each once, with a slash between them: {MINE}<preset>/cpu=4/ram=16"


def _deployed_preset(job: JobRow, known: Known) -> Iterable[str]:
    asked = job.preset or _asked(job.labels)
    if known.presets is not None:
        names = tuple(known.presets)
        yield f"name a preset that is deployed ({', '.join(names) or 'there is none'}){did_you_mean(asked, names)}"
    if NAME.fullmatch(asked):
        yield f"or deploy one of that name: merge presets/{asked}.yaml"


def _accepted_label(job: JobRow, known: Known) -> Iterable[str]:
    preset = _preset(job, known)
    if any(label.lower().partition("=")[0] in OPTIONS for label in job.labels):
        yield f"write options into the label of the preset, with slashes: {MINE}{job.preset or '<preset>'}/cpu=4/ram=16"
    if preset:
        accepted = (SELF_HOSTED, SYSTEMS[preset.platform], ARCHITECTURES[preset.architecture], *preset.labels)
        yield f"keep to the labels that are accepted beside {MINE}{preset.name}: {', '.join(accepted)}"
    yield f"or add the label to `labels` in {_file(job)}, and merge that"


def _fitting_type(job: JobRow, known: Known) -> Iterable[str]:
    preset = _preset(job, known)
    if preset:
        yield f"ask for no more than one of {preset.name}'s types has: {', '.join(map(_sized, preset.instance_types))}"
    yield f"or add a larger type to `instanceTypes` in {_file(job)}, and merge that"


def _admitted(job: JobRow, known: Known) -> Iterable[str]:
    owner, said = known.settings.github.owner, known.settings.repositories
    if job.repository.partition("/")[0].lower() != owner.lower():
        yield f"only repositories of {owner} are served, which spot-runner.yaml names as github.owner"
        return
    yield (
        f"name {job.repository} under repositories.allow in spot-runner.yaml, and no pattern of it under "
        f"repositories.deny, and merge that; here allow is {_listed(said.allow)}, deny is {_listed(said.deny)}"
    )


def _public(job: JobRow, _known: Known) -> Iterable[str]:
    yield (
        f"name {job.repository} under repositories.allow in spot-runner.yaml, without *, if you trust whoever opens "
        "pull requests there, and merge that"
    )
    yield "or set repositories.public: true, which admits every public repository that allow matches"


def _registrable(job: JobRow, known: Known) -> Iterable[str]:
    yield f"mend what GitHub says of the runner: its labels, or `runnerGroup` of {_file(job)}"
    if known.settings.github.apps:
        yield "or ask `spot-runner github-app check` what the App lacks"


REMEDIES: Mapping[str, Callable[[JobRow, Known], Iterable[str]]] = {
    "comma-joined labels": _one_label_each,
    "several presets": _one_preset,
    "malformed label": _form_of_label,
    UNKNOWN_PRESET: _deployed_preset,
    FOREIGN_LABEL: _accepted_label,
    "malformed option": _form_of_option,
    UNSATISFIABLE: _fitting_type,
    "repository not admitted": _admitted,
    "public repository": _public,
    "refused by GitHub": _registrable,
}


def _asked(labels: Iterable[str]) -> str:
    """Return the preset that the first label of ours asks for, or an empty text."""
    mine = (label.lower() for label in labels if label.lower().startswith(MINE))
    return next(mine, "").removeprefix(MINE).partition("/")[0]


def _preset(job: JobRow, known: Known) -> Preset | None:
    return (known.presets or {}).get(job.preset or _asked(job.labels))


def _file(job: JobRow) -> str:
    return f"presets/{job.preset or _asked(job.labels)}.yaml"


def _sized(name: str) -> str:
    kind = instance_types.known().get(name)
    return f"{name} ({kind.vcpu} vCPU, {kind.memory_mib / MIB_PER_GIB:g} GiB)" if kind else name


def _listed(patterns: Iterable[str]) -> str:
    return f"[{', '.join(patterns)}]"
