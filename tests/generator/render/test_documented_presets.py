"""The presets that docs/images.md shows are presets: they are valid, they render, and the linters find nothing."""

import json
import re
from pathlib import Path

import pytest

from generator import lint
from generator.inputs.project import Project, load_project
from generator.render import render

DOCS = (Path(__file__).parents[3] / "docs/images.md").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"```yaml\n# (presets/[a-z0-9-]+\.yaml)\n(.*?)```", DOCS, re.DOTALL))


@pytest.fixture
def shown(root: Path) -> Project:
    """Return a project of all presets that are shown."""
    for file, text in SHOWN.items():
        (root / file).write_text(text)
    return load_project(root)


def test_what_is_shown_renders_and_an_own_ami_is_clean_for_the_linters(shown: Project) -> None:
    rendered = render(shown)
    files = [f"preset-{Path(file).stem}.json" for file in SHOWN]
    own = {file: rendered[file] for file in files if '"Ami"' in rendered[file]}
    assert (len(files), list(own)) == (2, ["preset-golden.json"])
    resources = json.loads(own["preset-golden.json"])["Resources"]
    assert resources["Sync"]["Properties"]["Ami"] == "ami-0123456789abcdef0"
    linted = lint.linting(own, shown.settings.region)
    assert [str(finding) for each in linted for finding in each.findings] == []
