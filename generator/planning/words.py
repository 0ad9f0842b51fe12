"""Says in words what changes in a preset: its fields, one by one, from what they were to what they become."""

from collections.abc import Iterator

from generator.planning.preset_stack import PresetStack

NAMES = {
    "architecture": "architecture",
    "diskSizeGb": "disk size (GiB)",
    "instanceTypes": "instance types",
    "labels": "labels",
    "maxRunners": "most runners at once",
    "platform": "platform",
    "runnerGroup": "runner group",
    "spotStrategy": "spot strategy",
    "timeout": "timeout (minutes)",
}
SAID_OTHERWISE = frozenset({"name", "scheduleIntervalMinutes", "sizes"})  # sizes follow from the instance types


def field_changes(old: PresetStack, new: PresetStack) -> tuple[str, ...]:
    """Return one line per field that changes, such as `timeout (minutes): 60 → 90`."""
    return tuple(_lines(old, new))


def shown(value: object) -> str:
    """Return a value as people write it: lists with commas, nothing as `none`."""
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "none"
    return "none" if value in {None, ""} else str(value)


def _lines(old: PresetStack, new: PresetStack) -> Iterator[str]:
    for key in sorted((old.fields.keys() | new.fields.keys()) - SAID_OTHERWISE):
        yield from _line(NAMES.get(key, key), old.fields.get(key), new.fields.get(key))
    yield from _line("rebuild schedule", old.schedule, new.schedule)
    yield from _line("types that build", old.build_instance_types, new.build_instance_types)
    yield from _line("recipe", *("" if each.ami else each.recipe_hash for each in (old, new)))
    yield from _line("own AMI", old.ami, new.ami)


def _line(name: str, old: object, new: object) -> Iterator[str]:
    if old != new:
        yield f"{name}: {shown(old)} → {shown(new)}"
