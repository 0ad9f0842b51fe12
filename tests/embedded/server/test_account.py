import pytest
from botocore.exceptions import ClientError

from embedded.aws.server import EmbeddedAws


def test_a_service_has_one_service_linked_role_by_the_name_that_aws_gives_it(aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    made = iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")["Role"]
    assert made["Arn"] == (
        f"arn:aws:iam::{aws.account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"
    )
    with pytest.raises(ClientError, match="has been taken in this account") as refused:
        iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    assert refused.value.response["Error"]["Code"] == "InvalidInput"


def test_quotas_are_those_of_a_new_account_until_they_are_raised(aws: EmbeddedAws) -> None:
    def concurrency() -> float:
        quota = aws.client("service-quotas").get_service_quota(ServiceCode="lambda", QuotaCode="L-B99A9384")
        return float(quota["Quota"]["Value"])

    assert concurrency() == 10
    aws.quotas["lambda", "L-B99A9384"] = 1000.0
    assert concurrency() == 1000


def test_a_quota_that_nobody_knows_is_no_such_resource(aws: EmbeddedAws) -> None:
    quotas = aws.client("service-quotas")
    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.get_service_quota(ServiceCode="imagebuilder", QuotaCode="L-00000000")
