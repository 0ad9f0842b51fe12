"""Whether templates are sound: two linters that know AWS's schemas, and what neither of them sees."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator import own_rules, revisions, templates_out
from generator.errors import SpotRunnerError
from generator.findings import Finding
from generator.inputs.project import SETTINGS_FILE

JUDGES = (SETTINGS_FILE, "requirements/dev.txt", "generator/own_rules.py")
Linter = Callable[[str, str], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Linted:
    """One template and what is wrong with it."""

    file: str
    findings: tuple[Finding, ...]


def committed(root: Path) -> dict[str, str]:
    """Return the text of every template in templates_out/, by file name; raise if there is none."""
    folder = root / templates_out.FOLDER
    texts = {path.name: _read(path) for path in sorted(folder.glob("*.json"))}
    if not texts:
        raise SpotRunnerError(f"{folder} holds no template: run `spot-runner render`")
    return texts


def changed(root: Path, templates: Mapping[str, str], revision: str) -> dict[str, str]:
    """Return the templates that are not as they were where HEAD left a git revision.

    All of them if what judges them differs: the settings, whose Region decides what a linter accepts, the linters, or
    our own rules. Raises UsageError for a revision that is not there, SpotRunnerError where the history is too short.
    """
    commit = revisions.base(root, revision)
    if any(revisions.file(root, commit, path) != _text(root / path) for path in JUDGES):
        return dict(templates)
    before = {name: revisions.file(root, commit, f"{templates_out.FOLDER}/{name}") for name in templates}
    return {name: text for name, text in templates.items() if text != before[name]}


def linting(templates: Mapping[str, str], region: str) -> Iterator[Linted]:
    """Yield each template with its findings, one by one: a template takes a second or two."""
    if not templates:
        return  # the linters alone take a second to begin with
    linters = (_own, _cfn_lint(region), _cloudformation_validate())
    for file, text in templates.items():
        found = _unreadable(file, text) or [finding for linter in linters for finding in linter(file, text)]
        yield Linted(file=file, findings=tuple(sorted(found)))


def _unreadable(file: str, text: str) -> list[Finding]:
    try:
        template = json.loads(text)
    except ValueError as error:
        return [Finding(file=file, rule="json", message=f"the file is not JSON: {error}")]
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        return [Finding(file=file, rule="json", message="the file is no template: it has no Resources")]
    return []


def _own(file: str, text: str) -> Iterable[Finding]:
    return own_rules.findings(file, json.loads(text))


def _cfn_lint(region: str) -> Linter:
    from cfnlint.config import ConfigMixIn  # noqa: PLC0415 - slow to import, and not always is anything to be linted
    from cfnlint.decode.decode import decode_str  # noqa: PLC0415 - as above
    from cfnlint.runner import Runner  # noqa: PLC0415 - as above

    runner = Runner(ConfigMixIn(regions=[region]))

    def run(file: str, text: str) -> Iterator[Finding]:
        template, unreadable = decode_str(text)
        for match in unreadable or runner.validate_template(template):
            place = "/".join(str(part) for part in match.path or [])
            yield Finding(file=file, line=match.linenumber or 1, place=place, rule=match.rule.id, message=match.message)

    return run


def _cloudformation_validate() -> Linter:
    from cloudformation_validate import CompositeEngine, Severity, TemplateContent  # noqa: PLC0415 - as above

    engine = CompositeEngine()
    reported = (Severity.WARN, Severity.ERROR, Severity.FATAL)

    def run(file: str, text: str) -> Iterator[Finding]:
        for each in engine.validate_template(TemplateContent(text, file)).diagnostics:
            if each.severity in reported:
                parts = (each.entity.logical_id if each.entity else None, each.property_path)
                place = "/".join(part for part in parts if part)
                yield Finding(
                    file=file, line=each.start_line or 1, place=place, rule=each.rule_id, message=each.message
                )

    return run


def _text(path: Path) -> str | None:
    return _read(path) if path.is_file() else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpotRunnerError(f"{path} cannot be read: {error}") from error
