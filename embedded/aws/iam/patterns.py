"""Strings of policies: wildcards and variables, as in `arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from embedded.aws.iam.errors import UnsupportedError

VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")
LITERALS = {"*": "*", "?": "?", "$": "$"}
KEYS = frozenset(
    """aws:arn aws:securetransport aws:sourceaccount aws:sourcearn aws:sourceinstancearn aws:tagkeys
    cloudformation:rolearn dynamodb:attributes dynamodb:leadingkeys ec2:createaction ec2:sourceinstancearn
    ec2:subnetid iam:awsservicename iam:passedtoservice iam:permissionsboundary lambda:functionarn""".split()  # noqa: SIM905 - a table
)
TAGS = ("aws:principaltag/", "aws:requesttag/")


@dataclass(frozen=True, kw_only=True)
class Context:
    """A request's condition keys, in lower case as IAM compares them, and the tags of its resource when asked for."""

    values: Mapping[str, tuple[str, ...]]
    resource_tags: Callable[[], Mapping[str, str]]

    def get(self, key: str) -> tuple[str, ...] | None:
        """Return a key's values, or None if the request has none; raise UnsupportedError for an unknown key."""
        name = key.lower()
        service, is_tag, tag = name.partition(":resourcetag/")
        if is_tag and service in {"aws", "ec2", "iam", "secretsmanager"}:
            found = {key.lower(): value for key, value in self.resource_tags().items()}.get(tag)
            return None if found is None else (found,)
        if name not in KEYS and not name.startswith(TAGS):
            raise UnsupportedError(f"the condition key {key} is not known.")
        return self.values.get(name)


@dataclass(frozen=True, kw_only=True)
class ClosedContext(Context):
    """A request whose keys are all known beforehand: it has those in `values`, and may lack those in `optional`."""

    optional: frozenset[str] = frozenset()

    def get(self, key: str) -> tuple[str, ...] | None:
        """Return a key's values, or None for an optional one; raise UnsupportedError for any other key."""
        if (name := key.lower()) not in self.values and name not in self.optional:
            raise UnsupportedError(f"the condition key {key} is not known here.")
        return self.values.get(name)


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A policy's string with its variables replaced: plain text, and the same with wildcards at work."""

    parts: tuple[tuple[str, bool], ...]  # (text, wildcards count)

    @cached_property
    def text(self) -> str:
        """Return it as it is compared without wildcards."""
        return "".join(text for text, _ in self.parts)

    def matches(self, value: str) -> bool:
        """Tell whether `value` fits, `*` and `?` counting where the policy wrote them."""
        return (
            re.fullmatch("".join(_regex(text) if wild else re.escape(text) for text, wild in self.parts), value)
            is not None
        )


def resolve(text: str, context: Context) -> Pattern | None:
    """Replace the variables; None if one of them has no single value in this request, so that nothing can match."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for variable in VARIABLE.finditer(text):
        name, default = variable.groups()
        found = (
            (LITERALS[name],) if name in LITERALS else context.get(name) or ((default,) if default is not None else ())
        )
        if len(found) != 1:
            return None
        parts += [(text[end : variable.start()], True), (found[0], False)]
        end = variable.end()
    return Pattern(parts=(*parts, (text[end:], True)))


@cache
def _regex(text: str) -> str:
    return re.escape(text).replace(r"\*", "(?s:.*)").replace(r"\?", "(?s:.)")
