"""All machines of an embedded EC2: one for each instance that runs, for as long as it does."""

import logging
import secrets
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from embedded.aws.iam.principals import pairs
from embedded.aws.server import EmbeddedAws
from embedded.listening import listen
from embedded.machines.image import Image
from embedded.machines.machine import Machine
from embedded.machines.metadata import Metadata, user_data

logger = logging.getLogger(__name__)


class Machines:
    """Boots a machine for every instance that starts; a context manager within that of its AWS.

    What powers off is terminated, or stopped, as its launch template says, and what is terminated is gone at once.
    """

    def __init__(self, aws: EmbeddedAws, image: Image) -> None:
        self._aws, self._image = aws, image
        self._machines: dict[str, Machine] = {}
        self._places: dict[str, tuple[Any, Metadata]] = {}  # by a machine's own secret in its URLs
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Boot what starts from now on."""
        with ExitStack() as stopping:
            self._folder = Path(
                stopping.enter_context(tempfile.TemporaryDirectory(prefix="machines-", ignore_cleanup_errors=True))
            )
            stopping.callback(self._end_all)
            server = listen(0, self._application)
            stopping.callback(server.server_close)
            stopping.callback(server.shutdown)
            self._url = f"http://127.0.0.1:{server.port}"
            self._aws.fleets.listeners.append(self._heard)
            stopping.callback(self._aws.fleets.listeners.remove, self._heard)
            self._stopping = stopping.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all machines: no process is left."""
        self._stopping.close()

    def of(self, instance_id: str) -> Machine:
        """Return the machine of an instance, also of one that has ended."""
        return self._machines[instance_id]

    @property
    def running(self) -> tuple[str, ...]:
        """Return the ids of the instances whose machines have not ended."""
        return tuple(name for name, machine in list(self._machines.items()) if not machine.ended.is_set())

    def _heard(self, instance: Any, state: str) -> None:
        if state == "running":
            self._boot(instance)
        elif state == "terminated" and instance.id in self._machines:
            self._machines[instance.id].end()

    def _boot(self, instance: Any) -> None:
        secret, folder = secrets.token_hex(8), self._folder / instance.id
        folder.mkdir()
        url = f"{self._url}/{secret}"
        with self._lock:
            self._places[secret] = (
                instance,
                Metadata(instance, self._aws.enforcement.instance_credentials, self._image.withheld),
            )
            environment = {
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
                "AWS_ENDPOINT_URL": self._aws.url,
                "MACHINE_URL": url,
            }
            image = self._image.of(_tags(instance), user_data(instance))
            self._machines[instance.id] = Machine(folder, image, environment)

    @Request.application
    def _application(self, request: Request) -> Response:
        secret, _, path = request.path.removeprefix("/").partition("/")
        if secret not in self._places:
            return NotFound().get_response()  # type: ignore[return-value]
        instance, metadata = self._places[secret]
        if (request.method, path) != ("POST", "power-off"):
            return metadata.answer(request, path)
        if instance.instance_initiated_shutdown_behavior == "terminate":
            instance.ec2_backend.terminate_instances([instance.id])
        else:
            instance.ec2_backend.stop_instances([instance.id])
            self._machines[instance.id].end()
        return Response()

    def _end_all(self) -> None:
        for machine in self._machines.values():
            machine.end()


def _tags(instance: Any) -> dict[str, str]:
    """Return the tags of the image that an instance started from."""
    image = instance.ec2_backend.amis.get(instance.image_id)
    return pairs(image.get_tags()) if image else {}
