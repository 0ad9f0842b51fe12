"""The components of a preset, in the order in which they run, and whether Image Builder takes them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.errors import InvalidInputError, Problem
from generator.images import documents, windows
from generator.images.document import LONGEST_DATA, ComponentDocument
from lambdas.core.preset import WINDOWS

if TYPE_CHECKING:
    from generator.presets import Image, Preset

# https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-recipes.html
MOST_COMPONENTS = 20


@dataclass(frozen=True, kw_only=True)
class Part:
    """One component, and the field of the preset that it comes from; `data` is None for somebody else's ARN."""

    field: str
    name: str
    data: str | None


def components(preset: "Preset", *, prefix: str) -> tuple[ComponentDocument | str, ...]:
    """Return the component documents of a preset, named after `prefix`, and the ARNs that it names.

    Raises InvalidInputError with all that does not fit into Image Builder's limits.
    """
    parts = tuple(listed(preset))
    if problems := tuple(misfits(parts)):
        raise InvalidInputError(
            Problem(file=f"presets/{preset.name}.yaml", field=field, message=f"{field} {why}")
            for field, why in problems
        )
    return tuple(
        part.name if part.data is None else ComponentDocument(name=f"{prefix}-{part.name}", data=part.data)
        for part in parts
    )


def listed(preset: "Preset") -> Iterator[Part]:
    """Yield the parts of a preset's image in order: what they may use comes before them, cleaning up comes last."""
    yield from _on_windows(preset) if preset.platform == WINDOWS else _on_linux(preset)


def _on_linux(preset: "Preset") -> Iterator[Part]:
    image = preset.image
    images = image.additional_docker_images
    runner = documents.runner(preset.architecture, image.runner_version)
    yield Part(field="image", name="base", data=documents.base())
    yield Part(field="image", name="docker", data=documents.docker())
    yield Part(field="image.runnerVersion", name="runner", data=runner)
    yield Part(field="image", name="aws-cli", data=documents.aws_cli())
    yield Part(field="image", name="boot", data=documents.boot())
    if images:
        data = documents.docker_images(images)
        yield Part(field="image.additionalDockerImages", name="docker-images", data=data)
    yield from own(image, documents.own)
    yield Part(field="image.testCommands", name="tests", data=documents.tests(images, image.test_commands))
    yield Part(field="image", name="cleanup", data=documents.cleanup())


def _on_windows(preset: "Preset") -> Iterator[Part]:
    image = preset.image
    yield Part(field="image", name="base", data=windows.base())
    yield Part(field="image", name="git", data=windows.git())
    yield Part(field="image.runnerVersion", name="runner", data=windows.runner(image.runner_version))
    yield Part(field="image", name="aws-cli", data=windows.aws_cli())
    yield Part(field="image", name="boot", data=windows.boot())
    yield from own(image, windows.own)
    yield Part(field="image.testCommands", name="tests", data=windows.tests(image.test_commands))
    yield Part(field="image", name="cleanup", data=windows.cleanup())


def own(image: "Image", document_of: Callable[[str, str], str]) -> Iterator[Part]:
    """Yield a preset's own components, in its order; `document_of` makes a document of a name and a script."""
    for index, component in enumerate(image.components):
        field = f"image.components[{index}]"
        if isinstance(component, str):
            yield Part(field=field, name=component, data=None)
        else:
            data = document_of(component.name, component.run)
            yield Part(field=field, name=f"own-{component.name}", data=data)


def misfits(parts: tuple[Part, ...]) -> Iterator[tuple[str, str]]:
    """Yield field and reason of everything that Image Builder would refuse."""
    for part in parts:
        if part.data is not None and len(part.data) > LONGEST_DATA:
            yield part.field, f"makes a document of {len(part.data):,} characters, accepted are {LONGEST_DATA:,}"
    if len(parts) > MOST_COMPONENTS:
        own_parts = sum(part.field.startswith("image.components[") for part in parts)
        most = MOST_COMPONENTS - len(parts) + own_parts
        yield "image.components", f"has {own_parts} entries, accepted are {most} beside those of every image"
