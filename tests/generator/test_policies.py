"""What each function may do: least privilege, in words that IAM knows."""

import json
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data

from generator import policies
from tests.scopes import a_scope

FUNCTIONS = ("ami_update", "launch", "preset_sync", "reconcile", "status", "webhook")
SHARED = {
    "iam:PassRole": ("ROLE",),
    "secretsmanager:GetSecretValue": ("KEY", "SECRET"),
    "sqs:ChangeMessageVisibility": ("JOBS",),
    "sqs:SendMessage": ("JOBS",),
}
SCOPE = a_scope()
# EC2's Describe calls know no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
NOTHING_NARROWER = {"ec2:DescribeImages", "ec2:DescribeInstances"}


def statements(function: str) -> list[dict[str, Any]]:
    """Return a function's statements as CloudFormation gets them."""
    made = policies.statements(function, SCOPE)
    found = json.loads(
        json.dumps(made, default=lambda one: one.to_dict() if hasattr(one, "to_dict") else one.JSONrepr())
    )
    return list(found)


def each() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (function, action, statement)
        for function in FUNCTIONS
        for statement in statements(function)
        for action in statement["Action"]
    ]


def resource_text(resource: Any) -> str:
    """Return a resource with CloudFormation's functions resolved as far as a test needs."""
    if isinstance(resource, str):
        return resource
    ((function, value),) = resource.items()
    return str(value) if function == "Fn::Sub" else "".join(value[1])


@pytest.mark.parametrize(("function", "action", "statement"), each(), ids=lambda value: str(value)[:60])
def test_every_right_is_an_allowance_of_an_action_that_iam_knows(
    function: str, action: str, statement: dict[str, Any]
) -> None:
    service, name = action.split(":")
    assert get_action_data(service, name), f"{function}: {action}"
    assert statement["Effect"] == "Allow"


@pytest.mark.parametrize(("function", "action", "statement"), each(), ids=lambda value: str(value)[:60])
def test_every_right_is_scoped_to_this_deployment(function: str, action: str, statement: dict[str, Any]) -> None:
    for resource in map(resource_text, statement["Resource"]):
        if action in NOTHING_NARROWER:
            assert resource == "*"
        elif action in SHARED:
            assert resource in SHARED[action], function
        elif action.startswith("dynamodb:"):
            assert resource in {"TABLE", "TABLE/index/byKind"}
            assert statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"], function
        elif action.startswith("iam:"):
            assert resource.endswith("/AWSServiceRoleForImageBuilder")
        elif action.startswith("ec2:"):
            assert is_held_to_the_deployment(statement, resource)
        else:
            assert ":${AWS::AccountId}:" in resource
            assert "spot-runner" in resource


def is_held_to_the_deployment(statement: dict[str, Any], resource: str) -> bool:
    """Tell whether a right on machines is held to what carries the deployment's tag, or to where they may be."""
    if resource == "GROUP" or resource.endswith((":image/ami-*", ":spot-instances-request/*")):  # these have no tags
        return True
    ((_, keys),) = statement["Condition"].items()
    tagged = [value for key, value in keys.items() if key.endswith("Tag/spot-runner:deployment")]
    return tagged == ["spot-runner"] or keys == {"ec2:SubnetID": {"Ref": "SubnetIds"}}


def test_the_status_function_may_do_nothing_but_query_the_index_sta_1() -> None:
    assert [(one["Action"], [resource_text(r) for r in one["Resource"]]) for one in statements("status")] == [
        (["dynamodb:Query"], ["TABLE/index/byKind"])
    ]


def test_the_webhook_reads_presets_and_a_secret_writes_jobs_and_sends_to_their_queue() -> None:
    rights = [
        (action, *keys)
        for one in statements("webhook")
        for action in one["Action"]
        for keys in (one.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", []),)
    ]
    assert sorted(rights) == [
        ("dynamodb:GetItem", "PRESET#*"),
        ("dynamodb:PutItem", "JOB#*"),
        ("secretsmanager:GetSecretValue",),
        ("sqs:SendMessage",),
    ]


def test_a_spot_request_which_has_no_tags_takes_part_in_launches_on_spot() -> None:
    (asks,) = (one for one in statements("launch") if "spot-instances-request/*" in json.dumps(one["Resource"]))
    assert (asks["Action"], "Condition" in asks) == (["ec2:CreateFleet", "ec2:RunInstances"], False)


def test_the_role_of_machines_is_passed_to_ec2_by_either_of_its_names() -> None:
    (passes,) = (one for one in statements("launch") if "iam:PassRole" in one["Action"])
    to = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
    assert passes["Condition"]["StringEquals"] == {"iam:PassedToService": to}


def test_launch_reads_one_secret_and_writes_no_state_of_amis_and_no_preset() -> None:
    rights = statements("launch")
    secrets = [one["Resource"] for one in rights if "secretsmanager:GetSecretValue" in one["Action"]]
    assert [[resource_text(each) for each in found] for found in secrets] == [["KEY"]]
    for one in rights:
        keys = one.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
        if {"AMI#*", "PRESET#*"} & set(keys):
            assert set(one["Action"]) <= {"dynamodb:GetItem", "dynamodb:ConditionCheckItem"}


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name not in {"launch", "reconcile", "webhook"}])
def test_no_other_function_reads_a_secret_or_touches_a_job_or_a_machine(function: str) -> None:
    granted = {action for one in statements(function) for action in one["Action"]}
    assert granted & SHARED.keys() <= {"sqs:SendMessage"}
    assert {action for action in granted if action.startswith("ec2:")} <= {"ec2:DescribeImages"}
    keys = json.dumps([one.get("Condition", {}) for one in statements(function)])
    assert "JOB#" not in keys


def test_reconcile_ends_machines_and_starts_none_and_writes_no_row_of_a_launch() -> None:
    rights = statements("reconcile")
    actions = {action for one in rights for action in one["Action"]}
    assert {action for action in actions if action.startswith("ec2:")} == {
        "ec2:DescribeImages",
        "ec2:DescribeInstances",
        "ec2:TerminateInstances",
    }
    secrets = [one["Resource"] for one in rights if "secretsmanager:GetSecretValue" in one["Action"]]
    assert [[resource_text(each) for each in found] for found in secrets] == [["KEY"]]
    for one in rights:
        keys = one.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
        if {"BUDGET#*", "LAUNCH#*"} & set(keys):
            assert one["Action"] == ["dynamodb:GetItem"]


def test_only_preset_sync_writes_presets_and_starts_builds() -> None:
    for function in ("ami_update", "launch", "reconcile", "status", "webhook"):
        actions = {action for one in statements(function) for action in one["Action"]}
        assert "imagebuilder:StartImagePipelineExecution" not in actions
        writes = [
            one for one in statements(function) if {"dynamodb:PutItem", "dynamodb:DeleteItem"} & set(one["Action"])
        ]
        keys = [key for one in writes for key in one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]]
        assert not [key for key in keys if key.startswith("PRESET#")]


def test_presets_of_another_deployment_do_not_match() -> None:
    patterns = [resource_text(resource) for one in statements("preset_sync") for resource in one["Resource"]]
    assert not [one for one in patterns if "spot-runner*" in one or one.endswith(":*")]


def test_a_function_that_does_not_exist_has_no_rights() -> None:
    with pytest.raises(KeyError):
        policies.statements("webhooks", SCOPE)


@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        ("launch", ["JOB#parked#*", "RUNNER#live"]),
        ("reconcile", ["AMI", "JOB#open", "JOB#parked#*", "RUNNER#live"]),
        ("status", ["AMI"]),
    ],
)
def test_a_function_asks_the_index_for_the_kinds_that_it_reads(function: str, kinds: list[str]) -> None:
    (index,) = [
        one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for one in statements(function)
        if any(resource_text(each).endswith("/index/byKind") for each in one["Resource"])
    ]
    assert index == kinds
