"""The components of an image of Windows: not yet run on AWS, so what can be known without it is looked at here."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import InvalidInputError
from generator.images import windows
from generator.presets import Preset
from generator.recipe import ComponentDocument, recipe
from tests import powershell

MakePreset = Callable[..., Preset]
ARN = "arn:aws:imagebuilder:eu-west-1:aws:component/update-windows/x.x.x"
HOSTILE = r"""Write-Host 'single' "double" `backtick` $env:TEMP ${x} $(1 + 1) @(1)
	Write-Host "{{ build.step.outputs.stdout }} {{{ }}} {% if x %} {# note #} ${AWS::Region}"
  '@
"@
~0~ {~0~{ END_0
  - name: build
---

# end"""
TEXTS = {
    "hostile": HOSTILE,
    "the end of a here-string": "Write-Host @'\na\n'@\nWrite-Host b",
    "what begins with the end of a here-string": "'@",
    "what is not ASCII": "Write-Host 'grüezi 東京 🚀'",
    "carriage returns": "one\r\ntwo",
    "braces alone": "{{{{",
    "the marks that keep braces apart": "{{ ~0~ {~0~{ ~1~",
}
FUNCTION = re.compile(r"^function [\w-]+.*?^}$", re.DOTALL | re.MULTILINE)
HERE_STRING = re.compile(r"@'\n.*?\n'@", re.DOTALL)
NATIVE_ERRORS = re.compile(r"2>(?! nul|&1')|2>&1(?!')")
ODD = {
    "components": [
        *({"name": f"odd-{n}", "run": text} for n, text in enumerate(TEXTS.values())),
        ARN,
        {"name": "last", "run": "throw 'x'"},
    ],
    "testCommands": ["git --version", HOSTILE],
    "runnerVersion": "2.330.0",
}


@pytest.fixture(scope="module")
def a_windows_preset(a_preset: MakePreset) -> MakePreset:
    """Make a preset of Windows; `image` holds what differs from the defaults."""
    return lambda **fields: a_preset(name="windows-x64", platform="windows", **fields)


@pytest.fixture(scope="module")
def data(a_windows_preset: MakePreset) -> list[str]:
    """Return the documents of a plain and of an odd preset."""
    presets = (a_windows_preset(), a_windows_preset(image=ODD))
    return sorted({document for preset in presets for document in documents(preset).values()})


def documents(preset: Preset) -> dict[str, str]:
    """Return the documents of a preset by the last parts of their names."""
    made = recipe(preset, deployment="spot-runner").components
    return {
        part.name.removeprefix(f"spot-runner-preset-{preset.name}-"): part.data
        for part in made
        if isinstance(part, ComponentDocument)
    }


def steps(*data: str) -> Iterator[dict[str, Any]]:
    for text in data:
        for phase in yaml.safe_load(text)["phases"]:
            yield from phase["steps"]


def script(document: str, step: str = "Install") -> str:
    found: str = next(each for each in steps(document) if each["name"] == step)["inputs"]["commands"][0]
    return found


def test_every_step_is_powershell(data: list[str]) -> None:
    scripts = [step["inputs"]["commands"][0] for step in steps(*data)]
    assert len(scripts) > 15
    assert {each: found for each in scripts if (found := powershell.problems(each))} == {}
    assert all(powershell.problems(each + "\n}") for each in scripts)


def test_every_step_is_run_by_powershell_and_ends_at_its_first_error(data: list[str]) -> None:
    for step in steps(*data):
        assert (step["action"], step["onFailure"]) == ("ExecutePowerShell", "Abort")
        (command,) = step["inputs"]["commands"]
        assert command.splitlines()[0] == "$ErrorActionPreference = 'Stop'"


def test_every_document_is_what_awstoe_reads_and_takes(data: list[str]) -> None:
    for text in data:
        document = yaml.safe_load(text)
        assert document["schemaVersion"] == 1.0
        assert {phase["name"] for phase in document["phases"]} <= {"build", "validate", "test"}
        names = [step["name"] for step in steps(text)]
        assert len(names) == len(set(names))
        assert text.isascii()
        assert "{{" not in text
        assert len(text) <= 16_000


def test_no_variable_before_a_colon_is_read_as_a_drive(data: list[str]) -> None:
    """`"$path: why"` asks PowerShell for a variable of the drive `path`; only these drives and classes are meant."""
    texts = [step["inputs"]["commands"][0] for step in steps(*data) if not step["name"].startswith("Command")]
    own = [text for text in texts if "run.ps1" not in text]
    meant = {"env", "script"}
    assert {found for text in own for found in re.findall(r"\$(\w+):(?!:)", text)} <= meant


def test_no_program_is_asked_for_its_errors_where_the_first_would_end_the_script(data: list[str]) -> None:
    """Windows PowerShell makes each line on a redirected standard error an error, at which `Stop` stops."""
    asking = 0
    for step in steps(*data):
        text = step["inputs"]["commands"][0]
        functions = FUNCTION.findall(text)
        asking += sum(
            "2>&1" in function and "$ErrorActionPreference = 'Continue'" in function for function in functions
        )
        assert [each for each in functions if NATIVE_ERRORS.search(each) and "= 'Continue'" not in each] == []
        assert not NATIVE_ERRORS.search(HERE_STRING.sub("", FUNCTION.sub("", text)))
    assert asking == 2  # the AWS CLI and the runner, at boot


def test_components_come_in_the_order_in_which_they_need_each_other(a_windows_preset: MakePreset) -> None:
    own = [{"name": "first", "run": "1"}, ARN, {"name": "second", "run": "2"}]
    made = recipe(a_windows_preset(image={"components": own}), deployment="ci").components
    prefix = "ci-preset-windows-x64-"
    assert [part if isinstance(part, str) else part.name.removeprefix(prefix) for part in made] == [
        *("base", "git", "runner", "aws-cli", "boot", "own-first", ARN, "own-second", "tests", "cleanup"),
    ]


def test_more_components_than_a_recipe_takes_are_refused(a_windows_preset: MakePreset) -> None:
    most = [{"name": f"part{n}", "run": "1"} for n in range(13)]
    assert len(documents(a_windows_preset(image={"components": most}))) == 20
    with pytest.raises(InvalidInputError, match="has 14 entries, accepted are 13"):
        documents(a_windows_preset(image={"components": [*most, {"name": "more", "run": "1"}]}))


def test_the_parent_is_amazons_own_and_the_volume_has_room_beside_it(a_windows_preset: MakePreset) -> None:
    made = recipe(a_windows_preset(), deployment="ci")
    assert made.parent_image == "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"
    sizes = {gib: recipe(a_windows_preset(diskSizeGb=gib), deployment="ci").volume_gib for gib in (30, 40, 50, 500)}
    assert sizes == {30: 30, 40: 40, 50: 50, 500: 50}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_script_that_runs_is_the_one_that_was_written(text: str) -> None:
    written = powershell.files(script(windows.own("odd", text), "Run"))
    assert written == {'"$work\\run.ps1"': f"{text}\n"}


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("{}~0'@\"`$\n"), max_size=60))
def test_any_text_arrives_unchanged_in_a_script_that_parses(text: str) -> None:
    run = script(windows.own("odd", text), "Run")
    assert list(powershell.files(run).values()) == [text.rstrip("\n") + "\n"]
    assert powershell.problems(run) == []


def test_plain_scripts_stay_readable_in_the_document() -> None:
    data = windows.own("node", "node --version\nWrite-Host '{{x}}'\n")
    assert "node --version" in data
    assert "Write-Host '{~0~{x}}'" in data


def test_an_own_component_hands_its_exit_code_on_so_that_3010_restarts() -> None:
    run = script(windows.own("iis", "exit 3010"), "Run")
    assert "{ exit `$LASTEXITCODE }" in run
    assert run.rstrip().endswith("\nexit $code")


@pytest.mark.parametrize(
    ("version", "asked"),
    [("latest", "releases/latest"), ("2.330.0", "releases/tags/v2.330.0")],
    ids=["the latest at build time", "the pinned one"],
)
def test_each_build_asks_for_the_runners_release_anew_ami_9(
    a_windows_preset: MakePreset, version: str, asked: str
) -> None:
    run = script(documents(a_windows_preset(image={"runnerVersion": version}))["runner"])
    assert f"'actions/runner/{asked}' '^actions-runner-win-x64-" in run


@pytest.mark.parametrize("component", ["runner", "git"])
def test_what_github_releases_is_compared_with_its_published_checksum_before_anything_runs(
    a_windows_preset: MakePreset, component: str
) -> None:
    run = script(documents(a_windows_preset())[component])
    assert "-cnotmatch '^sha256:([0-9a-f]{64})$'" in run
    called = powershell.commands(run)
    first_use = called.index("Start-Process") if component == "git" else called.index("Add-Type")
    assert called.index("Assert-Sha256") < first_use
    assert called.index("Save-Asset") < first_use


def test_the_client_is_the_pinned_one_signed_by_amazon_and_no_job_meets_it(a_windows_preset: MakePreset) -> None:
    document = documents(a_windows_preset())["aws-cli"]
    run, called = script(document), powershell.commands(script(document))
    assert re.fullmatch(r"\d+\.\d+\.\d+", windows.CLIENT_VERSION)
    assert re.fullmatch("[0-9a-f]{64}", windows.CLIENT_SHA256)
    assert f"'https://awscli.amazonaws.com/AWSCLIV2-{windows.CLIENT_VERSION}.msi'" in run
    assert f"Assert-Sha256 \"$work\\aws.msi\" '{windows.CLIENT_SHA256}'" in run
    assert "'*, O=\"Amazon Web Services, Inc.\",*'" in run
    assert called.index("Get-AuthenticodeSignature") < called.index("Start-Process")
    assert '/a `"' in run  # unpacked: an installation would put it on the PATH of jobs
    assert f"aws-cli/{windows.CLIENT_VERSION} *" in script(document, "Version")
    assert "SetEnvironmentVariable" not in document
