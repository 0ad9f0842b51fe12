"""Text that a user wrote, set into a shell script so that nothing in it is read as shell, YAML or AWSTOE.

AWSTOE replaces `{{ … }}` anywhere in a step's inputs:
https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-user-defined-variables.html
"""

import base64
import itertools
import re
import shlex
import textwrap

OPENING = re.compile(r"\{(?=\{)")
# YAML's literal blocks and CloudFormation keep these characters as they are; anything else travels as base64.
PLAIN = re.compile(r"[\t\n\x20-\x7e]*")


def word(text: str) -> str:
    """Return a text as one word of bash, which never holds `{{`."""
    return OPENING.sub("{''", shlex.quote(text))


def file(text: str, target: str) -> str:
    """Return shell lines that write a text, ended by a newline, to `target`, a word of bash.

    Plain text stays readable; in it, a mark keeps the two braces of `{{` apart until the file is written.
    """
    text = text.rstrip("\n") + "\n"
    if not PLAIN.fullmatch(text):
        encoded = base64.b64encode(text.encode()).decode()
        return here_document(f"base64 --decode > {target}", "\n".join(textwrap.wrap(encoded, 76)) + "\n")
    if "{{" not in text:
        return here_document(f"cat > {target}", text)
    mark = absent_from(text, "~{}~")
    return here_document(f"sed 's/{{{mark}/{{/g' > {target}", OPENING.sub("{" + mark, text))


def here_document(command: str, text: str) -> str:
    """Return a command that reads a text word by word as it stands."""
    end = absent_from(text, "END_{}")
    return f"{command} << '{end}'\n{text}{end}"


def absent_from(text: str, pattern: str) -> str:
    """Return the first of `pattern` filled with 0, 1, 2 … that a text does not contain."""
    return next(mark for mark in map(pattern.format, itertools.count()) if mark not in text)
