"""From a project to its templates: pure, the same text for the same project, whatever the environment."""

from collections.abc import Iterator, Mapping

from generator import bundle, templates_out
from generator.errors import InvalidInputError, Problem
from generator.github.addresses import api_url
from generator.inputs.project import PRESETS_FOLDER, Project
from generator.inputs.settings import Settings
from generator.layout import text
from generator.origin import origin
from generator.presets import Preset
from generator.stacks import alarms, bootstrap, control_plane, foundation, functions, network, oidc
from generator.stacks import preset as preset_stack
from lambdas.core import preset as deployed
from lambdas.core.errors import ProjectionTooLargeError
from lambdas.core.projection import check_size

GITHUB_COM = "https://github.com"
GHE_COM = ".ghe.com"


def render(project: Project) -> dict[str, str]:
    """Return the text of every template by its file name.

    Raises InvalidInputError with every preset that is valid by itself, and yet too large for AWS.
    """
    settings = project.settings
    stacks = {
        bootstrap.PART: bootstrap.template(settings),
        foundation.PART: foundation.template(settings),
        control_plane.PART: control_plane.template(settings, bundle.keys()),
    }
    rendered = {f"{part}.json": text(stack.to_dict()) for part, stack in stacks.items()}
    return rendered | _presets(project)


def refuse_stale(project: Project) -> None:
    """Raise if templates_out/ is not what the project renders to: what is deployed was to be reviewed."""
    templates_out.refuse(templates_out.differences(project.root, render(project)))


def parameters(settings: Settings, part: str) -> dict[str, str]:
    """Return the parameters by which a stack suits an environment, apart from those that only a deployment knows.

    `part` is `bootstrap`, `foundation`, `control-plane` or `preset`; raises KeyError for another.
    """
    parts: Mapping[str, dict[str, str]] = {
        bootstrap.PART: {
            "IssuerHost": issuer_host(settings.github.server_url),
            oidc.CHECKS_CLAIMS: str(knows_claims(settings.github.server_url)).lower(),
        },
        foundation.PART: {
            "VpcId": settings.network.vpc_id or "",
            "SubnetIds": ",".join(settings.network.subnet_ids),
            network.ZONES: network.zones(settings.region),
        },
        control_plane.PART: {
            alarms.EMAIL: settings.alarms.email or "",
            functions.GITHUB_API_URL: api_url(settings.github.server_url),
            functions.GITHUB_APPS: ",".join(str(app.id) for app in settings.github.apps),
            functions.GITHUB_OWNER: settings.github.owner,
        },
        preset_stack.PART: {},
    }
    return parts[part]


def knows_claims(server_url: str) -> bool:
    """Tell whether STS knows more of a GitHub's OIDC tokens than `aud` and `sub`: `ref` above all.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """
    return server_url == GITHUB_COM


def issuer_host(server_url: str) -> str:
    """Return the issuer of a GitHub's OIDC tokens, without https://.

    https://docs.github.com/en/enterprise-cloud@latest/actions/reference/security/oidc (ghe.com)
    https://docs.github.com/en/enterprise-server@latest/actions/reference/security/oidc (Enterprise Server)
    """
    host = server_url.removeprefix("https://").lower()
    if server_url == GITHUB_COM:
        return oidc.GITHUB_COM
    return f"token.actions.{host}" if host.endswith(GHE_COM) else f"{host}/_services/token"


def _presets(project: Project) -> dict[str, str]:
    rendered: dict[str, str] = {}
    problems: list[Problem] = []
    for preset in project.presets:
        problems.extend(_too_large(preset))
        try:
            made = origin(preset, deployment=project.settings.name)
            stack = preset_stack.template(project.settings, preset, made)
        except InvalidInputError as error:
            problems.extend(error.problems)
            continue
        rendered[f"preset-{preset.name}.json"] = text(stack.to_dict())
    if problems:
        raise InvalidInputError(problems)
    return rendered


def _too_large(preset: Preset) -> Iterator[Problem]:
    """Yield a problem if the preset's SSM parameter could pass 4 KB once it has an AMI."""
    try:
        check_size(deployed.parse(preset.deployed_json()))
    except ProjectionTooLargeError as error:
        yield Problem(file=f"{PRESETS_FOLDER}/{preset.name}.yaml", message=str(error))
