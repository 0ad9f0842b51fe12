"""Text that a user wrote, set into a PowerShell script so that nothing in it is read as PowerShell, YAML or AWSTOE."""

import base64
import textwrap

from generator.images.shell import OPENING, PLAIN, absent_from

# https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
END_OF_HERE_STRING = "\n'@"
BYTE_ORDER_MARK = "\ufeff"  # without it, Windows PowerShell reads a script as of the machine's old code page


def file(text: str, target: str) -> str:
    """Return PowerShell lines that write a text, ended by a newline, to `target`, an expression.

    Plain text stays readable; in it, a mark keeps the two braces of `{{` apart until the file is written.
    """
    text = text.rstrip("\n") + "\n"
    if not PLAIN.fullmatch(text) or END_OF_HERE_STRING in "\n" + text:
        encoded = base64.b64encode((BYTE_ORDER_MARK + text).encode()).decode()
        lines = here_string("\n".join(textwrap.wrap(encoded, 76)) + "\n")
        return f"[IO.File]::WriteAllBytes({target}, [Convert]::FromBase64String({lines}))"
    if "{{" not in text:
        return f'[IO.File]::WriteAllText({target}, {here_string(text)} + "`n")'
    mark = absent_from(text, "~{}~")
    marked = here_string(OPENING.sub("{" + mark, text))
    return f"[IO.File]::WriteAllText({target}, {marked}.Replace('{{{mark}', '{{') + \"`n\")"


def here_string(text: str) -> str:
    """Return a text that ends with a newline as a string of PowerShell, which has all but that newline."""
    return f"@'\n{text}'@"
