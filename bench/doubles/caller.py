"""Who calls: one container of a function, whose calls are counted and take their time."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Latencies:
    """How long calls take, in seconds: assumptions, and of no great weight unless they are many times as long."""

    read: float = 0.005
    write: float = 0.01
    transaction: float = 0.03
    message: float = 0.01
    parameter: float = 0.02
    fleet: float = 3.0
    terminate: float = 0.4
    github: float = 0.5


@dataclass(kw_only=True)
class Caller:
    """Counts its calls by name, and lets the time pass that they take.

    Calls from threads that the container started beside its own run side by side: the time that the longest row of
    them takes is owed by the container's next call.
    """

    pause: Callable[[float], None] = lambda _: None
    latencies: Latencies = field(default_factory=Latencies)
    calls: Counter[str] = field(default_factory=Counter)
    hands: int = 1
    _owed: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _own: int = field(default_factory=threading.get_ident)

    def adopt(self) -> None:
        """Let the thread that runs now be the container's own."""
        self._own = threading.get_ident()

    def call(self, name: str, seconds: float) -> None:
        """Make a call that takes so long; when this returns, it has its effect."""
        with self._lock:
            self.calls[name] += 1
            if threading.get_ident() != self._own:
                self._beside(seconds)
                return
        self.settle(seconds)

    def settle(self, seconds: float = 0.0) -> None:
        """Let what is owed pass, and so much more."""
        owed = max(self._owed, default=0.0)
        self._owed.clear()
        self.pause(owed + seconds)

    def _beside(self, seconds: float) -> None:
        """Let the hand take the call that is free first."""
        if len(self._owed) < self.hands:
            self._owed.append(seconds)
        else:
            first = self._owed.index(min(self._owed))
            self._owed[first] += seconds
