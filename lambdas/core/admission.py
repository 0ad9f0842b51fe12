"""Who gets a machine: which repositories may ask, and what a preset can give. Never a guess, never a default."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from lambdas.core.labels import Refusal, Wish, others, shown
from lambdas.core.preset import LINUX, WINDOWS, Preset

# The labels that every self-hosted runner has, in lower case:
# https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/apply-labels
SELF_HOSTED = "self-hosted"
SYSTEMS = {LINUX: "linux", WINDOWS: "windows"}
ARCHITECTURES = {"x86_64": "x64", "arm64": "arm64"}
MIB_PER_GIB = 1024


@dataclass(frozen=True, kw_only=True)
class Repositories:
    """Which repositories may ask for runners: patterns of `owner/name`, in which * stands for any characters."""

    owner: str
    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()
    public: bool = False


def repositories(owner: str, said: Mapping[str, Any]) -> Repositories:
    """Return the rule that a deployment's settings say."""
    return Repositories(
        owner=owner, allow=tuple(said["allow"]), deny=tuple(said["deny"]), public=said["public"] is True
    )


def is_owners(rule: Repositories, repository: str) -> bool:
    """Tell whether a repository belongs to the owner whose jobs are served."""
    return repository.partition("/")[0].lower() == rule.owner.lower()


def repository_refusal(rule: Repositories, repository: str, *, is_public: bool) -> Refusal | None:
    """Return why a repository may not ask for runners, or None if it may."""
    name = repository.lower()
    if not is_owners(rule, repository):
        return _not_admitted(repository, f"is not {rule.owner}'s")
    if any(_matches(name, pattern) for pattern in rule.deny):
        return _not_admitted(repository, "is among repositories.deny")
    if not any(_matches(name, pattern) for pattern in rule.allow):
        return _not_admitted(repository, "is not among repositories.allow")
    if is_public and not rule.public and name not in {pattern.lower() for pattern in rule.allow}:
        why = f"{shown(repository)} is public, and repositories.allow does not name it without *"
        return Refusal(kind="public repository", why=why)
    return None


def preset_refusal(preset: Preset, labels: Iterable[str], wish: Wish) -> Refusal | None:
    """Return why a preset cannot serve a job with these labels, or None if it can."""
    known = {SELF_HOSTED, SYSTEMS[preset.platform], ARCHITECTURES[preset.architecture]}
    known |= {label.lower() for label in preset.labels}
    foreign = next((label for label in others(labels) if label.lower() not in known), None)
    if foreign is not None:
        why = f"{shown(foreign)} is no label of preset {preset.name}, which has {', '.join(sorted(known))}"
        return Refusal(kind="foreign label", why=why)
    if not fitting(preset, wish):
        why = f"no instance type of preset {preset.name} has {wish.cpu or 'any'} vCPU and {wish.ram or 'any'} GiB"
        return Refusal(kind="unsatisfiable option", why=why)
    return None


def unknown_preset(name: str) -> Refusal:
    """Return the refusal of a job whose preset is not deployed."""
    return Refusal(kind="unknown preset", why=f"no preset {name} is deployed")


def refused_by_github(why: str) -> Refusal:
    """Return the refusal of a job for which GitHub makes no runner, however often it is asked."""
    return Refusal(kind="refused by GitHub", why=why)


def fitting(preset: Preset, wish: Wish) -> tuple[str, ...]:
    """Return the instance types of a preset that have at least what is wished, in the preset's order."""
    if not wish.cpu and not wish.ram:
        return preset.instance_types
    sizes = {one.name: one for one in preset.sizes}
    return tuple(
        name
        for name in preset.instance_types
        if name in sizes and sizes[name].vcpu >= wish.cpu and sizes[name].memory_mib >= wish.ram * MIB_PER_GIB
    )


def _not_admitted(repository: str, why: str) -> Refusal:
    return Refusal(kind="repository not admitted", why=f"{shown(repository)} {why}")


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern.lower())
