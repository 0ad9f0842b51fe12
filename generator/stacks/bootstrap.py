"""The bootstrap stack: whom AWS trusts, how far, and where artifacts lie. An administrator deploys it, once."""

from typing import TYPE_CHECKING

from troposphere import GetAtt, Output, Ref, Template

from generator.stacks import artifacts, boundary, execution, github_roles, oidc
from generator.stacks.values import handed_on
from lambdas.core.names import Names

if TYPE_CHECKING:
    from generator.inputs.settings import Settings

PART = "bootstrap"


def template(settings: "Settings") -> Template:
    """Return the stack's template."""
    names = Names(deployment=settings.name)
    stack = Template(Description=f"{names.deployment}: trust in GitHub, roles, permissions boundary, artifacts")
    for parameter in oidc.parameters():
        stack.add_parameter(parameter)
    for name, condition in oidc.conditions().items():
        stack.add_condition(name, condition)
    _add_resources(stack, names)
    for name in ("Plan", "Deploy", "Operate"):
        stack.add_output(Output(f"{name}RoleArn", Value=GetAtt(f"{name}Role", "Arn")))
    return stack


def _add_resources(stack: Template, names: Names) -> None:
    deployment = names.deployment
    stack.add_resource([artifacts.bucket(deployment), artifacts.policy(), oidc.provider(deployment)])
    stack.add_resource([boundary.managed_policy(deployment), *execution.policies(deployment)])
    stack.add_resource([execution.role(deployment), *github_roles.roles(deployment)])
    stack.add_resource(
        [
            handed_on(names, "artifact-bucket", Ref(artifacts.BUCKET)),
            handed_on(names, "execution-role-arn", execution.arn()),
            handed_on(names, "boundary-arn", Ref(boundary.BOUNDARY)),
        ]
    )
