"""Makes github-api-more.json: the operations that github-api.json lacks, cut out of GitHub's OpenAPI description.

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
    python tests/data/extract_github_api.py package/generated/api.github.com.json

Schemas only: descriptions, examples and GitHub's own `x-` fields are left out. License: github-api.LICENSE.
"""

import json
import sys
from pathlib import Path
from typing import Any

OPERATIONS = {
    "/repos/{owner}/{repo}/actions/oidc/customization/sub": ("get",),
    "/repos/{owner}/{repo}/actions/permissions": ("get",),
    "/repos/{owner}/{repo}/actions/workflows": ("get",),
    "/repos/{owner}/{repo}/actions/workflows/{workflow_id}": ("get",),
    "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/disable": ("put",),
    "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/enable": ("put",),
    "/repos/{owner}/{repo}/environments": ("get",),
    "/user": ("get",),
}
TARGET = Path(__file__).with_name("github-api-more.json")
WORDS = frozenset({"description", "summary", "example", "examples", "externalDocs", "tags"})


def main(source: Path) -> None:
    whole = json.loads(source.read_text())
    paths = {path: {way: bare(whole["paths"][path][way]) for way in ways} for path, ways in OPERATIONS.items()}
    made: dict[str, Any] = {
        "openapi": whole["openapi"],
        "info": {"title": "GitHub REST API, further operations, schemas only", "version": "23.0.2"},
        "paths": paths,
        "components": {},
    }
    waiting = references(paths)
    while waiting:
        kind, name = waiting.pop()
        if name not in made["components"].setdefault(kind, {}):
            component = made["components"][kind][name] = bare(whole["components"][kind][name])
            waiting |= references(component)
    TARGET.write_text(json.dumps(made, sort_keys=True, separators=(",", ":")) + "\n")


def bare(node: Any, *, names: bool = False) -> Any:
    """Leave words out, except where the keys are names of properties."""
    if isinstance(node, list):
        return [bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = node if names else {key: value for key, value in node.items() if key not in WORDS and key[:2] != "x-"}
    return {key: bare(value, names=key == "properties" and not names) for key, value in kept.items()}


def references(node: Any) -> set[tuple[str, str]]:
    """Return (kind, name) of every component that is referred to."""
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    own = {tuple(node["$ref"].split("/")[2:])} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(references, node.values()))  # type: ignore[arg-type] # of two parts


if __name__ == "__main__":
    main(Path(sys.argv[1]))
