"""The Jinja2 templates of component documents and of the scripts in them."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from generator.images import powershell, shell

FOLDER = Path(__file__).parent / "templates"


def render(template: str, **values: object) -> str:
    """Return a template filled in; a value that it needs and does not get is an error."""
    return compiled(template).render(values)


@cache
def compiled(template: str) -> Template:
    """Return a compiled template. Comments are `{* … *}`: bash has its own use for `{#`."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=False,  # noqa: S701 - the templates are scripts and YAML, quoted by their own rules
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        comment_start_string="{*",
        comment_end_string="*}",
    )
    environment.filters["word"] = shell.word
    environment.globals["file"] = shell.file
    environment.globals["powershell_file"] = powershell.file
    return environment.get_template(template)
