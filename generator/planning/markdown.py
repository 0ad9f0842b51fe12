"""A plan as GitHub Markdown, for a pull request's comment and a job's summary, cut to what fits there."""

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.deployment.prints import grouped
from generator.github.markdown import code, escaped
from generator.planning.difference import Action, ResourceChange
from generator.planning.plans import Fate, Plan, StackPlan
from generator.planning.prints import FATES, plan_end

COMMENT_CHARACTERS = 65_000  # a comment takes 65,536, of which its marker needs some
ACTIONS = {Action.ADD: "made", Action.MODIFY: "changed", Action.REPLACE: "replaced", Action.REMOVE: "deleted"}
COUNTED = {
    Fate.CREATE: "created",
    Fate.RECREATE: "created anew",
    Fate.UPDATE: "changed",
    Fate.GONE: "without a preset file",
    Fate.UNCHANGED: "unchanged",
}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some lines that are shown whole or not at all; where not all fit, those of a lower `rank` go first."""

    rank: int
    text: str


def document(plan: Plan, most_characters: int, rest: str) -> str:
    """Return a plan in at most so many characters; `rest` is Markdown that says where what was left out can be read."""
    pieces = [*_head(plan)]
    for stack in plan.stacks:
        pieces += _stack(stack) if stack.fate is not Fate.UNCHANGED else ()
    pieces += _end(plan)
    return fitted(pieces, most_characters, rest)


def heading(deployment: str, environment: str | None) -> str:
    """Return the line above everything that is said of a plan."""
    where = f" in {code(environment)}" if environment else ""
    return f"### Plan for {code(deployment)}{where}"


def fitted(pieces: Iterable[Piece], most_characters: int, rest: str) -> str:
    """Return the pieces in their order, as many as fit, and how many were left out."""
    kept, given = {}, list(enumerate(pieces))
    room = most_characters - len(_left_out(len(given), rest))
    for place, piece in sorted(given, key=lambda one: (one[1].rank, one[0])):
        if len(piece.text) + 1 <= room:
            kept[place] = piece.text
            room -= len(piece.text) + 1
    note = (_left_out(len(given) - len(kept), rest),) if len(kept) < len(given) else ()
    return "\n".join((*(kept[place] for place in sorted(kept)), *note))


def _left_out(pieces: int, rest: str) -> str:
    parts = "1 part" if pieces == 1 else f"{pieces} parts"
    return f"\n**Cut: {parts} of this plan did not fit in here. {rest}**"


def _head(plan: Plan) -> Iterator[Piece]:
    yield Piece(rank=0, text=heading(plan.deployment, plan.environment))
    counts = {fate: sum(stack.fate is fate for stack in plan.stacks) for fate in COUNTED}
    counted = ", ".join(f"{count} {COUNTED[fate]}" for fate, count in counts.items() if count)
    where = f"Account {code(plan.account)}, Region {code(plan.region)}"
    yield Piece(rank=0, text=f"\n{where}. Stacks: {counted or 'none'}.")
    for notice in plan.notices:
        yield Piece(rank=0, text=f"\n> Note: {escaped(notice)}")


def _stack(stack: StackPlan) -> Iterator[Piece]:
    kind, name = ("Preset", stack.preset) if stack.preset else ("Stack", stack.stack)
    yield Piece(rank=1, text=f"\n#### {kind} {code(name)} {escaped(FATES[stack.fate])}\n")
    for line in stack.words:
        yield Piece(rank=1, text=f"- {escaped(line)}")
    if stack.parameters:
        yield Piece(rank=1, text=f"- parameters with another value: {', '.join(map(code, stack.parameters))}")
    if stack.fate is Fate.GONE:
        deleted = sum(not change.old_stays for change in stack.resources)
        yield Piece(rank=1, text=f"- deleted: {_resources(deleted)}, by `spot-runner deploy --prune`")
    for line in grouped(stack.stays):
        yield Piece(rank=1, text=f"- stays: {escaped(line)}")
    if stack.resources:
        yield Piece(rank=2, text=_folded(stack))


def _folded(stack: StackPlan) -> str:
    rows = "\n".join(_row(change) for change in stack.resources)
    summary = (
        f"{_resources(len(stack.resources))} of stack <code>{html.escape(stack.stack)}</code>"  # no Markdown there
    )
    table = f"| resource | type | what becomes of it |\n|---|---|---|\n{rows}"
    return f"\n<details><summary>{summary}</summary>\n\n{table}\n\n</details>\n"


def _row(change: ResourceChange) -> str:
    what = f": {', '.join(map(code, change.properties))}" if change.properties else ""
    stays = "stays in AWS" if change.action is Action.REMOVE else f"{ACTIONS[change.action]}{what}, the old one stays"
    becomes = stays if change.old_stays else f"{ACTIONS[change.action]}{what}"
    return f"| {code(change.resource)} | {code(change.type)} | {becomes} |"


def _resources(count: int) -> str:
    return f"{count} resource{'' if count == 1 else 's'}"


def _end(plan: Plan) -> Iterator[Piece]:
    same = [code(stack.preset or stack.stack) for stack in plan.stacks if stack.fate is Fate.UNCHANGED]
    if same:
        yield Piece(rank=1, text=f"\nUnchanged: {', '.join(same)}.")
    yield Piece(rank=0, text="\n" + " ".join(plan_end(plan)))
