"""Looks into the resources of a template, and compares them with those of another one."""

from typing import Any

Template = dict[str, Any]


def changed(before: Template, after: Template) -> set[tuple[str, str]]:
    """Return which properties of which resources differ."""
    names = before["Resources"].keys() | after["Resources"].keys()
    return {
        (name, key)
        for name in names
        for key in properties(before, name).keys() | properties(after, name).keys()
        if properties(before, name).get(key) != properties(after, name).get(key)
    }


def properties(template: Template, name: str) -> Template:
    found: Template = template["Resources"].get(name, {}).get("Properties", {})
    return found
