"""What Image Builder answers instead of a result."""

from moto.core.exceptions import ServiceException


class Refused(ServiceException):  # type: ignore[misc] # moto carries no types
    """An error answer: the service's error code and a message."""


def invalid_value(parameter: str, why: str) -> Refused:
    """Make the error for a parameter whose value the service does not take."""
    message = f"The value supplied for parameter '{parameter}' is not valid. {why}"
    return Refused("InvalidParameterValueException", message)
