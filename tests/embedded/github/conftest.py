"""An organization with an App."""

from collections.abc import Iterator

import pytest

from tests.github_app import Organization, an_organization


@pytest.fixture
def organization() -> Iterator[Organization]:
    with an_organization() as made:
        yield made
