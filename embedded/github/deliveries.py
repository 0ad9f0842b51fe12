"""The log of an App's webhook deliveries, and their repetition: https://docs.github.com/en/rest/apps/webhooks."""

from urllib.parse import urlencode

from embedded.github.app_shapes import delivery_json, whole_delivery_json
from embedded.github.errors import ApiError
from embedded.github.hooks import Delivery
from embedded.github.paging import LARGEST_PAGE, number
from embedded.github.requests import Answer, Request, Route

# What the filter goes by: a delivery that nobody answered is neither.
CODES = {"success": range(200, 400), "failure": range(400, 600)}


def list_deliveries(request: Request) -> Answer:
    """List the deliveries of the last three days, newest first; each page names the next by a cursor."""
    query = request.parameters("per_page", "cursor", "status")
    status, cursor = query.get("status"), query.get("cursor")
    if status is not None and status not in CODES:
        raise ApiError(422, "Validation Failed")
    if cursor is not None and not cursor.removeprefix("v1_").isdigit():
        raise ApiError(422, "Invalid cursor")
    found = [
        one
        for one in request.hooks.deliveries(request.token.app_id)
        if (status is None or one.status_code in CODES[status])
        and (cursor is None or one.id < int(cursor.removeprefix("v1_")))
    ]
    size = min(number(request, "per_page", 30), LARGEST_PAGE)
    page, rest = found[:size], found[size:]
    following = urlencode({**query, "cursor": f"v1_{page[-1].id}"}) if rest else ""
    headers = {"Link": f'<{request.api}/app/hook/deliveries?{following}>; rel="next"'} if rest else {}
    return Answer(content=[delivery_json(one) for one in page], headers=headers)


def get_delivery(request: Request) -> Answer:
    """Read one delivery, with what was sent and answered."""
    return Answer(content=whole_delivery_json(_delivery(request)))


def redeliver(request: Request) -> Answer:
    """Try again to deliver; the attempt has an id of its own, but the same GUID."""
    request.hooks.redeliver(_delivery(request))
    return Answer(status=202, content={})


def _delivery(request: Request) -> Delivery:
    return request.one_of(request.hooks.deliveries(request.token.app_id), "delivery_id")


ONE = "/app/hook/deliveries/<delivery_id>"
ROUTES = (
    Route(method="GET", path="/app/hook/deliveries", operation=list_deliveries, by_app=True),
    Route(method="GET", path=ONE, operation=get_delivery, by_app=True),
    Route(method="POST", path=f"{ONE}/attempts", operation=redeliver, by_app=True),
)
