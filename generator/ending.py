"""How a command ends: whatever goes wrong becomes a line on standard error and an exit code, never a traceback."""

import atexit
import gc
import os
import signal
import sys

import typer
from typer._click.exceptions import NoArgsIsHelpError  # typer carries its own click, and shows no public name for these
from typer._click.exceptions import UsageError as ClickUsageError

from generator.errors import USED_WRONGLY, InvalidInputError, SpotRunnerError, UsageError
from generator.github.annotations import annotation
from generator.printing import json_text, without_commands

INTERRUPTED = 128 + signal.SIGINT
ENDING = (signal.SIGTERM, signal.SIGHUP)
# Python looks for garbage after every 700 new objects, and once more at the end. A command holds the models of AWS to
# its end and leaves little garbage: a quarter of its time went into that search.
OBJECTS_BETWEEN_SEARCHES = 20_000


def run(app: typer.Typer) -> None:
    """Run a command line to its exit code."""
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
    atexit.register(gc.freeze)
    for number in ENDING:
        signal.signal(number, _told_to_end)
    sys.exit(_exit_code(app))


def _exit_code(app: typer.Typer) -> int:
    try:
        return int(app(standalone_mode=False) or 0)
    except NoArgsIsHelpError as error:
        error.show()
        return USED_WRONGLY
    except ClickUsageError as error:
        return report(UsageError(_in_a_line(error)))
    except SpotRunnerError as error:
        return report(error)
    except typer.Abort:
        return INTERRUPTED
    except OSError as error:
        return report(SpotRunnerError(f"{error.filename or 'the output'}: {error.strerror or error}"))


def report(error: SpotRunnerError) -> int:
    """Print an error to standard error, and return its exit code; for GitHub Actions annotate the lines of files, too.

    Where JSON was asked for, a script finds the same in one JSON document on standard output.
    """
    print(without_commands(f"{error}"), file=sys.stderr)  # noqa: T201 - the command line's own voice
    problems = error.problems if isinstance(error, InvalidInputError) else ()
    if "--json" in sys.argv:
        print(json_text({"ok": False, "error": str(error)}))  # noqa: T201
    elif os.environ.get("GITHUB_ACTIONS") == "true":
        for problem in problems:
            line = annotation("error", problem.message, file=problem.file, line=problem.line)
            print(line, file=sys.stderr)  # noqa: T201 - standard output may be a job's output
    return error.exit_code


def _in_a_line(error: ClickUsageError) -> str:
    command = error.ctx.command_path if error.ctx else "spot-runner"
    message = " ".join(error.format_message().replace("Value error, ", "").split()).rstrip(".")
    return f"{message} (see `{command} --help`)"


def _told_to_end(number: int, _frame: object) -> None:
    """Leave by an exception, so that temporary files and servers go too; told twice, go on tidying up."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)
