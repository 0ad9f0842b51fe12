"""Makes workflow-job-schema.json: GitHub's JSON schema of the event `workflow_job`, cut out of that of all events.

    npm pack @octokit/webhooks-schemas@7.6.1 && tar xzf octokit-webhooks-schemas-7.6.1.tgz
    python tests/data/extract_workflow_job_schema.py package/schema.json

Descriptions are left out, and that there may be nothing else: GitHub adds fields all the time.
License: MIT, as github-api.LICENSE.
"""

import json
import sys
from pathlib import Path
from typing import Any

WHOLE = "workflow_job_event"
TARGET = Path(__file__).with_name("workflow-job-schema.json")


def main(source: Path) -> None:
    known = json.loads(source.read_text())["definitions"]
    made, waiting = dict[str, Any](), {WHOLE}
    while waiting:
        name = waiting.pop()
        if name not in made:
            made[name] = bare(known[name])
            waiting |= references(made[name])
    schema = {"definitions": made, "$ref": f"#/definitions/{WHOLE}"}
    TARGET.write_text(json.dumps(schema, sort_keys=True, separators=(",", ":")) + "\n")


def bare(node: Any) -> Any:
    if isinstance(node, list):
        return [bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {key: bare(value) for key, value in node.items() if not (key == "description" and isinstance(value, str))}
    if kept.get("additionalProperties") is False:
        del kept["additionalProperties"]
    return kept


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"].removeprefix("#/definitions/")} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(references, node.values()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
