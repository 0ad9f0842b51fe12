"""The workflow that deploys: it must start from the branch that the roles trust, which is GitHub's default branch."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from generator.doctor.findings import Finding, ok, problem, warning

FILE = ".github/workflows/deploy.yml"


def check(root: Path, full_name: str, default_branch: str) -> Iterator[Finding]:
    """Yield whether a merge starts the checkout's workflow; nothing where it has none, or one that no push starts."""
    path = root / FILE
    if not path.is_file():
        return
    try:
        branches = _branches(yaml.load(path.read_bytes(), Loader=yaml.BaseLoader))  # noqa: S506 - it makes text alone
    except (yaml.YAMLError, UnicodeDecodeError):
        yield warning(FILE, "not looked at: it is not YAML", "mend it, or take it from the template again")
        return
    if branches is None:
        return
    if _matches(branches, default_branch):
        yield ok(FILE, f"deploys what is merged to {default_branch}")
        return
    said = f"it deploys {', '.join(branches) or 'no branch'}, but GitHub's default branch is {default_branch}"
    remedy = f"change `branches:` in {FILE} to [{default_branch}]"
    if branches and branches[0].isalnum():
        rename = f"repos/{full_name}/branches/{default_branch}/rename -f new_name={branches[0]}"
        remedy = f"rename the branch: `gh api --method POST {rename}`, or {remedy}"
    yield problem(FILE, f"{said}, which alone bootstrap trusts: no merge is ever deployed", remedy)


def _branches(workflow: Any) -> tuple[str, ...] | None:  # noqa: ANN401 - whatever the file holds
    """Return the patterns of branches whose pushes start a workflow, None where nothing is said of them.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore
    """
    on = workflow.get("on") if isinstance(workflow, dict) else None
    push = on.get("push") if isinstance(on, dict) else None
    named = push.get("branches") if isinstance(push, dict) else None
    if isinstance(named, str):
        return (named,)
    return tuple(str(one) for one in named) if isinstance(named, list) else None


def _matches(patterns: tuple[str, ...], branch: str) -> bool:
    """Tell whether the last pattern that fits a branch takes it: those with ! in front take it away again."""
    taken = False
    for pattern in patterns:
        if re.fullmatch(_regex(pattern.removeprefix("!")), branch):
            taken = not pattern.startswith("!")
    return taken


def _regex(pattern: str) -> str:
    """Return a pattern of GitHub's as a regular expression, as far as `*` and `**` go."""
    parts = re.split(r"(\*\*|\*)", pattern)
    return "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
