"""What authorisation can end in besides an allowance."""

from moto.core.exceptions import ServiceException

CODES = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}
CODES |= dict.fromkeys(("cloudformation", "cloudwatch", "iam", "s3", "sqs", "sts"), "AccessDenied")


class DeniedError(ServiceException):  # type: ignore[misc] # moto carries no types
    """A refusal, in the words and by the code of the service that was asked."""

    def __init__(self, service: str, message: str) -> None:
        super().__init__(CODES.get(service, "AccessDeniedException"), message)


class UnsupportedError(ServiceException):  # type: ignore[misc] # moto carries no types
    """A request or policy that cannot be judged here: an error, since to guess would hide a missing right."""

    def __init__(self, message: str) -> None:
        super().__init__("NotEmulated", f"The embedded AWS cannot authorise this: {message}")
