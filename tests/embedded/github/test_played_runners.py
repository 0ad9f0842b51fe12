"""Runners on the played GitHub: registered by a JIT configuration, listed, removed."""

import base64
import json
from typing import Any

import pytest
import requests

from tests.github_app import GENERATE, LABELS, ORGANIZATION, RUNNERS, SHOP, Organization

OF_SHOP = f"/repos/{SHOP}/actions/runners"


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def files(encoded: str) -> dict[str, Any]:
    return {name: json.loads(base64.b64decode(text)) for name, text in json.loads(base64.b64decode(encoded)).items()}


@pytest.mark.parametrize("runners", [RUNNERS, OF_SHOP], ids=["organization", "repository"])
def test_a_jit_configuration_registers_an_offline_runner(organization: Organization, runners: str) -> None:
    token = organization.token()
    answer = organization.generate(token, f"{runners}/generate-jitconfig")
    made = answer.json()["runner"]
    assert answer.status_code == 201
    assert (made["name"], made["status"], made["busy"], made["ephemeral"]) == ("i-0abc", "offline", False, True)
    assert tuple(one["name"] for one in made["labels"]) == LABELS
    assert organization.ask("GET", runners, token).json() == {"total_count": 1, "runners": [made]}
    assert organization.ask("GET", f"{runners}/{made['id']}", token).json() == made


def test_a_jit_configuration_is_as_long_as_a_real_one_and_names_its_server(organization: Organization) -> None:
    encoded = organization.generate(organization.token()).json()["encoded_jit_config"]
    assert len(encoded) > 4096
    about = files(encoded)[".runner"]
    assert (about["agentName"], about["gitHubUrl"]) == ("i-0abc", f"{organization.played.server_url}/{ORGANIZATION}")
    assert about["serverUrl"].startswith(organization.played.server_url)


def test_a_second_runner_of_one_name_is_refused_until_the_first_is_removed(organization: Organization) -> None:
    token = organization.token()
    first = organization.generate(token).json()["runner"]
    message = "Already exists - A runner with the name i-0abc already exists."
    assert refusal(organization.generate(token)) == (409, message)
    assert organization.generate(token, f"{OF_SHOP}/generate-jitconfig").status_code == 201
    assert organization.ask("DELETE", f"{RUNNERS}/{first['id']}", token).status_code == 204
    assert organization.generate(token).status_code == 201


INVALID: dict[str, dict[str, Any]] = {
    "no name": {"name": None},
    "no labels": {"labels": None},
    "an empty list of labels": {"labels": []},
    "101 labels": {"labels": [f"label-{number}" for number in range(101)]},
    "labels in a text": {"labels": "self-hosted,linux"},
    "no group": {"runner_group_id": None},
    "a group's name": {"runner_group_id": "Default"},
    "a long name": {"name": "i" * 65},
}


@pytest.mark.parametrize("what", INVALID)
def test_a_registration_is_refused_with(organization: Organization, what: str) -> None:
    status, message = refusal(organization.generate(organization.token(), **INVALID[what]))
    assert (status, message.startswith("Invalid request.")) == (422, True)
    assert organization.played.actions.roster.of(ORGANIZATION) == []


def test_a_hundred_labels_are_accepted(organization: Organization) -> None:
    labels = [f"label-{number}" for number in range(100)]
    assert organization.generate(organization.token(), labels=labels).status_code == 201


def test_a_runner_group_must_exist(organization: Organization) -> None:
    token = organization.token()
    made = organization.played.actions.roster.add_group(ORGANIZATION, "spot")
    listed = organization.ask("GET", f"/orgs/{ORGANIZATION}/actions/runner-groups", token).json()
    assert [(one["id"], one["name"], one["default"]) for one in listed["runner_groups"]] == [
        (1, "Default", True),
        (made.id, "spot", False),
    ]
    answer = organization.generate(token, runner_group_id=made.id).json()
    assert answer["runner"]["runner_group_id"] == made.id
    assert refusal(organization.generate(token, name="i-0def", runner_group_id=77)) == (404, "Not Found")


@pytest.mark.parametrize(
    ("path", "needed"),
    [(GENERATE, "organization_self_hosted_runners"), (f"{OF_SHOP}/generate-jitconfig", "administration")],
)
def test_registering_needs_the_permission(organization: Organization, path: str, needed: str) -> None:
    reading = organization.permit(**{"metadata": "read", needed: "read"})
    answer = organization.generate(reading, path)
    assert refusal(answer) == (403, "Resource not accessible by integration")
    assert answer.headers["x-accepted-github-permissions"] == f"{needed}=write"
    assert organization.generate(organization.permit(**{needed: "write"}), path).status_code == 201


def test_the_runners_of_another_organization_are_not_found(organization: Organization) -> None:
    organization.played.world.add_organization("other")
    assert refusal(organization.generate(organization.token(), "/orgs/other/actions/runners/generate-jitconfig")) == (
        404, "Not Found",
    )  # fmt: skip
    assert refusal(organization.ask("GET", RUNNERS, "")) == (401, "Requires authentication")


def test_runners_are_listed_in_pages_and_found_by_name(organization: Organization) -> None:
    token = organization.token()
    for number in range(5):
        organization.registered(f"i-{number}")
    names, following = list[str](), f"{RUNNERS}?per_page=2"
    while following:
        answer = organization.ask("GET", following, token)
        assert answer.json()["total_count"] == 5
        names += [one["name"] for one in answer.json()["runners"]]
        following = answer.links.get("next", {}).get("url", "")
    assert names == [f"i-{number}" for number in range(5)]
    named = organization.ask("GET", f"{RUNNERS}?name=i-3", token).json()
    assert [one["name"] for one in named["runners"]] == ["i-3"]


def test_a_runner_that_is_not_there_is_not_found(organization: Organization) -> None:
    token, elsewhere = organization.token(), organization.registered(scope=SHOP)
    for method in ("GET", "DELETE"):
        assert refusal(organization.ask(method, f"{RUNNERS}/{elsewhere.id}", token)) == (404, "Not Found")
    assert organization.ask("DELETE", f"{OF_SHOP}/{elsewhere.id}", token).status_code == 204


def test_a_busy_runner_is_not_removed(organization: Organization) -> None:
    token, runner, job = organization.token(), organization.runner(), organization.queue()
    organization.played.actions.start(job, runner)
    path = f"{RUNNERS}/{runner.id}"
    assert organization.ask("GET", path, token).json()["busy"] is True
    message = 'Bad request - Runner "i-0abc" is still running a job'
    assert refusal(organization.ask("DELETE", path, token)) == (422, message)


def test_a_runner_that_never_connects_is_forgotten_after_a_day(organization: Organization) -> None:
    organization.registered()
    organization.pass_time(24 * 3600 - 1)
    assert len(organization.played.actions.roster.of(ORGANIZATION)) == 1
    organization.pass_time(1)
    assert organization.played.actions.roster.of(ORGANIZATION) == []
