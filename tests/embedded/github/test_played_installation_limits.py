"""How much an installation may ask, and how many runners may be registered, by the played clock."""

from typing import Any

import pytest
import requests

from tests.github_app import ORGANIZATION, RUNNERS, SHOP, Organization, key_pair

OF_SHOP = f"/repos/{SHOP}/actions/runners/generate-jitconfig"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def test_an_installation_has_five_thousand_requests_an_hour_or_more(organization: Organization) -> None:
    headers = organization.ask("GET", RUNNERS, organization.token()).headers
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("5000", "4999")
    organization.installation.requests_per_hour = 15_000
    assert organization.ask("GET", RUNNERS, organization.token()).headers["x-ratelimit-limit"] == "15000"


def test_what_an_installation_has_used_up_comes_back_within_the_hour(organization: Organization) -> None:
    organization.installation.requests_per_hour = 2
    token = organization.token()
    for _ in range(2):
        assert organization.ask("GET", RUNNERS, token).status_code == 200
    answer = organization.ask("GET", RUNNERS, organization.token())  # a new token changes nothing
    message = f"API rate limit exceeded for installation ID {organization.installation.id}."
    assert refusal(answer) == (403, message)
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert int(answer.headers["x-ratelimit-reset"]) == organization.now + 3600
    organization.played.clock.forward(3600)
    assert organization.ask("GET", RUNNERS, organization.token()).status_code == 200


def test_each_installation_has_a_limit_of_its_own_whosever_app_it_is(organization: Organization) -> None:
    registry = organization.played.registry
    organization.installation.requests_per_hour = 1
    more = registry.add_app("more", key_pair()[1], permissions=organization.app.permissions)
    other = registry.install(more, ORGANIZATION)
    text, _ = registry.mint(other, other.permissions, None)
    token = organization.token()
    assert [organization.ask("GET", RUNNERS, token).status_code for _ in range(2)] == [200, 403]
    assert organization.ask("GET", RUNNERS, text).status_code == 200


def test_what_an_app_asks_by_its_jwt_is_not_counted_against_its_installation(organization: Organization) -> None:
    token = organization.token()
    for _ in range(3):
        organization.as_app("GET", "/app")
    assert organization.ask("GET", RUNNERS, token).headers["x-ratelimit-used"] == "1"


def test_writing_costs_five_points_a_minute_and_reading_one(organization: Organization) -> None:
    organization.played.limits.points_per_minute = 12
    token = organization.token()
    assert organization.generate(token, name="i-0").status_code == 201
    organization.played.clock.forward(20)
    assert organization.generate(token, name="i-1").status_code == 201
    for _ in range(2):
        assert organization.ask("GET", RUNNERS, token).status_code == 200
    answer = organization.ask("GET", RUNNERS, token)
    assert refusal(answer) == (403, SECONDARY)
    assert answer.headers["retry-after"] == "40"  # then the first write leaves the minute
    organization.played.clock.forward(39)
    assert organization.ask("GET", RUNNERS, token).status_code == 403
    organization.played.clock.forward(1)
    assert organization.generate(token, name="i-2").status_code == 201
    assert organization.generate(token, name="i-3").headers["retry-after"] == "20"


def test_180_jit_configurations_a_minute_are_all_that_the_points_allow(organization: Organization) -> None:
    token = organization.token()
    answers = [organization.generate(token, name=f"i-{number}").status_code for number in range(181)]
    assert answers == [201] * 180 + [403]


def test_registrations_in_one_place_are_limited_for_five_minutes(organization: Organization) -> None:
    limits, token = organization.played.actions.roster.limits, organization.token()
    assert (limits.by_scope.most, limits.by_scope.length.total_seconds()) == (1500, 300)
    limits.by_scope.most = 2
    assert [organization.generate(token, name=f"i-{number}").status_code for number in range(3)] == [201, 201, 403]
    assert organization.generate(token, OF_SHOP).status_code == 201  # another place
    answer = organization.generate(token, name="i-2")
    assert (refusal(answer)[0], answer.headers["retry-after"]) == (403, "300")
    organization.played.clock.forward(300)
    assert organization.generate(token, name="i-2").status_code == 201


def test_registrations_by_one_installation_are_limited_for_an_hour(organization: Organization) -> None:
    limits, token = organization.played.actions.roster.limits, organization.token()
    assert (limits.by_author.most, limits.by_author.length.total_seconds()) == (10_000, 3600)
    limits.by_author.most = 2
    organization.generate(token, name="i-0")
    organization.generate(token, OF_SHOP, name="i-1")
    answer = organization.generate(token, name="i-2")
    assert (refusal(answer)[0], answer.headers["retry-after"]) == (403, "3600")
    organization.played.clock.forward(3600)
    assert organization.generate(organization.token(), name="i-2").status_code == 201


@pytest.mark.parametrize("wrong", [{"name": "i-0"}, {"runner_group_id": 77}, {"labels": []}], ids=str)
def test_a_registration_that_is_refused_is_not_counted(organization: Organization, wrong: dict[str, Any]) -> None:
    organization.played.actions.roster.limits.by_scope.most = 2
    token = organization.token()
    organization.generate(token, name="i-0")
    assert organization.generate(token, **wrong).status_code in (404, 409, 422)
    assert organization.generate(token, name="i-1").status_code == 201
