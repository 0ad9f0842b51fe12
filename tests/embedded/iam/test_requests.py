import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from policy_sentry.querying.actions import get_actions_for_service

from embedded.aws.iam import requests

ACCOUNT = "123456789012"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/state"
EC2 = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:"
MINE = [{"ResourceType": "instance", "Tags": [{"Key": "deployment", "Value": "mine"}]}]


def denied(call: Any) -> bool:
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"] in {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}


def asked(world: Any) -> set[tuple[str, str]]:
    return {(one.action, one.resource) for one in world.enforcement.decisions}


@pytest.fixture
def table(world: Any) -> None:
    names = ("PK", "SK", "kind")
    world.admin("dynamodb").create_table(
        TableName="state",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byKind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def key(partition: str) -> dict[str, Any]:
    return {"PK": {"S": partition}, "SK": {"S": "LATEST"}}


def leading(*patterns: str, action: Any = "dynamodb:*", resource: str = TABLE, **more: Any) -> dict[str, Any]:
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(patterns)}, **more}
    return {"Action": action, "Resource": resource, "Condition": condition}


@pytest.mark.usefixtures("table")
def test_leading_keys_guard_every_operation_on_items(world: Any) -> None:
    client = world.may("dynamodb", leading("AMI#*"))
    query = {"KeyConditionExpression": "#k = :pk AND SK = :sk", "ExpressionAttributeNames": {"#k": "PK"}}
    for partition, refused in (("AMI#a", False), ("JOB#a", True)):
        values = {":pk": {"S": partition}, ":sk": {"S": "LATEST"}}
        for call in (
            lambda p=partition: client.put_item(TableName="state", Item=key(p)),
            lambda p=partition: client.get_item(TableName="state", Key=key(p)),
            lambda v=values: client.query(TableName="state", **query, ExpressionAttributeValues=v),
            lambda p=partition: client.transact_write_items(
                TransactItems=[{"Put": {"TableName": "state", "Item": {**key(p), "SK": {"S": "OTHER"}}}}]
            ),
            lambda p=partition: client.delete_item(TableName=TABLE, Key=key(p)),
        ):
            if refused:
                assert denied(call)
            else:
                call()


@pytest.mark.usefixtures("table")
def test_an_index_is_a_resource_with_its_own_leading_key(world: Any) -> None:
    client = world.may("dynamodb", leading("AMI", action="dynamodb:Query", resource=f"{TABLE}/index/byKind"))
    by_kind = {"IndexName": "byKind", "KeyConditionExpression": "kind = :kind"}
    client.query(TableName="state", **by_kind, ExpressionAttributeValues={":kind": {"S": "AMI"}})
    assert denied(lambda: client.query(TableName="state", **by_kind, ExpressionAttributeValues={":kind": {"S": "JOB"}}))
    assert asked(world) == {("dynamodb:Query", f"{TABLE}/index/byKind")}


@pytest.mark.usefixtures("table")
def test_a_batch_of_reads_asks_for_each_of_its_items(world: Any) -> None:
    client = world.may("dynamodb", leading("JOB#*", action="dynamodb:BatchGetItem"))

    def read(*partitions: str) -> None:
        client.batch_get_item(RequestItems={"state": {"Keys": [key(partition) for partition in partitions]}})

    read("JOB#1", "JOB#2")
    assert denied(lambda: read("JOB#1", "JIT#2"))
    assert asked(world) == {("dynamodb:BatchGetItem", TABLE)}


@pytest.mark.usefixtures("table")
def test_a_scan_asks_for_the_table_and_names_no_row(world: Any) -> None:
    # A condition on each of no keys holds, in AWS as well: whoever may scan sees every row.
    client = world.may("dynamodb", leading("JOB#*", action="dynamodb:Scan"))
    client.scan(TableName="state")
    assert denied(lambda: client.scan(TableName="state", IndexName="byKind"))
    assert asked(world) == {("dynamodb:Scan", TABLE), ("dynamodb:Scan", f"{TABLE}/index/byKind")}


@pytest.mark.usefixtures("table")
def test_a_transaction_asks_for_each_of_its_items(world: Any) -> None:
    client = world.may("dynamodb", {"Action": "dynamodb:PutItem", "Resource": TABLE})
    check = {"TableName": "state", "Key": key("a"), "ConditionExpression": "attribute_exists(PK)"}
    put = {"TableName": "state", "Item": key("b")}
    assert denied(lambda: client.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": check}]))
    assert asked(world) == {("dynamodb:PutItem", TABLE), ("dynamodb:ConditionCheckItem", TABLE)}


@pytest.mark.usefixtures("table")
def test_attributes_are_those_that_a_request_names_at_the_top(world: Any) -> None:
    allowed = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["PK", "SK", "status", "seen"]}}
    client = world.may("dynamodb", {"Action": "dynamodb:UpdateItem", "Resource": TABLE, "Condition": allowed})

    def update(expression: str, **names: str) -> None:
        client.update_item(
            TableName="state",
            Key=key("a"),
            UpdateExpression=expression,
            ConditionExpression="attribute_not_exists(seen) OR seen < :v",
            ExpressionAttributeValues={":v": {"S": "x"}},
            **({"ExpressionAttributeNames": names} if names else {}),
        )

    update("SET #s = :v", **{"#s": "status"})
    update("SET seen = if_not_exists(seen, :v)")
    assert denied(lambda: update("SET secret = :v"))
    assert denied(lambda: update("SET #s = :v", **{"#s": "secret"}))


@pytest.mark.usefixtures("table")
def test_an_operation_that_no_function_uses_is_not_played(world: Any) -> None:
    client = world.may("dynamodb", {"Action": "*", "Resource": "*"})
    with pytest.raises(ClientError, match="there is no row for dynamodb:BatchWriteItem"):
        client.batch_write_item(RequestItems={"state": [{"PutRequest": {"Item": key("a")}}]})


@pytest.mark.usefixtures("table")
def test_an_instance_may_write_only_its_own_row(world: Any) -> None:
    role = world.role(leading("BAKED#${ec2:SourceInstanceARN}", action="dynamodb:PutItem"))
    mine, other = f"{EC2}instance/i-1", f"{EC2}instance/i-2"
    client = world.client("dynamodb", world.enforcement.instance_credentials(role, mine))
    client.put_item(TableName="state", Item=key(f"BAKED#{mine}"))
    assert denied(lambda: client.put_item(TableName="state", Item=key(f"BAKED#{other}")))
    elsewhere = world.as_role("dynamodb", role)
    assert denied(lambda: elsewhere.put_item(TableName="state", Item=key(f"BAKED#{mine}")))


def test_an_instance_may_end_only_itself(world: Any) -> None:
    ec2 = world.admin("ec2")
    ami = ec2.register_image(Name="image")["ImageId"]
    made = ec2.run_instances(ImageId=ami, MinCount=2, MaxCount=2)["Instances"]
    mine, other = (one["InstanceId"] for one in made)
    itself = {"StringEquals": {"aws:ARN": "${ec2:SourceInstanceARN}"}}
    role = world.role({"Action": "ec2:TerminateInstances", "Resource": "*", "Condition": itself})
    client = world.client("ec2", world.enforcement.instance_credentials(role, f"{EC2}instance/{mine}"))
    assert denied(lambda: client.terminate_instances(InstanceIds=[other]))
    client.terminate_instances(InstanceIds=[mine])


def test_tags_decide_what_may_be_ended(world: Any) -> None:
    ec2 = world.admin("ec2")
    ami = ec2.register_image(Name="image")["ImageId"]
    ours, theirs = (
        ec2.run_instances(
            ImageId=ami, MinCount=1, MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": owner}]}],
        )["Instances"][0]["InstanceId"]
        for owner in ("us", "them")
    )  # fmt: skip
    condition = {"StringEquals": {"aws:ResourceTag/owner": "us"}}
    client = world.may("ec2", {"Action": "ec2:TerminateInstances", "Resource": "*", "Condition": condition})
    assert denied(lambda: client.terminate_instances(InstanceIds=[theirs]))
    client.terminate_instances(InstanceIds=[ours])


def test_things_are_made_only_with_the_tags_that_a_policy_asks_for(world: Any) -> None:
    tagged = {"StringEquals": {"aws:RequestTag/owner": "us"}}
    on_creation = {"StringEquals": {"ec2:CreateAction": "CreateVpc"}}
    client = world.may(
        "ec2",
        {"Action": "ec2:CreateVpc", "Resource": f"{EC2}vpc/*", "Condition": tagged},
        {"Action": "ec2:CreateTags", "Resource": f"{EC2}vpc/*", "Condition": on_creation},
    )
    tags = [{"Key": "owner", "Value": "us"}]
    assert denied(lambda: client.create_vpc(CidrBlock="10.0.0.0/16"))
    made = client.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
    assert denied(lambda: client.create_tags(Resources=[made["Vpc"]["VpcId"]], Tags=tags))


def test_a_subnet_asks_for_its_vpc_too(world: Any) -> None:
    vpc = world.admin("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    client = world.may("ec2", {"Action": "ec2:CreateSubnet", "Resource": f"{EC2}subnet/*"})
    assert denied(lambda: client.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24"))
    assert ("ec2:CreateSubnet", f"{EC2}vpc/{vpc}") in asked(world)


def test_an_association_is_undone_by_the_tags_of_its_route_table_and_subnet(world: Any) -> None:
    ec2 = world.admin("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    routes = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=routes, SubnetId=subnet)["AssociationId"]
    ours = {"StringEquals": {"aws:ResourceTag/owner": "us"}}
    client = world.may("ec2", {"Action": "ec2:DisassociateRouteTable", "Resource": "*", "Condition": ours})
    for missing in (routes, subnet):
        assert denied(lambda: client.disassociate_route_table(AssociationId=association))
        ec2.create_tags(Resources=[missing], Tags=[{"Key": "owner", "Value": "us"}])
    client.disassociate_route_table(AssociationId=association)


@pytest.fixture
def template(world: Any) -> str:
    iam, ec2 = world.admin("iam"), world.admin("ec2")
    world.role({"Action": "kms:Sign", "Resource": "*"}, name="runner")
    iam.create_instance_profile(InstanceProfileName="runner")
    iam.add_role_to_instance_profile(InstanceProfileName="runner", RoleName="runner")
    data = {"IamInstanceProfile": {"Name": "runner"}, "InstanceType": "m7g.large", "TagSpecifications": MINE}
    made = ec2.create_launch_template(LaunchTemplateName="runner", LaunchTemplateData=data)
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


@pytest.mark.parametrize(("market", "more"), [("on-demand", set()), ("spot", {f"{EC2}spot-instances-request/*"})])
def test_a_fleet_asks_for_everything_that_takes_part(world: Any, template: str, market: str, more: set[str]) -> None:
    ec2 = world.admin("ec2")
    ami, subnet = ec2.register_image(Name="image")["ImageId"], ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    data = {"SecurityGroupIds": [group], "IamInstanceProfile": {"Name": "runner"}, "TagSpecifications": MINE}
    ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
    client = world.may("ec2", {"Action": ["ec2:*", "iam:PassRole"], "Resource": "*"})
    client.create_fleet(
        Type="instant",
        LaunchTemplateConfigs=[
            {
                "LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "2"},
                "Overrides": [{"ImageId": ami, "SubnetId": subnet, "InstanceType": "m7g.xlarge"}],
            }
        ],
        TargetCapacitySpecification={"TotalTargetCapacity": 1, "DefaultTargetCapacityType": market},
    )
    there = {
        f"{EC2}launch-template/{template}",
        f"arn:aws:ec2:eu-west-1::image/{ami}",
        f"{EC2}subnet/{subnet}",
        f"{EC2}security-group/{group}",
    }
    made = {f"{EC2}{kind}/*" for kind in ("instance", "volume", "network-interface")}
    assert asked(world) == {
        *(("ec2:CreateFleet", one) for one in {f"{EC2}fleet/*"} | there | more),
        *(("ec2:RunInstances", one) for one in there | made | more),
        ("ec2:CreateTags", f"{EC2}instance/*"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/runner"),
    }


def test_what_a_launch_template_holds_is_judged_with_the_request(world: Any, template: str) -> None:
    ec2 = world.admin("ec2")
    ami, subnet = ec2.register_image(Name="image")["ImageId"], ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    tagged = {"StringEquals": {"aws:RequestTag/deployment": "mine"}}
    others = [f"{EC2}{kind}/*" for kind in ("launch-template", "volume", "network-interface", "subnet", "fleet")]
    client = world.may(
        "ec2",
        {"Action": ["ec2:RunInstances", "ec2:CreateFleet"], "Resource": [*others, "arn:aws:ec2:eu-west-1::image/*"]},
        {"Action": "ec2:RunInstances", "Resource": f"{EC2}instance/*", "Condition": tagged},
        {
            "Action": "ec2:CreateTags",
            "Resource": "*",
            "Condition": {"StringEquals": {"ec2:CreateAction": "CreateFleet"}},
        },
    )
    config = {"LaunchTemplateSpecification": {"LaunchTemplateId": template}}
    assert denied(
        lambda: client.create_fleet(
            Type="instant",
            LaunchTemplateConfigs=[{**config, "Overrides": [{"ImageId": ami, "SubnetId": subnet}]}],
            TargetCapacitySpecification={"TotalTargetCapacity": 1},
        )
    )
    assert [one.action for one in world.enforcement.denials()] == ["iam:PassRole"]


def test_a_launch_without_a_fleet_is_not_played(world: Any) -> None:
    client = world.may("ec2", {"Action": "*", "Resource": "*"})
    with pytest.raises(ClientError, match="there is no row for ec2:RunInstances"):
        client.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)


def test_a_role_is_passed_only_to_the_service_that_a_policy_names(world: Any) -> None:
    role = world.role({"Action": "kms:Sign", "Resource": "*"}, name="runner")
    iam = world.admin("iam")
    iam.create_instance_profile(InstanceProfileName="runner")
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    client = world.may(
        "iam",
        {"Action": "iam:PassRole", "Resource": role, "Condition": to_lambda},
        {"Action": "iam:AddRoleToInstanceProfile", "Resource": "*"},
    )
    assert denied(lambda: client.add_role_to_instance_profile(InstanceProfileName="runner", RoleName="runner"))
    assert world.enforcement.denials()[0].resource == role


def test_roles_are_made_only_within_a_boundary(world: Any) -> None:
    boundary = world.policy("boundary", {"Action": "*", "Resource": "*"})
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    path = f"arn:aws:iam::{ACCOUNT}:role/mine/*"
    client = world.may(
        "iam", {"Action": ["iam:CreateRole", "iam:PutRolePolicy"], "Resource": path, "Condition": bounded}
    )
    role = {"RoleName": "new", "Path": "/mine/", "AssumeRolePolicyDocument": json.dumps({"Statement": []})}
    assert denied(lambda: client.create_role(**role))
    client.create_role(**role, PermissionsBoundary=boundary)
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    client.put_role_policy(RoleName="new", PolicyName="p", PolicyDocument=json.dumps(document))
    world.admin("iam").delete_role_permissions_boundary(RoleName="new")
    assert denied(lambda: client.put_role_policy(RoleName="new", PolicyName="q", PolicyDocument=json.dumps(document)))


def test_all_stacks_are_described_only_to_who_may_list_them_too(world: Any) -> None:
    client = world.may("cloudformation", {"Action": "cloudformation:DescribeStacks", "Resource": "*"})
    assert denied(client.describe_stacks)


def test_a_stack_is_named_even_without_its_id(world: Any) -> None:
    actions = ["cloudformation:DescribeStacks", "cloudformation:ListStacks"]
    client = world.may("cloudformation", {"Action": actions, "Resource": "*"})
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_stacks(StackName="mine")
    client.describe_stacks()
    stacks = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/"
    assert asked(world) == {("cloudformation:DescribeStacks", f"{stacks}{name}/*") for name in ("mine", "*")} | {
        ("cloudformation:ListStacks", f"{stacks}*/*")
    }


def test_an_api_with_tags_asks_for_them_by_an_arn_within_an_arn(world: Any) -> None:
    of_apis = "arn:aws:apigateway:eu-west-1::"
    client = world.may(
        "apigatewayv2", {"Action": "apigateway:POST", "Resource": [f"{of_apis}/apis", f"{of_apis}/tags/*"]}
    )
    client.create_api(Name="plain", ProtocolType="HTTP")
    assert denied(lambda: client.create_api(Name="tagged", ProtocolType="HTTP", Tags={"owner": "us"}))
    assert [one.resource for one in world.enforcement.denials()] == [f"{of_apis}{of_apis}/tags/"]


def test_a_secret_goes_by_its_arn_and_tags(world: Any) -> None:
    tags = [{"Key": "owner", "Value": "us"}]
    made = world.admin("secretsmanager").create_secret(Name="s", SecretString="x", Tags=tags)
    condition = {"StringEquals": {"aws:ResourceTag/owner": "us"}}
    action = {"Action": "secretsmanager:GetSecretValue", "Resource": made["ARN"], "Condition": condition}
    assert world.may("secretsmanager", action).get_secret_value(SecretId="s")["SecretString"] == "x"


def test_every_action_of_the_table_is_one_that_aws_knows() -> None:
    actions = {
        action for entries in requests._table().values() for template, action in entries if "pass " not in template
    }
    services = {action.partition(":")[0] for action in actions}
    known = {action.lower() for service in services for action in get_actions_for_service(service)}
    assert {action for action in actions if action.lower() not in known} == set()
