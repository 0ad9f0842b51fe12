"""The machines of `spot-runner local`: they boot with the rendered script, as their AMI would have it."""

import sys
from dataclasses import replace
from pathlib import Path

from embedded.github import runner_client
from embedded.machines import Image
from generator.images import boot
from lambdas.core.names import PRESET_TAG

RUNNER = "runner"
# https://docs.aws.amazon.com/imagebuilder/latest/userguide/tag-resources.html
BUILT_TAG = "Ec2ImageBuilderArn"  # Image Builder's own, of every AMI that it makes
PLAYED_CLIENT = "runner_client.py"
PLAYED = Path(runner_client.__file__).parent
QUICK = {"SPOT_RUNNER_METADATA_RETRIES": "0", "SPOT_RUNNER_POLL_SECONDS": "0.2"}  # nobody waits two seconds here


def played() -> Image:
    """Return what the machines of a played day run: a runner of the played GitHub."""
    made = image((PLAYED / "run.sh").read_text(), **QUICK)
    client = {f"{RUNNER}/{PLAYED_CLIENT}": (PLAYED / PLAYED_CLIENT).read_text()}
    return replace(made, files={**made.files, **client})


def silent() -> Image:
    """Return the same without logs: each machine saves three starts of the AWS CLI, two thirds of what it costs."""
    return replace(played(), withheld=frozenset({f"meta-data/tags/instance/{PRESET_TAG}"}))


def image(run: str, **variables: str) -> Image:
    """Return what instances run; `run` is the text of a program in the place of GitHub's run.sh.

    The boot script is that of AMIs that Image Builder has made; others run their user data. `variables` are environment
    variables that either reads.
    """
    return Image(
        script=boot.baked_script(),
        tag=BUILT_TAG,
        files={f"{RUNNER}/run.sh": run},
        environment={"SPOT_RUNNER_RUNNER_DIRECTORY": f"{{machine}}/{RUNNER}", **variables},
        path=(Path(sys.executable).parent,),  # where `aws` is, in the environment that has `local`
    )
