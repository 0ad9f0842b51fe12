"""Where the things are that an issue speaks of; every address is safe between `<` and `>` of a Markdown link."""

from urllib.parse import quote

from generator.reporting.known import Known

# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
CONSOLES = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
CONSOLE = "console.aws.amazon.com"


def link(text: str, address: str) -> str:
    """Return a Markdown link; the text is Markdown already."""
    return f"[{text}](<{address}>)"


def preset_file(known: Known, preset: str) -> str:
    """Return where people read and edit the preset."""
    return f"{known.repository_url}/blob/HEAD/presets/{quote(preset, safe='')}.yaml"


def guide(known: Known) -> str | None:
    """Return where the repository says what to do when something fails."""
    return f"{known.repository_url}/blob/HEAD/{known.guide}#when-something-fails" if known.guide else None


def commit(known: Known, sha: str) -> str:
    """Return a commit's page."""
    return f"{known.repository_url}/commit/{sha}"


def badge(status_url: str, preset: str | None = None) -> str:
    """Return the badge of a preset, or of the whole deployment; it always shows the present status."""
    of = f"?preset={quote(preset, safe='')}" if preset else ""
    return f"{status_url.removesuffix('/status')}/badge.svg{of}"


def pipelines(region: str) -> str:
    """Return the console's list of Image Builder pipelines in a Region; it opens in the account of who is signed in."""
    host = next((host for prefix, host in CONSOLES.items() if region.startswith(prefix)), CONSOLE)
    return f"https://{region}.{host}/imagebuilder/home?region={region}#/pipelines"
