"""The `spot-runner` command: thin functions that import their work when called, so that `--help` stays quick."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from generator import ending
from generator.commands import badge, deploy, github_app, gitops, operating, plan, rebuild, reporting, setup, why
from generator.commands.ending import ended
from generator.commands.options import HERE, AsJson, Environment, Root, Target
from generator.errors import FOUND_PROBLEMS, InvalidInputError, SpotRunnerError, UsageError

LEAST_JOBS, JOBS = 20, 200  # of a burst

app = typer.Typer(
    name="spot-runner",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="GitOps for GitHub Actions runners on EC2 Spot: preset files become AMIs, deployed and kept true.",
)


def main() -> None:
    """Run the command line."""
    ending.run(app)


@app.command()
def bundle(
    *,
    target: Target = "production",
    out: Annotated[Path, typer.Option(help="The folder for the zips.", metavar="DIR")] = Path("build/bundles"),
    as_json: AsJson = False,
) -> None:
    """Zip each function with what it imports.

    The zips are reproducible and named by the hash of their sources.
    """
    import json

    from rich.console import Console

    from generator import bundle as bundles

    made = []
    with Console(stderr=True).status("Bundling…") as status:
        for one in bundles.building(bundles.ROOT, target, out):
            status.update(f"Bundled {one.function}")
            made.append({"function": one.function, "key": one.key, "path": str(one.path), "size": one.size})
    for row in [] if as_json else made:
        typer.echo(f"{row['function']}  {row['key']}  {row['size']:,} bytes")
    if as_json:
        typer.echo(json.dumps(made, indent=2))


@app.command()
def validate(
    *,
    root: Root = HERE,
    environment: Environment = None,
    as_json: AsJson = False,
) -> None:
    """Check presets/ and spot-runner.yaml.

    Everything that is wrong is named with its file and line, and with what is accepted.
    """
    from rich.console import Console

    from generator.inputs import validation
    from generator.inputs.project import load_project

    try:
        project = load_project(root)
    except InvalidInputError as error:
        if not as_json:
            raise
        typer.echo(validation.problems_as_json(error))
        raise typer.Exit(error.exit_code) from error
    settings = project.settings.for_environment(environment)
    if as_json:
        typer.echo(validation.as_json(project, settings))
    else:
        validation.show(project, settings, Console(highlight=False))


@app.command()
def schema(
    of: Annotated[Literal["preset", "settings"], typer.Argument(help="Which file's schema.")] = "preset",
) -> None:
    """Print the JSON Schema of one kind of file, for editors."""
    import json

    from generator.inputs.schema import SCHEMAS

    typer.echo(json.dumps(SCHEMAS[of](), indent=2))


@app.command("instance-types", hidden=True)
def instance_types() -> None:
    """Renew the packaged list of EC2 instance types from the installed moto (maintainers only)."""
    from generator.inputs.instance_types import DATA_FILE, extracted_from_moto

    text = extracted_from_moto()
    DATA_FILE.write_text(text, encoding="utf-8")
    typer.echo(f"{len(text.splitlines()) - 2} instance types in {DATA_FILE.name}")


@app.command()
def destroy(
    *,
    root: Root = HERE,
    environment: Environment = None,
    bootstrap_too: Annotated[bool, typer.Option("--bootstrap", help="Delete the bootstrap stack as well.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, only say what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take the whole deployment apart, and say what stays."""
    from generator.deployment import commands, signin

    parts = ("control-plane", "foundation", "bootstrap") if bootstrap_too else ("control-plane", "foundation")
    confirm = commands.agree if yes else commands.refuse_destruction
    ended(
        commands.destroy(commands.place_without_presets(root, environment, signin.DEPLOY), parts, confirm),
        as_json=as_json,
    )


@app.command("render")
def render_command(
    *,
    root: Root = HERE,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; name each file that differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write templates_out/ from presets/ and spot-runner.yaml."""
    from generator import render_report, templates_out
    from generator.inputs.project import load_project
    from generator.render import render

    rendered = render(load_project(root))
    if not check:
        render_report.show_written(templates_out.write(root, rendered), as_json=as_json)
        return
    found = templates_out.differences(root, rendered)
    render_report.show_differences(found, as_json=as_json)
    raise typer.Exit(FOUND_PROBLEMS if found else 0)


@app.command("lint")
def lint_command(
    *,
    root: Root = HERE,
    against: Annotated[
        str | None, typer.Option(help="Lint only what differs from where HEAD left this git revision.", metavar="REF")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lint every template in templates_out/.

    By cfn-lint, by cloudformation-validate, and by rules of our own. With --against, a template that the revision has
    as it is was linted there; where spot-runner.yaml differs, all are.
    """
    from rich.console import Console
    from rich.progress import track

    from generator import lint, lint_report
    from generator.inputs.project import load_project

    region = load_project(root).settings.for_environment(None).region
    templates = lint.committed(root)
    if against is not None:
        templates = lint.changed(root, templates, against)
    console = Console(stderr=True)
    linted = track(
        lint.linting(templates, region),
        "Linting",
        len(templates),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    findings = tuple(finding for each in linted for finding in each.findings)
    lint_report.show(tuple(templates), findings, as_json=as_json)
    raise typer.Exit(FOUND_PROBLEMS if findings else 0)


@app.command()
def local(
    *,
    root: Root = HERE,
    serve: Annotated[bool, typer.Option("--serve", help="Deploy everything and serve until Ctrl-C.")] = False,
    burst: Annotated[
        bool, typer.Option("--burst", help="Play a burst of jobs, on two presets, with all that can go wrong.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Argument(help=f"How many jobs a burst has, {JOBS} unless said.", min=LEAST_JOBS)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a day of the product on an AWS inside this process.

    No account, no network.
    """
    from generator.inputs.project import load_project

    if serve and burst:
        raise UsageError("--serve and --burst were both given: choose one")
    if jobs is not None and not burst:
        raise UsageError(f"{jobs} jobs were asked for: only `spot-runner local --burst {jobs}` plays jobs")

    project = load_project(root)
    try:
        from generator.local import play
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"embedded", "generator"}:
            raise
        raise SpotRunnerError(
            f"{error.name} is not installed: install spot-runner[local], or run `make demo`"
        ) from error
    if burst:
        play.play_burst(project, jobs or JOBS, as_json=as_json)
    elif serve:
        play.serve(project, as_json=as_json)
    else:
        play.play_day(project, as_json=as_json)


for command in (plan, deploy, setup, github_app, rebuild, reporting, badge, why, operating, gitops):
    command.register(app)
