"""How a preset's machines start, apart from what each launch decides: AMI, instance type, subnet and root volume."""

import json
from collections.abc import Mapping

from troposphere import AWSHelperFn, Base64, Join, Ref, Sub, ec2

from generator.errors import InvalidInputError, Problem
from generator.images import boot, windows_boot
from generator.stacks import machine_logs, tags
from lambdas.core.preset import WINDOWS

LAUNCH_TEMPLATE = "LaunchTemplate"
# What an AMI of last year expects stays true: a new meaning is a new version beside this one.
USER_DATA_VERSION = 1
HOP_LIMIT = 2  # one more than the machine itself: containers ask for metadata too
MOST_USER_DATA = 16 * 1024  # bytes, before base64
LONGEST_HEAD = 512  # bytes: the lines with the table, of at most 255 characters, and the Region
TAGGED_ON_LAUNCH = ("instance", "network-interface", "volume")


def launch_template(name: str, marks: Mapping[str, str], told: AWSHelperFn) -> ec2.LaunchTemplate:
    """Return the launch template; a machine that powers off is gone, or its disk would go on billing.

    `told` are its user data. It maps no devices: the root device's name is read from the AMI and overridden at launch.
    """
    return ec2.LaunchTemplate(
        LAUNCH_TEMPLATE,
        LaunchTemplateName=name,
        LaunchTemplateData=ec2.LaunchTemplateData(
            IamInstanceProfile=ec2.IamInstanceProfile(Name=Ref("RunnerInstanceProfile")),
            InstanceInitiatedShutdownBehavior="terminate",
            MetadataOptions=ec2.MetadataOptions(
                HttpEndpoint="enabled",
                HttpPutResponseHopLimit=HOP_LIMIT,
                HttpTokens="required",
                InstanceMetadataTags="enabled",
            ),
            SecurityGroupIds=[Ref("RunnerSecurityGroupId")],
            TagSpecifications=[tags.specification(kind, marks) for kind in TAGGED_ON_LAUNCH],
            UserData=Base64(told),
        ),
        TagSpecifications=[tags.specification("launch-template", marks)],
    )


def user_data(deployment: str) -> Sub:
    """Return what a machine is told of where it is, as user data; no secret is in it."""
    told = {"v": USER_DATA_VERSION, "table": "${TableName}", "region": "${AWS::Region}", "deployment": deployment}
    return Sub(json.dumps(told, separators=(",", ":")))


def user_data_of_own_ami(deployment: str, preset: str, platform: str) -> Join:
    """Return the boot script as user data for machines from an AMI that was not baked here; no secret is in it.

    cloud-init runs it, or EC2Launch. Raises InvalidInputError beyond what EC2 takes:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
    """
    log_group = machine_logs.log_group_name(deployment, preset)
    if platform == WINDOWS:
        where = "<powershell>\n$table = '${TableName}'\n$region = '${AWS::Region}'\n"
        script = f"$logGroup = '{log_group}'\n{windows_boot.script_of_own_ami()}</powershell>\n"
    else:
        where = "#!/usr/bin/env bash\ntable='${TableName}'\nregion='${AWS::Region}'\n"
        script = f"log_group='{log_group}'\n{boot.script_of_own_ami()}"
    if (size := len(script.encode()) + LONGEST_HEAD) > MOST_USER_DATA:
        why = f"image.ami needs a boot script of {size} bytes as user data, EC2 takes {MOST_USER_DATA}"
        raise InvalidInputError([Problem(file=f"presets/{preset}.yaml", field="image.ami", message=why)])
    return Join("", [Sub(where), script])
