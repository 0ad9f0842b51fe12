import json

import pytest

from generator.inputs.instance_types import DATA_FILE, extracted_from_moto, known, of_architecture


def test_the_packaged_list_is_what_the_locked_moto_knows() -> None:
    assert DATA_FILE.read_text(encoding="utf-8") == extracted_from_moto(), "run: spot-runner instance-types"


def test_the_list_is_sorted_and_has_a_line_per_type() -> None:
    names = list(known())
    assert names == sorted(names)
    assert len(DATA_FILE.read_text(encoding="utf-8").splitlines()) == len(names) + 2


@pytest.mark.parametrize(
    ("name", "vcpu", "memory_mib", "architectures"),
    [
        ("m7i.large", 2, 8192, ("x86_64",)),
        ("c7g.xlarge", 4, 8192, ("arm64",)),
        ("t2.micro", 1, 1024, ("x86_64",)),
    ],
)
def test_a_type_is_known_with_its_size(name: str, vcpu: int, memory_mib: int, architectures: tuple[str, ...]) -> None:
    kind = known()[name]
    assert (kind.vcpu, kind.memory_mib, kind.architectures) == (vcpu, memory_mib, architectures)


def test_machines_that_run_no_linux_are_left_out() -> None:
    assert not [name for name in known() if name.startswith("mac")]


def test_each_type_belongs_to_one_architecture() -> None:
    assert set(of_architecture("x86_64")).isdisjoint(of_architecture("arm64"))
    assert len(of_architecture("x86_64")) + len(of_architecture("arm64")) == len(json.loads(DATA_FILE.read_bytes()))
