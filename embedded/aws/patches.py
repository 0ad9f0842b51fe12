"""Changes to moto that can be taken back."""

from contextlib import ExitStack
from typing import Any

_MISSING = object()


class Patches(ExitStack):
    """Replaced attributes, and whatever else is to be undone: in reverse order, when the `with` ends."""

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Set `owner.name`; raise AttributeError if moto no longer has it."""
        getattr(owner, name)
        self.put(owner, name, value)

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Set `owner.name`, which need not be there yet."""
        before = vars(owner).get(name, _MISSING)
        setattr(owner, name, value)
        if before is _MISSING:
            self.callback(delattr, owner, name)
        else:
            self.callback(setattr, owner, name, before)
