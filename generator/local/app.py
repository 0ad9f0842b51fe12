"""The GitHub App of the played day, as an administrator makes it: it and the deployment get to know each other."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from embedded.github.app_registry import App
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


def webhook_secret(team: Team) -> str:
    """Return what signs the App's deliveries, as an administrator reads it."""
    secrets = team.emulator.client("secretsmanager")
    return str(secrets.get_secret_value(SecretId=team.handed_on("webhook-secret-arn"))["SecretString"])
