"""The answer to CloudFormation: one HTTPS PUT to the URL that the request brought."""

from http import HTTPStatus

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from lambdas.adapters.errors import AwsError

ATTEMPTS = 4
SECONDS = 2  # to connect, and again to answer


def put(response_url: str, body: bytes) -> None:
    """Send an answer, more than once if need be; raise AwsError if it was not taken.

    The URL is presigned, so it is named in no message. It is signed for an empty content type:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
    """
    outcome = ""
    for _ in range(ATTEMPTS):
        outcome = _outcome(response_url, body)
        if outcome == "taken":
            return
    raise AwsError(f"CloudFormation could not be answered: {outcome}")


def _outcome(response_url: str, body: bytes) -> str:
    request = AWSRequest(method="PUT", url=response_url, data=body, headers={"Content-Type": ""})
    try:
        answer = URLLib3Session(timeout=SECONDS).send(request.prepare())
    except BotoCoreError as error:
        return type(error).__name__
    return "taken" if answer.status_code < HTTPStatus.BAD_REQUEST else f"status {answer.status_code}"
