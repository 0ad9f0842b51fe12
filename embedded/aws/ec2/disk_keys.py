"""The keys of disks: a machine with a disk that nobody may decrypt ends right after its launch.

A customer's key is played as one whose policy names neither who launches nor EC2's service-linked roles. It is met
without being named, too: as the account's default, by which a disk is encrypted that names no key.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html
"""

from typing import Any

from moto.ec2.models.instances import StateReason
from moto.kms import kms_backends

AWS_KEY = "alias/aws/ebs"
CODE = "Client.InvalidKMSKey.InvalidState"
WHY = f"{CODE}: The KMS key provided is in an incorrect state"


def judge(instance: Any, account: str, region: str) -> None:
    """End an instance of moto that has a disk with a customer's key."""
    disks = [instance.ec2_backend.volumes[one.volume_id] for one in instance.block_device_mapping.values()]
    if all(_is_aws(disk.kms_key_id, account, region) for disk in disks if disk.encrypted):
        return
    instance.terminate()
    instance.state_reason = StateReason(WHY, CODE)


def _is_aws(key: str, account: str, region: str) -> bool:
    keys = kms_backends[account][region]
    return key.endswith(AWS_KEY) or (keys.alias_exists(AWS_KEY) and key == keys.describe_key(AWS_KEY).arn)
