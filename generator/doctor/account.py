"""The account: whose credentials these are, GitHub's issuer, service-linked roles, the artifact bucket, subnets."""

from collections.abc import Iterator

from generator.deployment import stack_client
from generator.deployment.aws import Aws, other_region
from generator.deployment.site import ARTIFACT_BUCKET
from generator.deployment.subnets import check_subnets
from generator.doctor.findings import Finding, ok, problem, warning
from generator.inputs.settings import Network, Settings
from generator.setup import service_roles
from generator.stacks.oidc import AUDIENCE
from lambdas.core.names import Names

BOOTSTRAP = "run `spot-runner bootstrap` as an administrator"
ADD_AUDIENCE = "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn"


def credentials(aws: Aws, settings: Settings) -> Iterator[Finding]:
    """Yield whose credentials these are, and whether the Region is the one that the environment names."""
    caller = aws.sts.get_caller_identity()
    if caller["Account"] == settings.account:
        yield ok("credentials", f"{caller['Arn']} in account {settings.account}")
    else:
        said = f"they belong to account {caller['Account']} ({caller['Arn']}), spot-runner.yaml says {settings.account}"
        yield problem(
            "credentials", said, f"use credentials of {settings.account}, or choose its environment with --environment"
        )
    other = other_region(settings.region)
    if other is None:
        yield ok("Region", settings.region)
    else:
        said = f"{other[0]} says {other[1]}, and `region` in spot-runner.yaml decides: {settings.region}"
        yield warning("Region", said, f"set {other[0]} to {settings.region}, so that other AWS tools look there too")


def provider(aws: Aws, issuer_host: str) -> Iterator[Finding]:
    """Yield whether the account trusts GitHub's issuer, and tokens that are meant for AWS."""
    about = "OIDC provider"
    arns = (one["Arn"] for one in aws.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"])
    arn = next((arn for arn in arns if arn.partition(":oidc-provider/")[2] == issuer_host), None)
    if arn is None:
        remedy = "run `spot-runner bootstrap --new-oidc-provider` as an administrator"
        yield problem(about, f"the account has none of https://{issuer_host}", remedy)
        return
    audiences = aws.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]
    if AUDIENCE in audiences:
        yield ok(about, f"https://{issuer_host} with audience {AUDIENCE}")
    else:
        said = f"https://{issuer_host} has audience {', '.join(audiences) or 'none'}, expected {AUDIENCE} too"
        yield problem(about, said, f"`{ADD_AUDIENCE} {arn} --client-id {AUDIENCE}`")


def service_linked_roles(aws: Aws) -> Iterator[Finding]:
    """Yield whether EC2 Spot and Image Builder have the roles that they work with."""
    for role in service_roles.NEEDED:
        if service_roles.exists(aws.iam, role):
            yield ok("service-linked role", role.name)
        else:
            yield problem("service-linked role", f"the account lacks {role.name} ({role.service})", BOOTSTRAP)


def artifact_bucket(aws: Aws, names: Names) -> Iterator[Finding]:
    """Yield whether the bucket for templates and bundles is there."""
    about, parameter = "artifact bucket", names.stack_value(ARTIFACT_BUCKET)
    bucket = stack_client.ssm_values(aws, (parameter,)).get(parameter)
    if bucket is None:
        yield problem(about, f"the parameter {parameter} that names it does not exist", BOOTSTRAP)
        return
    try:
        aws.s3.head_bucket(Bucket=bucket)
    except aws.s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        yield problem(about, f"{bucket} was deleted", f"make a bucket of that name again, or {BOOTSTRAP}")
    else:
        yield ok(about, bucket)


def subnets(aws: Aws, network: Network) -> Iterator[Finding]:
    """Yield whether configured subnets are of the VPC, each in a zone of its own."""
    if not network.subnet_ids:
        yield ok("subnets", "a VPC of the deployment's own")
        return
    check_subnets(aws, network.vpc_id or "", network.subnet_ids)
    yield ok("subnets", f"{', '.join(network.subnet_ids)}, each in another zone")
