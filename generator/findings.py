"""What a linter says of one place in one template."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """One thing that is wrong; `file` is a name in templates_out/, `place` a path inside the template."""

    file: str
    line: int = 1
    place: str = ""
    rule: str
    message: str

    def __str__(self) -> str:
        """Return `templates_out/preset-gpu.json:40: E3002 at Resources/Recipe: …`."""
        at = f" at {self.place}" if self.place else ""
        return f"templates_out/{self.file}:{self.line}: {self.rule}{at}: {self.message}"
