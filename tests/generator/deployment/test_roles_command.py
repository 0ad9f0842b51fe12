import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the credentials away, and every address."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")


def in_region(root: Path, region: str) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text().replace("region: eu-west-1", f"region: {region}"))


def test_the_roles_are_lines_for_a_workflow(run: Run) -> None:
    code, out, err = run("roles")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "plan=arn:aws:iam::123456789012:role/spot-runner-plan",
        "deploy=arn:aws:iam::123456789012:role/spot-runner-deploy",
        "operate=arn:aws:iam::123456789012:role/spot-runner-operate",
        "region=eu-west-1",
    ]


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("ap-south-1", "aws"), ("xx-future-9", "aws")],
)
def test_the_partition_follows_from_the_region(run: Run, root: Path, region: str, partition: str) -> None:
    in_region(root, region)
    code, out, _ = run("roles", "--json")
    roles = json.loads(out)
    assert (code, roles["region"]) == (0, region)
    assert roles["deploy"] == f"arn:{partition}:iam::123456789012:role/spot-runner-deploy"


def test_an_environment_has_the_roles_of_its_own_account(run: Run, root: Path) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text() + "environments:\n  test: {account: '210987654321'}\n")
    _, out, _ = run("roles", "--environment", "test")
    assert "operate=arn:aws:iam::210987654321:role/spot-runner-operate" in out


def test_presets_do_not_matter(run: Run, root: Path) -> None:
    (root / "presets" / "linux-x64.yaml").write_text("not: [valid")
    assert run("roles")[0] == 0
