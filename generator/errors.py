"""What can be wrong, named for the remedy; a message is one line: which thing, where, and what is accepted."""

from collections.abc import Iterable
from dataclasses import dataclass

FOUND_PROBLEMS = 1
USED_WRONGLY = 2
MOST_LINES = 200


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


def and_more(file: str, line: int, count: int) -> Problem:
    """Return the last problem of a file that has `count` more of them than anybody wants to read."""
    return Problem(file=file, line=line, message=f"and {count} more problem{'' if count == 1 else 's'} in this file")


class InvalidInputError(SpotRunnerError):
    """Files that the user wrote cannot be accepted; all problems are reported together, the first ones in words."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        lines = [str(problem) for problem in self.problems[:MOST_LINES]]
        more = len(self.problems) - len(lines)
        super().__init__("\n".join([*lines, *([f"… and {more} more problems; --json lists them all"] if more else [])]))
