"""What Image Builder answers instead of a result."""

from embedded.aws.errors import ServiceError


def invalid_value(parameter: str, why: str) -> ServiceError:
    """Make the error for a parameter whose value the service does not take."""
    message = f"The value supplied for parameter '{parameter}' is not valid. {why}"
    return ServiceError("InvalidParameterValueException", message)
