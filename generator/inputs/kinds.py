"""What each value of presets and settings may be: patterns, ranges and known names, each with its words."""

import re

from generator.inputs import instance_types
from generator.inputs.fields import Known, Text, Whole, expected, refused
from generator.inputs.schedule import EXAMPLE, ScheduleError, parse
from generator.inputs.schedule_pattern import pattern as schedule_pattern
from lambdas.core import own_amis

NAME = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
HEX_ID = "(?:[0-9a-f]{8}|[0-9a-f]{17})"
HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
PORT = ":[1-9][0-9]{0,4}"
DOCKER_PATH = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
DOCKER_HOST = rf"(?:localhost|(?=[^/]*[.:]){HOST})(?:{PORT})?"
PRINTED = r"[^\x00-\x20\x7f]"
LABEL_LETTERS = "[a-z0-9][a-z0-9._/=:+@-]*"
LABEL_WORDS = "a label in lower case, without spaces and commas"
GIVEN_LABELS = ("self-hosted", "linux", "windows", "macos", "x64", "arm", "arm64")
BASES = ("ubuntu-24.04", "ubuntu-22.04", "windows-2022")
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def whole(minimum: int, maximum: int) -> Whole:
    """Return the kind of a whole number in a range."""
    return Whole(minimum=minimum, maximum=maximum, expected=f"a whole number from {minimum} to {maximum}")


def shell(longest: int, words: str) -> Text:
    """Return the kind of shell text: something printable in it, and no control characters but tab and line end."""
    pattern = r"(?=[\s\S]*[!-~])[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*"
    return Text(pattern=pattern, longest=longest, expected=f"{words}, not empty, at most {longest} characters")


def _examine_schedule(value: str) -> None:
    try:
        parse(value)
    except ScheduleError as error:
        raise refused(str(error)) from error


def _examine_label(value: str) -> None:
    if value.lower() in GIVEN_LABELS or value.lower().partition("/")[0] == "spotrunner":
        raise refused("which spot-runner takes care of by itself, expected no entry for it")
    if not re.fullmatch(LABEL_LETTERS, value):
        raise expected(LABEL_WORDS, lambda: [value.lower()] if re.fullmatch(LABEL_LETTERS, value.lower()) else [])


def _examine_instance_type(value: str) -> None:
    if value not in instance_types.known():
        raise expected("an EC2 instance type", instance_types.known)


PRESET_NAME = Text(
    pattern=NAME, longest=40, expected="a name of lower-case letters, digits and inner hyphens, at most 40 characters"
)
LABEL = Known(
    expected=LABEL_WORDS,
    longest=256,
    examine=_examine_label,
    pattern=rf"(?!(?:{'|'.join(GIVEN_LABELS)})$)(?!spotrunner(?:/|$)){LABEL_LETTERS}",
)
RUNNER_GROUP = Text(
    pattern=rf"{PRINTED}(?:[^\x00-\x1f\x7f]*{PRINTED})?", longest=128, expected="the name of a runner group"
)
BASE = Text(
    pattern=rf"ubuntu-24\.04|ubuntu-22\.04|windows-2022|{own_amis.ID.pattern}|ssm:/(?:aws/service|imagebuilder)(?:/[A-Za-z0-9_.-]+)+",
    longest=1024,
    expected="ubuntu-24.04, ubuntu-22.04, windows-2022, an AMI id or ssm:/imagebuilder/path (or ssm:/aws/service/path)",
    choices=BASES,
)
AMI_ID = Text(pattern=own_amis.ID.pattern, longest=32, expected="an AMI id such as ami-0123456789abcdef0")
SCHEDULE = Known(
    expected=f"cron of six fields such as {EXAMPLE}",
    longest=256,
    examine=_examine_schedule,
    pattern=schedule_pattern(),
)
INSTANCE_TYPE = Known(expected="an EC2 instance type", longest=64, examine=_examine_instance_type)
DOCKER_IMAGE = Text(
    pattern=rf"(?:{DOCKER_HOST}/)?{DOCKER_PATH}(?:/{DOCKER_PATH})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?",
    longest=512,
    expected="a Docker image reference such as postgres:17 or ghcr.io/owner/image:tag",
)
COMPONENT_NAME = PRESET_NAME
COMPONENT_ARN = Text(
    pattern="arn:aws(?:-[a-z]+)*:imagebuilder:[a-z0-9-]+:(?:[0-9]{12}|aws|aws-marketplace):component/"
    r"[a-z0-9][a-z0-9_-]*/(?:x|[0-9]+)\.(?:x|[0-9]+)\.(?:x|[0-9]+)(?:/[0-9]+)?",
    longest=1024,
    expected="{name, run} or the ARN of an Image Builder component",
)
RUNNER_VERSION = Text(
    pattern="latest|(?:0|[1-9][0-9]*)[.](?:0|[1-9][0-9]*)[.](?:0|[1-9][0-9]*)",
    longest=32,
    expected="latest or an exact version such as 2.330.0",
    choices=("latest",),
)
SHELL_SCRIPT = shell(15000, "a shell script")
SHELL_COMMAND = shell(2000, "a shell command")

DEPLOYMENT_NAME = Text(
    pattern=r"(?!aws|ssm)(?![a-z0-9-]*-preset(?:-|$))[a-z](?:[a-z0-9-]*[a-z0-9])?",
    longest=20,
    expected="a name of lower-case letters, digits and inner hyphens, at most 20 characters, from a letter on, "
    "not beginning with aws or ssm, and without -preset- in it or -preset at its end",
)
REGION = Text(pattern="[a-z]{2,4}(?:-[a-z]+){1,2}-[1-9][0-9]?", longest=32, expected="an AWS Region such as eu-west-1")
ACCOUNT = Text(pattern="[0-9]{12}", longest=12, expected="an AWS account id of 12 digits")
SERVER_URL = Text(
    pattern=rf"https://{HOST}(?:{PORT})?",
    longest=255,
    expected="https:// and a host without a path, such as https://github.com",
    choices=("https://github.com",),
)
OWNER = Text(
    pattern="[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?", longest=100, expected="a GitHub organization or user name"
)
REPOSITORY = Text(
    pattern=r"\*|[A-Za-z0-9_*-]+/[A-Za-z0-9_.*-]+",
    expected="owner/name, in which * stands for any characters, or * for every repository",
)
VPC_ID = Text(pattern=f"vpc-{HEX_ID}", longest=32, expected="a VPC id such as vpc-0123456789abcdef0")
SUBNET_ID = Text(pattern=f"subnet-{HEX_ID}", longest=32, expected="a subnet id such as subnet-0123456789abcdef0")
EMAIL = Text(pattern="[!-?A-~]+@[A-Za-z0-9-]+(?:[.][A-Za-z0-9-]+)+", longest=254, expected="an email address")
ENVIRONMENT_NAME = Text(
    pattern=NAME, longest=40, expected="a name of lower-case letters, digits and inner hyphens, at most 40 characters"
)
LOG_RETENTION = Whole(
    minimum=1,
    maximum=RETENTION_DAYS[-1],
    accepted=RETENTION_DAYS,
    expected=f"a number of days that CloudWatch Logs accepts ({', '.join(map(str, RETENTION_DAYS))})",
)
