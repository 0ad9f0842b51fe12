"""The embedded AWS as a stranger sees it: an endpoint, credentials, a clock to move and an audit to read."""

import json
import os
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

ADMINISTRATOR = {"AWS_ACCESS_KEY_ID": "embedded", "AWS_SECRET_ACCESS_KEY": "embedded"}
CONTROL_SECONDS = 120
FROM_OUTSIDE = ("AWS_", "GITHUB_", "ACTIONS_", "GH_", "SPOT_RUNNER_")


def monday_morning(today: datetime) -> datetime:
    """Return 08:00 UTC of the Monday after `today`: a fixed weekday makes every played day the same."""
    days = 7 - today.weekday()
    return (today + timedelta(days=days)).astimezone(UTC).replace(hour=8, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """A running embedded AWS, reached only by HTTP and boto3."""

    url: str
    region: str
    account: str

    def client(self, service: str, credentials: Mapping[str, str] = ADMINISTRATOR) -> Any:  # noqa: ANN401 - boto3 has no common client type
        """Return a boto3 client for this AWS; `credentials` are environment variables of the AWS SDKs."""
        make: Any = boto3.client  # its stubs take literals only
        return make(
            service,
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=credentials.get("AWS_SESSION_TOKEN"),
        )

    def environment(self, whose: Mapping[str, str]) -> dict[str, str]:
        """Return the process environment under which any AWS tool works here, and reaches nothing else.

        `whose` are the variables that tell who works: access keys, or what a job of GitHub Actions has.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FROM_OUTSIDE)}
        return inherited | {
            "SPOT_RUNNER_TARGET": "host",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **whose,
        }

    def control(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Call the emulator's own controls, such as `POST /clock`."""
        request = urllib.request.Request(  # noqa: S310 - the URL is this process's own loopback server
            f"{self.url}/_embedded{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=CONTROL_SECONDS) as answer:  # noqa: S310 - as above
            return json.loads(answer.read() or b"null")
