"""Which repository a git remote names."""

import re
from urllib.parse import urlsplit

# Where github.com answers SSH on the port of HTTPS, behind firewalls.
# https://docs.github.com/en/authentication/troubleshooting-ssh/using-ssh-over-the-https-port
SSH_OVER_HTTPS = {"ssh.github.com": "github.com", "www.github.com": "github.com"}
SCP_LIKE = re.compile(r"(?:[^@/:]+@)?(?P<host>[^@/:]+):(?P<path>[^/].*|/.+)")
FULL_NAME = re.compile(r"/?(?P<owner>[A-Za-z0-9_.-]+)/(?P<name>[A-Za-z0-9_.-]+?)(?:\.git)?/?")
SCHEMES = {"https", "http", "ssh", "git"}


def repository_of(remote_url: str, server_url: str) -> str | None:
    """Return `owner/name` of a remote at this GitHub, or None for one that is elsewhere or no repository.

    The forms are those of git: https://, ssh:// and git:// URLs, and `user@host:owner/name.git`; the user, a password
    and the port do not count. https://git-scm.com/docs/git-clone#_git_urls
    """
    host, path = _host_and_path(remote_url.strip())
    if SSH_OVER_HTTPS.get(host, host) != (urlsplit(server_url).hostname or ""):
        return None
    named = FULL_NAME.fullmatch(path)
    return f"{named['owner']}/{named['name']}" if named else None


def host_of(remote_url: str) -> str:
    """Return a remote's host, or an empty string for a path on this machine."""
    return _host_and_path(remote_url.strip())[0]


def _host_and_path(remote_url: str) -> tuple[str, str]:
    if "://" in remote_url:
        try:
            address = urlsplit(remote_url)
        except ValueError:  # such as an unclosed bracket
            return "", ""
        known = address.scheme.lower() in SCHEMES
        return ((address.hostname or "") if known else ""), address.path
    scp_like = SCP_LIKE.fullmatch(remote_url)
    return (scp_like["host"].lower(), scp_like["path"]) if scp_like else ("", "")
