"""Image Builder as one object: its answers, its knobs, and its place in moto."""

import copy
import threading
import uuid
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from moto.core.utils import get_service_model
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from embedded.aws.clock import Clock
from embedded.aws.imagebuilder import backend, schedules
from embedded.aws.imagebuilder.builds import RUNNING, Builds, Failure
from embedded.aws.imagebuilder.constraints import violations
from embedded.aws.imagebuilder.errors import Refused, invalid_value
from embedded.aws.imagebuilder.events import Events
from embedded.aws.imagebuilder.operations import Operations
from embedded.aws.imagebuilder.resources import Body, Resources
from embedded.aws.schedules import Schedules

T = TypeVar("T")


class ImageBuilder:
    """EC2 Image Builder of one account and Region.

    `phase_seconds` is how long each phase of a build takes, `pipeline_phase_seconds` the same by glob of pipeline
    names, and `get_image_lag_seconds` how long GetImage still answers the status before.
    """

    def __init__(self, account: str, region: str, clock: Clock, publish: Callable[[dict[str, Any]], None]) -> None:
        """`publish` takes one event in EventBridge's full shape."""
        self.phase_seconds, self.get_image_lag_seconds = 0.2, 0.0
        self.pipeline_phase_seconds: dict[str, float] = {}
        self._account, self._region, self._clock = account, region, clock
        self._lock = threading.RLock()
        self._answers: dict[tuple[str, str], tuple[Body, Body]] = {}
        self._events = Events(account, region, clock, publish)
        resources = self._resources = Resources(f"arn:{get_partition(region)}:imagebuilder:{region}:{account}:")
        self._builds = builds = Builds(resources, self._events, clock, self._after_phase)
        builds.ended = lambda image: schedules.ended(image, resources, self._events)
        self._operations = Operations(resources, builds, clock, self._profile_exists)
        self._schedules = Schedules(self._rules, lambda rule, _due: self._locked(lambda: self._fire(rule.arn)), clock)

    def install(self) -> None:
        """Serve the real API in moto, and let schedules start builds."""
        backend.install(self)
        self._schedules.install()

    def uninstall(self) -> None:
        """Take the service out of moto again."""
        self._schedules.uninstall()
        backend.uninstall(self)

    def fail_next(self, pipeline: str, phase: str = "BUILDING", reason: str = "A step of the build failed.") -> None:
        """Fail the next build of a pipeline whose name matches the glob, at the end of `phase`."""
        if phase not in RUNNING:
            raise ValueError(f"phase is '{phase}', expected one of {', '.join(sorted(RUNNING))}")
        self._builds.failures.append(Failure(pipeline=pipeline, phase=phase, reason=reason))

    def deliver_next(self, status: str, *, copies: int = 1, delay_seconds: float = 0.0) -> None:
        """Lose (0 copies), double or delay the next state change to a status that matches the glob."""
        self._events.next.append((status, copies, delay_seconds))

    def busy(self) -> str | None:
        """Name what is under way: builds, and events that come late; None if nothing is."""
        with self._lock:
            builds = self._builds.running()
        late = [f"{self._events.late} late events of Image Builder"] if self._events.late else []
        return ", ".join(builds + late) or None

    def answer(self, operation: str, params: Body, region: str) -> Body:
        """Return an operation's output; raise Refused as the service would."""
        handle = self._operations.table.get(operation)
        if handle is None or region != self._region:
            raise Refused("InvalidRequestException", f"The embedded AWS does not emulate {operation} in {region}.")
        shape = get_service_model("imagebuilder").operation_model(operation).input_shape
        for where, why in violations(shape, params):
            if where == "semanticVersion":
                raise Refused("InvalidVersionNumberException", f"The version is not valid. {why}")
            raise invalid_value(where, why)
        token = params.get("clientToken", str(uuid.uuid4()))
        answer = self._locked(lambda: self._once((operation, token), handle, params))
        if operation.endswith("ImagePipeline"):
            self._schedules.tick(self._clock.now())  # what it made or changed counts from now
        return answer

    def tags_of(self, arn: str) -> dict[str, str]:
        """Return a resource's tags; none if it does not exist."""
        with self._lock:
            return dict((self._resources.get(arn) or {}).get("tags", {}))

    def _once(self, token: tuple[str, str], handle: Callable[[Body], Body], params: Body) -> Body:
        """Answer a client token for the second time as for the first."""
        self._operations.lag_seconds = self.get_image_lag_seconds
        before, answer = self._answers.get(token, (params, {}))
        if before != params:
            message = "The client token was used with other parameters before."
            raise Refused("IdempotentParameterMismatchException", message)
        if not answer:
            answer = {"requestId": str(uuid.uuid4()), "clientToken": token[1], **copy.deepcopy(handle(params))}
            if "clientToken" in params:
                self._answers[token] = (params, answer)
        return answer

    def _locked(self, action: Callable[[], T]) -> T:
        with self._lock:
            result = action()
        self._events.flush()
        return result

    def _after_phase(self, pipeline: str, action: Callable[[], None]) -> None:
        globs = self.pipeline_phase_seconds.items()
        seconds = next((seconds for glob, seconds in globs if fnmatchcase(pipeline, glob)), self.phase_seconds)
        self._clock.call_in(seconds, lambda: self._locked(action))

    def _rules(self) -> list[Any]:
        with self._lock:
            return list(schedules.rules(self._resources))

    def _fire(self, pipeline: str) -> None:
        found = self._resources.get(pipeline)
        if found:
            self._builds.start(found, "SCHEDULED", {})

    def _profile_exists(self, name: str) -> bool:
        profiles = iam_backends[self._account][get_partition(self._region)].instance_profiles
        return any(profile.name == name for profile in profiles.values())
