"""Which repository, and whose token, where no GitHub Actions job says so: an administrator's checkout and sign-in."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from generator import git
from generator.errors import UsageError
from generator.github.connection import FULL_NAME, full_name
from generator.github.remote import host_of, repository_of

GH_SECONDS = 20
TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")


class NobodyTellsError(UsageError):
    """Neither an option nor the environment, git or gh says which repository, or with which token."""


def located(environ: Mapping[str, str], root: Path, server_url: str, repository: str | None = None) -> dict[str, str]:
    """Return the environment with GITHUB_REPOSITORY and GITHUB_TOKEN filled in, as `connect` takes it.

    The token is that of the environment, else what `gh` is signed in with. Raises NobodyTellsError for what none of
    them says, and UsageError for a name of another form.
    """
    name = repository_name(environ, root, server_url, repository)
    token = next((environ[key] for key in TOKENS if environ.get(key)), None) or _of_gh(server_url)
    if not token:
        raise NobodyTellsError("there is no token for GitHub: set GITHUB_TOKEN, or sign in with `gh auth login`")
    return {**environ, "GITHUB_REPOSITORY": name, "GITHUB_TOKEN": token}


def repository_name(environ: Mapping[str, str], root: Path, server_url: str, repository: str | None = None) -> str:
    """Return `repository`, else GITHUB_REPOSITORY, else what the checkout's remote `origin` names; raises as above."""
    if repository and not FULL_NAME.fullmatch(repository):
        raise UsageError(f"--repository is {repository!r}, expected OWNER/NAME, such as octo-org/runners")
    return repository or (full_name(environ) if environ.get("GITHUB_REPOSITORY") else _of_checkout(root, server_url))


def _of_checkout(root: Path, server_url: str) -> str:
    remote = git.origin(root)
    remedy = "pass --repository OWNER/NAME, or set GITHUB_REPOSITORY"
    if not remote:
        raise NobodyTellsError(f"which repository is not known, the checkout has no remote `origin`: {remedy}")
    name = repository_of(remote, server_url)
    if name is None:
        where = host_of(remote) or "this machine"
        raise NobodyTellsError(
            f"which repository is not known, `origin` is on {where} and github.serverUrl is {server_url}: {remedy}"
        )
    return name


def _of_gh(server_url: str) -> str:
    """Return the token of the gh command, or an empty string where it is not installed or not signed in.

    https://cli.github.com/manual/gh_auth_token
    """
    command = ["gh", "auth", "token", "--hostname", urlsplit(server_url).hostname or ""]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GH_SECONDS, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
