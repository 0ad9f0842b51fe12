"""What `status` and `report` print: text for people, one JSON document for scripts, Markdown for the job's summary."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from generator.github.markdown import code, escaped
from generator.reporting.answer import BETWEEN, FAILED, READY, Answer, PresetAnswer
from generator.reporting.watch import NoAnswer
from generator.reporting.wording import LONGEST_REASON
from generator.terminal import console, table, text
from lambdas.core import times

if TYPE_CHECKING:
    from generator.reporting.looking import Checked
    from generator.reporting.rounds import Round
    from generator.reporting.run import Reported

HEADINGS = ("preset", "status", "since", "serves", "reason")
STYLES = {"ready": "green", "failed": "red", "updating": "yellow", "building": "yellow"}


def show_status(checked: "Checked", url: str) -> None:
    """Print a row per preset, then what was found."""
    out = console()
    answer = checked.answer
    if isinstance(answer, Answer):
        out.print(table(HEADINGS, [_row(preset) for preset in answer.presets]))
    for line in (url, _head(answer), *checked.findings.problems, *checked.findings.notes):
        out.print(text(line), soft_wrap=True)


def status_as_json(checked: "Checked", url: str) -> dict[str, object]:
    """Return what was answered and found."""
    found = checked.findings
    return {
        "ok": isinstance(checked.answer, Answer) and not found.problems,
        "url": url,
        "answer": _answer_json(checked.answer),
        "problems": list(found.problems),
        "notes": list(found.notes),
    }


def status_summary(checked: "Checked") -> str:
    """Return the table in Markdown."""
    lines = [f"### {escaped(_head(checked.answer)[:LONGEST_REASON])}", ""]
    if isinstance(checked.answer, Answer) and checked.answer.presets:
        lines += [f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|"]
        lines += [f"| {' | '.join(_cells(preset))} |" for preset in checked.answer.presets]
    found = (*checked.findings.problems, *checked.findings.notes)
    return "\n".join((*lines, "", *(f"- {escaped(line)}" for line in found)))


def show_report(reported: "Reported") -> None:
    """Print what was done, a line each."""
    out = console()
    for line in report_lines(reported):
        out.print(text(line), soft_wrap=True)


def show_notes(done: "Round") -> None:
    """Print what is worth knowing of the run as a whole."""
    out = console()
    for note in done.notes:
        out.print(text(f"note: {note}"), soft_wrap=True)


def report_lines(reported: "Reported") -> Iterator[str]:
    """Return what was answered and done in words."""
    yield f"{reported.place}: {_head(reported.answer)}"
    yield from (f"{one.subject}: {one.what} issue {one.number}" for one in reported.report.done)
    if not reported.report.done and not reported.report.errors:
        yield "The issues are in step: nothing to do."
    yield from (f"note: {line}" for line in (*reported.notes, *_unknown(reported.answer)))


def reports_as_json(done: "Round") -> dict[str, object]:
    """Return a report per environment, and all that went wrong."""
    return {
        "ok": not done.errors,
        "errors": list(done.errors),
        "notes": list(done.notes),
        "reports": [report_as_json(reported) for reported in done.reported],
    }


def report_as_json(reported: "Reported") -> dict[str, object]:
    """Return what was answered and done."""
    done = [
        {"did": one.what, "about": one.subject.kind, "preset": one.subject.preset, "issue": one.number}
        for one in reported.report.done
    ]
    return {
        "deployment": reported.place,
        "answer": _answer_json(reported.answer),
        "done": done,
        "errors": list(reported.report.errors),
        "notes": [*reported.notes, *_unknown(reported.answer)],
    }


def report_summary(reported: "Reported") -> str:
    """Return the same in Markdown; GitHub links `#1` in a summary by itself."""
    done = (f"- {escaped(str(one.subject))}: {one.what} #{one.number}" for one in reported.report.done)
    notes = (f"- {escaped(line)}" for line in (*reported.report.errors, *reported.notes, *_unknown(reported.answer)))
    lines = (*done, *notes) or ("The issues are in step.",)
    return "\n".join((f"### {code(reported.place)}: {escaped(_head(reported.answer)[:LONGEST_REASON])}", "", *lines))


def _row(preset: PresetAnswer) -> list[Text]:
    name, status, *others = _texts(preset)
    return [text(name), text(status, STYLES.get(preset.status, "")), *map(text, others)]


def _texts(preset: PresetAnswer) -> tuple[str, ...]:
    serves = (preset.ami_id or "an AMI") if preset.serving else "nothing"
    return preset.name, preset.status, times.text(preset.since), serves, preset.reason or ""


def _cells(preset: PresetAnswer) -> tuple[str, ...]:
    name, status, since, serves, reason = _texts(preset)
    return code(name), code(status), since, escaped(serves), escaped(reason[:LONGEST_REASON])


def _head(answer: Answer | NoAnswer) -> str:
    if isinstance(answer, NoAnswer):
        return f"/status is {answer.cause}: {answer.reason}"
    return f"/status is {answer.status}: {answer.message}"


def _unknown(answer: Answer | NoAnswer) -> tuple[str, ...]:
    """Say which presets have a status that this release does not know."""
    if isinstance(answer, NoAnswer):
        return ()
    return tuple(
        f"preset {preset.name} is {preset.status!r}, which this release does not know: neither ready nor failed"
        for preset in answer.presets
        if preset.status not in {READY, FAILED, *BETWEEN}
    )


def _answer_json(answer: Answer | NoAnswer) -> object:
    if isinstance(answer, NoAnswer):
        return {"cause": answer.cause, "reason": answer.reason}
    return answer.model_dump(mode="json", by_alias=True)
