"""The table of what is played speaks of operations and members that AWS has."""

import pytest

from embedded.aws.cloudformation.caller import service_model
from embedded.aws.played import table

WRITTEN = [(service, operation) for service, operations in table().items() for operation in operations]


@pytest.mark.parametrize(("service", "operation"), WRITTEN, ids=str)
def test_an_operation_of_the_table_and_its_members_exist_in_aws(service: str, operation: str) -> None:
    shape = service_model(service).operation_model(operation).input_shape
    strange = [member for member in table()[service][operation] if not known(shape, member.split("."))]
    assert strange == []


def known(shape: object, names: list[str]) -> bool:
    """Tell whether a dotted path leads to a member, through lists and the keys (`*`) of maps."""
    kind = getattr(shape, "type_name", "")
    if kind == "list":
        return known(shape.member, names)  # type: ignore[attr-defined]
    if not names:
        return True
    if kind == "map":
        return names[0] == "*" and known(shape.value, names[1:])  # type: ignore[attr-defined]
    return kind == "structure" and names[0] in shape.members and known(shape.members[names[0]], names[1:])  # type: ignore[attr-defined]
