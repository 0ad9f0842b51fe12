"""HTTP APIs (API Gateway v2) that answer: each on a port of its own, with Lambda integrations in payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from typing import Any
from urllib.parse import parse_qsl

from moto.apigatewayv2.models import ApiGatewayV2Backend, Route, apigatewayv2_backends

from embedded.aws.clock import Clock
from embedded.aws.errors import ServiceError
from embedded.aws.lambda_api import LambdaApi
from embedded.aws.lambda_host import ThrottledError
from embedded.aws.patches import Patches
from embedded.aws.resource_policy import allows
from embedded.aws.runtime_api import Answer
from embedded.aws.work import Work
from embedded.listening import listen

logger = logging.getLogger(__name__)

Reply = tuple[int, list[tuple[str, str]], bytes]
TIMEOUT_SECONDS = 30.0  # the longest that an integration may take


class HttpApis:
    """Serves the HTTP APIs of one account and Region."""

    def __init__(self, functions: LambdaApi, work: Work, clock: Clock, account: str, region: str) -> None:
        self._functions, self._work, self._clock, self._patches = functions, work, clock, Patches()
        self._account, self._region = account, region
        self._servers: dict[str, Any] = {}
        self._buckets: dict[tuple[str, str, str], tuple[float, float]] = {}  # tokens left, and when
        self._counting = threading.Lock()

    def install(self) -> None:
        """Patch moto."""
        create, delete, make_route, apis = (
            ApiGatewayV2Backend.create_api,
            ApiGatewayV2Backend.delete_api,
            Route.__init__,
            self,
        )

        def create_api(backend: Any, *args: Any, **kwargs: Any) -> Any:
            api = create(backend, *args, **kwargs)
            if api.protocol_type != "HTTP" or api.cors_configuration:
                raise ServiceError("BadRequestException", "the embedded AWS plays only HTTP APIs, without CORS")
            server = apis._servers[api.api_id] = listen(0, lambda env, start: apis._serve(api.api_id, env, start))
            api.api_endpoint = f"http://127.0.0.1:{server.port}"
            return api

        def delete_api(backend: Any, api_id: str) -> None:
            delete(backend, api_id)
            apis._servers.pop(api_id).shutdown()

        def checked_route(route: Any, *args: Any, **kwargs: Any) -> None:
            make_route(route, *args, **kwargs)
            if route.authorization_type not in (None, "NONE"):
                raise ServiceError("BadRequestException", "the embedded AWS plays no authorizers")

        self._patches.replace(ApiGatewayV2Backend, "create_api", create_api)
        self._patches.replace(ApiGatewayV2Backend, "delete_api", delete_api)
        self._patches.replace(Route, "__init__", checked_route)

    def uninstall(self) -> None:
        """Stop serving and restore moto."""
        for server in self._servers.values():
            server.shutdown()
        self._patches.undo()

    def _serve(self, api_id: str, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._work.running():
            status, headers, body = self._answer(api_id, environ)
        start_response(f"{status} -", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, api_id: str, environ: dict[str, Any]) -> Reply:
        api = apigatewayv2_backends[self._account][self._region].apis[api_id]
        stage, path = _stage(api, environ["PATH_INFO"])
        matched = _match(api, environ["REQUEST_METHOD"], path) if stage else None
        if stage is None or matched is None:
            return _message(404, "Not Found")
        route, path_parameters = matched
        if not self._admit(api_id, stage, route.route_key):
            return _message(429, "Too Many Requests")
        integration = api.integrations[route.target.split("/")[-1]]
        function = self._permitted(api_id, stage.name, route.route_key, integration)
        if function is None:
            return _message(500, "Internal Server Error")
        event = self._event(api_id, stage.name, route.route_key, environ)
        event |= {"pathParameters": path_parameters} if path_parameters else {}
        limit = float(integration.timeout_in_millis or 30000) / 1000
        return self._run(function, json.dumps(event).encode(), min(limit, TIMEOUT_SECONDS))

    def _run(self, function: Any, payload: bytes, limit_seconds: float) -> Reply:
        answer: Future[Answer] = Future()

        def run() -> None:
            try:
                answer.set_result(self._functions.invoke(function, payload, str(uuid.uuid4()))[0])
            except ThrottledError as error:
                answer.set_exception(error)

        self._work.submit(run)
        try:
            return _reply(answer.result(limit_seconds))
        except (ThrottledError, LateError):
            return _message(503, "Service Unavailable")

    def _admit(self, api_id: str, stage: Any, route_key: str) -> bool:
        """Take a token of the route's bucket, or of its stage's; without a limit, always."""
        settings = {**stage.default_route_settings, **stage.route_settings.get(route_key, {})}
        rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
        if rate is None and burst is None:
            return True
        now, most = self._clock.timestamp(), float(burst if burst is not None else rate or 0)
        key = (api_id, stage.name, route_key)
        with self._counting:
            left, since = self._buckets.get(key, (most, now))
            left = min(most, left + (now - since) * float(rate if rate is not None else most))
            self._buckets[key] = (left - 1 if left >= 1 else left, now)
            return left >= 1

    def _permitted(self, api_id: str, stage: str, route_key: str, integration: Any) -> Any | None:
        uri = integration.integration_uri or ""
        match = re.search(r"arn:[\w-]+:lambda:[^/]+", uri)
        function = self._functions.find(match[0]) if match else None
        if function is None or integration.payload_format_version != "2.0":
            logger.error("integration %s of API %s is no Lambda function in payload format 2.0", uri, api_id)
            return None
        source = f"arn:{function.partition}:execute-api:{self._region}:{self._account}:{api_id}/{stage}/"
        source += route_key.replace(" ", "")
        arn, action = function.function_arn, "lambda:InvokeFunction"
        if not allows(function.policy.statements, "apigateway.amazonaws.com", action, arn, source):
            logger.error("API %s may not invoke %s", api_id, arn)
            return None
        return function

    def _event(self, api_id: str, stage: str, route_key: str, environ: dict[str, Any]) -> dict[str, Any]:
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        headers |= {"content-type": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else {}
        cookies = headers.pop("cookie", None)
        text, encoded = _text(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        path = environ["PATH_INFO"]
        http = {
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "protocol": environ["SERVER_PROTOCOL"],
            "sourceIp": environ["REMOTE_ADDR"],
            "userAgent": headers.get("user-agent", ""),
        }
        context = {
            "accountId": self._account,
            "apiId": api_id,
            "domainName": environ["HTTP_HOST"],
            "http": http,
            "requestId": uuid.uuid4().hex,
            "routeKey": route_key,
            "stage": stage,
            "timeEpoch": int(self._clock.timestamp() * 1000),
        }
        event = {
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": path,
            "rawQueryString": environ.get("QUERY_STRING", ""),
            "headers": headers,
            "requestContext": context,
            "isBase64Encoded": encoded,
        }
        query: dict[str, str] = {}
        for name, value in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True):
            query[name] = f"{query[name]},{value}" if name in query else value
        optional = {"cookies": cookies.split("; ") if cookies else None, "queryStringParameters": query, "body": text}
        return event | {name: value for name, value in optional.items() if value}


def _stage(api: Any, path: str) -> tuple[Any | None, str]:
    """Return the stage that serves a path, and the path within it; named stages stand first in the path."""
    first, _, rest = path.removeprefix("/").partition("/")
    if first in api.stages:
        return api.stages[first], f"/{rest}"
    return api.stages.get("$default"), path


def _text(body: bytes) -> tuple[str, bool]:
    """Return a body as events carry it, and whether that is Base64."""
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _match(api: Any, method: str, path: str) -> tuple[Any, dict[str, str]] | None:
    """Return the most specific route: plain before `{name}` before `{name+}`, a method before ANY, `$default` last."""
    found: list[tuple[tuple[int, int], Any, dict[str, str]]] = []
    for route in api.routes.values():
        wanted_method, _, pattern = route.route_key.partition(" ")
        if route.route_key == "$default":
            found.append(((9, 0), route, {}))
        elif wanted_method in ("ANY", method):
            expression = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(pattern))
            expression = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", expression)
            if match := re.fullmatch(expression, path):
                rank = (2 if "+}" in pattern else int("{" in pattern), int(wanted_method == "ANY"))
                found.append((rank, route, match.groupdict()))
    return min(found, key=lambda one: one[0])[1:] if found else None


def _reply(answer: Answer) -> Reply:
    if answer.error:
        return _message(500, "Internal Server Error")
    value = json.loads(answer.payload)
    if not isinstance(value, dict) or "statusCode" not in value:
        return 200, [("content-type", "application/json")], answer.payload
    try:
        body = str(value.get("body") or "")
        raw = base64.b64decode(body, validate=True) if value.get("isBase64Encoded") else body.encode()
        headers = {str(name).lower(): str(content) for name, content in (value.get("headers") or {}).items()}
        headers.setdefault("content-type", "text/plain; charset=utf-8")
        cookies = [("set-cookie", str(cookie)) for cookie in value.get("cookies") or ()]
        return int(value["statusCode"]), [*headers.items(), *cookies], raw
    except (ValueError, TypeError, AttributeError) as error:
        logger.error("the function's answer is no HTTP response: %s", error)  # noqa: TRY400 - the traceback would not help
        return _message(500, "Internal Server Error")


def _message(status: int, text: str) -> Reply:
    return status, [("content-type", "application/json")], json.dumps({"message": text}).encode()
