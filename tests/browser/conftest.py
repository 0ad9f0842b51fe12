"""What tests in a browser share: one headless Chromium, and a site for it to look at."""

import os
import shutil
from collections.abc import Iterator

import pytest
from selenium import webdriver

from tests.browser.site import Site, a_site
from tests.browser.visit import Browser

REMEDY = "no {} on PATH: run `make test-browser`, which installs it or says how"


def program(*names: str) -> str:
    """Return where the first of these programs is, or fail: a test that looked at nothing must not pass."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    return found or pytest.fail(REMEDY.format(" or ".join(names)), pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window, which writes down its console and its network."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("google-chrome", "chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--force-device-scale-factor=1"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's sandbox refuses root, which a container of CI is
    driver = webdriver.Chrome(options, webdriver.ChromeService(program("chromedriver")))
    try:
        yield Browser(driver=driver)
    finally:
        driver.quit()


@pytest.fixture
def site() -> Iterator[Site]:
    """A site of a deployment that has no presets yet."""
    with a_site() as made:
        yield made
