"""The door that every API request passes: it is named and recorded, meets its fault, and unknown ones are refused."""

import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.s3.responses import S3Response
from moto.sts.models import sts_backends
from werkzeug.exceptions import HTTPException

from embedded.aws import signatures
from embedded.aws.errors import ServiceError
from embedded.aws.faults import Faults
from embedded.aws.iam.errors import UnsupportedError
from embedded.aws.iam.requests import services
from embedded.aws.lambda_host import LambdaHost
from embedded.aws.patches import Patches
from embedded.aws.played import unplayed

logger = logging.getLogger(__name__)

Reply = Any  # (status, headers, body), or only a body


class Door:
    """Wraps moto's two entrances: S3's, and that of all other services."""

    def __init__(self, faults: Faults, host: LambdaHost) -> None:
        self._faults, self._host = faults, host

    def install(self, patches: Patches) -> None:
        """Patch moto; the outermost of all that wraps the same method."""
        call_action, bucket, key = BaseResponse.call_action, S3Response._bucket_response, S3Response._key_response
        patches.replace(BaseResponse, "call_action", lambda it: self._pass(it, lambda: call_action(it)))
        for name, inner in (("_bucket_response", bucket), ("_key_response", key)):
            patches.replace(S3Response, name, self._s3(inner))

    def _s3(self, inner: Callable[[Any, Any, str], Reply]) -> Callable[[Any, Any, str], Reply]:
        return lambda response, request, url: self._pass(response, lambda: inner(response, request, url))

    def _pass(self, response: Any, inner: Callable[[], Reply]) -> Reply:
        if wrong := signatures.fault(response.boto3_service_name, response.headers):
            return _refusal(response, wrong[0].code, str(wrong[0].message), wrong[1])
        key = response.get_access_key()
        call = f"{response.boto3_service_name}.{response._get_action()}"
        self._host.called(key, call)
        fault = self._faults.strike(call, _role_name(response.current_account, key))
        if fault is None:
            return self._answered(response, call, inner)
        time.sleep(fault.delay_seconds)
        if fault.effect == "delay":
            return self._answered(response, call, inner)
        if fault.when == "after":
            self._answered(response, call, inner)
        if fault.effect == "error":
            return _refusal(response, fault.code, fault.message, fault.status)
        if fault.effect == "kill":
            self._host.kill(key)
        connection = response.normalized_request.environ["werkzeug.socket"]
        connection.shutdown(socket.SHUT_RDWR)  # closing alone would leave the client waiting
        return 500, {}, b""

    def _answered(self, response: Any, call: str, inner: Callable[[], Reply]) -> Reply:
        try:
            if response.boto3_service_name not in services():
                return _refusal(response, "NotImplemented", f"the embedded AWS has no {call}", 501)
            if what := unplayed(response):
                return _refusal(response, "NotImplemented", f"the embedded AWS does not play {what} of {call}", 501)
            return inner()
        except UnsupportedError as error:  # S3 would make it a 500 without a word
            return _refusal(response, error.code, error.message, 501)
        except (ServiceException, HTTPException):
            raise
        except Exception as error:
            if "has not been implemented" in str(error):  # moto's words
                return _refusal(response, "NotImplemented", f"the embedded AWS has no {call}", 501)
            logger.exception("%s failed", call)
            return _refusal(response, "InternalFailure", f"{call}: {type(error).__name__}: {error}", 500)


def _refusal(response: Any, code: str, message: str, status: int) -> Reply:
    _, headers, body = response.serialized(ActionResult(ServiceError(code, message)))
    return status, headers, body


def _role_name(account: str, access_key_id: str) -> str:
    for backend in sts_backends[account].values():
        role = backend.get_assumed_role_from_access_key(access_key_id)
        if role is not None:
            return str(role.role_arn).rsplit("/", 1)[-1]
    return ""
