"""The instance metadata service, version 2 only: a token first, then what an instance may know of itself.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html
"""

import base64
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition
from werkzeug.wrappers import Request, Response

from embedded.aws.clients import Credentials
from embedded.aws.iam.principals import pairs

TOKEN, LIFETIME = "X-aws-ec2-metadata-token", "X-aws-ec2-metadata-token-ttl-seconds"
LONGEST_SECONDS = 21600
CREDENTIALS_HOURS = 6
GiveCredentials = Callable[[str, str], Credentials]  # role ARN, instance ARN


class Metadata:
    """What one instance (moto's) is told of itself, but for the paths `withheld`; `give` hands out credentials."""

    def __init__(self, instance: Any, give: GiveCredentials, withheld: frozenset[str] = frozenset()) -> None:
        self._instance, self._give, self._tokens, self._withheld = instance, give, set[str](), withheld
        backend = instance.ec2_backend
        self._account, self._region = backend.account_id, backend.region_name
        self._partition = get_partition(self._region)
        self.arn = f"arn:{self._partition}:ec2:{self._region}:{self._account}:instance/{instance.id}"

    def answer(self, request: Request, path: str) -> Response:
        """Answer one request for a path such as `latest/meta-data/instance-id`."""
        if request.method == "PUT" and path == "latest/api/token":
            return self._token(request.headers.get(LIFETIME, ""))
        if request.headers.get(TOKEN) not in self._tokens:
            return Response("Unauthorized", 401)
        known = self._texts().get(path.removeprefix("latest/"))
        return Response("Not Found", 404) if known is None else Response(known(), content_type="text/plain")

    def _token(self, lifetime: str) -> Response:
        if not lifetime.isdigit() or not 1 <= int(lifetime) <= LONGEST_SECONDS:
            return Response("Bad Request", 400)
        token = secrets.token_urlsafe(40)
        self._tokens.add(token)
        return Response(token, headers={LIFETIME: lifetime})

    def _texts(self) -> dict[str, Callable[[], str]]:
        instance = self._instance
        texts = {
            "meta-data/ami-id": instance.image_id,
            "meta-data/instance-id": instance.id,
            "meta-data/instance-type": instance.instance_type,
            "meta-data/placement/availability-zone": instance.placement.zone,
            "meta-data/placement/region": self._region,
            "meta-data/services/partition": self._partition,
            "dynamic/instance-identity/document": json.dumps(self._identity(), indent=2),
        }
        if told := user_data(instance):
            texts["user-data"] = told
        if instance.metadata_options.instance_metadata_tags == "enabled":
            tags = pairs(instance.get_tags())
            texts |= {f"meta-data/tags/instance/{key}": value for key, value in tags.items()}
        answers = {path: (lambda text=text: str(text)) for path, text in texts.items()}
        known: dict[str, Callable[[], str]] = {**answers, **self._credentials()}  # type: ignore[dict-item] # a default argument
        return {path: answer for path, answer in known.items() if path not in self._withheld}

    def _identity(self) -> dict[str, str]:
        instance = self._instance
        return {
            "accountId": self._account,
            "architecture": instance.architecture,
            "availabilityZone": instance.placement.zone,
            "imageId": instance.image_id,
            "instanceId": instance.id,
            "instanceType": instance.instance_type,
            "region": self._region,
            "version": "2017-09-30",
        }

    def _credentials(self) -> dict[str, Callable[[], str]]:
        folder, profile = "meta-data/iam/security-credentials", self._instance.iam_instance_profile or {}
        known = iam_backends[self._account][self._partition].instance_profiles.values()
        own = [one for one in known if profile and (profile.get("Name") == one.name or profile.get("Arn") == one.arn)]
        return {
            path: text
            for role in (role for one in own for role in one.roles)
            for path, text in (
                (f"{folder}/", lambda role=role: role.name),
                (f"{folder}/{role.name}", lambda role=role: json.dumps(self._given(role.arn))),
            )
        }

    def _given(self, role_arn: str) -> dict[str, str | None]:
        credentials, now = self._give(role_arn, self.arn), datetime.now(UTC)
        return {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "LastUpdated": _stamp(now),
            "Expiration": _stamp(now + timedelta(hours=CREDENTIALS_HOURS)),
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "Token": credentials.session_token,
        }


def user_data(instance: Any) -> str:
    """Return the user data of an instance (moto's) as text, empty if it has none."""
    given = instance.user_data or ""  # as the API, or as a launch template, keeps it
    return base64.b64decode(given if isinstance(given, str) else given.as_bytes()).decode()


def _stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
