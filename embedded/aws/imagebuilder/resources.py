"""What Image Builder keeps: every resource by its ARN, in the shape that Get answers, and how they are named."""

import re
from collections.abc import Iterator
from typing import Any

from embedded.aws.errors import ServiceError
from embedded.aws.imagebuilder.errors import invalid_value

PAGE_SIZE = 25

Body = dict[str, Any]


def type_of(arn: str) -> str:
    """Return the kind of resource that an ARN names, such as `image-recipe`."""
    return arn.split(":")[5].partition("/")[0]


def _version_of(arn: str) -> tuple[int, ...]:
    return tuple(int(number) for part in arn.split("/")[2:] for number in part.split("."))


class Resources:
    """All resources of one account and Region."""

    def __init__(self, arn_prefix: str) -> None:
        """Make ARNs behind `arn_prefix`, such as `arn:aws:imagebuilder:eu-west-1:123456789012:`."""
        self._prefix, self.region = arn_prefix, arn_prefix.split(":")[3]
        self._all: dict[str, Body] = {}
        self._given: dict[str, int] = {}

    def arn(self, arn_type: str, name: str, *parts: str) -> str:
        """Return a resource's ARN: names are in lower case there, with `-` for `_` and the space."""
        return "/".join((f"{self._prefix}{arn_type}", re.sub("[_ ]", "-", name.lower()), *parts))

    def add(self, arn: str, body: Body) -> Body:
        """Keep a new resource, or refuse a second one of that ARN."""
        if arn in self._all:
            raise ServiceError("ResourceAlreadyExistsException", f"{arn} already exists.")
        owned = {"arn": arn, "owner": self._prefix.split(":")[4], "tags": dict(body.get("tags", {}))}
        self._all[arn] = {**body, **owned}
        return self._all[arn]

    def find(self, arn: str) -> Body:
        """Return one resource; `x` in a version, or no build number, means the newest that fits."""
        pattern = re.sub(r"(?<=[/.])x(?=[./]|$)", r"\\d+", re.escape(arn).replace(r"\.", "."))
        fitting = [known for known in self._all if known == arn or re.fullmatch(pattern + r"(/\d+)?", known)]
        if not fitting:
            raise ServiceError("ResourceNotFoundException", f"The resource {arn} does not exist.")
        return self._all[arn if arn in self._all else max(fitting, key=_version_of)]

    def referred(self, parameter: str, arn: str) -> Body:
        """Return the resource that a parameter names, or refuse the parameter; AWS's own are taken to exist."""
        try:
            return self.find(arn) if arn.startswith(self._prefix) else {"arn": arn}
        except ServiceError as error:
            raise invalid_value(parameter, str(error.message)) from error

    def of(self, arn_type: str) -> list[Body]:
        """Return all of one kind, oldest first."""
        return [body for arn, body in self._all.items() if type_of(arn) == arn_type]

    def get(self, arn: str) -> Body | None:
        """Return the resource of exactly this ARN, or None."""
        return self._all.get(arn)

    def remove(self, arn: str) -> None:
        """Drop one resource, unless another needs it."""
        found = self.find(arn)["arn"]
        user = next((body["arn"] for body in self._all.values() if found in self._needs(body)), None)
        if user:
            raise ServiceError("ResourceDependencyException", f"{found} is in use by {user}.")
        del self._all[found]

    def next_number(self, stem: str, first: int) -> int:
        """Return the number after the highest one that followed `stem` in an ARN; none is given twice."""
        taken = [re.match(re.escape(stem) + r"(\d+)", arn) for arn in self._all]
        highest = max((int(match[1]) for match in taken if match), default=first - 1)
        self._given[stem] = max(highest, self._given.get(stem, highest)) + 1
        return self._given[stem]

    def _needs(self, body: Body) -> Iterator[str]:
        for used in body.get("components", ()):
            yield self.referred("componentArn", used["componentArn"])["arn"]
        if "imageRecipe" in body:
            yield body["imageRecipe"]["arn"]
        if type_of(body["arn"]) == "image-pipeline":
            yield self.referred("imageRecipeArn", body["imageRecipeArn"])["arn"]
            yield from (arn for key, arn in body.items() if key.endswith("ConfigurationArn"))


def page(listing: str, items: list[Body], params: Body) -> Body:
    """Return one page of `items`, and `nextToken` if there are more."""
    token = params.get("nextToken", "0")
    if not token.isdigit():
        raise ServiceError("InvalidPaginationTokenException", "The pagination token is not valid.")
    end = int(token) + params.get("maxResults", PAGE_SIZE)
    return {listing: items[int(token) : end], **({"nextToken": str(end)} if end < len(items) else {})}
