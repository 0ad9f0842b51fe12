"""What can go wrong: a request is refused, a resource fails, the engine is stopped."""

from typing import Any

from botocore.exceptions import ClientError

from embedded.aws.errors import ServiceError


class RefusedError(ServiceError):
    """An API error as CloudFormation answers it; another code than this one is given first."""

    code = "ValidationError"


class ResourceFailedError(Exception):
    """A resource did not reach its wanted state; `left` is the Resource that exists nevertheless."""

    def __init__(self, reason: str, left: Any = None) -> None:
        super().__init__(reason)
        self.left = left


class EngineStoppedError(BaseException):
    """The engine is being uninstalled: what runs in it ends here, without a word in any stack."""


def reason_of(error: Exception) -> str:
    """Say why a resource failed, in the form in which AWS's resource handlers do."""
    if isinstance(error, ClientError):
        said, status = error.response["Error"], error.response["ResponseMetadata"].get("HTTPStatusCode")
        text = f"{said.get('Message')} (Operation: {error.operation_name}, Status Code: {status})"
        return f'Resource handler returned message: "{text}" (HandlerErrorCode: {said.get("Code")})'
    if isinstance(error, RefusedError):
        return str(error.message)
    return str(error) if isinstance(error, ResourceFailedError) else f"{type(error).__name__}: {error}"


def is_gone(error: Exception) -> bool:
    """Tell whether a deletion failed only because nothing was left to delete."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return any(word in code for word in ("NotFound", "NoSuch", "NonExistent", "DoesNotExist"))
