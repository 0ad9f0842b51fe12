"""What can be wrong, named for the remedy; a message is one line: which thing, where, and what is accepted."""

from collections.abc import Iterable
from dataclasses import dataclass

FOUND_PROBLEMS = 1
USED_WRONGLY = 2


class SpotRunnerError(Exception):
    """The root of all errors that a user can mend; `str(error)` is the whole message."""

    exit_code = FOUND_PROBLEMS


class UsageError(SpotRunnerError):
    """The command was called in a way that it cannot take."""

    exit_code = USED_WRONGLY


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One thing that is wrong in one file.

    `file` is relative to the project's root with forward slashes; `line` counts from 1; `field` is dotted, such as
    `image.base` or `instanceTypes[2]`; `message` names the value and what is accepted.
    """

    file: str
    line: int = 1
    field: str = ""
    message: str

    def __str__(self) -> str:
        """Return `presets/gpu.yaml:4: spotStrategy is 'free', expected spotOnly, spotPreferred or onDemandOnly`."""
        return f"{self.file}:{self.line}: {self.message}"


class InvalidInputError(SpotRunnerError):
    """Files that the user wrote cannot be accepted; all problems are reported together."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
