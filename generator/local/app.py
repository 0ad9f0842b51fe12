"""The GitHub App of the played day, as an administrator makes it: it and the deployment get to know each other."""

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from embedded.github.app_registry import App
from generator.inputs.project import SETTINGS_FILE
from generator.local import workflows
from generator.local.team import Team

# docs/github-app.md says why each is needed.
PERMISSIONS = {"actions": "write", "metadata": "read", "organization_self_hosted_runners": "write"}
KEY_BITS = 2048


def connect(team: Team) -> App:
    """Make an App, install it in the organization, and let it and the deployment know each other."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    registry, owner = team.hosting.played.registry, team.hosting.repository.owner
    made = registry.add_app(
        team.names.deployment,
        public.decode(),
        owner=owner,
        permissions=PERMISSIONS,
        webhook_url=f"{team.api_url()}/webhook",
        webhook_secret=webhook_secret(team),
    )
    registry.install(made, owner)
    secrets = team.emulator.client("secretsmanager")
    secrets.put_secret_value(SecretId=team.handed_on("app-key-arn"), SecretString=private.decode())
    team.record.say(f"GitHub App {made.slug} is installed in {owner}; its key is in Secrets Manager.")
    return made


def name_in_settings(team: Team, made: App) -> None:
    """Name the App in spot-runner.yaml, and no other, and deploy that: from then on reconcile asks by it, too."""
    settings = team.repository.path / SETTINGS_FILE
    written = yaml.safe_load(settings.read_text())
    written["github"]["apps"] = [{"id": made.id}]
    for environment in (written.get("environments") or {}).values():
        (environment.get("github") or {}).pop("apps", None)
    settings.write_text(yaml.safe_dump(written, sort_keys=False))
    team.run(("render",), {})
    team.repository.commit("Name the GitHub App")
    workflows.deploy(team)


def webhook_secret(team: Team) -> str:
    """Return what signs the App's deliveries, as an administrator reads it."""
    secrets = team.emulator.client("secretsmanager")
    return str(secrets.get_secret_value(SecretId=team.handed_on("webhook-secret-arn"))["SecretString"])
