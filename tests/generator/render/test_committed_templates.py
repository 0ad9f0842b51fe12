"""What is committed in templates_out/ is what the project renders to, and clean."""

from pathlib import Path

import pytest

from generator import lint, templates_out
from generator.inputs.project import load_project
from generator.render import render

ROOT = Path(__file__).parents[3]


def test_the_committed_templates_are_in_step_with_the_presets() -> None:
    found = templates_out.differences(ROOT, render(load_project(ROOT)))
    assert [str(difference) for difference in found] == []


@pytest.fixture(scope="module")
def findings() -> dict[str, list[str]]:
    """Return what the linters say of each committed template, by file."""
    linted = lint.linting(lint.committed(ROOT), load_project(ROOT).settings.for_environment(None).region)
    return {each.file: [str(finding) for finding in each.findings] for each in linted}


def test_every_committed_template_is_clean_for_both_linters_and_for_ours(findings: dict[str, list[str]]) -> None:
    assert len(findings) > 3  # what is of the whole deployment, and presets
    assert {file: found for file, found in findings.items() if found} == {}
