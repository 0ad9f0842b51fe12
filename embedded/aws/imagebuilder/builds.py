"""Builds: how an image goes through its phases by the clock, fails, is cancelled, and comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Literal, get_args

from embedded.aws.aws_event import Source
from embedded.aws.clock import Clock
from embedded.aws.errors import ServiceError
from embedded.aws.imagebuilder import amis
from embedded.aws.imagebuilder.resources import Body, Resources

Phase = Literal["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"]
RUNNING = get_args(Phase)
# https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-eventbridge.html
STATE_CHANGE = "EC2 Image Builder Image State Change"
PHASES = (*RUNNING, "AVAILABLE")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Fails the next build of a pipeline whose name matches the glob, at the end of a phase."""

    pipeline: str
    phase: Phase
    reason: str


class Builds:
    """The image builds of one account and Region; every method runs under the service's lock."""

    def __init__(
        self, resources: Resources, events: Source, clock: Clock, later: Callable[[Callable[[], None]], None]
    ) -> None:
        """`later(action)` runs `action` under the lock, when a phase is over."""
        self._resources, self._events, self._clock, self._later = resources, events, clock, later
        self._history: dict[str, list[tuple[float, Body]]] = {}
        self.failures: list[Failure] = []
        self.ended: Callable[[Body], None] = lambda _image: None

    def start(self, pipeline: Body, build_type: str, tags: Body) -> str:
        """Start a build of a pipeline, disabled or not, and return its ARN; it keeps what it began with."""
        recipe = self._resources.find(pipeline["imageRecipeArn"])
        stem = self._resources.arn("image", recipe["name"], recipe["version"], "")
        number = self._resources.next_number(stem, first=1)
        parts = [key for key in pipeline if key.endswith("ConfigurationArn")]
        body: Body = {part.removesuffix("Arn"): dict(self._resources.find(pipeline[part])) for part in parts}
        body |= {
            **{key: recipe[key] for key in ("name", "type", "platform")},
            "imageRecipe": {**recipe, "tags": {}},  # no real answer was seen with tags here
            "version": f"{recipe['version']}/{number}",
            "sourcePipelineArn": pipeline["arn"],
            "sourcePipelineName": pipeline["name"],
            "buildType": build_type,
            **self.made_now(),
            "tags": tags,
        }
        image = self._resources.add(f"{stem}{number}", body)
        self._enter(image, {"status": "PENDING"})
        return str(image["arn"])

    def made_now(self) -> Body:
        """Return the date of something that is made now, as the service writes it."""
        return {"dateCreated": self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")}

    def seen(self, image: Body, lag_seconds: float) -> Body:
        """Return the image as GetImage shows it while it lags behind."""
        history, past = self._history[image["arn"]], self._clock.timestamp() - lag_seconds
        shown = next((state for when, state in reversed(history) if when <= past), history[0][1])
        return {**shown, "tags": image["tags"]}

    def cancel(self, image: Body) -> None:
        """End a running build as CANCELLED."""
        self._require(image, RUNNING, "cancelled")
        self._enter(image, {"status": "CANCELLED"})

    def retry(self, image: Body) -> None:
        """Resume a failed or cancelled build under the same ARN."""
        self._require(image, ("FAILED", "CANCELLED"), "retried")
        self._enter(image, {"status": "PENDING"})

    def delete(self, image: Body) -> None:
        """Forget a build that has ended; its AMIs stay."""
        self._require(image, ("AVAILABLE", "FAILED", "CANCELLED"), "deleted")
        self._resources.remove(image["arn"])

    def _require(self, image: Body, statuses: tuple[str, ...], what: str) -> None:
        if image["state"]["status"] not in statuses:
            message = f"The image {image['arn']} is {image['state']['status']} and cannot be {what}."
            raise ServiceError("InvalidRequestException", message)

    def _enter(self, image: Body, state: Body, outputs: tuple[Body, ...] = ()) -> None:
        before = image.get("state", {}).get("status")
        image["state"], image["outputResources"] = state, {"amis": list(outputs)}
        history = self._history.setdefault(image["arn"], [])
        history.append((self._clock.timestamp(), dict(image)))
        if state["status"] != "PENDING":  # no event was ever seen for it
            detail = {"previous-state": {"status": before}, "state": {"status": state["status"]}}
            self._events.say(STATE_CHANGE, image["arn"], detail)
        if state["status"] in RUNNING:
            self._later(partial(self._leave, image, len(history)))
        else:
            self.ended(image)

    def _leave(self, image: Body, entered: int) -> None:
        """End the phase, unless the build was cancelled or retried since the phase was `entered`."""
        if len(self._history[image["arn"]]) != entered:
            return
        phase, outputs = image["state"]["status"], []
        account, region = image["owner"], image["arn"].split(":")[3]
        try:
            if phase == "CREATING":
                image["architecture"] = amis.architecture(image["imageRecipe"]["parentImage"], account, region)
            if phase == "INTEGRATING":
                outputs = [amis.distribute(image, account, region, self._clock.now())]
            self._fail_on_request(image["sourcePipelineName"], phase)
        except amis.BuildFailedError as error:  # a failed image can list AMIs, too
            self._enter(image, {"status": "FAILED", "reason": str(error)}, tuple(outputs))
        else:
            self._enter(image, {"status": PHASES[PHASES.index(phase) + 1]}, tuple(outputs))

    def _fail_on_request(self, pipeline: str, phase: str) -> None:
        matching = [one for one in self.failures if one.phase == phase and fnmatchcase(pipeline, one.pipeline)]
        if matching:
            self.failures.remove(matching[0])
            raise amis.BuildFailedError(matching[0].reason)
