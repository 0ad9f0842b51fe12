from collections.abc import Callable

import pytest

from embedded.aws.server import EmbeddedAws
from generator.deployment import site as sites
from generator.deployment.aws import Aws, check_account, other_region
from generator.deployment.progress import Event
from generator.deployment.stack_client import Pace
from generator.deployment.subnets import check_subnets
from generator.errors import SpotRunnerError
from lambdas.core.names import Names


@pytest.fixture
def network(aws: Aws) -> tuple[str, Callable[..., str]]:
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def subnet(number: int, zone: str, of: str = vpc) -> str:
        made = aws.ec2.create_subnet(VpcId=of, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{aws.region}{zone}")
        return made["Subnet"]["SubnetId"]

    return vpc, subnet


def test_credentials_of_another_account_are_refused(aws: Aws, embedded: EmbeddedAws) -> None:
    check_account(aws, embedded.account)
    with pytest.raises(SpotRunnerError, match="belong to account 123456789012"):
        check_account(aws, "210987654321")


def test_a_region_without_bootstrap_is_refused_with_the_region_that_the_shell_names(
    aws: Aws, names: Names, heard: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with pytest.raises(SpotRunnerError, match=r"is not set up in Region eu-west-1 \(AWS_REGION says us-east-1"):
        sites.find(aws, names, Pace(), heard.append)


def test_what_bootstrap_left_is_found(aws: Aws, names: Names, heard: list[Event]) -> None:
    aws.ssm.put_parameter(Name=names.stack_value("artifact-bucket"), Value="b", Type="String")
    aws.ssm.put_parameter(Name=names.stack_value("execution-role-arn"), Value="r", Type="String")
    found = sites.find(aws, names, Pace(), heard.append)
    assert (found.bucket, found.role_arn) == ("b", "r")


def test_a_shell_that_names_the_same_region_needs_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert other_region("eu-west-1") is None


def test_one_subnet_per_zone_is_accepted(aws: Aws, network: tuple[str, Callable[..., str]]) -> None:
    vpc, subnet = network
    check_subnets(aws, vpc, (subnet(1, "a"), subnet(2, "b")))


def test_two_subnets_in_one_zone_are_refused(aws: Aws, network: tuple[str, Callable[..., str]]) -> None:
    vpc, subnet = network
    pair = (subnet(1, "a"), subnet(2, "a"))
    with pytest.raises(SpotRunnerError, match=f"{pair[0]} and {pair[1]} are both in eu-west-1a"):
        check_subnets(aws, vpc, pair)


def test_a_subnet_of_another_vpc_is_refused(aws: Aws, network: tuple[str, Callable[..., str]]) -> None:
    vpc, subnet = network
    other = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    with pytest.raises(SpotRunnerError, match=f"expected a subnet of {vpc}"):
        check_subnets(aws, vpc, (subnet(1, "a", of=other),))
