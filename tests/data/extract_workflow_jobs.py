"""Makes workflow_jobs.json: GitHub's own examples of the `workflow_job` event, of github.com and of its servers.

    npm pack @octokit/webhooks-examples@7.6.1 && tar xzf octokit-webhooks-examples-7.6.1.tgz
    python tests/data/extract_workflow_jobs.py package

Whole but for addresses and for who sent them. License: MIT, as github-api.LICENSE.
"""

import json
import sys
from pathlib import Path
from typing import Any

SERVERS = ("api.github.com", "ghes-33", "ghes-34", "ghes-35")
TARGET = Path(__file__).with_name("workflow_jobs.json")


def main(package: Path) -> None:
    found = [
        {"from": server, "payload": bare(example)}
        for server in SERVERS
        for event in json.loads((package / server / "index.json").read_text())
        if event["name"] == "workflow_job"
        for example in event["examples"]
    ]
    TARGET.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


def bare(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: bare(one) for key, one in value.items() if not key.endswith("url") and key != "sender"}
        return {"login": kept["login"]} if "login" in kept else kept
    return [bare(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]))
