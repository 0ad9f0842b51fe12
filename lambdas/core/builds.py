"""From Image Builder's answers to Build facts: which AMI is ours, and which of two facts about a build is newer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.core import times
from lambdas.core.errors import InvalidImageError
from lambdas.core.state import GONE, LIVING, Build

PENDING = "PENDING"
AVAILABLE = "AVAILABLE"
FAILED = "FAILED"
CANCELLED = "CANCELLED"
DELETED = "DELETED"
# In the order in which a build goes through them:
# https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ImageState.html
UNDER_WAY = (PENDING, "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING")
BUILT = (AVAILABLE, "DEPRECATED", "DISABLED")
ENDED = (*BUILT, FAILED, CANCELLED, DELETED)
NOT_YET = ("pending", "transient", GONE)
SETTLED_AFTER = timedelta(hours=6)
OLD_DATE = "%b %d, %Y %I:%M:%S %p"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What GetImage said of a build: the fact, and the pipeline that it came from, or None."""

    build: Build
    pipeline_arn: str | None


@dataclass(frozen=True, kw_only=True)
class Ami:
    """What DescribeImages says of an AMI: in EC2's words, `platform` is None for anything but Windows.

    `root_device_name` and `root_gib`, the size of its snapshot, are None without a root volume on EBS; `recipe_hash`
    is None unless it was baked here. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Image.html
    """

    state: str
    root_device_name: str | None = None
    root_gib: int | None = None
    architecture: str | None = None
    platform: str | None = None
    created_at: datetime | None = None
    recipe_hash: str | None = None


def observed(image: Mapping[str, Any], *, at: datetime, account: str, region: str) -> Observation:
    """Return what an answer of GetImage says; `at` is the event's time, or the second in which a poll began.

    Raises InvalidImageError.
    """
    state = image.get("state", {})
    status = str(state.get("status", ""))
    build = Build(
        build_arn=str(image["arn"]),
        status=status,
        recipe_arn=str(image.get("imageRecipe", {}).get("arn", "")),
        started_at=started_at(image),
        event_at=at,
        ami_id=own_ami(image, account=account, region=region) if status == AVAILABLE else None,
        reason=state.get("reason"),
    )
    return Observation(build=build, pipeline_arn=image.get("sourcePipelineArn"))


def own_ami(image: Mapping[str, Any], *, account: str, region: str) -> str | None:
    """Return the AMI of this account and Region: the list also holds copies for others, and old entries name none."""
    here = [ami for ami in image.get("outputResources", {}).get("amis", ()) if ami.get("region") == region]
    named = [ami for ami in here if ami.get("accountId") == account]
    unnamed = [ami for ami in here if not ami.get("accountId")]
    return next((str(ami["image"]) for ami in (*named, *unnamed) if ami.get("image")), None)


def started_at(image: Mapping[str, Any]) -> datetime:
    """Return when a build began; `dateCreated` comes as ISO 8601 and as `Jul 28, 2022 1:13:45 AM`, both in UTC."""
    written = str(image.get("dateCreated"))
    try:
        return times.moment(written)
    except ValueError:
        return _old_date(written)


def version(build_arn: str) -> tuple[int, ...]:
    """Return what orders the builds of one pipeline by version: `…/1.0.10/2` is (1, 0, 10, 2)."""
    return tuple(map(int, re.findall(r"\d+", "/".join(build_arn.split("/")[-2:]))))


def _old_date(written: str) -> datetime:
    try:
        return datetime.strptime(written, OLD_DATE).replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidImageError(
            f"dateCreated is {written!r}, expected ISO 8601 or 'Jul 28, 2022 1:13:45 AM'"
        ) from error


def is_under_way(build: Build) -> bool:
    """Tell whether a build has not ended yet; a status that nobody knows yet has not."""
    return build.status not in ENDED


def is_living(build: Build) -> bool:
    """Tell whether a build's AMI can be launched."""
    return build.status == AVAILABLE and build.ami_id is not None and build.ami_state == LIVING


def looked_at(build: Build, ami: Ami | None) -> Build:
    """Return a build with what DescribeImages said of its AMI; one that EC2 does not find is deregistered."""
    return replace(
        build,
        ami_state=ami.state if ami else GONE,
        root_device_name=(ami.root_device_name if ami else None) or build.root_device_name,
    )


def is_settled(build: Build, now: datetime) -> bool:
    """Tell whether a built image can be believed: EC2 may show a new AMI later than Image Builder names it.

    After some hours an AMI that is not there is gone.
    """
    waits = build.status == AVAILABLE and build.ami_id is not None and build.ami_state in NOT_YET
    return not waits or now - build.started_at > SETTLED_AFTER


def is_newer(candidate: Build, known: Build | None) -> bool:
    """Tell whether a fact says more than the one that is known of the same build.

    By `(eventAt, rank)`, because events carry whole seconds. A built image stays built, whatever a late answer says;
    a failed or cancelled one comes back with RetryImage, under the same ARN.
    """
    return known is None or _order(candidate) > _order(known)


def confirmed(seen: Build, known: Build | None) -> Build:
    """Return the fact that an event brings, once GetImage has confirmed it.

    A poll that lagged may have seen the build under way after the event's second: the end that is confirmed now is no
    older than that.
    """
    if known is None or is_under_way(seen) or not is_under_way(known):
        return seen
    return replace(seen, event_at=max(seen.event_at, known.event_at))


def lags(said: str, answered: str) -> bool:
    """Tell whether GetImage is behind the event: the event says that the build ended, the answer does not yet."""
    if said == AVAILABLE:
        return answered not in (*BUILT, DELETED)
    return said in ENDED and answered not in ENDED


def _order(build: Build) -> tuple[bool, datetime, int]:
    return build.status in BUILT, build.event_at, _rank(build.status)


def _rank(status: str) -> int:
    return UNDER_WAY.index(status) if status in UNDER_WAY else len(UNDER_WAY) + (status in ENDED)
