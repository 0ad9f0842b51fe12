"""EC2 instance types: what exists, from a packaged data file that is read when first asked for."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from generator.errors import UsageError

DATA_FILE = Path(__file__).parent / "data" / "instance_types.json"
ARCHITECTURES = ("x86_64", "arm64")
MARKETS = frozenset({"spot", "on-demand"})


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """What launches need to know of a type; `architectures` are those that Linux runs on."""

    vcpu: int
    memory_mib: int
    architectures: tuple[str, ...]


@cache
def known() -> Mapping[str, InstanceType]:
    """Return all known types by name, sorted by name."""
    rows = json.loads(DATA_FILE.read_bytes())
    return {
        name: InstanceType(vcpu=row["vcpu"], memory_mib=row["memoryMib"], architectures=tuple(row["architectures"]))
        for name, row in rows.items()
    }


def of_architecture(architecture: str) -> tuple[str, ...]:
    """Return the names of the types that run one architecture, sorted."""
    return tuple(name for name, kind in known().items() if architecture in kind.architectures)


def extracted_from_moto() -> str:
    """Return the data file's text as the installed moto's list of types gives it; moto itself is not imported.

    Raises UsageError when moto is not installed.
    """
    moto = find_spec("moto")
    if moto is None or moto.origin is None:
        raise UsageError(
            "moto is not installed, and its list of instance types is the source: install spot-runner[local]"
        )
    packed = Path(moto.origin).parent / "ec2" / "resources" / "instance_types.json.gz"
    described = json.loads(gzip.decompress(packed.read_bytes()))
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(_rows(described)))
    return f"{{\n{rows}\n}}\n"


def _rows(described: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, of_type in described.items():
        supported = of_type["ProcessorInfo"]["SupportedArchitectures"]
        architectures = [each for each in ARCHITECTURES if each in supported]
        if architectures and MARKETS.intersection(of_type["SupportedUsageClasses"]):
            yield (
                name,
                {
                    "vcpu": of_type["VCpuInfo"]["DefaultVCpus"],
                    "memoryMib": of_type["MemoryInfo"]["SizeInMiB"],
                    "architectures": architectures,
                },
            )
