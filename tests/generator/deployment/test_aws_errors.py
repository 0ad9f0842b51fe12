import boto3
import pytest
from botocore import exceptions as sdk
from botocore.config import Config
from botocore.exceptions import ClientError

from generator.deployment.aws_errors import explained, one_line
from generator.errors import SpotRunnerError


def a_refusal(code: str, message: str = "because") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateChangeSet")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sdk.NoCredentialsError(), "no AWS credentials"),
        (sdk.ProfileNotFound(profile="nobody"), "set AWS_PROFILE"),
        (sdk.UnauthorizedSSOTokenError(), "run `aws sso login`"),
        (sdk.EndpointConnectionError(endpoint_url="http://x"), "AWS cannot be reached"),
        (a_refusal("ExpiredToken"), "the AWS credentials have expired: sign in again"),
        (a_refusal("InvalidClientTokenId"), "AWS does not know these credentials"),
        (a_refusal("AccessDenied", "User x is not authorized"), "CreateChangeSet was denied: User x is not authorized"),
        (a_refusal("Throttling"), "AWS is throttling this account"),
        (a_refusal("ValidationError", "Template is bad"), "CreateChangeSet failed: Template is bad (ValidationError)"),
    ],
    ids=["none", "profile", "single sign-on", "network", "expired", "unknown", "denied", "throttled", "refused"],
)
def test_what_aws_refuses_is_one_line_with_a_remedy(error: Exception, said: str) -> None:
    assert said in one_line(error)
    assert "\n" not in one_line(error)


def test_an_endpoint_that_is_not_there_is_explained() -> None:
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    client = boto3.client("sts", endpoint_url="http://127.0.0.1:9", region_name="eu-west-1", config=config)
    with pytest.raises(SpotRunnerError, match="AWS cannot be reached"), explained():
        client.get_caller_identity()


def test_a_job_that_may_have_no_token_is_told_which_permission_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL", raising=False)
    said = one_line(sdk.NoCredentialsError())
    assert "the job lacks `permissions: id-token: write`" in said
    assert "sso" not in said


def test_who_is_no_job_is_told_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert "sign in with `aws sso login`" in one_line(sdk.NoCredentialsError())
