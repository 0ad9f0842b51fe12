"""The secrets of the GitHub App: where they are kept, never what they are."""

from troposphere import secretsmanager

from generator.stacks import tags

APP_KEY = "GitHubAppKey"
WEBHOOK_SECRET = "WebhookSecret"  # noqa: S105 - a logical id
WEBHOOK_SECRET_CHARACTERS = 48


def secrets(deployment: str) -> tuple[secretsmanager.Secret, secretsmanager.Secret]:
    """Return the App's private key, empty until it is put there, and the webhook secret, made up by AWS.

    Their names are made up too: a secret that was kept, or that waits for its deletion, occupies its name.
    """
    marked = tags.listed(tags.of_deployment(deployment))
    return (
        secretsmanager.Secret(
            APP_KEY,
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            Description=f"Private key of the GitHub App of {deployment}, as PEM",
            Tags=marked,
        ),
        secretsmanager.Secret(
            WEBHOOK_SECRET,
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            Description=f"Secret that signs GitHub's deliveries to {deployment}",
            GenerateSecretString=secretsmanager.GenerateSecretString(
                ExcludePunctuation=True, PasswordLength=WEBHOOK_SECRET_CHARACTERS
            ),
            Tags=marked,
        ),
    )
