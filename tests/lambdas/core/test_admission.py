import pytest

from lambdas.core.admission import Repositories, fitting, preset_refusal, repositories, repository_refusal
from lambdas.core.labels import Refusal, Wish
from lambdas.core.preset import InstanceSize, Preset
from tests.lambdas.makers import a_preset

SIZES = (
    InstanceSize(name="m7i.large", vcpu=2, memory_mib=8 * 1024),
    InstanceSize(name="c7i.xlarge", vcpu=4, memory_mib=8 * 1024),
    InstanceSize(name="r7i.xlarge", vcpu=4, memory_mib=32 * 1024),
)
NAMES = tuple(size.name for size in SIZES)
LINUX = Wish(preset="linux-x64")


def sized(**changes: object) -> Preset:
    return a_preset(instance_types=NAMES, sizes=SIZES, **changes)


def refused(rule: Repositories, repository: str = "octo-org/app", *, is_public: bool = False) -> str | None:
    found = repository_refusal(rule, repository, is_public=is_public)
    return found.kind if found else None


ADMITTED = {
    "every repository of the owner": (Repositories(owner="octo-org"), None),
    "whatever the case": (Repositories(owner="Octo-Org", allow=("OCTO-org/APP",)), None),
    "by a pattern": (Repositories(owner="octo-org", allow=("octo-org/a*",)), None),
    "not another owner's": (Repositories(owner="octo"), "repository not admitted"),
    "not what no pattern names": (Repositories(owner="octo-org", allow=("octo-org/b*",)), "repository not admitted"),
    "not by half a name": (Repositories(owner="octo-org", allow=("octo-org/ap",)), "repository not admitted"),
    "not what is denied": (
        Repositories(owner="octo-org", allow=("octo-org/app",), deny=("*/APP",)),
        "repository not admitted",
    ),
    "nobody": (Repositories(owner="octo-org", allow=()), "repository not admitted"),
}


@pytest.mark.parametrize("name", ADMITTED)
def test_a_repository_is_admitted(name: str) -> None:
    rule, expected = ADMITTED[name]
    assert refused(rule) == expected


PUBLIC = {
    "no": (Repositories(owner="octo-org"), "public repository"),
    "no, a pattern is no name": (Repositories(owner="octo-org", allow=("octo-org/*",)), "public repository"),
    "by its name": (Repositories(owner="octo-org", allow=("*", "Octo-org/App")), None),
    "if all may": (Repositories(owner="octo-org", public=True), None),
    "but not if it is denied": (
        Repositories(owner="octo-org", public=True, deny=("octo-org/app",)),
        "repository not admitted",
    ),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_repository_is_admitted(name: str) -> None:
    rule, expected = PUBLIC[name]
    assert refused(rule, is_public=True) == expected


def test_the_settings_say_who_may() -> None:
    said = {"allow": ["octo-org/*"], "deny": ["octo-org/x"], "public": True}
    expected = Repositories(owner="octo-org", allow=("octo-org/*",), deny=("octo-org/x",), public=True)
    assert repositories("octo-org", said) == expected


@pytest.mark.parametrize(
    ("labels", "foreign"),
    [
        (["self-hosted", "Linux", "X64", "Docker", "spotrunner/linux-x64"], None),
        (["spotrunner/linux-x64/cpu=2"], None),
        (["self-hosted", "spotrunner/linux-x64", "gpu"], "'gpu'"),
        (["ARM64", "spotrunner/linux-x64"], "'ARM64'"),
        (["windows", "spotrunner/linux-x64"], "'windows'"),
        (["", "spotrunner/linux-x64"], "''"),
    ],
)
def test_every_other_label_must_be_the_preset_s_job_7(labels: list[str], foreign: str | None) -> None:
    found = preset_refusal(sized(labels=("docker",)), labels, LINUX)
    why = f"{foreign} is no label of preset linux-x64, which has docker, linux, self-hosted, x64"
    assert found == (Refusal(kind="foreign label", why=why) if foreign else None)


@pytest.mark.parametrize(
    ("wish", "types"),
    [
        (LINUX, NAMES),
        (Wish(preset="linux-x64", cpu=2, ram=8), NAMES),
        (Wish(preset="linux-x64", cpu=3), NAMES[1:]),
        (Wish(preset="linux-x64", ram=9), NAMES[2:]),
        (Wish(preset="linux-x64", cpu=4, ram=32), NAMES[2:]),
        (Wish(preset="linux-x64", cpu=5), ()),
        (Wish(preset="linux-x64", ram=33), ()),
    ],
)
def test_options_choose_among_the_preset_s_types_job_7(wish: Wish, types: tuple[str, ...]) -> None:
    assert fitting(sized(), wish) == types
    found = preset_refusal(sized(), ["spotrunner/linux-x64"], wish)
    assert (found.kind if found else None) == (None if types else "unsatisfiable option")


def test_types_whose_size_is_not_known_fit_no_option() -> None:
    unsized = a_preset(instance_types=NAMES)
    assert fitting(unsized, LINUX) == NAMES
    found = preset_refusal(unsized, ["spotrunner/linux-x64"], Wish(preset="linux-x64", ram=1))
    assert found is not None
    assert found.why == "no instance type of preset linux-x64 has any vCPU and 1 GiB"
