"""HTTP APIs (API Gateway v2) that answer: each on a port of its own, with Lambda integrations in payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
import logging
import re
import threading
import uuid
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress
from typing import Any

from moto.apigatewayv2.models import ApiGatewayV2Backend
from werkzeug.wrappers import Request, Response

from embedded.aws.clock import Clock
from embedded.aws.errors import ServiceError
from embedded.aws.lambda_api import LambdaApi
from embedded.aws.lambda_host import ThrottledError
from embedded.aws.patches import Patches
from embedded.aws.resource_policy import allows
from embedded.aws.work import Work
from embedded.functions.runtime_api import Answer
from embedded.listening import listen

logger = logging.getLogger(__name__)

STAGE = "$default"
TIMEOUT_MILLISECONDS = 30_000  # the longest that an integration may take
LAMBDA = re.compile(r"arn:[\w-]+:lambda:[^/]+")


class HttpApis:
    """Serves the HTTP APIs of one account and Region."""

    def __init__(self, functions: LambdaApi, work: Work, clock: Clock, account: str, region: str) -> None:
        self._functions, self._work, self._clock = functions, work, clock
        self._account, self._region = account, region
        self._servers: dict[str, Any] = {}
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}  # tokens left, and when
        self._counting = threading.Lock()

    def install(self, patches: Patches) -> None:
        """Patch moto, and serve until the patches end."""
        create, delete = ApiGatewayV2Backend.create_api, ApiGatewayV2Backend.delete_api
        stage = ApiGatewayV2Backend.create_stage

        def create_api(backend: Any, *args: Any, **kwargs: Any) -> Any:
            api = create(backend, *args, **kwargs)
            server = listen(0, Request.application(lambda request: self._serve(api, request)))
            self._servers[api.api_id] = server
            api.api_endpoint = f"http://127.0.0.1:{server.port}"
            return api

        def delete_api(backend: Any, api_id: str) -> None:
            delete(backend, api_id)
            self._servers.pop(api_id).shutdown()

        def create_stage(backend: Any, api_id: str, config: dict[str, Any]) -> Any:
            routes = {one.route_key for one in backend.get_api(api_id).routes.values()}
            for key in config.get("routeSettings", {}).keys() - routes:
                raise ServiceError("NotFoundException", f"Unable to find Route by key {key} of the RouteSettings")
            return stage(backend, api_id, config)

        patches.callback(lambda: [server.shutdown() for server in self._servers.values()])
        patches.replace(ApiGatewayV2Backend, "create_api", create_api)
        patches.replace(ApiGatewayV2Backend, "delete_api", delete_api)
        patches.replace(ApiGatewayV2Backend, "create_stage", create_stage)

    def _serve(self, api: Any, request: Request) -> Response:
        with self._work.running():
            route_key = f"{request.method} {request.path}"
            route = next((one for one in api.routes.values() if one.route_key == route_key), None)
            if route is None or STAGE not in api.stages:
                return _message(404, "Not Found")
            if not self._admit(api, route_key):
                return _message(429, "Too Many Requests")
            integration = api.integrations[route.target.split("/")[-1]]
            function = self._permitted(api, route_key, integration)
            if function is None:
                return _message(500, "Internal Server Error")
            limit = float(integration.timeout_in_millis or TIMEOUT_MILLISECONDS)
            return self._run(function, json.dumps(self._event(api, route_key, request)).encode(), limit / 1000)

    def _run(self, function: Any, payload: bytes, limit_seconds: float) -> Response:
        answer: Future[Answer] = Future()

        def run() -> None:
            try:
                answer.set_result(self._functions.invoke(function, payload, str(uuid.uuid4()))[0])
            except ThrottledError as error:
                answer.set_exception(error)

        self._work.submit(run)
        try:
            return _response(answer.result(limit_seconds))
        except (ThrottledError, LateError):
            return _message(503, "Service Unavailable")

    def _admit(self, api: Any, route_key: str) -> bool:
        """Take a token of the route's bucket, or of its stage's; without a limit, always."""
        stage = api.stages[STAGE]
        settings = {**stage.default_route_settings, **stage.route_settings.get(route_key, {})}
        rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
        if rate is None and burst is None:
            return True
        now, most = self._clock.timestamp(), float(burst if burst is not None else rate or 0)
        key = (api.api_id, route_key)
        with self._counting:
            left, since = self._buckets.get(key, (most, now))
            left = min(most, left + (now - since) * float(rate if rate is not None else most))
            self._buckets[key] = (left - 1 if left >= 1 else left, now)
            return left >= 1

    def _permitted(self, api: Any, route_key: str, integration: Any) -> Any | None:
        match = LAMBDA.search(integration.integration_uri)
        function = self._functions.find(match[0]) if match else None
        if function is None:
            logger.error("%s of API %s does not exist", integration.integration_uri, api.api_id)
            return None
        source = f"arn:{function.partition}:execute-api:{self._region}:{self._account}:{api.api_id}/{STAGE}/"
        source += route_key.replace(" ", "")
        arn, action = function.function_arn, "lambda:InvokeFunction"
        if not allows(function.policy.statements, "apigateway.amazonaws.com", action, arn, source):
            logger.error("API %s may not invoke %s", api.api_id, arn)
            return None
        return function

    def _event(self, api: Any, route_key: str, request: Request) -> dict[str, Any]:
        http = {
            "method": request.method,
            "path": request.path,
            "protocol": request.environ["SERVER_PROTOCOL"],
            "sourceIp": request.remote_addr,
            "userAgent": request.user_agent.string,
        }
        context = {
            "accountId": self._account,
            "apiId": api.api_id,
            "domainName": request.host,
            "http": http,
            "requestId": uuid.uuid4().hex,
            "routeKey": route_key,
            "stage": STAGE,
            "timeEpoch": int(self._clock.timestamp() * 1000),
        }
        text, encoded = _text(request.get_data())
        query = {name: ",".join(values) for name, values in request.args.lists()}
        optional = {"queryStringParameters": query, "body": text}
        return {
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": request.path,
            "rawQueryString": request.query_string.decode(),
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "requestContext": context,
            "isBase64Encoded": encoded,
            **{name: value for name, value in optional.items() if value},
        }


def _text(body: bytes) -> tuple[str, bool]:
    """Return a body as events carry it, and whether that is Base64."""
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _response(answer: Answer) -> Response:
    value = json.loads(answer.payload)
    if not answer.error and isinstance(value, dict) and not value.keys() - {"statusCode", "headers", "body"}:
        with suppress(ValueError, TypeError, LookupError, AttributeError):
            return Response(value.get("body", ""), int(value["statusCode"]), value.get("headers"))
    logger.error("the function failed, or its answer is no HTTP response that is played here: %.200s", value)
    return _message(500, "Internal Server Error")


def _message(status: int, text: str) -> Response:
    return Response(json.dumps({"message": text}), status, content_type="application/json")
