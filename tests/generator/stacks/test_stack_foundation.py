"""What is kept whatever happens, and where machines run."""

from collections.abc import Callable
from typing import Any

import pytest

Template = dict[str, Any]
OfType = Callable[[Template, str], dict[str, Template]]


@pytest.fixture
def foundation(templates: dict[str, Template]) -> Template:
    return templates["foundation"]


def test_the_table_is_kept_protected_and_recoverable(foundation: Template) -> None:
    table = foundation["Resources"]["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = table["Properties"]
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_table_needs_no_rights_to_a_key(foundation: Template) -> None:
    assert "SSESpecification" not in foundation["Resources"]["Table"]["Properties"]


def test_what_is_kept_has_no_name_that_a_new_stack_would_stumble_over(foundation: Template) -> None:
    kept = {n: r["Properties"] for n, r in foundation["Resources"].items() if r.get("DeletionPolicy") == "Retain"}
    assert set(kept) == {"Table", "GitHubAppKey", "WebhookSecret"}
    names = {name: properties["Name"] for name, properties in kept.items() if {"Name", "TableName"} & properties.keys()}
    own = {"Id": {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}}
    assert names == {
        title: {"Fn::Sub": [f"${{AWS::StackName}}/{title}-${{Id}}", own]} for title in ("GitHubAppKey", "WebhookSecret")
    }


def test_the_table_has_the_keys_and_the_expiry_that_functions_use(foundation: Template) -> None:
    properties = foundation["Resources"]["Table"]["Properties"]
    assert [(key["AttributeName"], key["KeyType"]) for key in properties["KeySchema"]] == [
        ("PK", "HASH"),
        ("SK", "RANGE"),
    ]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_index_holds_only_what_its_readers_need(foundation: Template) -> None:
    (index,) = foundation["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]
    assert (index["IndexName"], [key["AttributeName"] for key in index["KeySchema"]]) == (
        "byKind",
        ["kind", "updatedAt"],
    )
    assert index["Projection"]["ProjectionType"] == "INCLUDE"
    shown_by_status = {"presetName", "status", "amiId", "since", "reason", "expiresAt", "version"}
    projected = set(index["Projection"]["NonKeyAttributes"])
    assert shown_by_status <= projected
    assert projected.isdisjoint({"config", "stackId", "jitConfig", "runnerName"})


def test_no_secret_has_a_value_in_the_template(foundation: Template, of_type: OfType) -> None:
    secrets = of_type(foundation, "AWS::SecretsManager::Secret")
    assert [name for name, secret in secrets.items() if "SecretString" in secret["Properties"]] == []
    assert "GenerateSecretString" in secrets["WebhookSecret"]["Properties"]


def test_an_existing_network_is_left_as_it_is(foundation: Template) -> None:
    unconditional = {r["Type"] for r in foundation["Resources"].values() if "Condition" not in r}
    in_network = {kind for kind in unconditional if kind.startswith("AWS::EC2::")}
    assert in_network == {"AWS::EC2::SecurityGroup"}


def test_every_subnet_is_in_another_zone(foundation: Template, of_type: OfType) -> None:
    subnets = of_type(foundation, "AWS::EC2::Subnet").values()
    zones = [subnet["Properties"]["AvailabilityZone"]["Fn::Select"][0] for subnet in subnets]
    assert sorted(zones) == [0, 1, 2]
    assert len({subnet["Properties"]["CidrBlock"] for subnet in subnets}) == 3


def test_a_region_with_two_zones_gets_two_subnets(foundation: Template) -> None:
    assert foundation["Resources"]["SubnetC"]["Condition"] == "CreatesThirdSubnet"
    assert {"Fn::Equals": [{"Ref": "Zones"}, "3"]} in foundation["Conditions"]["CreatesThirdSubnet"]["Fn::And"]
    zones = foundation["Parameters"]["Zones"]
    assert (zones["Default"], zones["AllowedValues"]) == ("3", ["2", "3"])


def test_machines_reach_the_internet_without_anything_that_costs_while_idle(
    foundation: Template, of_type: OfType
) -> None:
    types = {resource["Type"] for resource in foundation["Resources"].values()}
    assert types.isdisjoint({"AWS::EC2::NatGateway", "AWS::EC2::EIP"})
    routes = of_type(foundation, "AWS::EC2::Route").values()
    assert [route["Properties"]["GatewayId"] for route in routes] == [{"Ref": "InternetGateway"}]
    endpoints = of_type(foundation, "AWS::EC2::VPCEndpoint").values()
    assert {endpoint["Properties"]["VpcEndpointType"] for endpoint in endpoints} == {"Gateway"}
    assert len(endpoints) == 2


def test_nothing_gets_in_and_what_gets_out_is_left_to_ec2(foundation: Template, of_type: OfType) -> None:
    groups = of_type(foundation, "AWS::EC2::SecurityGroup")
    assert set(groups) == {"RunnerSecurityGroup", "BuildSecurityGroup"}
    assert [name for name, group in groups.items() if "SecurityGroupIngress" in group["Properties"]] == []
    assert [name for name, group in groups.items() if "SecurityGroupEgress" in group["Properties"]] == []
    assert "AWS::EC2::SecurityGroupIngress" not in {resource["Type"] for resource in foundation["Resources"].values()}


def test_other_stacks_are_told_where_the_webhook_secret_is_and_not_what_it_is(foundation: Template) -> None:
    value = foundation["Resources"]["WebhookSecretArnValue"]["Properties"]["Value"]
    assert value == {"Ref": "WebhookSecret"}  # its ARN


def test_other_stacks_are_told_what_they_need(foundation: Template, of_type: OfType) -> None:
    values = {
        p["Properties"]["Name"]: p["Properties"]["Type"] for p in of_type(foundation, "AWS::SSM::Parameter").values()
    }
    assert values == {
        "/spot-runner/stack/table-name": "String",
        "/spot-runner/stack/table-arn": "String",
        "/spot-runner/stack/app-key-arn": "String",
        "/spot-runner/stack/webhook-secret-arn": "String",
        "/spot-runner/stack/vpc-id": "String",
        "/spot-runner/stack/subnet-ids": "StringList",
        "/spot-runner/stack/runner-security-group-id": "String",
        "/spot-runner/stack/build-security-group-id": "String",
    }
