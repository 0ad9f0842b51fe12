"""What GitHub notices of machines that end with their runner: it hears of them no more."""

from typing import Any

from embedded.github.actions import Actions


class Losses:
    """Listens to EC2's instances: a runner whose machine has ended is lost to GitHub, which notices after a while."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    def __call__(self, instance: Any, state: str) -> None:  # noqa: ANN401 - moto's
        """Hear of the state of an instance."""
        runner = self._actions.roster.named(instance.id) if state == "terminated" else None
        if runner is not None:
            self._actions.lose(runner)
