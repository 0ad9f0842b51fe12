"""What a browser makes of a page: where texts and boxes lie, what it tells people who do not see, what it asked for."""

import json
from dataclasses import dataclass
from typing import Any

from selenium.webdriver import Chrome

QUIET = ("about:", "data:")


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What was seen while a page was open: messages on its console, and the addresses it asked for."""

    console: list[str]
    requested: list[str]


@dataclass(frozen=True, kw_only=True)
class Browser:
    """A running Chromium."""

    driver: Chrome

    def visit(self, url: str) -> Visit:
        """Open a page, and return what it did on the way."""
        for log in ("browser", "performance"):
            self.driver.get_log(log)
        self.driver.get(url)
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        ]
        return Visit(
            console=[entry["message"] for entry in self.driver.get_log("browser")],
            requested=[address for address in asked if not address.startswith(QUIET)],
        )

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript in the page, and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def told(self) -> list[tuple[str, str]]:
        """Return role and name of everything that the page tells screen readers, but for the page itself."""
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        told = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
        return [(role, name) for role, name in told if role != "RootWebArea"]
