import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from lambdas.core import fold
from tests.fold.mutants import MUTANTS, Mutant
from tests.fold.properties import EXAMPLES, PROPERTIES, UNSHRUNK, Fold


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_the_fold(holds: Callable[[Fold, settings], None]) -> None:
    holds(fold.fold, EXAMPLES)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.mistake)
def test_the_properties_catch_a_fold_where(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutated = mutated_fold(mutant, monkeypatch)
    assert any(fails(holds, mutated) for holds in PROPERTIES)


def fails(holds: Callable[[Fold, settings], None], judged: Fold) -> bool:
    try:
        holds(judged, UNSHRUNK)
    except AssertionError:
        return True
    return False


def mutated_fold(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> Fold:
    source = Path(str(fold.__file__)).read_text()
    assert source.count(mutant.old) == 1, "the text to replace must stand in the source exactly once"
    module = ModuleType("mutated_fold")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # dataclasses look for their module there
    exec(compile(source.replace(mutant.old, mutant.new), module.__name__, "exec"), module.__dict__)  # noqa: S102 - our own source
    judged: Fold = module.fold
    return judged
