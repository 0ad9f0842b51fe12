"""How values cross stacks: one stack writes an SSM parameter, others read it when they are deployed.

Not by exports: CloudFormation refuses to change or remove what another stack imports.
"""

from troposphere import Parameter, Ref, Select, Split, ssm

from generator.stacks import tags
from lambdas.core.names import Names

STRING = "String"
STRING_LIST = "StringList"


def handed_on(names: Names, key: str, value: object, *, kind: str = STRING) -> ssm.Parameter:
    """Return the parameter that hands a value on; `key` is its last part, such as `table-name`."""
    return ssm.Parameter(
        title(key) + "Value",
        Name=names.stack_value(key),
        Type=kind,
        Value=value,
        Description=f"{key} of {names.deployment}, for its other stacks",
        Tags=tags.of_deployment(names.deployment),
    )


def taken(names: Names, key: str, *, kind: str = STRING) -> Parameter:
    """Return the stack parameter that reads what another stack handed on; `kind` is CloudFormation's word for it."""
    return Parameter(
        title(key),
        Type=f"AWS::SSM::Parameter::Value<{kind}>",
        Default=names.stack_value(key),
        Description=f"SSM parameter that holds the {key}",
    )


def stack_id_part() -> Select:
    """Return what tells a stack from every other of the same name, before and after it: the last part of its id."""
    return Select(2, Split("/", Ref("AWS::StackId")))


def title(key: str) -> str:
    """Return a logical id: `table-name` becomes `TableName`."""
    return "".join(word.capitalize() for word in key.split("-"))
