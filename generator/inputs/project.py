"""A project: the repository that a user keeps, with spot-runner.yaml and presets/, read and checked as a whole."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from generator.errors import InvalidInputError, Problem, UsageError
from generator.inputs.fields import Section
from generator.inputs.settings import Settings
from generator.inputs.wording import problems as problems_in_words
from generator.inputs.yaml_source import LARGEST_BYTES, Document, read, shown
from generator.presets import Preset

SETTINGS_FILE = "spot-runner.yaml"
PRESETS_FOLDER = "presets"
SUFFIXES = (".yaml", ".yml")
LEFT_ALONE = (".", "README")
NOT_A_PRESET = "not a preset, expected a name that ends in .yaml (README and names with a dot in front are left alone)"
Model = TypeVar("Model", bound=Section)


@dataclass(frozen=True, kw_only=True)
class Project:
    """Everything that the user wrote, valid; presets are sorted by name."""

    root: Path
    settings: Settings
    presets: tuple[Preset, ...]


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What spot-runner.yaml says for all presets, and where it stands."""

    settings: Settings
    document: Document

    @cached_property
    def values(self) -> Mapping[str, object]:
        """Return what is said, by names in YAML."""
        return self.settings.defaults.model_dump(by_alias=True, exclude_unset=True)


def load_project(root: Path) -> Project:
    """Read a project; raise InvalidInputError with all problems of all files, UsageError where there is no project."""
    _check_is_project(root)
    found: list[Problem] = []
    document = _settings_document(root, found)
    settings = _settings(document, found)
    defaults = Defaults(settings=settings, document=document) if settings and document else None
    files = list(_preset_files(root, found))
    presets = [_preset(path, defaults, found) for path in files]
    found.extend(_clashes(files))
    if found or settings is None:
        raise InvalidInputError(found)
    whole = (preset for preset in presets if preset)
    return Project(root=root, settings=settings, presets=tuple(sorted(whole, key=lambda each: each.name)))


def load_settings(root: Path) -> Settings:
    """Read spot-runner.yaml alone, for what must work whatever presets say; raises as `load_project` does."""
    _check_is_project(root)
    found: list[Problem] = []
    settings = _settings(_settings_document(root, found), found)
    if found or settings is None:
        raise InvalidInputError(found)
    return settings


def check_preset(root: Path, preset: str) -> None:
    """Refuse a preset that has no file, with the name that may be meant; whether files are valid does not matter."""
    folder = root / PRESETS_FOLDER
    files = folder.iterdir() if folder.is_dir() else ()
    names = sorted(path.stem for path in files if path.suffix in SUFFIXES)
    if preset not in names:
        near = get_close_matches(preset, names, n=1)
        known = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names) or 'none'}"
        raise UsageError(f"preset {preset!r} has no file in {PRESETS_FOLDER}/, {known}")


def parse_settings(document: Document) -> tuple[Settings | None, list[Problem]]:
    """Return the settings that a document holds, and what is wrong with it."""
    return _validated(Settings, document, document.value)


def parse_preset(document: Document, defaults: Defaults | None) -> tuple[Preset | None, list[Problem]]:
    """Return the preset that a document and the deployment's defaults make, and what is wrong with the document.

    What the defaults say of an image is for AMIs that are baked here, and not for a preset's own one.
    """
    if defaults is None:
        return _validated(Preset, document, document.value)
    image = document.value.get("image") if isinstance(document.value, dict) else None
    has_own_ami = isinstance(image, dict) and "ami" in image
    under = {key: value for key, value in defaults.values.items() if key != "image" or not has_own_ami}
    return _validated(Preset, document, _merged(under, document.value), defaults.document)


def _check_is_project(root: Path) -> None:
    if not os.path.isdir(root):  # noqa: PTH112 - unlike Path.is_dir, it never raises
        raise UsageError(f"{root} is not a directory, expected one with {SETTINGS_FILE} and {PRESETS_FOLDER}/")
    known = (SETTINGS_FILE, Path(SETTINGS_FILE).with_suffix(".yml"), PRESETS_FOLDER)
    if not any(os.path.lexists(root / name) for name in known):
        raise UsageError(
            f"{shown(str(root.absolute()), 255)} is no project of spot-runner, it has neither {SETTINGS_FILE} nor "
            f"{PRESETS_FOLDER}/: go to the repository that has, or name it with -C DIR"
        )


def _validated(
    model: type[Model], document: Document, value: object, settings: Document | None = None
) -> tuple[Model | None, list[Problem]]:
    try:
        checked = model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        return None, [*document.problems, *problems_in_words(error, document, model, settings)]
    return checked, list(document.problems)


def _merged(defaults: Mapping[str, object], value: object) -> object:
    """Return the value with defaults under it: mappings are merged, anything else is replaced."""
    if not isinstance(value, dict):
        return value
    merged = {**defaults, **value}
    for key in defaults.keys() & value.keys():
        if isinstance(under := defaults[key], Mapping):
            merged[key] = _merged(under, value[key])
    return merged


def _settings_document(root: Path, found: list[Problem]) -> Document | None:
    path = root / SETTINGS_FILE
    if not os.path.lexists(path):
        other = path.with_suffix(".yml")
        hint = f"rename {other.name}" if other.exists() else "expected at least region, account and github.owner"
        found.append(Problem(file=SETTINGS_FILE, message=f"the file is missing, {hint}"))
        return None
    return _document(path, SETTINGS_FILE, found)


def _settings(document: Document | None, found: list[Problem]) -> Settings | None:
    if document is None:
        return None
    settings, problems = parse_settings(document)
    found.extend(problems)
    return settings


def _preset_files(root: Path, found: list[Problem]) -> Iterator[Path]:
    try:
        paths = [path for path in sorted((root / PRESETS_FOLDER).iterdir()) if not path.name.startswith(LEFT_ALONE)]
    except OSError as error:
        why = f"the folder cannot be read ({error.strerror}), expected one with a file per preset"
        found.append(Problem(file=PRESETS_FOLDER, message=why))
        return
    if not paths:
        found.append(Problem(file=PRESETS_FOLDER, message="no preset at all, expected a file such as linux-x64.yaml"))
    for path in paths:
        if path.suffix in SUFFIXES:
            yield path
        else:
            found.append(Problem(file=_shown_file(path), message=NOT_A_PRESET))


def _preset(path: Path, defaults: Defaults | None, found: list[Problem]) -> Preset | None:
    file = _shown_file(path)
    document = _document(path, file, found)
    if document is None:
        return None
    preset, problems = parse_preset(document, defaults)
    found.extend(problems)
    name = document.value.get("name") if isinstance(document.value, dict) else None
    if isinstance(name, str) and name != path.stem and not any(problem.field == "name" for problem in problems):
        why = f"name is '{name}', expected '{shown(path.stem)}', the name of the file"
        found.append(Problem(file=file, line=document.line(("name",)), field="name", message=why))
    return preset


def _document(path: Path, file: str, found: list[Problem]) -> Document | None:
    try:
        if path.exists() and not path.is_file():
            found.append(Problem(file=file, message="not a regular file, expected YAML"))
            return None
        with path.open("rb") as opened:
            return read(file, opened.read(LARGEST_BYTES + 1))
    except OSError as error:
        found.append(Problem(file=file, message=f"the file cannot be read: {error.strerror}"))
    except InvalidInputError as error:
        found.extend(error.problems)
    return None


def _clashes(files: list[Path]) -> Iterator[Problem]:
    seen: dict[str, Path] = {}
    for path in files:
        first = seen.setdefault(path.stem.casefold(), path)
        if first is not path:
            differs = "only in its ending" if first.stem == path.stem else "only in upper and lower case"
            why = f"the name differs from {shown(first.name)} {differs}, expected one file per preset"
            yield Problem(file=_shown_file(path), message=why)


def _shown_file(path: Path) -> str:
    """Return a preset file's name for messages, whatever bytes it is made of."""
    return f"{PRESETS_FOLDER}/{shown(os.fsencode(path.name).decode('utf-8', 'backslashreplace'), 255)}"
