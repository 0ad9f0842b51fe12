"""How a plan looks in a pull request, by what a CommonMark renderer makes of it."""

import re
from typing import Any

from markdown_it import MarkdownIt

from generator.planning.difference import Action, ResourceChange
from generator.planning.markdown import document
from generator.planning.outlook import Outlook
from generator.planning.plans import Fate, Plan, StackPlan

REST = "The whole plan is in [the job's log](<https://github.com/octo-org/runners/actions/runs/1>)."
EVIL = "<img src=x> @octocat #1 | **b** <!-- `"


def a_stack(preset: str = "linux-x64", **changed: Any) -> StackPlan:
    values = {"stack": f"team-preset-{preset}", "preset": preset, "fate": Fate.UPDATE}
    return StackPlan(**(values | changed))


def a_change(**changed: Any) -> ResourceChange:
    values = {"resource": "Pipeline", "type": "AWS::ImageBuilder::ImagePipeline", "action": Action.MODIFY}
    return ResourceChange(**(values | changed))


def a_plan(*stacks: StackPlan, **changed: Any) -> Plan:
    values = {"deployment": "team", "account": "123456789012", "region": "eu-west-1", "stacks": stacks}
    return Plan(**(values | changed))


def shown(plan: Plan, most_characters: int = 65_000) -> str:
    return document(plan, most_characters, REST)


def text(markdown: str) -> str:
    """Return what is read of Markdown, a line per block."""
    lines = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "html_block":
            lines.append(re.sub("<[^>]*>", "", token.content).strip())
        if token.type == "inline":
            parts = (child.content for child in token.children or () if child.type in {"text", "code_inline"})
            lines.append("".join(parts).replace("\u200b", ""))
    return "\n".join(lines)


def test_the_heading_names_deployment_and_environment() -> None:
    assert text(shown(a_plan(environment="test"))).startswith("Plan for team in test\n")


def test_a_preset_says_what_changes_in_words() -> None:
    words = ("timeout (minutes): 60 → 90", "AMI: rebuild, the current one (ami-1) serves meanwhile")
    outlook = Outlook(decision="building", ami_id="ami-1", builds=True)
    read = text(shown(a_plan(a_stack(words=words, ami=outlook, parameters=("Size",)))))
    assert "Preset linux-x64 changes\ntimeout (minutes): 60 → 90\nAMI: rebuild, the current one (ami-1)" in read
    assert "parameters with another value: Size" in read


def test_resources_are_folded_into_one_table() -> None:
    changes = (
        a_change(properties=("Schedule", "Status")),
        a_change(resource="Recipe", type="T", action=Action.REPLACE, old_stays=True),
        a_change(resource="New", type="T", action=Action.ADD),
    )
    markdown = shown(a_plan(a_stack(resources=changes)))
    opened, closed = markdown.index("<details>"), markdown.index("</details>")
    assert opened < markdown.index("| `Pipeline`") < closed
    read = text(markdown)
    assert "3 resources of stack team-preset-linux-x64" in read
    assert "Pipeline\nAWS::ImageBuilder::ImagePipeline\nchanged: Schedule, Status\n" in read
    assert "Recipe\nT\nreplaced, the old one stays\nNew\nT\nmade" in read


def test_a_preset_without_file_says_what_is_deleted_and_what_stays() -> None:
    changes = (
        a_change(action=Action.REMOVE),
        a_change(resource="Recipe", type="T", action=Action.REMOVE, old_stays=True),
    )
    stack = a_stack(fate=Fate.GONE, resources=changes, stays=("AWS::ImageBuilder::ImageRecipe r", "AMI ami-1"))
    read = text(shown(a_plan(stack)))
    assert "deleted: 1 resource, by spot-runner deploy --prune" in read.replace("`", "")
    assert "stays: AWS::ImageBuilder::ImageRecipe: r\nstays: AMI ami-1\n" in read
    assert "Recipe\nT\nstays in AWS" in read


def test_what_does_not_change_is_one_line() -> None:
    stacks = [a_stack(name, fate=Fate.UNCHANGED) for name in ("a", "b")]
    assert "\nUnchanged: a, b.\n" in text(shown(a_plan(*stacks)))


def test_all_text_from_outside_is_only_text() -> None:
    stack = a_stack(
        words=(EVIL,),
        stays=(EVIL,),
        parameters=(EVIL,),
        resources=(a_change(resource=EVIL, type=EVIL, properties=(EVIL,)),),
    )
    markdown = shown(a_plan(stack, notices=(EVIL,), environment=EVIL, deployment=EVIL))
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    assert [t.content.strip() for t in tokens if t.type == "html_block"] == [
        "<details><summary>1 resource of stack <code>team-preset-linux-x64</code></summary>",
        "</details>",
    ]
    children = [child for token in tokens for child in token.children or ()]
    assert {c.content for c in children if c.type == "html_inline"} <= {"<code>", "</code>"}
    assert not {"strong_open", "link_open", "image"} & {child.type for child in children}
    assert text(markdown).count("<img src=x>") == 9
    assert not re.search(r"@octocat|#1", "".join(c.content for c in children if c.type == "text"))


def test_a_plan_that_fits_is_whole() -> None:
    assert "Cut" not in shown(a_plan(a_stack(resources=(a_change(),))))


def test_of_a_long_plan_the_folded_tables_go_first_and_the_rest_is_linked() -> None:
    changes = tuple(a_change(resource=f"Resource{number}") for number in range(20))
    stacks = [a_stack(f"p{number}", words=(f"said of {number}",), resources=changes) for number in range(100)]
    markdown = shown(a_plan(*stacks))
    assert len(markdown) <= 65_000
    assert all(f"- said of {number}" in markdown for number in range(100))
    left_out = 100 - markdown.count("<details>")
    assert left_out > 0
    assert markdown.endswith(f"**Cut: {left_out} parts of this plan did not fit in here. {REST}**")
    assert "`spot-runner deploy` does this." in markdown


def test_even_words_are_cut_before_a_comment_gets_too_long() -> None:
    stacks = [a_stack(f"p{number}", words=("word " * 100,)) for number in range(300)]
    markdown = shown(a_plan(*stacks))
    assert len(markdown) <= 65_000
    assert "Cut: " in markdown
    assert markdown.startswith("### Plan for `team`")
