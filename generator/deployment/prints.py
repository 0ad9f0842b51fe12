"""What was done to the stacks, in words."""

from collections.abc import Iterator

from generator.deployment.report import Outcome, Report


def report_lines(report: Report) -> Iterator[str]:
    """Return what was done in words: a line for each role and stack, what was decided for its preset, what stays."""
    yield from (f"{role}: created" for role in report.service_roles)
    for result in report.results:
        why = f": {result.reason}" if result.reason else ""
        yield f"{result.stack}: {result.outcome}{why}"
        if result.decision:
            yield f"  {result.decision}"
    if report.stays:
        yield "What stays:"
        yield from (f"  {line}" for line in grouped(report.stays))
    yield report_end(report)


def superseded(commit: str) -> str:
    """Return what is said when a commit was left alone because of a later one."""
    return (
        f"Nothing was deployed: this commit is superseded by {commit}, the tip of its branch, which is deployed by its "
        "own run; to go back, revert on the branch."
    )


def report_end(report: Report) -> str:
    """Return how it ended, in one sentence."""
    if report.superseded:
        return superseded(report.superseded)
    if any(result.outcome == Outcome.INTERRUPTED for result in report.results):
        return "Interrupted; repeat the command to do the rest."
    if not report.ok:
        bad = sum(result.outcome in {Outcome.FAILED, Outcome.SKIPPED, Outcome.INTERRUPTED} for result in report.results)
        return f"{bad} of {len(report.results)} stacks did not get there; mend what is named above and repeat."
    return "Done." if report.changed else "Nothing to do."


def grouped(stays: tuple[str, ...]) -> Iterator[str]:
    """Return `<type> <id>` lines as one line per resource type, with shorter ids; other lines stay as they are."""
    ids: dict[str, list[str]] = {}
    for line in stays:
        kind, _, name = line.partition(" ")
        if kind.startswith("AWS::"):
            ids.setdefault(kind, []).append(name.split(":", 5)[-1] if name.startswith("arn:") else name)
    yield from (f"{kind}: {', '.join(names)}" for kind, names in ids.items())
    yield from (line for line in stays if not line.startswith("AWS::"))
