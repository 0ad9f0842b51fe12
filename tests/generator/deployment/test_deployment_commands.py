import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.aws.server import EmbeddedAws
from generator.deployment.apply import apply
from generator.deployment.aws import connect
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from lambdas.core.names import DEPLOYMENT_TAG, Names

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("command", ["plan", "deploy", "destroy", "bootstrap"])
def test_without_credentials_each_command_says_so_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    code, out, err = run(command)
    assert (code, out) == (1, "")
    assert err.startswith("no AWS credentials")
    assert len(err.splitlines()) == 1


@pytest.mark.usefixtures("here")
def test_a_template_that_was_edited_by_hand_is_named_and_nothing_is_deployed(run: Run, root: Path) -> None:
    edited = root / "templates_out" / "foundation.json"
    edited.write_text(edited.read_text().replace("spot-runner", "mine"))
    code, _, err = run("deploy")
    assert code == 1
    assert err.startswith("templates_out/foundation.json is not what the project renders to")


@pytest.mark.usefixtures("here")
def test_a_region_without_bootstrap_is_refused_by_deploy(run: Run) -> None:
    code, _, err = run("deploy")
    assert code == 1
    assert "deployment spot-runner is not set up in Region eu-west-1" in err


@pytest.mark.usefixtures("here")
def test_a_shell_that_names_another_region_is_told_which_one_is_used(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    _, out, _ = run("plan")
    assert "Note: AWS_REGION says us-east-1; `region` in spot-runner.yaml decides: eu-west-1" in out.splitlines()


@pytest.mark.usefixtures("here")
def test_an_unknown_environment_is_wrong_usage(run: Run) -> None:
    code, _, err = run("plan", "--environment", "staging")
    assert code == 2
    assert "environment 'staging' is not in spot-runner.yaml" in err


@pytest.mark.usefixtures("here")
def test_pruning_is_refused_outside_of_a_repository_before_anything_is_deployed(run: Run) -> None:
    code, _, err = run("deploy", "--prune")
    assert code == 1
    assert err.startswith("--prune refused: this is not a git repository")


@pytest.mark.usefixtures("here")
def test_bootstrap_must_be_told_whom_to_trust(run: Run) -> None:
    code, _, err = run("bootstrap")
    assert code == 2
    assert "--subject-prefix" in err
    assert "--repository-id" in err


def test_destroy_only_says_what_would_go_without_yes(run: Run, here: EmbeddedAws) -> None:
    wanted = Wanted(
        name="spot-runner-preset-old",
        template=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}),
        parameters={},
        tags={DEPLOYMENT_TAG: "spot-runner"},
    )
    site = Site(aws=connect("eu-west-1", make_client=here.client), names=Names(deployment="spot-runner"))
    apply(site, wanted)
    code, _, err = run("destroy")
    assert code == 2
    assert "destroy would delete spot-runner-preset-old: repeat it with --yes to do so" in err
    assert run("destroy", "--yes")[:2] == (0, "spot-runner-preset-old: deleted\nDone.\n")
    assert run("destroy", "--yes")[:2] == (0, "Nothing to do.\n")
    _, again, _ = run("destroy", "--yes", "--json")
    nothing = {"results": [], "stays": [], "superseded": None, "serviceRoles": []}
    assert json.loads(again) == {"ok": True, "changed": False, **nothing}


@pytest.mark.usefixtures("here")
def test_destroying_what_never_was_says_where_it_looked(run: Run, root: Path) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text("name: elsewhere\n" + re.sub("(?m)^name:.*\n", "", settings.read_text()))
    code, out, err = run("destroy", "--yes")
    assert (code, out) == (1, "")
    assert err.startswith("there is no deployment elsewhere in account 123456789012, Region eu-west-1: correct `name`")


@pytest.mark.usefixtures("here")
def test_a_plan_for_a_script_is_one_json_document(run: Run) -> None:
    code, out, _ = run("plan", "--json")
    plan = json.loads(out)
    assert (code, plan["changes"], plan["region"]) == (0, True, "eu-west-1")
    assert [stack["preset"] for stack in plan["stacks"]][2:] == ["linux-arm64", "linux-x64"]
