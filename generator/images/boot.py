"""What a machine runs at boot: one script, as a unit of the AMI, or as user data of machines from an own AMI."""

import re
from functools import cache
from pathlib import Path

from generator.images.templates import render
from lambdas.core.names import PRESET_TAG

FOLDER = "/opt/spot-runner"
CLIENT = f"{FOLDER}/aws-cli"
# The exit code by which the script says that its machine is no runner, and is to stay: EX_TEMPFAIL of sysexits.h.
ASIDE = 75
LAUNCH_TAG = "spot-runner:launch"  # only CreateFleet gives it: nothing that Image Builder starts has it
DEADLINE_MINUTES = 20  # for a boot that does not come to the script, which has 15 minutes of its own
LOCK = Path(__file__).parent / "data" / "aws-cli.txt"


@cache
def baked_script() -> str:
    """Return the script of an AMI of this project: user data tell it where it is, the instance's tags whose it is."""
    return render("boot.sh.j2", baked=True, aside=ASIDE, launch_tag=LAUNCH_TAG, preset_tag=PRESET_TAG)


@cache
def script_of_own_ami() -> str:
    """Return the script for other AMIs, without its first lines: these set `table`, `region` and `log_group`.

    Such an AMI has bash, curl, jq, sudo, systemd, the AWS CLI as `aws` on the PATH, user `runner` with Docker, and
    GitHub's runner in /opt/actions-runner.
    """
    return render("boot.sh.j2", baked=False, aside=ASIDE)


def unit() -> str:
    """Return the systemd unit that runs the script at boot."""
    return render("boot_unit.service.j2", aside=ASIDE, client=CLIENT, script=f"{FOLDER}/boot")


@cache
def client_lock() -> str:
    """Return the AWS CLI and all that it needs, each at one version with the hashes of its wheels."""
    return LOCK.read_text()


def client_version() -> str:
    """Return the version of the AWS CLI."""
    (version,) = re.findall(r"^awscli==(\S+)", client_lock(), re.MULTILINE)
    return str(version)
