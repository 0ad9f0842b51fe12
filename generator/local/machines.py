"""What the machines of a played day run: the boot script as it is baked, and a runner of the played GitHub."""

import sys
from pathlib import Path

from embedded.github import runner_client
from embedded.machines import Image
from generator.images import boot

RUNNER = Path(runner_client.__file__).parent
# A played build bakes nothing, so that the AWS CLI is that of this installation; and nobody waits two seconds.
ENVIRONMENT = {
    "SPOT_RUNNER_METADATA_RETRIES": "0",
    "SPOT_RUNNER_POLL_SECONDS": "0.2",
    "SPOT_RUNNER_RUNNER_DIRECTORY": "{machine}/runner",
}


def image() -> Image:
    """Return what every instance boots with."""
    files = {f"runner/{name}": (RUNNER / name).read_text() for name in ("run.sh", "runner_client.py")}
    here = Path(sys.executable).parent
    return Image(script=boot.baked_script(), files=files, environment=ENVIRONMENT, path=(here,))
