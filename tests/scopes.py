"""What the functions' rights are narrowed to, in words that a test recognises."""

from troposphere import Ref, Sub

from generator.policies import Scope
from generator.stacks.fleet_rights import Place


def a_scope() -> Scope:
    """Return the scope of deployment `spot-runner`."""
    place = Place(subnet_ids=Ref("SubnetIds"), security_group_arn=Sub("GROUP"), role_arn=Sub("ROLE"))
    return Scope(
        deployment="spot-runner",
        table_arn="TABLE",
        jobs_queue_arn="JOBS",
        webhook_secret_arn="SECRET",
        app_key_arn="KEY",
        machines=place,
    )
