"""What a preset can be on its platform: Windows has one architecture, bases of its own, and no Docker."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from pydantic_core import InitErrorDetails

from generator.inputs.fields import Section, refused
from generator.inputs.kinds import BASES
from lambdas.core.preset import LINUX, WINDOWS

DEFAULT_BASES = {LINUX: "ubuntu-24.04", WINDOWS: "windows-2022"}
BASES_OF_OTHERS = {
    LINUX: (DEFAULT_BASES[WINDOWS],),
    WINDOWS: tuple(base for base in BASES if base != DEFAULT_BASES[WINDOWS]),
}
WINDOWS_ARCHITECTURE = "x86_64"
# No disk may be smaller than that of its AMI, and Amazon's AMIs of Windows Server have 30 GiB.
LEAST_WINDOWS_GIB = 30
NOT_YET_RUN = "presets of platform windows are rendered and checked, and not yet run on AWS"


class OfPlatform(Protocol):
    """What has a name and a platform, as a preset does."""

    @property
    def name(self) -> str:
        """Return the name."""

    @property
    def platform(self) -> str:
        """Return the platform."""


def misfits(preset: object) -> Iterator[InitErrorDetails]:
    """Yield what of a preset, as it was written, its platform does not have."""
    said = _said(preset)
    image = _said(said.get("image"))
    platform = str(said.get("platform", LINUX))
    base = image.get("base")
    if platform in DEFAULT_BASES and base in BASES_OF_OTHERS[platform]:
        expected = f"expected {_own_bases(platform)}, an AMI id or ssm:/imagebuilder/path"
        yield _misfit(f"which is not of platform {platform}, {expected}", ("image", "base"), base)
    if platform == WINDOWS:
        yield from _windows_misfits(said, image)


def notices(presets: Iterable[OfPlatform]) -> tuple[str, ...]:
    """Return what is to be said of presets that are right, in lines."""
    names = [preset.name for preset in presets if preset.platform == WINDOWS]
    return (f"{NOT_YET_RUN}: {', '.join(names)}",) if names else ()


def schema() -> dict[str, Any]:
    """Return the JSON Schema that refuses what `misfits` does."""
    return {
        "if": {"properties": {"platform": {"const": WINDOWS}}, "required": ["platform"]},
        "then": {
            "properties": {
                "architecture": {"const": WINDOWS_ARCHITECTURE},
                "diskSizeGb": {"minimum": LEAST_WINDOWS_GIB},
                "image": {"properties": {"base": _not_of_others(WINDOWS), "additionalDockerImages": {"maxItems": 0}}},
            }
        },
        "else": {"properties": {"image": {"properties": {"base": _not_of_others(LINUX)}}}},
    }


def _windows_misfits(said: Mapping[str, object], image: Mapping[str, object]) -> Iterator[InitErrorDetails]:
    architecture, size = said.get("architecture"), said.get("diskSizeGb")
    if architecture == "arm64":
        why = f"which Windows Server does not run on, expected {WINDOWS_ARCHITECTURE}"
        yield _misfit(why, ("architecture",), architecture)
    if isinstance(size, (int, float)) and size < LEAST_WINDOWS_GIB:
        why = f"which does not hold Windows, expected {LEAST_WINDOWS_GIB} or more"
        yield _misfit(why, ("diskSizeGb",), size)
    if images := image.get("additionalDockerImages"):
        why = "which images of Windows do not have, as there is no Docker in them: leave it out, or say []"
        yield _misfit(why, ("image", "additionalDockerImages"), images)


def _misfit(why: str, place: tuple[str, ...], value: object) -> InitErrorDetails:
    return InitErrorDetails(type=refused(why), loc=place, input=value)


def _own_bases(platform: str) -> str:
    return " or ".join(base for base in BASES if base not in BASES_OF_OTHERS[platform])


def _not_of_others(platform: str) -> dict[str, Any]:
    return {"not": {"enum": list(BASES_OF_OTHERS[platform])}}


def _said(section: object) -> Mapping[str, object]:
    """Return what a section says, without defaults, by names in YAML; nothing of what is none."""
    if isinstance(section, Section):
        return section.model_dump(by_alias=True, exclude_unset=True)
    return section if isinstance(section, Mapping) else {}
