"""Holds what went to and fro against GitHub's own descriptions of it (tests/data/github-api.LICENSE)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from openapi_core import Config, OpenAPI
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.testing import MockRequest, MockResponse

from embedded.github.application import BY_ID, Call, Reply
from embedded.github.server import PlayedGitHub

DATA = Path(__file__).with_name("data")
NOT_REST = {"/graphql", "/id-token"}
# Any operation may answer these, though the description does not repeat them with each.
ANYWHERE = {301, 307, 401, 403, 404, 410, 429}
# GitHub's own schema of a refusal demands nothing.
REFUSAL = {
    "required": ["message", "documentation_url", "status"],
    "additionalProperties": {"type": "string"},
    "properties": {"errors": {"type": "array"}},
}


@cache
def description() -> OpenAPI:
    """Both files as one description."""
    return OpenAPI.from_dict(whole(), config=Config(spec_validator_cls=None))


@cache
def whole() -> dict[str, Any]:
    """Both files as one document."""
    made, more = (json.loads((DATA / name).read_text()) for name in ("github-api.json", "github-api-more.json"))
    made["paths"] = {
        path: {**made["paths"].get(path, {}), **more["paths"].get(path, {})}
        for path in {**made["paths"], **more["paths"]}
    }
    for kind, components in more["components"].items():
        made["components"][kind] = {**components, **made["components"].get(kind, {})}
    _allow_null(made)
    _demand_what_is_meant(made)
    return made


def _demand_what_is_meant(made: dict[str, Any]) -> None:
    """Describe the installations in the list as one alone is: there, an account would have to be all kinds at once."""
    listed = made["paths"]["/app/installations"]["get"]["responses"]["200"]["content"]["application/json"]
    listed["schema"]["items"] = {"$ref": "#/components/schemas/installation"}


def _allow_null(node: Any) -> None:
    """Put null among the values of what may be null: GitHub means so, OpenAPI 3.0.3 wants it said."""
    if isinstance(node, dict) and node.get("nullable") is True and None not in node.get("enum", [None]):
        node["enum"].append(None)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _allow_null(child)


def check(played: PlayedGitHub) -> None:
    """Check all that a played GitHub was asked, answered and told; what it does not play (501) is left out."""
    for delivery in played.hooks.log():
        check_event(dict(delivery.payload))
    names = {str(one.id): one.full_name for one in played.world.repositories.values()}
    for call, reply in played.calls:
        if reply is not None and call.path not in NOT_REST and reply.status < 500:
            check_one(call, reply, names)


def check_event(payload: dict[str, Any]) -> None:
    """Check what was told of a job."""
    event_schema(payload["action"]).validate(payload)


@cache
def event_schema(action: str) -> jsonschema.Draft7Validator:
    """What GitHub tells of jobs to which this has happened."""
    known = json.loads((DATA / "workflow-job-schema.json").read_text())
    return jsonschema.Draft7Validator({**known, "$ref": f"#/definitions/workflow_job${action}"})


def check_one(call: Call, reply: Reply, names: dict[str, str]) -> None:
    """Check one request, if it was accepted, and its answer."""
    request = MockRequest(
        "https://api.github.com",
        call.method.lower(),
        _by_name(call.path, names),
        args=dict(call.query),
        headers=dict(call.headers),
        data=call.body or None,
        content_type=call.headers.get("content-type", ""),
    )
    if reply.status < 300:
        description().validate_request(request)
    else:
        jsonschema.validate(json.loads(reply.body), REFUSAL)
    response = MockResponse(
        reply.body, reply.status, headers=dict(reply.headers), content_type=reply.headers.get("Content-Type", "")
    )
    try:
        description().validate_response(request, response)
    except ResponseNotFound:
        assert reply.status in ANYWHERE


def _by_name(path: str, names: dict[str, str]) -> str:
    by_id = BY_ID.fullmatch(path)
    return path if by_id is None else f"/repos/{names.get(by_id['id'], 'no/where')}{by_id['rest'] or ''}"
