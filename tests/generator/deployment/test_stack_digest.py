import json
from dataclasses import replace
from typing import Any

import pytest

from generator.deployment.stack import Deployed, Wanted, digest, effective, same

TEMPLATE = {
    "Parameters": {
        "Size": {"Type": "String", "Default": "small"},
        "Table": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/spot-runner/stack/table-name"},
        "Commit": {"Type": "String", "Default": ""},
    },
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}
SSM = {"/spot-runner/stack/table-name": "table-1"}


def a_wanted(template: dict[str, Any] | None = TEMPLATE, **parameters: str) -> Wanted:
    return Wanted(name="s", template=json.dumps(template, indent=2), parameters=parameters, tags={"owner": "us"})


def a_deployed(resolved: str = "table-1", tags: dict[str, str] | None = None, **parameters: str) -> Deployed:
    return Deployed(
        name="s",
        stack_id="arn:s",
        status="UPDATE_COMPLETE",
        reason="",
        parameters={"Size": "small", "Table": "/spot-runner/stack/table-name", "Commit": "abc", **parameters},
        resolved={"Table": resolved},
        outputs={},
        tags={"owner": "us"} if tags is None else tags,
        protected=False,
    )


def test_what_is_deployed_as_wanted_is_the_same_whatever_its_commit() -> None:
    assert same(a_wanted(), SSM, a_deployed(), TEMPLATE)


@pytest.mark.parametrize(
    ("wanted", "deployed", "template"),
    [
        (a_wanted(Size="large"), a_deployed(), TEMPLATE),
        (a_wanted(), a_deployed(resolved="table-0"), TEMPLATE),
        (a_wanted(), a_deployed(tags={}), TEMPLATE),
        (a_wanted(), a_deployed(), {**TEMPLATE, "Resources": {}}),
        (a_wanted(), a_deployed(), None),
    ],
    ids=["a parameter", "a value behind SSM", "a tag", "the template", "a template that is not JSON"],
)
def test_a_difference_needs_a_deployment(
    wanted: Wanted, deployed: dict[str, Wanted], template: dict[str, Any] | None
) -> None:
    assert not same(wanted, SSM, deployed, template)


def test_a_stack_that_was_rolled_back_needs_a_deployment_whatever_template_it_shows() -> None:
    rolled_back = replace(a_deployed(), status="UPDATE_ROLLBACK_COMPLETE")
    assert not same(a_wanted(), SSM, rolled_back, TEMPLATE)


def test_a_tag_that_someone_added_needs_no_deployment() -> None:
    assert same(a_wanted(), SSM, a_deployed(tags={"owner": "us", "cost": "42"}), TEMPLATE)


def test_parameters_that_are_not_given_take_their_default() -> None:
    assert effective(TEMPLATE, {}, SSM) == {"Size": "small", "Table": "table-1"}


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": 2}, {}) == digest({"b": 2, "a": 1}, {})
