"""Whether `/status` speaks of the presets that the project has, and of no others."""

from collections.abc import Callable
from dataclasses import dataclass

from generator.reporting import watch
from generator.reporting.answer import Answer
from generator.reporting.marker import safe
from generator.reporting.watch import NoAnswer, Patience


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What is wrong, and what is worth knowing: one line each."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def lacking(answer: Answer, presets: frozenset[str]) -> tuple[str, ...]:
    """Return the project's presets that `/status` does not name."""
    return tuple(sorted(presets - {preset.name for preset in answer.presets}))


def strange(answer: Answer, presets: frozenset[str]) -> tuple[str, ...]:
    """Return the presets that `/status` names and the project does not have."""
    return tuple(sorted({preset.name for preset in answer.presets} - presets))


def ask_for(url: str, patience: Patience, presets: frozenset[str]) -> Answer | NoAnswer:
    """Return an answer, asking again while it lacks a preset: caches and the index may be seconds behind a deploy."""
    answer = watch.ask(url, patience)
    for pause in patience.pauses_seconds:
        if isinstance(answer, NoAnswer) or not lacking(answer, presets):
            break
        patience.wait(pause)
        answer = watch.ask(url, patience)
    return answer


def compare(answer: Answer, presets: frozenset[str], has_stack: Callable[[str], bool | None]) -> Findings:
    """Compare an answer with the project; `has_stack` tells whether a preset's stack exists, None if unknown.

    A preset without a file that has a stack is only not pruned yet. Without both, its state was left behind.
    """
    problems = [
        f"preset {name} is not in /status: see what became of its stack, then `spot-runner deploy` again"
        for name in lacking(answer, presets)
    ]
    notes = []
    for name in strange(answer, presets):
        if has_stack(name) is False:
            problems.append(f"preset {safe(name)} is in /status, but has neither a file nor a stack: is the URL right?")
        else:
            notes.append(f"preset {safe(name)} is in /status, but has no file: `spot-runner deploy --prune` removes it")
    return Findings(problems=tuple(problems), notes=tuple(notes))
