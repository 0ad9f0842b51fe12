"""Asks GitHub about an App, as that App, exactly as the functions sign in."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from generator.github_app import pages
from generator.github_app.registered import Allowance, App, Delivery, Hook, Installation, RunnerGroup
from lambdas.adapters import github, github_apps, runners
from lambdas.adapters.github import RefusedError
from lambdas.adapters.github_apps import Apps


@dataclass(frozen=True, kw_only=True)
class Asker:
    """The Apps, the address of GitHub's pages for people, and the time. Whatever asks may raise GitHubError."""

    apps: Apps
    server_url: str
    now: datetime

    def app(self, app_id: str) -> App:
        """Return what an App says of itself."""
        said = self._get(app_id, "/app")
        return App(
            id=app_id,
            name=said["name"],
            settings_page=pages.settings(self.server_url, said),
            page=said["html_url"],
            permissions=said["permissions"],
            events=tuple(said["events"]),
        )

    def hook(self, app_id: str) -> Hook:
        """Return where an App's deliveries go; GitHub answers 404 for one that never had a hook."""
        try:
            said = self._get(app_id, "/app/hook/config")
        except RefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return Hook(url="")
        return Hook(
            url=said.get("url") or "",
            content_type=said.get("content_type", ""),
            has_secret=bool(said.get("secret")),
            checks_certificate=str(said.get("insecure_ssl", "0")) == "0",
        )

    def deliveries(self, app_id: str) -> tuple[Delivery, ...]:
        """Return the newest deliveries that GitHub remembers, the newest first."""
        said = self._get(app_id, f"/app/hook/deliveries?per_page={github.PAGE}")
        return tuple(
            Delivery(
                event=" ".join(filter(None, (one["event"], one["action"]))),
                delivered_at=one["delivered_at"],
                status=one["status"],
                status_code=one["status_code"],
            )
            for one in said
        )

    def installation(self, app_id: str) -> Installation | None:
        """Return where an App is installed at the owner, None if it is not."""
        try:
            said = github_apps.installation(self.apps, app_id, self.now)
        except RefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None
        github_apps.told(self.apps, app_id, said["id"])
        return Installation(
            account=said["account"]["login"],
            page=said["html_url"],
            is_organization=said["target_type"] == "Organization",
            is_suspended=said["suspended_at"] is not None,
            covers_all=said["repository_selection"] == "all",
            permissions=said["permissions"],
        )

    def runner_groups(self, app_id: str) -> tuple[RunnerGroup, ...]:
        """Return the runner groups of the organization in which an App registers machines."""
        organization = f"/orgs/{quote(self.apps.owner, safe='')}"
        page = pages.runner_groups(self.server_url, self.apps.owner)
        return tuple(
            RunnerGroup(
                name=one["name"],
                page=f"{page}/{one['id']}",
                is_default=one["default"],
                allows_public=one["allows_public_repositories"],
            )
            for one in runners.groups(self.apps, app_id, organization, self.now)
        )

    def allowance(self, app_id: str) -> Allowance:
        """Return how much an App's installation may ask."""
        answer = github_apps.call(self.apps, app_id, "GET", "/installation/repositories?per_page=1", now=self.now)
        limit = answer.headers.get("x-ratelimit-limit", "")
        return Allowance(
            requests_per_hour=int(limit) if limit.isdigit() else None, repositories=answer.content["total_count"]
        )

    def _get(self, app_id: str, path: str) -> Any:  # noqa: ANN401 - whatever JSON GitHub answers
        return github_apps.as_app(self.apps, app_id, "GET", path, self.now).content
