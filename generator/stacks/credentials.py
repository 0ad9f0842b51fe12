"""The secrets of the GitHub App: where they are kept, never what they are."""

from troposphere import Sub, secretsmanager

from generator.stacks import tags, values

APP_KEY = "GitHubAppKey"
WEBHOOK_SECRET = "WebhookSecret"  # noqa: S105 - a logical id
WEBHOOK_SECRET_CHARACTERS = 48


def secrets(deployment: str) -> tuple[secretsmanager.Secret, secretsmanager.Secret]:
    """Return the App's private key, empty until it is put there, and the webhook secret, made up by AWS."""
    marked = tags.listed(tags.of_deployment(deployment))
    return (
        secretsmanager.Secret(
            APP_KEY,
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            Name=_name(APP_KEY),
            Description=f"Private key of the GitHub App of {deployment}, as PEM",
            Tags=marked,
        ),
        secretsmanager.Secret(
            WEBHOOK_SECRET,
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            Name=_name(WEBHOOK_SECRET),
            Description=f"Secret that signs GitHub's deliveries to {deployment}",
            GenerateSecretString=secretsmanager.GenerateSecretString(
                ExcludePunctuation=True, PasswordLength=WEBHOOK_SECRET_CHARACTERS
            ),
            Tags=marked,
        ),
    )


def _name(title: str) -> Sub:
    """Return a name below the stack's, by which rights know it, and with its id: no new stack stumbles over a kept one.

    Rights cannot go by tags: CloudFormation makes a secret first, and tags it then.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_tagging.html
    """
    return Sub(f"${{AWS::StackName}}/{title}-${{Id}}", Id=values.stack_id_part())
