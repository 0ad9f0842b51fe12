"""`spot-runner lint`: what AWS would refuse, and what this project forbids."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from generator import lint, own_rules

Run = Callable[..., Result]


def rules(resource: dict[str, Any]) -> list[str]:
    return [finding.rule for finding in own_rules.findings("x.json", {"Resources": {"It": resource}})]


RATES = {
    "rate(1 minute)": [],
    "rate(5 minutes)": [],
    "rate(12 hours)": [],
    "rate(1 minutes)": ["rate"],
    "rate(5 minute)": ["rate"],
    "rate(0 minutes)": ["rate"],
    "rate(5 weeks)": ["rate"],
    "rate(5minutes)": ["rate"],
}


@pytest.mark.parametrize("expression", RATES)
def test_a_rate_is_written_as_eventbridge_takes_it(expression: str) -> None:
    rule = {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": expression}}
    assert rules(rule) == RATES[expression]


KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
VERSIONS = [
    ("Component", "1.0.0", []),
    ("Component", "1.0.x", ["version"]),
    ("Component", "1.0", ["version"]),
    ("ImageRecipe", "1.0.x", []),
    ("ImageRecipe", "1.2.3", []),
    ("ImageRecipe", "1.0", ["version"]),
    ("ImageRecipe", "x.x.x", ["version"]),
]


@pytest.mark.parametrize(("kind", "version", "found"), VERSIONS)
def test_recipes_may_leave_the_last_number_open_and_components_may_not_ami_7(
    kind: str, version: str, found: list[str]
) -> None:
    assert rules({"Type": f"AWS::ImageBuilder::{kind}", "Properties": {"Version": version}, **KEPT}) == found


@pytest.mark.parametrize("policy", KEPT)
def test_a_recipe_that_a_running_build_may_need_is_kept(policy: str) -> None:
    recipe = {"Type": "AWS::ImageBuilder::ImageRecipe", "Properties": {"Version": "1.0.x"}, **KEPT, policy: "Delete"}
    assert rules(recipe) == ["retain"]


def role(**statement: object) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]} | statement
    document = {"Version": "2012-10-17", "Statement": [allowed]}
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": document}]}}


def test_least_rights_are_fine() -> None:
    assert rules(role()) == []
    assert rules(role(Action="ec2:DescribeImages", Resource="*")) == []
    assert rules(role(Effect="Deny", Action="*", Resource="*")) == []


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "*"},
        {"Action": ["s3:*"]},
        {"Action": ["s3:Get*"]},
        {"Resource": "*"},
        {"Action": ["ec2:DescribeImages", "ec2:RunInstances"], "Resource": ["*"]},
        {"NotAction": ["iam:*"]},
    ],
    ids=str,
)
def test_more_rights_than_needed_are_named(statement: dict[str, object]) -> None:
    assert rules(role(**statement)) == ["rights"]


def test_a_template_holds_no_secret() -> None:
    token = "ghp_" + "a" * 36
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": {"T": token}}}}
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "hunter2"}}
    assert (rules(function), rules(secret)) == (["secret"], ["secret"])


def test_a_finding_does_not_repeat_the_secret() -> None:
    token = "ghp_" + "a" * 36
    (finding,) = own_rules.findings("x.json", {"Outputs": {"T": {"Value": token}}})
    assert token not in str(finding)


FAULTS = {
    "E3002": {"Type": "AWS::SQS::Queue", "Properties": {"Nonsense": 1}},
    "version": {"Type": "AWS::ImageBuilder::Component", "Properties": {"Version": "1.0.x"}, **KEPT},
}


def test_every_linter_is_heard() -> None:
    template = json.dumps({"Resources": {name.title(): fault for name, fault in FAULTS.items()}})
    (linted,) = lint.linting({"x.json": template}, "eu-west-1")
    found = {finding.rule for finding in linted.findings}
    assert set(FAULTS) <= found
    # Only cloudformation-validate sees that this pattern is no list.
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": "aws.imagebuilder"}}}
    (linted,) = lint.linting({"x.json": json.dumps({"Resources": {"Rule": rule}})}, "eu-west-1")
    assert "E9014" in {finding.rule for finding in linted.findings}


@pytest.mark.parametrize("text", ["{", "[]", '{"Resources": []}', '"text"'])
def test_what_is_no_template_is_named_and_not_a_crash(text: str) -> None:
    (linted,) = lint.linting({"x.json": text}, "eu-west-1")
    assert [finding.rule for finding in linted.findings] == ["json"]


def test_the_command_names_file_and_place_and_fails(root: Path, run: Run) -> None:
    folder = root / "templates_out"
    folder.mkdir()
    (folder / "bad.json").write_text(json.dumps({"Resources": {"Queue": FAULTS["E3002"]}}))
    linted = run("lint", "-C", root)
    assert linted.exit_code == 1
    assert "templates_out/bad.json:1: E3002 at " in linted.output
    told = json.loads(run("lint", "--json", "-C", root).stdout)
    assert told["templates"] == ["bad.json"]
    assert {finding["file"] for finding in told["findings"]} == {"bad.json"}


def test_without_templates_the_command_says_what_to_do(root: Path, run: Run) -> None:
    assert "run `spot-runner render`" in str(run("lint", "-C", root).exception)
