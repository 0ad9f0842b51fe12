"""A component document: what AWSTOE, the agent of Image Builder, runs on the build and test instances.

https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
"""

from dataclasses import dataclass

from generator.images import templates

LONGEST_DATA = 16_000  # characters of inline data: CreateComponent


@dataclass(frozen=True, kw_only=True)
class ComponentDocument:
    """One Image Builder component: `name` of the resource, `data` the YAML document, at most 16,000 characters.

    The data is literal text: it holds shell variables, so it may never pass through `Fn::Sub`.
    """

    name: str
    data: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: a whole script, run as root by bash, or as SYSTEM by PowerShell; when it fails, so does the build."""

    name: str
    script: str
    timeout_seconds: int = 3600
    action: str = "ExecuteBash"


@dataclass(frozen=True, kw_only=True)
class Phase:
    """Steps that run together.

    `build`, then `validate`, on the build instance: all components build before the first one validates.
    `test` runs on an instance that was started from the new AMI.
    """

    name: str
    steps: tuple[Step, ...]


def document(name: str, description: str, *phases: Phase) -> str:
    """Return the YAML of a component document."""
    return templates.render("document.yaml.j2", name=name, description=description, phases=phases)
