"""Where the API of a GitHub is; imports nothing slow, so that settings may ask too."""

from urllib.parse import urlsplit

GITHUB_COM = "https://github.com"


def api_url(server_url: str) -> str:
    """Return the REST API's address for `serverUrl`: of github.com, <name>.ghe.com, or a GitHub Enterprise Server.

    https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/about-github-enterprise-cloud-with-data-residency
    https://docs.github.com/en/enterprise-server@latest/rest/quickstart
    """
    address = urlsplit(server_url.rstrip("/"))
    host = (address.hostname or "").removeprefix("www.")
    if host == "github.com":
        return "https://api.github.com"
    if host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{address.geturl()}/api/v3"
