"""Errors that the embedded AWS adds to moto's own."""

from moto.core.exceptions import ServiceException


class ServiceError(ServiceException):  # type: ignore[misc] # moto has no types
    """An answer of an AWS API, by AWS's own code; outside moto's modules, where moto looks only for its own errors."""
