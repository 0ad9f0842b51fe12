"""The keys of the product's JSON: `build_minutes` in Python is `buildMinutes` for scripts."""

import re
from typing import Any


def camel(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON values with every key in camel case, at any depth."""
    if isinstance(value, dict):
        return {re.sub(r"_(.)", lambda found: found[1].upper(), key): camel(each) for key, each in value.items()}
    return [camel(each) for each in value] if isinstance(value, (list, tuple)) else value
