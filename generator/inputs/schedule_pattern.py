"""The subset of `schedule.py` as one regular expression, for editors that check presets by their JSON Schema."""

from generator.inputs.schedule import EVERY_MONTH, LONGEST_GAP_DAYS, WEEKDAYS

SHORTEST_SPAN = 31 - LONGEST_GAP_DAYS  # from the first day of a month to the last, or the turn of the month is too long
MIDDLE = range(EVERY_MONTH - LONGEST_GAP_DAYS, LONGEST_GAP_DAYS + 2)  # a day in here splits any gap that is too long


def pattern() -> str:
    """Return a pattern that matches, as a whole, the expressions that `schedule.parse` accepts."""
    days = rf"(?:{_month_days()} \* \?|\? \* {_weekdays()})"
    return rf"cron\({_numbers(59)} {_numbers(23)} {days} \*\)"


def _between(low: int, high: int) -> str:
    """Return a pattern of the numbers from `low` to `high`, of two digits at most."""
    tens = range(low // 10, high // 10 + 1)
    return "|".join(f"{ten or ''}[{max(low - ten * 10, 0)}-{min(high - ten * 10, 9)}]" for ten in tens)


def _list(entry: str, end: str) -> str:
    """Return a pattern of entries with commas between them, so that `entry` stands in it only once."""
    return f"(?:(?:{entry})(?:,(?!{end})|(?={end})))+"


def _numbers(highest: int) -> str:
    one = _between(0, highest)
    ranges = "|".join(f"{low}-(?:{_between(low + 1, highest)})" for low in range(highest))
    step = f"/(?:{_between(1, highest)})"
    entries = _list(rf"(?:{ranges}|{one})(?:{step})?|\*{step}", " ")
    return rf"(?:\*(?= )|{entries})"


def _month_days() -> str:
    steps = rf"(?:\*|1)/(?:{_between(1, LONGEST_GAP_DAYS)})(?= )"
    return rf"(?:\*(?= )|{steps}|{_spread()}{_gapless()}{_list(_between(1, EVERY_MONTH), ' ')})"


def _has(low: int, high: int) -> str:
    return f"(?=(?:[0-9]+,)*(?:{_between(low, high)})[, ])"


def _spread() -> str:
    """Return a lookahead: some two days lie so far apart that the turn of the month is short enough."""
    firsts = range(1, EVERY_MONTH - SHORTEST_SPAN + 1)
    return f"(?:{'|'.join(_has(first, first) + _has(first + SHORTEST_SPAN, EVERY_MONTH) for first in firsts)})"


def _gapless() -> str:
    """Return a lookahead: a day in the middle of the month, or an early and a late day that are near enough."""
    near = (_has(early, early) + _has(MIDDLE.stop, early + LONGEST_GAP_DAYS) for early in range(2, MIDDLE.start))
    return f"(?:{'|'.join([_has(MIDDLE.start, MIDDLE.stop - 1), *near])})"


def _weekdays() -> str:
    entries = []
    for names in (WEEKDAYS, "1234567"):
        for index, name in enumerate(names):
            later = "|".join(names[index + 1 :])
            entries.append(f"{name}(?:-(?:{later}))?" if later else name)
    return rf"(?:\*|{_list('|'.join(entries), ' ')})"
