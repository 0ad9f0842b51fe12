r"""What a Windows machine runs at boot: one script, as a scheduled task of the AMI, or as user data of an own AMI.

Not yet run on AWS: tests render and parse it.
"""

from functools import cache

from generator.images import boot
from generator.images.templates import render
from lambdas.core.names import PRESET_TAG

FOLDER = r"C:\spot-runner"
RUNNER = r"C:\actions-runner"
CLIENT_FOLDER = rf"{FOLDER}\aws-cli"
CLIENT = rf"{CLIENT_FOLDER}\Amazon\AWSCLIV2\aws.exe"
ATTENDED = rf"{FOLDER}\attended"  # says that the script has come as far as to need no dead man's timer of the AMI
ASIDE = boot.ASIDE
DEADLINE_MINUTES = boot.DEADLINE_MINUTES


@cache
def baked_script() -> str:
    """Return the script of an AMI of this project: user data tell it where it is, the instance's tags whose it is."""
    values = {"aside": ASIDE, "attended": ATTENDED, "launch_tag": boot.LAUNCH_TAG, "preset_tag": PRESET_TAG}
    return render("boot.ps1.j2", baked=True, client=CLIENT, runner=RUNNER, **values)


@cache
def script_of_own_ami() -> str:
    r"""Return the script for other AMIs, without its first lines: these set `$table`, `$region` and `$logGroup`.

    Such an AMI has Windows PowerShell 5.1, the AWS CLI as `aws` on the PATH of SYSTEM, and GitHub's runner in
    C:\actions-runner. It runs as user data, which EC2Launch starts once Windows is set up.
    """
    return render("boot.ps1.j2", baked=False, client="aws", runner=RUNNER)


def run() -> str:
    """Return the batch file that the task starts: it powers off however the script ended, once Windows is set up."""
    return render("boot_run.cmd.j2", aside=ASIDE, attended=ATTENDED, folder=FOLDER)


def deadline() -> str:
    """Return the batch file of the dead man's timer."""
    return render("boot_deadline.cmd.j2", attended=ATTENDED)
