"""What GitHub refuses, in its words: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.errors, self.headers = status, errors, dict(headers or {})
        super().__init__(message)

    def as_json(self) -> dict[str, Any]:
        """Return the body of the answer."""
        details = {} if self.errors is None else {"errors": self.errors}
        documentation = {"documentation_url": "https://docs.github.com/rest", "status": str(self.status)}
        return {"message": str(self), **details, **documentation}


def not_found() -> ApiError:
    """Return the refusal for what is not there, or may not be seen."""
    return ApiError(404, "Not Found")


def invalid(resource: str, field: str, code: str, message: str | None = None) -> ApiError:
    """Return the refusal of one field; codes are `missing_field`, `invalid`, `custom` (with a message) and others."""
    words = {} if message is None else {"message": message}
    return ApiError(422, "Validation Failed", [{"resource": resource, "code": code, "field": field, **words}])
