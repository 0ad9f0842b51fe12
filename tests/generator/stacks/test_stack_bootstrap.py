"""Whom AWS trusts, and how far."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data

Template = dict[str, Any]
Resolve = Callable[[Template, object], Any]
StatementsOf = Callable[[str, str], list[Template]]
ISSUER = "token.actions.githubusercontent.com"
SUBJECTS = {
    "PlanRole": [
        "repo:octo-org/runners:environment:production",
        "repo:octo-org/runners:pull_request",
        "repo:octo-org/runners:ref:refs/heads/main",
    ],
    "DeployRole": ["repo:octo-org/runners:environment:production"],
    "OperateRole": ["repo:octo-org/runners:ref:refs/heads/main"],
}


@pytest.fixture
def bootstrap(templates: dict[str, Template]) -> Template:
    return templates["bootstrap"]


@pytest.fixture
def trusted(bootstrap: Template, resolved: Resolve) -> Callable[[str], Template]:
    """Return a function that gives what a role's trust policy demands, with all claims checked."""

    def claims(role: str) -> Template:
        text = resolved(bootstrap, bootstrap["Resources"][role]["Properties"]["AssumeRolePolicyDocument"])
        (statement,) = json.loads(text)["Statement"]
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        demanded: Template = statement["Condition"]["StringEquals"]
        return demanded

    return claims


@pytest.mark.parametrize("role", SUBJECTS)
def test_a_role_trusts_exactly_its_subjects(role: str, trusted: Callable[[str], Template]) -> None:
    assert trusted(role)[f"{ISSUER}:sub"] == SUBJECTS[role]


@pytest.mark.parametrize("role", SUBJECTS)
def test_a_role_trusts_one_repository_by_its_id_and_tokens_meant_for_aws(
    role: str, trusted: Callable[[str], Template]
) -> None:
    assert trusted(role)[f"{ISSUER}:repository_id"] == "4711"
    assert trusted(role)[f"{ISSUER}:aud"] == "sts.amazonaws.com"


def test_deploy_checks_the_branch_and_the_environment_both(trusted: Callable[[str], Template]) -> None:
    claims = trusted("DeployRole")
    assert claims[f"{ISSUER}:ref"] == "refs/heads/main"
    assert claims[f"{ISSUER}:environment"] == "production"


@pytest.mark.parametrize("role", SUBJECTS)
def test_where_sts_knows_no_other_claims_subject_and_audience_are_checked_still(
    role: str, bootstrap: Template, resolved: Resolve
) -> None:
    _condition, _all, fewer = bootstrap["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Fn::If"]
    (statement,) = json.loads(resolved(bootstrap, fewer))["Statement"]
    claims = {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": SUBJECTS[role]}
    assert statement["Condition"] == {"StringEquals": claims}


def test_the_provider_of_another_deployment_can_be_used(bootstrap: Template) -> None:
    assert bootstrap["Resources"]["OidcProvider"]["Condition"] == "CreatesOidcProvider"
    others = {name for name, resource in bootstrap["Resources"].items() if "Condition" in resource}
    assert others == {"OidcProvider"}


def test_what_other_deployments_may_use_stays_when_the_stack_goes(bootstrap: Template) -> None:
    kept = {name for name, resource in bootstrap["Resources"].items() if resource.get("DeletionPolicy") == "Retain"}
    assert kept == {"OidcProvider", "ArtifactBucket"}


def test_artifacts_are_encrypted_versioned_private_and_only_replaced_ones_expire(bootstrap: Template) -> None:
    bucket = bootstrap["Resources"]["ArtifactBucket"]["Properties"]
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert "ExpirationInDays" not in rule
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}


def test_the_bucket_refuses_connections_without_tls(bootstrap: Template) -> None:
    document = bootstrap["Resources"]["ArtifactBucketPolicy"]["Properties"]["PolicyDocument"]
    (refusal,) = document["Statement"]
    assert refusal["Effect"] == "Deny"
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_plan_writes_nothing(statements_of: StatementsOf) -> None:
    levels = {
        access_level(action) for statement in statements_of("bootstrap", "PlanRole") for action in statement["Action"]
    }
    assert levels <= {"Read", "List"}


def test_plan_reads_of_the_table_only_ami_states_and_presets(statements_of: StatementsOf) -> None:
    of_table = [s for s in statements_of("bootstrap", "PlanRole") if any("dynamodb" in a for a in s["Action"])]
    assert [s["Condition"] for s in of_table] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["AMI#*", "PRESET#*"]}}
    ]


@pytest.mark.parametrize("role", SUBJECTS)
def test_no_workflow_reads_a_secret(role: str, statements_of: StatementsOf) -> None:
    actions = {action for statement in statements_of("bootstrap", role) for action in statement["Action"]}
    assert {action for action in actions if action.startswith(("secretsmanager:", "kms:"))} == set()


def test_deploy_changes_every_stack_but_the_one_that_holds_its_role(statements_of: StatementsOf) -> None:
    changing = {
        resource.split(":")[-1]
        for statement in statements_of("bootstrap", "DeployRole")
        for action in statement["Action"]
        for resource in statement["Resource"]
        if action.startswith("cloudformation:") and access_level(action) in {"Write", "Tagging"}
    }
    assert changing == {
        "stack/spot-runner-foundation/*",
        "stack/spot-runner-control-plane/*",
        "stack/spot-runner-preset-*/*",
    }


def test_deploy_works_only_with_the_execution_role(statements_of: StatementsOf) -> None:
    by_action = {a: s for s in statements_of("bootstrap", "DeployRole") for a in s["Action"]}
    role = "arn:aws:iam::123456789012:role/spot-runner-execution"
    creation = by_action["cloudformation:CreateChangeSet"]["Condition"]
    assert creation == {"StringEquals": {"cloudformation:RoleArn": role}}
    assert by_action["iam:PassRole"]["Resource"] == [role]
    assert by_action["iam:PassRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}
    }


def test_operate_starts_builds_of_this_deployment_and_changes_nothing_else(statements_of: StatementsOf) -> None:
    writing = {
        (action, resource)
        for statement in statements_of("bootstrap", "OperateRole")
        for action in statement["Action"]
        for resource in statement["Resource"]
        if access_level(action) not in {"Read", "List"}
    }
    pipelines = "arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/spot-runner-preset-*"
    starting = {"imagebuilder:StartImagePipelineExecution", "imagebuilder:TagResource"}
    assert writing == {(action, pipelines) for action in starting}


def test_roles_are_made_and_given_rights_only_below_the_boundary(statements_of: StatementsOf) -> None:
    bounded = {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/spot-runner-boundary"}}
    conditions = {a: s.get("Condition") for s in statements_of("bootstrap", "ExecutionRoles") for a in s["Action"]}
    raising = {"iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy"}
    assert {action: conditions[action] for action in raising} == dict.fromkeys(raising, bounded)
    assert {"iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy", "iam:CreatePolicyVersion"}.isdisjoint(
        conditions
    )


def test_roles_of_the_bootstrap_stack_are_out_of_the_execution_roles_reach(
    statements_of: StatementsOf, bootstrap: Template
) -> None:
    changed = {
        resource
        for statement in statements_of("bootstrap", "ExecutionRoles")
        for action in statement["Action"]
        for resource in statement["Resource"]
        if ":role/" in resource and action not in {"iam:CreateServiceLinkedRole", "iam:GetRole"}
    }
    assert changed == {"arn:aws:iam::123456789012:role/spot-runner/*"}
    paths = {
        role["Properties"].get("Path") for role in bootstrap["Resources"].values() if role["Type"].endswith("Role")
    }
    assert paths == {None}


def test_the_boundary_can_be_updated_in_place(bootstrap: Template, schema_of: Callable[[str], Template]) -> None:
    boundary = bootstrap["Resources"]["Boundary"]
    fixed = {path.rpartition("/")[2] for path in schema_of(boundary["Type"])["createOnlyProperties"]}
    assert boundary["Properties"].keys() & fixed == {"ManagedPolicyName"}


@pytest.mark.parametrize("role", ["PlanRole", "DeployRole"])
def test_all_stacks_of_the_account_are_seen_by_what_a_call_without_a_name_needs(
    role: str, statements_of: StatementsOf
) -> None:
    (seeing,) = [s for s in statements_of("bootstrap", role) if "cloudformation:DescribeStacks" in s["Action"]]
    assert set(seeing["Action"]) == {"cloudformation:DescribeStacks", "cloudformation:ListStacks"}
    assert seeing["Resource"] == ["arn:aws:cloudformation:eu-west-1:123456789012:stack/*"]


def execution(statements_of: StatementsOf) -> list[Template]:
    policies = ("ExecutionNetworkMakes", "ExecutionNetworkChanges", "ExecutionState", "ExecutionServices")
    return [statement for policy in policies for statement in statements_of("bootstrap", policy)]


def test_secrets_are_known_by_their_name_as_they_are_made_before_they_are_tagged(statements_of: StatementsOf) -> None:
    of_secrets = [s for s in execution(statements_of) if "secretsmanager:CreateSecret" in s["Action"]]
    named = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:spot-runner-foundation/*"
    assert [(s["Resource"], s.get("Condition")) for s in of_secrets] == [([named], None)]
    assert {"secretsmanager:TagResource", "secretsmanager:GetSecretValue"} < set(of_secrets[0]["Action"])


def test_a_network_may_be_made_first_and_tagged_then(statements_of: StatementsOf) -> None:
    making = [s for s in statements_of("bootstrap", "ExecutionNetworkMakes") if s["Action"][0].startswith("ec2:Create")]
    conditions = {s["Sid"]: s["Condition"] for s in making if "Condition" in s}
    assert set(conditions) == {"TagWhatIsMade", "TagWhatIsNobodys"}
    assert conditions["TagWhatIsNobodys"] == {
        "StringEquals": {"aws:RequestTag/spot-runner:deployment": "spot-runner"},
        "Null": {"aws:ResourceTag/spot-runner:deployment": "true"},
    }


def test_what_is_changed_in_a_network_carries_the_deployments_tag(statements_of: StatementsOf) -> None:
    ours = {"StringEquals": {"aws:ResourceTag/spot-runner:deployment": "spot-runner"}}
    assert {json.dumps(s["Condition"]) for s in statements_of("bootstrap", "ExecutionNetworkChanges")} == {
        json.dumps(ours)
    }


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("cloudwatch:DescribeAlarms", "cloudwatch:eu-west-1:123456789012:alarm:*"),
        ("lambda:GetEventSourceMapping", "lambda:eu-west-1:123456789012:event-source-mapping:*"),
        ("logs:DescribeIndexPolicies", "logs:eu-west-1:123456789012:log-group:*"),
        ("logs:DescribeResourcePolicies", "logs:eu-west-1:123456789012:log-group:*"),
    ],
)
def test_what_a_handler_lists_or_looks_for_in_vain_is_no_matter_of_names(
    action: str, resource: str, statements_of: StatementsOf
) -> None:
    (seeing,) = [s for s in execution(statements_of) if action in s["Action"]]
    assert seeing["Resource"] == [f"arn:aws:{resource}"]
    assert "Condition" not in seeing


def test_the_boundary_lets_nobody_raise_himself(statements_of: StatementsOf) -> None:
    actions = {action for statement in statements_of("bootstrap", "Boundary") for action in statement["Action"]}
    raising = ("iam:", "sts:", "cloudformation:", "lambda:", "organizations:")
    assert {action for action in actions if action.startswith(raising)} == {
        "iam:CreateServiceLinkedRole",
        "iam:PassRole",
    }


def test_functions_may_not_change_what_stacks_hand_to_each_other(statements_of: StatementsOf) -> None:
    parameters = {
        resource
        for statement in statements_of("bootstrap", "Boundary")
        for resource in statement["Resource"]
        if ":parameter/" in resource
    }
    assert {resource for resource in parameters if "/configs" not in resource} == set()


def test_what_stacks_retain_cloudformation_cannot_delete(granted: list[tuple[str, Template]]) -> None:
    actions = {action for who, statement in granted if "Execution" in who for action in statement["Action"]}
    kept = {"DeleteTable", "DeleteSecret", "DeleteComponent", "DeleteImageRecipe", "DeleteBucket"}
    assert {action for action in actions if action.split(":")[1] in kept} == set()


def access_level(action: str) -> str:
    service, name = action.split(":")
    level: str = get_action_data(service, name)[service][0]["access_level"]
    return level


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("SubjectPrefix", "repo:octo-org/*"),
        ("SubjectPrefix", 'repo:octo-org/runners", "x'),
        ("BranchRef", "refs/heads/*"),
        ("EnvironmentName", "prod*"),
        ("RepositoryId", "*"),
    ],
)
def test_what_becomes_part_of_a_trust_policy_holds_no_wildcard_and_no_quote(
    parameter: str, value: str, bootstrap: Template
) -> None:
    assert not re.fullmatch(bootstrap["Parameters"][parameter]["AllowedPattern"], value)


@pytest.mark.parametrize("prefix", ["repo:octo-org/runners", "repo:octo-org@4711/runners@815"])
def test_both_forms_of_githubs_subjects_are_taken(prefix: str, bootstrap: Template) -> None:
    assert re.fullmatch(bootstrap["Parameters"]["SubjectPrefix"]["AllowedPattern"], prefix)
