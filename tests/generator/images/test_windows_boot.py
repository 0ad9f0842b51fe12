"""What a Windows machine runs at boot, as the documents of its image hold it; not yet run on AWS."""

import re
from collections.abc import Callable

import pytest
import yaml

from generator.images import windows, windows_boot
from tests import powershell

OWN_AMI = "$table = 't'\n$region = 'eu-west-1'\n$logGroup = $null\n" + windows_boot.script_of_own_ami()
SCRIPTS = {"baked": windows_boot.baked_script(), "own AMI": OWN_AMI}


def step(name: str) -> str:
    """Return the script of a step of the component."""
    steps = [each for phase in yaml.safe_load(windows.boot())["phases"] for each in phase["steps"]]
    found: str = next(each for each in steps if each["name"] == name)["inputs"]["commands"][0]
    return found


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Return what the component writes, by path."""
    return {target.strip("'"): text for target, text in powershell.files(step("Install")).items()}


@pytest.fixture(params=SCRIPTS, scope="module")
def script(request: pytest.FixtureRequest) -> str:
    return SCRIPTS[request.param]


@pytest.fixture(scope="module")
def body() -> Callable[[str, str], str]:
    """Return a function that finds what a function of a script holds, or its main part (`try`)."""

    def find(script: str, name: str) -> str:
        start = "\ntry {" if name == "try" else f"\nfunction {name}"
        return script.partition(start)[2].partition("\n}")[0]

    return find


Body = Callable[[str, str], str]


def test_the_script_is_powershell_with_and_without_what_an_own_ami_lacks(script: str) -> None:
    assert powershell.problems(script) == []
    assert powershell.problems(script.replace("catch {", "catch ", 1)) != []


def test_the_boot_script_arrives_as_it_is(files: dict[str, str]) -> None:
    assert files[r"C:\spot-runner\boot.ps1"] == windows_boot.baked_script()
    assert set(files) == {rf"C:\spot-runner\{name}" for name in ("boot.ps1", "boot.cmd", "deadline.cmd")}


def test_it_starts_at_boot_as_system_without_a_limit_of_the_scheduler_that_ends_long_jobs() -> None:
    run = step("Install")
    tasks = re.findall(r"Register-ScheduledTask -TaskName (\S+) -Principal \$principal -Settings \$settings", run)
    assert tasks == ["spot-runner", "spot-runner-deadline"]
    assert run.count("New-ScheduledTaskTrigger -AtStartup") == 1
    assert "-UserId 'NT AUTHORITY\\SYSTEM' -LogonType ServiceAccount" in run
    assert "-ExecutionTimeLimit ([TimeSpan]::Zero) -Priority 4" in run
    assert "Start-ScheduledTask" not in run
    assert "RestartCount" not in run


def test_a_boot_that_does_not_come_to_the_script_has_a_dead_mans_timer_ins_1(files: dict[str, str]) -> None:
    first, second = step("Install").split("deadline.cmd'\n$trigger.Delay = ")
    assert second.startswith("'PT20M'\nRegister-ScheduledTask -TaskName spot-runner-deadline ")
    assert "-TaskName spot-runner " in first
    lines = files[r"C:\spot-runner\deadline.cmd"].splitlines()
    assert lines[2:] == [rf"if exist {windows_boot.ATTENDED} exit /b 0", "shutdown.exe /a", "shutdown.exe /s /f /t 0"]


def test_the_machine_powers_off_however_its_script_ended_ins_1(files: dict[str, str]) -> None:
    lines = [line for line in files[r"C:\spot-runner\boot.cmd"].splitlines() if not line.startswith("rem")]
    assert lines[1].startswith("powershell.exe ")
    assert r" -File C:\spot-runner\boot.ps1 " in lines[1]
    assert lines[2] == "if %ERRORLEVEL% EQU 75 exit /b 0"
    assert lines[3] == r"if exist C:\spot-runner\attended goto off"
    assert re.fullmatch(
        r'reg\.exe query \S+\\Setup\\State /v ImageState \| find\.exe "IMAGE_STATE_COMPLETE" > nul', lines[4]
    )
    assert lines[5:] == ["if errorlevel 1 exit /b 0", ":off", "shutdown.exe /a", "shutdown.exe /s /f /t 0"]


def test_only_a_deadline_that_the_script_replaced_by_its_own_is_called_off_ins_1(body: Body) -> None:
    baked = SCRIPTS["baked"]
    runner = body(baked, "Start-Runner")
    assert baked.index("Remove-Item -Path $attended") < baked.index("\ntry {")  # what an image brought along
    assert runner.index("Set-Deadline") < runner.index("WriteAllText($attended") < runner.index("Invoke-Job")
    assert baked.count("WriteAllText($attended") == 2  # with its configuration, and standing aside
    assert baked.partition("\nif ($aside) {")[2].startswith("\n  [IO.File]::WriteAllText($attended, '')")


def test_the_timer_is_the_first_act_but_for_windows_own_setup_which_restarts_ins_1(script: str, body: Body) -> None:
    acts = [line.strip() for line in body(script, "try").splitlines() if line.strip()]
    waits = ["Wait-Setup"] if script == SCRIPTS["baked"] else []
    assert acts[: len(waits) + 1] == [*waits, "Set-Deadline $bootSeconds"]
    assert "-ne 'IMAGE_STATE_COMPLETE'" in script or not waits


def test_whatever_fails_ends_in_a_power_off_ins_1(script: str) -> None:
    end = script.partition("} finally {\n  if (-not $aside) {\n")[2]
    assert [line.strip() for line in end.splitlines()[:5]] == [
        *("Write-Line 'powers off'", "Write-Log", "Stop-Timer", "& shutdown.exe /s /f /t 0", "Stop-Computer -Force")
    ]


def test_what_a_launch_has_tagged_powers_off_instead_of_standing_aside(body: Body) -> None:
    test = body(SCRIPTS["baked"], "Test-Runner")
    tag = "meta-data/tags/instance/spot-runner:launch"
    assert test.index(tag) < test.index("throw ") < test.index("this machine is no runner")
    assert "$null -eq $userData" in test  # 404 alone: a metadata service that does not answer throws


def test_a_metadata_service_that_does_not_answer_yet_is_asked_again_and_then_ends_the_machine(body: Body) -> None:
    request = body(SCRIPTS["baked"], "Request-Metadata")
    assert request.index("-eq 404") < request.index("return $null") < request.index("throw ")
    assert "-ge $metadataSeconds) { throw" in request
    assert "while ($true)" in request


def test_the_configuration_is_asked_for_once_and_is_in_no_log_no_file_and_no_list_of_processes(
    script: str, body: Body
) -> None:
    assert script.count("dynamodb delete-item") == 1
    assert "--return-values ALL_OLD" in script
    secret = re.compile(r"\$(?:row|config|answer)\b", re.IGNORECASE)
    telling = re.compile(r"Write-(?:Line|Host|Log)|Add-Line|WriteAllText|Out-File|Set-Content|throw")
    assert [line for line in script.splitlines() if secret.search(line) and telling.search(line)] == []
    job = body(script, "Invoke-Job")
    assert "& .\\run.cmd 2>&1" in job  # no argument
    assert "Remove-Item -Path Env:\\ACTIONS_RUNNER_INPUT_JITCONFIG" in job


def test_a_runner_that_github_no_longer_accepts_is_told_by_its_code(body: Body) -> None:
    for script, remedy in ((SCRIPTS["baked"], "spot-runner rebuild $preset"), (OWN_AMI, "put a newer one into it")):
        job = body(script, "Invoke-Job")
        asked = job.index("$env:ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE = '1'")
        told = job.index("$LASTEXITCODE -eq 7) { throw")
        assert asked < job.index("& .\\run.cmd") < told < job.index("$LASTEXITCODE -ne 0) { throw")
        assert remedy in job
    assert "$script:preset = Find-Metadata" in body(SCRIPTS["baked"], "Read-Place")


def test_what_it_said_is_told_before_the_job_too(script: str, body: Body) -> None:
    assert re.search(r"Write-Log\n\s+Invoke-Job \$config", body(script, "Start-Runner"))
    assert "Select-Object -Skip $logged" in body(script, "Write-Log")


def test_only_tests_set_variables_and_no_batch_file_does(files: dict[str, str], script: str) -> None:
    names = set(re.findall(r"Get-Setting '(\w+)'", script))
    assert len(names) == 7
    assert not any(re.search(r"^\s*set ", text, re.MULTILINE) for text in files.values())


def test_an_own_ami_is_told_by_the_lines_before_its_script(body: Body) -> None:
    for name in ("user-data", "attended", "tags/instance", "Wait-Setup", "exit 75"):
        assert name not in windows_boot.script_of_own_ami()
    assert "$aws = 'aws'" in OWN_AMI
    assert "Start-Runner" in body(OWN_AMI, "try")
