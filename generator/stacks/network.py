"""Where machines run: a VPC of our own with public subnets in several zones, or the existing one.

Machines reach GitHub by their own public address: no NAT gateway, nothing that costs while idle.
"""

from troposphere import (
    And,
    AWSObject,
    Condition,
    Equals,
    GetAZs,
    If,
    Join,
    NoValue,
    Parameter,
    Ref,
    Select,
    Sub,
    ec2,
)

from generator.stacks import tags

CREATES_VPC = "CreatesVpc"
THIRD_ZONE = "CreatesThirdSubnet"
NETWORK = "10.64.0.0/16"
SUBNETS = {"SubnetA": "10.64.0.0/18", "SubnetB": "10.64.64.0/18", "SubnetC": "10.64.128.0/18"}
# N. California gives an account two zones only; every other Region gives at least three.
OF_TWO_ZONES = frozenset({"us-west-1"})
ZONES = "Zones"
EVERYWHERE = "0.0.0.0/0"
ROUTES = "PublicRoutes"
VPC = "Vpc"


def parameters() -> tuple[Parameter, ...]:
    """Return the stack's parameters: an existing VPC and its subnets, or how many zones a new one spans."""
    return (
        Parameter("VpcId", Type="String", Default="", Description="An existing VPC; empty: one is created"),
        Parameter(
            "SubnetIds",
            Type="CommaDelimitedList",
            Default="",
            Description="Subnets of the existing VPC, each in another zone",
        ),
        Parameter(
            ZONES,
            Type="String",
            Default="3",
            AllowedValues=["2", "3"],
            Description="In how many zones a new VPC has a subnet",
        ),
    )


def zones(region: str) -> str:
    """Return in how many zones of a Region a new VPC has a subnet."""
    return "2" if region in OF_TWO_ZONES else "3"


def conditions() -> dict[str, Equals | And]:
    """Return the template's conditions, by name."""
    return {
        CREATES_VPC: Equals(Ref("VpcId"), ""),
        THIRD_ZONE: And(Condition(CREATES_VPC), Equals(Ref(ZONES), "3")),
    }


def vpc_id() -> If:
    """Return the id of the VPC, whichever it is."""
    return If(CREATES_VPC, Ref(VPC), Ref("VpcId"))


def subnet_ids() -> If:
    """Return the ids of the subnets, joined by commas."""
    last = If(THIRD_ZONE, Ref("SubnetC"), NoValue)
    return If(CREATES_VPC, Join(",", [Ref("SubnetA"), Ref("SubnetB"), last]), Join(",", Ref("SubnetIds")))


def resources(deployment: str) -> tuple[AWSObject, ...]:
    """Return the VPC and all in it, made only where none exists, and the security groups."""
    subnets = [_subnet(deployment, index) for index in range(len(SUBNETS))]
    endpoints = [_endpoint(deployment, service) for service in ("s3", "dynamodb")]
    return (
        *_gateway(deployment),
        *subnets,
        *(_association(subnet) for subnet in subnets),
        *endpoints,
        security_group(deployment, "runner", "Machines that run one job each"),
        security_group(deployment, "build", "Machines that build images"),
    )


def security_group(deployment: str, what: str, description: str) -> ec2.SecurityGroup:
    """Return a group that lets nothing in and, as every new group of a VPC that is told no rules, everything out."""
    return ec2.SecurityGroup(
        f"{what.capitalize()}SecurityGroup",
        GroupDescription=f"{description}: nothing in, everything out",
        Tags=_tags(deployment, what),
        VpcId=vpc_id(),
    )


def _gateway(deployment: str) -> tuple[AWSObject, ...]:
    return (
        ec2.VPC(
            VPC,
            Condition=CREATES_VPC,
            CidrBlock=NETWORK,
            EnableDnsHostnames=True,
            EnableDnsSupport=True,
            Tags=_tags(deployment),
        ),
        ec2.InternetGateway("InternetGateway", Condition=CREATES_VPC, Tags=_tags(deployment)),
        ec2.VPCGatewayAttachment(
            "InternetGatewayAttachment",
            Condition=CREATES_VPC,
            InternetGatewayId=Ref("InternetGateway"),
            VpcId=Ref(VPC),
        ),
        ec2.RouteTable(ROUTES, Condition=CREATES_VPC, Tags=_tags(deployment), VpcId=Ref(VPC)),
        ec2.Route(
            "RouteToInternet",
            Condition=CREATES_VPC,
            DependsOn="InternetGatewayAttachment",
            DestinationCidrBlock=EVERYWHERE,
            GatewayId=Ref("InternetGateway"),
            RouteTableId=Ref(ROUTES),
        ),
    )


def _subnet(deployment: str, index: int) -> ec2.Subnet:
    title, block = list(SUBNETS.items())[index]
    return ec2.Subnet(
        title,
        Condition=_condition(title),
        AvailabilityZone=Select(index, GetAZs()),
        CidrBlock=block,
        MapPublicIpOnLaunch=True,
        Tags=_tags(deployment, title[-1].lower()),
        VpcId=Ref(VPC),
    )


def _association(subnet: ec2.Subnet) -> ec2.SubnetRouteTableAssociation:
    return ec2.SubnetRouteTableAssociation(
        f"{subnet.title}Routes",
        Condition=_condition(subnet.title),
        RouteTableId=Ref(ROUTES),
        SubnetId=Ref(subnet),
    )


def _condition(subnet: str) -> str:
    return THIRD_ZONE if subnet == "SubnetC" else CREATES_VPC


def _endpoint(deployment: str, service: str) -> ec2.VPCEndpoint:
    """Return a gateway endpoint: it is free, and what machines read never leaves AWS's network."""
    return ec2.VPCEndpoint(
        f"{service.capitalize()}Endpoint",
        Condition=CREATES_VPC,
        RouteTableIds=[Ref(ROUTES)],
        ServiceName=Sub(f"com.amazonaws.${{AWS::Region}}.{service}"),
        Tags=_tags(deployment, service),
        VpcEndpointType="Gateway",
        VpcId=Ref(VPC),
    )


def _tags(deployment: str, what: str = "") -> object:
    name = f"{deployment}-{what}" if what else deployment
    return tags.listed({tags.NAME_TAG: name, **tags.of_deployment(deployment)})
