"""What the command `status` does when called: ask, and compare with the project; of GitHub it needs nothing."""

from dataclasses import dataclass

from generator.deployment import stack_client
from generator.deployment.aws_errors import explained
from generator.errors import SpotRunnerError
from generator.inputs.project import load_project
from generator.reporting import checking, watch
from generator.reporting.answer import Answer
from generator.reporting.checking import Findings
from generator.reporting.place import Place
from generator.reporting.watch import NoAnswer, Patience
from lambdas.core.preset import NAME


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What `/status` answered, and how that compares with the project."""

    answer: Answer | NoAnswer
    findings: Findings


def look(url: str, patience: Patience) -> Checked:
    """Ask once more than there are pauses, and compare with nothing."""
    return Checked(answer=watch.ask(url, patience), findings=Findings())


def check(place: Place, url: str, patience: Patience) -> Checked:
    """Ask, and compare with the presets of the project."""
    presets = frozenset(preset.name for preset in load_project(place.root).presets)
    answer = checking.ask_for(url, patience, presets)
    if isinstance(answer, NoAnswer):
        return Checked(answer=answer, findings=Findings(problems=(f"/status is {answer.cause}: {answer.reason}",)))
    return Checked(answer=answer, findings=checking.compare(answer, presets, lambda preset: _has_stack(place, preset)))


def _has_stack(place: Place, preset: str) -> bool | None:
    """Tell whether a preset's stack exists, or None where the account cannot be asked."""
    if not NAME.fullmatch(preset):
        return False
    try:
        with explained():
            return stack_client.read(place.aws, place.names.preset_stack(preset)) is not None
    except SpotRunnerError:
        return None
