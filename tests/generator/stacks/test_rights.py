"""Rights are least, and valid: compared with AWS's service authorization reference and CloudFormation's schemas."""

import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data

from generator.own_rules import TAKES_NO_RESOURCE

Statement = dict[str, Any]
Granted = list[tuple[str, Statement]]
HERE = {"Partition": "aws", "Region": "eu-west-1"}
# What the reference does not list yet: the path under which API Gateway keeps the tags of an API, and tags of
# dashboards, which CloudFormation's schema of AWS::CloudWatch::Dashboard does list.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
# https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/997
# And what AWS names when it refuses calls that take no resource: stack/*/* for ListStacks, log-group:: for the policies
# of log groups. And the security group of a fleet, on which AWS's own policies allow CreateFleet, and which launches
# failed without: https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/392
UNLISTED = {
    "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123456789abcdef0",
    "arn:aws:apigateway:eu-west-1::/tags/*",
    "arn:aws:apigateway:eu-west-1::arn:aws:apigateway:eu-west-1::/tags/*",
    "arn:aws:cloudwatch::123456789012:dashboard/spot-runner",
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/*",
    "arn:aws:logs:eu-west-1:123456789012:log-group:*",
}


def actions(statement: Statement) -> list[str]:
    found = statement["Action"]
    return found if isinstance(found, list) else [found]


def resources(statement: Statement) -> list[str]:
    found = statement["Resource"]
    return found if isinstance(found, list) else [found]


def rows(action: str) -> list[dict[str, Any]]:
    """Return what the reference says of an action: a row per kind of resource that it takes."""
    service, name = action.split(":")
    found = get_action_data(service, name)
    return found[service] if found else []


def of_resource(action: str, resource: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of an action that a resource, perhaps with wildcards, may be of."""
    for row in rows(action):
        known = re.sub(r"\$\{(\w+)\}", lambda found: HERE.get(found[1], "*"), row["resource_arn_format"])
        if known != "*" and overlap(known, resource):
            yield row


@cache
def overlap(one: str, other: str) -> bool:
    """Tell whether some text matches both patterns, in which only `*` is a wildcard."""
    if not one or not other:
        return not (one + other).strip("*")
    if "*" in (one[0], other[0]):
        wild, text = (one, other) if one[0] == "*" else (other, one)
        return overlap(wild[1:], text) or overlap(wild, text[1:])
    return one[0] == other[0] and overlap(one[1:], other[1:])


def test_every_action_exists(granted: Granted) -> None:
    assert {action for _, statement in granted for action in actions(statement) if not rows(action)} == set()


def test_no_action_holds_a_wildcard(granted: Granted) -> None:
    assert [(who, action) for who, statement in granted for action in actions(statement) if "*" in action] == []


def test_everything_is_allowed_only_of_actions_that_take_nothing_narrower(granted: Granted) -> None:
    wide = {
        action
        for _, statement in granted
        if "*" in resources(statement)
        for action in actions(statement)
        if {row["resource_arn_format"] for row in rows(action)} != {"*"}
    }
    assert wide == set()


def test_lint_knows_the_actions_that_take_nothing_narrower(granted: Granted) -> None:
    used = {action for _, statement in granted for action in actions(statement)}
    narrow = {action for action in used if {row["resource_arn_format"] for row in rows(action)} != {"*"}}
    assert {action for action in narrow if TAKES_NO_RESOURCE.fullmatch(action)} == set()


def test_every_resource_fits_its_action(granted: Granted) -> None:
    misfits = [
        (who, action, resource)
        for who, statement in granted
        for resource in resources(statement)
        for action in actions(statement)
        if resource != "*" and resource not in UNLISTED and not list(of_resource(action, resource))
    ]
    assert misfits == []


def test_every_condition_key_fits_its_action(granted: Granted) -> None:
    misfits = [
        (who, action, key)
        for who, statement in granted
        for keys in statement.get("Condition", {}).values()
        for key in keys
        for action in actions(statement)
        for resource in resources(statement)
        if not knows(action, resource, key)
    ]
    assert misfits == []


def knows(action: str, resource: str, key: str) -> bool:
    known = {
        each
        for row in (of_resource(action, resource) if resource != "*" else rows(action))
        for each in row["condition_keys"]
    }
    known |= {each for row in rows(action) if row["resource_arn_format"] == "*" for each in row["condition_keys"]}
    return re.sub(r"/.*", "/${TagKey}", key) in known or key in known


def test_statements_of_a_policy_have_different_names(granted: Granted) -> None:
    named = [(who, statement["Sid"]) for who, statement in granted if "Sid" in statement]
    assert sorted(set(named)) == sorted(named)


LIMITS = {"managed": 6144, "inline": 10240}


@pytest.mark.parametrize("part", ["bootstrap", "control-plane"])
def test_policies_fit_into_what_iam_takes_even_for_the_longest_deployment_name(
    part: str, templates: dict[str, Any], resolved: Callable[[Any, object], Any]
) -> None:
    sizes = {}
    for name, resource in templates[part]["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            sizes[name] = (weigh(resolved(templates[part], properties["PolicyDocument"])), LIMITS["managed"])
        elif "Policies" in properties:
            documents = [resolved(templates[part], policy["PolicyDocument"]) for policy in properties["Policies"]]
            sizes[name] = (sum(map(weigh, documents)), LIMITS["inline"])
    assert {name: size for name, (size, limit) in sizes.items() if size > limit} == {}


def weigh(document: object) -> int:
    """Return a policy's size as IAM counts it, in the longest Region and partition, for a name of 20 characters."""
    text = json.dumps(document, separators=(",", ":")).replace("spot-runner", "x" * 20)
    return len(text.replace("eu-west-1", "ap-southeast-2").replace("arn:aws:", "arn:aws-us-gov:"))


def test_the_boundary_covers_every_role_below_it(granted: Granted) -> None:
    boundary = [statement for who, statement in granted if who == "bootstrap/Boundary"]
    beyond = {
        (who, action, resource)
        for who, statement in granted
        if who.startswith("control-plane/")
        for action in actions(statement)
        for resource in resources(statement)
        if not any(allows(each, action, resource) for each in boundary)
    }
    assert beyond == set()


def allows(statement: Statement, action: str, resource: str) -> bool:
    return action in actions(statement) and any(fnmatchcase(resource, pattern) for pattern in resources(statement))


# What actions ask for on their caller's behalf, says the reference, and ours do not: by the role and the asked.
NOT_ASKED = {
    ("*", "kms:Decrypt"): "no component is encrypted with a key of ours",
    ("bootstrap/OperateRole", "iam:CreateServiceLinkedRole"): "a pipeline has made the role before it can be started",
    ("control-plane/LaunchRole", "ssm:GetParameters"): "the AMI is named by its id, not by a parameter",
    ("execution", "ec2:DescribeHosts"): "builds name no dedicated host",
    ("execution", "ec2:ModifyLaunchTemplate"): "distributions change no launch template",
    ("execution", "ecr:BatchGetRepositoryScanningConfiguration"): "no pipeline makes containers",
    ("execution", "ecr:DescribeRepositories"): "no pipeline makes containers",
    ("execution", "imagebuilder:GetContainerRecipe"): "no pipeline makes containers",
    ("execution", "imagebuilder:GetImage"): "a base is an AMI or a parameter, no image of Image Builder",
    ("execution", "imagebuilder:GetWorkflow"): "pipelines have the default workflow",
    ("execution", "inspector2:BatchGetAccountStatus"): "no image is scanned",
    ("execution", "kms:Encrypt"): "no component is encrypted with a key of ours",
    ("execution", "kms:GenerateDataKey"): "no component is encrypted with a key of ours",
    ("execution", "kms:GenerateDataKeyWithoutPlaintext"): "no component is encrypted with a key of ours",
    ("execution", "lambda:PassCapacityProvider"): "functions run on Lambda's own machines",
    ("execution", "resource-groups:GetGroup"): "builds are placed in no group of hosts",
    ("execution", "route53:AssociateVPCWithHostedZone"): "gateway endpoints have no private names",
    ("execution", "s3:ListBucket"): "components are inline, and nothing is exported",
    ("execution", "sns:Publish"): "builds tell no topic",
}


def not_granted(granted: Granted) -> set[tuple[str, str]]:
    """Return each role with what its actions ask for, and it may not."""
    may: dict[str, set[str]] = {}
    for who, statement in granted:
        may.setdefault("execution" if "Execution" in who else who, set()).update(actions(statement))
    return {
        (role, asked)
        for role, allowed in may.items()
        for action in allowed
        for row in rows(action)
        for asked in row["dependent_actions"]
        if asked not in allowed
    }


def test_whoever_may_act_may_do_what_the_action_asks_for(granted: Granted) -> None:
    excused = NOT_ASKED.keys()
    assert {one for one in not_granted(granted) if one not in excused and ("*", one[1]) not in excused} == set()


def test_what_counts_as_not_asked_for_is_not_granted_indeed(granted: Granted) -> None:
    lacking = not_granted(granted)
    assert NOT_ASKED.keys() <= lacking | {("*", asked) for _, asked in lacking}


# What CloudFormation's handlers read for features that no template of ours uses: each by its name, since a handler
# that may not read fails even where there is nothing to find.
UNREAD = {
    "autoscaling:DescribeAutoScalingGroups": "no infrastructure refers to one",
    "dynamodb:DescribeImport": "no table is imported",
    "dynamodb:GetItem": "items are moved for global tables only",
    "ecr:BatchGetRepositoryScanningConfiguration": "no pipeline makes containers",
    "elasticfilesystem:DescribeMountTargets": "functions mount nothing",
    "imagebuilder:GetContainerRecipe": "no pipeline makes containers",
    "imagebuilder:GetImage": "a base is an AMI or a parameter, no image of Image Builder",
    "imagebuilder:GetWorkflow": "pipelines have the default workflow",
    "inspector2:BatchGetAccountStatus": "no image is scanned",
    "kinesis:DescribeStream": "no table streams",
    "kms:DescribeKey": "nothing is encrypted with a key of ours",
    "kms:ListAliases": "nothing is encrypted with a key of ours",
    "lambda:GetCodeSigningConfig": "no code is signed",
    "lambda:GetLayerVersion": "functions have no layers",
    "logs:DescribeLogStreams": "tables write no logs",
    "s3:GetBucketLocation": "components are inline",
    "s3:GetObjectMetadata": "no table is imported",
    "s3:HeadBucket": "components are inline",
    "s3:ListBucket": "no table is imported",
    "s3:getObject": "the API is no document in S3",
    "s3files:ListMountTargets": "functions mount nothing",
    "vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation": "endpoints are gateways of S3 and DynamoDB",
}
READ = re.compile(r"[\w-]+:(BatchGet|Describe|Get|get|Head|List)\w*")
# What they may change for such features.
UNUSED = {
    "others": r"(kms|kinesis|elasticfilesystem|firehose|vpc-lattice|vpce|ecr|inspector2|autoscaling|s3files):.*",
    "global tables, imports, streams and insights of tables": r"dynamodb:.*(Item|Replica|Import(Table)?|Contributor\w*|"
    r"KinesisStreaming\w*|ResourcePolicy|Query|Scan)",
    "the table and the secrets are kept": r"dynamodb:DeleteTable|secretsmanager:DeleteSecret",
    "secrets in other Regions": r"secretsmanager:(ReplicateSecretToRegions|RemoveRegionsFromReplication)",
    "documents in S3": r"s3:REST.PUT.OBJECT",
    "what fills log groups": r"logs:(CreateLogStream|PutLogEvents|CreateLogDelivery)",
    "keys, indexes and policies of log groups": r"logs:(\w*KmsKey|\w*(DataProtectionPolic|IndexPolic|ResourcePolic)\w*|"
    r"Put(BearerToken|LogGroupDeletion)\w*)",
    "IPv6, VPN, tenancy and encryption of VPCs": r"ec2:\w*(EncryptionControl|VpnGateway|SubnetCidrBlock|VpcTenancy)\w*",
    "managed policies of roles, and roles without a boundary": r"iam:(Attach|Detach)RolePolicy|iam:Delete\w*Boundary",
    "rules of security groups that let out": r"ec2:(Authorize|Revoke|Update)SecurityGroup\w*Egress",
    "signed code, reserved concurrency, layers, versions": r"lambda:(\w*CodeSigningConfig|\w*Concurrency|"
    r"Put\w*(Scaling|Recursion)Config|PublishVersion|PassCapacityProvider|AssociateRuntimeAlias)",
    "no action of IAM: tags are POST and DELETE": r"apigateway:(Tag|Untag)Resource",
    "data protection of topics, messages of Image Builder": r"sns:(PutDataProtectionPolicy|Publish)",
    "components and recipes are kept": r"imagebuilder:Delete(Component|ImageRecipe)",
    "launch templates that a distribution changes": r"ec2:ModifyLaunchTemplate",
}


@pytest.fixture
def lacking(
    granted: Granted, templates: dict[str, Any], schema_of: Callable[[str], dict[str, Any]]
) -> set[tuple[str, str]]:
    """Return what handlers of our resource types may call, and the execution role may not."""
    may = {action for who, statement in granted if "Execution" in who for action in actions(statement)}
    stacks = (template for part, template in templates.items() if part != "bootstrap")
    types = {resource["Type"] for template in stacks for resource in template["Resources"].values()}
    ours = (kind for kind in types if kind.startswith("AWS::"))
    return {(kind, action) for kind in ours for action in handler_actions(schema_of, kind) if action not in may}


def test_cloudformation_may_do_what_its_handlers_do(lacking: set[tuple[str, str]]) -> None:
    unused = re.compile("|".join(UNUSED.values()))
    changing = {(kind, action) for kind, action in lacking if not READ.fullmatch(action)}
    assert {(kind, action) for kind, action in changing if not unused.fullmatch(action)} == set()


def test_cloudformation_may_read_what_its_handlers_read(lacking: set[tuple[str, str]]) -> None:
    assert {action for _, action in lacking if READ.fullmatch(action)} == set(UNREAD)


@pytest.mark.parametrize("what", UNUSED)
def test_what_counts_as_unused_is_lacking_indeed(what: str, lacking: set[tuple[str, str]]) -> None:
    assert [action for _, action in lacking if re.fullmatch(UNUSED[what], action) and not READ.fullmatch(action)]


def handler_actions(schemas: Callable[[str], dict[str, Any]], kind: str) -> set[str]:
    handlers = (handler for name, handler in schemas(kind)["handlers"].items() if name != "list")
    return {action for handler in handlers for action in handler.get("permissions", [])}
