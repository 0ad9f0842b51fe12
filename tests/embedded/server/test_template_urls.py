"""A template that lies in S3 is read with the rights of whoever asks, not with those of the stack's role.

https://repost.aws/knowledge-center/cfn-s3-access-denied-error
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.aws.clients import Credentials
from embedded.aws.server import EmbeddedAws

TEMPLATE = {"Resources": {"Only": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}
READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::templates/*"}
ASKS = {"Effect": "Allow", "Action": ["cloudformation:*", "iam:PassRole"], "Resource": "*"}
MAKES = {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(region="eu-west-1") as running:
        s3 = running.client("s3")
        s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="templates", Key="only.json", Body=json.dumps(TEMPLATE).encode())
        yield running


def a_role(aws: EmbeddedAws, name: str, *statements: dict[str, Any]) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = aws.client("iam")
    made = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return str(made["Role"]["Arn"])


def asked(aws: EmbeddedAws, caller: str, role: str) -> None:
    """Let a role ask for a change set of a template in S3, for a stack that another role makes."""
    given = aws.client("sts").assume_role(RoleArn=caller, RoleSessionName="test")["Credentials"]
    credentials = Credentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )
    aws._clients.client("cloudformation", credentials).create_change_set(
        StackName=caller.rpartition("/")[2],
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateURL=f"{aws.url}/templates/only.json",
        RoleARN=role,
    )


def test_who_may_read_it_needs_no_role_that_may(aws: EmbeddedAws) -> None:
    asked(aws, a_role(aws, "reader", ASKS, READS), a_role(aws, "maker", MAKES))


def test_who_may_not_read_it_is_refused_whatever_the_role_may(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="S3 error: Access Denied"):
        asked(aws, a_role(aws, "stranger", ASKS), a_role(aws, "reading-maker", MAKES, READS))
