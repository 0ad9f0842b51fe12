"""What the `sub` of a repository's OIDC tokens is made of."""

from dataclasses import dataclass

from generator.github import answers
from generator.github.connection import GitHub
from generator.github.errors import explained

# What GitHub's own template consists of: the repository, then the branch, the environment or `pull_request`.
DEFAULT_KEYS = ("repo", "context")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`prefix` is what every subject begins with, None where this GitHub does not tell.

    `uses_default` is False for a template of the repository's own, made of `claim_keys`; without keys it is the
    organization's.
    """

    prefix: str | None
    uses_default: bool
    claim_keys: tuple[str, ...] = ()

    @property
    def is_usual(self) -> bool:
        """Tell whether subjects are a prefix and a context, which alone a trust policy can name."""
        return self.uses_default or self.claim_keys == DEFAULT_KEYS


def read(github: GitHub) -> Subject:
    """Read the template; its prefix is believed whatever `use_immutable_subject` says, which may lag behind.

    https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository
    """
    with explained("read the template of its OIDC subjects", "actions: read"):
        answer = answers.one(github, "actions/oidc/customization/sub", "use_default")
        return Subject(
            prefix=answer.get("sub_claim_prefix") or None,
            uses_default=answer["use_default"],
            claim_keys=tuple(answer.get("include_claim_keys") or ()),
        )
