"""Image Builder as one object: its answers, its knobs, and its place in moto."""

import copy
import threading
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from moto.core.utils import get_service_model
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from embedded.aws.aws_event import Source
from embedded.aws.clock import Clock
from embedded.aws.errors import ServiceError
from embedded.aws.imagebuilder import backend, schedules
from embedded.aws.imagebuilder.builds import Builds, Failure, Phase
from embedded.aws.imagebuilder.constraints import violations
from embedded.aws.imagebuilder.errors import invalid_value
from embedded.aws.imagebuilder.operations import Operations
from embedded.aws.imagebuilder.resources import Body, Resources
from embedded.aws.patches import Patches
from embedded.aws.schedules import Schedules
from embedded.aws.tokens import Tokens

T = TypeVar("T")


class ImageBuilder:
    """EC2 Image Builder of one account and Region.

    `phase_seconds` is how long each phase of a build takes, and `get_image_lag_seconds` how long GetImage still
    answers the status before.
    """

    def __init__(self, account: str, region: str, clock: Clock, publish: Callable[[dict[str, Any]], None]) -> None:
        """`publish` takes one event in EventBridge's full shape."""
        self.phase_seconds, self.get_image_lag_seconds = 0.2, 0.0
        self._account, self._region, self._clock = account, region, clock
        self._lock, self._tokens = threading.RLock(), Tokens(clock, "IdempotentParameterMismatchException")
        self._events = Source(name="aws.imagebuilder", place=(account, region), clock=clock, publish=publish)
        resources = self._resources = Resources(f"arn:{get_partition(region)}:imagebuilder:{region}:{account}:")
        self._builds = builds = Builds(resources, self._events, clock, self._after_phase)
        builds.ended = lambda image: schedules.ended(image, resources, self._events)
        self._operations = Operations(resources, builds, self._profile_exists)
        self._schedules = Schedules(self._rules, lambda rule, _due: self._locked(lambda: self._fire(rule.arn)), clock)

    def install(self, patches: Patches) -> None:
        """Serve the real API in moto, and let schedules start builds, until the patches end."""
        backend.install(self, patches)
        self._schedules.install(patches)

    def fail_next(self, pipeline: str, phase: Phase = "BUILDING", reason: str = "A step of the build failed.") -> None:
        """Fail the next build of a pipeline whose name matches the glob, at the end of `phase`."""
        self._builds.failures.append(Failure(pipeline=pipeline, phase=phase, reason=reason))

    def answer(self, operation: str, params: Body, region: str) -> Body:
        """Return an operation's output; raise ServiceError as the service would."""
        handle = self._operations.table.get(operation)
        if handle is None or region != self._region:
            raise ServiceError("InvalidRequestException", f"The embedded AWS does not emulate {operation} in {region}.")
        shape = get_service_model("imagebuilder").operation_model(operation).input_shape
        for where, why in violations(shape, params):
            if where == "semanticVersion":
                raise ServiceError("InvalidVersionNumberException", f"The version is not valid. {why}")
            raise invalid_value(where, why)
        answer = self._locked(lambda: self._once(operation, handle, params))
        if operation.endswith("ImagePipeline"):
            self._schedules.tick(self._clock.now())  # what it made or changed counts from now
        return answer

    def tags_of(self, arn: str) -> dict[str, str]:
        """Return a resource's tags; none if it does not exist."""
        with self._lock:
            return dict((self._resources.get(arn) or {}).get("tags", {}))

    def _once(self, operation: str, handle: Callable[[Body], Body], params: Body) -> Body:
        """Answer a client token for the second time as for the first."""
        self._operations.lag_seconds = self.get_image_lag_seconds
        token = params.get("clientToken")
        common = {"requestId": str(uuid.uuid4()), "clientToken": token}
        answer: Body = self._tokens.once(
            token and (operation, token), params, lambda: {**common, **copy.deepcopy(handle(params))}
        )
        return answer

    def _locked(self, action: Callable[[], T]) -> T:
        with self._lock:
            return action()

    def _after_phase(self, action: Callable[[], None]) -> None:
        self._clock.call_in(self.phase_seconds, lambda: self._locked(action))

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
