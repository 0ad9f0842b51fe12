"""What AWS refuses, said as one line with the remedy: no command shows a traceback for it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore import exceptions as sdk

from generator.errors import SpotRunnerError
from generator.github import id_token

NO_CREDENTIALS = (
    sdk.NoCredentialsError,
    sdk.PartialCredentialsError,
    sdk.CredentialRetrievalError,
    sdk.ProfileNotFound,
)
SIGN_IN_AGAIN = (sdk.SSOError, sdk.TokenRetrievalError, sdk.UnauthorizedSSOTokenError)
SIGN_IN = "AssumeRoleWithWebIdentity"
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
UNKNOWN_KEY = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "AuthFailure",
}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"}
THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"}


@contextmanager
def explained() -> Iterator[None]:
    """Turn every error of the AWS SDK inside the block into a SpotRunnerError that names action and remedy."""
    try:
        yield
    except (sdk.BotoCoreError, sdk.ClientError) as error:
        raise SpotRunnerError(one_line(error)) from error


@contextmanager
def explained_to_operators(rights: str) -> Iterator[None]:
    """Do the same where the caller's own rights count: what is refused names the rights that are needed."""
    with explained():
        try:
            yield
        except sdk.ClientError as error:
            if code(error) not in DENIED:
                raise
            raise SpotRunnerError(
                f"{error.operation_name} was denied: {message(error)}: it takes {rights}, which no role of the "
                "workflows has: use credentials of an operator (docs/runners.md)"
            ) from error


def one_line(error: sdk.BotoCoreError | sdk.ClientError) -> str:
    """Return what happened and what to do about it, in one line."""
    if isinstance(error, sdk.ClientError):
        return _refusal(error)
    if isinstance(error, NO_CREDENTIALS) and _is_job_without_token(os.environ):
        return (
            f"no AWS credentials ({_flat(error)}): the job lacks `permissions: id-token: write`, without which no role "
            "is given"
        )
    if isinstance(error, NO_CREDENTIALS):
        return (
            f"no AWS credentials ({_flat(error)}): sign in with `aws sso login`, set AWS_PROFILE, or run this where "
            "a role is given"
        )
    if isinstance(error, SIGN_IN_AGAIN):
        return f"the AWS sign-in has ended ({_flat(error)}): run `aws sso login` and repeat the command"
    if isinstance(error, (sdk.ConnectionError, sdk.HTTPClientError)):
        return f"AWS cannot be reached ({_flat(error)}): check the network, the proxy and `region`, then repeat"
    return f"the AWS SDK refused the request: {_flat(error)}"


def _is_job_without_token(environ: Mapping[str, str]) -> bool:
    return environ.get("GITHUB_ACTIONS") == "true" and not id_token.available(environ)


def code(error: sdk.ClientError) -> str:
    """Return the error's code, such as `ValidationError`."""
    return error.response.get("Error", {}).get("Code", "")


def message(error: sdk.ClientError) -> str:
    """Return the error's message without line breaks."""
    return _flat(error.response.get("Error", {}).get("Message", ""))


def _refusal(error: sdk.ClientError) -> str:
    name, action = code(error), error.operation_name
    if action == SIGN_IN:
        return (
            f"AWS gives this job no role ({action}: {message(error)}): `spot-runner doctor` in the same job says which "
            "claim of its token differs"
        )
    if name in EXPIRED:
        return f"{action}: the AWS credentials have expired: sign in again and repeat the command"
    if name in UNKNOWN_KEY:
        return f"{action}: AWS does not know these credentials ({name}): check AWS_PROFILE or the keys in use"
    if name in DENIED:
        return (
            f"{action} was denied: {message(error)}: use the role that `spot-runner bootstrap` made for this "
            "command, or run `spot-runner bootstrap` again if its stack is of an older release"
        )
    if name in THROTTLED:
        return f"{action}: AWS is throttling this account ({name}): wait a minute and repeat the command"
    return f"{action} failed: {message(error)} ({name})"


def _flat(text: object) -> str:
    return " ".join(str(text).split()).rstrip(".")
