"""The played GitHub is held against GitHub's own description, and the description catches what is wrong."""

import json
import re
from typing import Any

import jsonschema
import pytest
from openapi_core.exceptions import OpenAPIError

from embedded.github.application import ROUTES, Call, Reply
from embedded.github.requests import Route
from tests.github import REPOSITORY, GitHubServer
from tests.github_api import NOT_REST, check_event, check_one, whole
from tests.github_app import Organization

LIST = f"/repos/{REPOSITORY}/issues"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_each_operation_is_one_of_githubs(route: Route) -> None:
    path = re.sub(r"<(\w+)>", r"{\1}", route.path)
    assert route.path in NOT_REST or route.method.lower() in whole()["paths"][path]


def the_listing(server: GitHubServer) -> tuple[Call, Reply]:
    server.issue()
    list(server.client().get_repo(REPOSITORY).get_issues())
    (exchange,) = server.played.calls
    call, reply = exchange
    assert reply is not None
    return call, reply


@pytest.mark.parametrize(
    "wrong",
    [{"number": "1"}, {"state_reason": "tired"}, {"user": {"login": "octocat"}}, {"created_at": 7}, {"title": None}],
    ids=str,
)
def test_a_wrong_answer_is_caught(github_server: GitHubServer, wrong: dict[str, Any]) -> None:
    call, reply = the_listing(github_server)
    (issue,) = json.loads(reply.body)
    check_one(call, reply, {})
    broken = Reply(status=200, headers=reply.headers, body=json.dumps([{**issue, **wrong}]).encode())
    with pytest.raises(OpenAPIError):
        check_one(call, broken, {})


@pytest.mark.parametrize("wrong", [{"state": "half"}, {"per_page": "many"}], ids=str)
def test_a_wrong_request_is_caught(github_server: GitHubServer, wrong: dict[str, str]) -> None:
    call, reply = the_listing(github_server)
    with pytest.raises(OpenAPIError):
        check_one(Call(method="GET", path=LIST, query={**call.query, **wrong}), reply, {})


@pytest.mark.parametrize(
    "wrong", [{"runner_id": "1"}, {"labels": None}, {"conclusion": None}, {"run_attempt": "first"}], ids=str
)
def test_a_wrong_event_is_caught(organization: Organization, wrong: dict[str, Any]) -> None:
    organization.app.webhook_url = "http://127.0.0.1:1/webhook"
    organization.played.actions.skip_job(organization.run())
    organization.played.hooks.settle()
    (delivery,) = organization.played.hooks.log()
    check_event(dict(delivery.payload))
    job = {**delivery.payload["workflow_job"], **wrong}
    with pytest.raises(jsonschema.ValidationError):
        check_event({**delivery.payload, "workflow_job": job})


def test_a_refusal_without_its_words_is_caught() -> None:
    nothing = Reply(status=404, headers={"Content-Type": "application/json"}, body=b'{"error": "no"}')
    missing = Call(method="GET", path=f"{LIST}/77")
    with pytest.raises(jsonschema.ValidationError, match="'message' is a required property"):
        check_one(missing, nothing, {})
