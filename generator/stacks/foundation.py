"""The foundation stack: what is kept whatever happens, and where machines run. It rarely changes."""

from typing import TYPE_CHECKING

from troposphere import GetAtt, Ref, Template

from generator.stacks import credentials, network
from generator.stacks.table import TABLE, table
from generator.stacks.values import STRING_LIST, handed_on
from lambdas.core.names import Names

if TYPE_CHECKING:
    from generator.inputs.settings import Settings

PART = "foundation"


def template(settings: "Settings") -> Template:
    """Return the stack's template."""
    names = Names(deployment=settings.name)
    stack = Template(Description=f"{names.deployment}: table, secrets, network")
    for parameter in network.parameters():
        stack.add_parameter(parameter)
    for name, condition in network.conditions().items():
        stack.add_condition(name, condition)
    stack.add_resource([table(names.deployment), *credentials.secrets(names.deployment)])
    stack.add_resource([*network.resources(names.deployment)])
    _hand_on(stack, names)
    return stack


def _hand_on(stack: Template, names: Names) -> None:
    values = {
        "table-name": Ref(TABLE),
        "table-arn": GetAtt(TABLE, "Arn"),
        "app-key-arn": Ref(credentials.APP_KEY),
        "webhook-secret-arn": Ref(credentials.WEBHOOK_SECRET),
        "vpc-id": network.vpc_id(),
        "runner-security-group-id": GetAtt("RunnerSecurityGroup", "GroupId"),
        "build-security-group-id": GetAtt("BuildSecurityGroup", "GroupId"),
    }
    stack.add_resource([handed_on(names, key, value) for key, value in values.items()])
    stack.add_resource(handed_on(names, "subnet-ids", network.subnet_ids(), kind=STRING_LIST))
