"""Runners come to be by a JIT configuration, and go when they are removed or have done their job.

https://docs.github.com/en/rest/actions/self-hosted-runners
"""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from embedded.github.errors import ApiError, not_found
from embedded.github.paces import Registrations
from embedded.github.workflow_jobs import Runner, RunnerGroup
from embedded.github.world import World

DEFAULT_GROUP_ID = 1
FORGOTTEN_AFTER = timedelta(days=1)  # an ephemeral runner that does not connect
KEY_BYTES = {"d": 384, "modulus": 384, "p": 192, "q": 192, "dp": 192, "dq": 192, "inverseQ": 192, "exponent": 3}


class Roster:
    """The runners of all organizations and repositories."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.runners: dict[int, Runner] = {}
        self.groups: dict[str, list[RunnerGroup]] = {}  # by organization or repository in lower case
        self.limits = Registrations(world.clock)
        self._by_session: dict[str, Runner] = {}
        self._by_key: dict[str, Runner] = {}
        self._spent: dict[str, str] = {}  # keys of runners that are gone, and their names

    def add_group(self, organization: str, name: str) -> RunnerGroup:
        """Make a runner group, which allows no public repositories yet."""
        made = RunnerGroup(id=self._world.next_id(), name=name)
        self.groups_of(organization).append(made)
        return made

    def groups_of(self, scope: str) -> list[RunnerGroup]:
        """Return the runner groups of an organization, the default one first; a repository has that one only."""
        return self.groups.setdefault(scope.lower(), [RunnerGroup(id=DEFAULT_GROUP_ID, name="Default")])

    def of(self, scope: str) -> list[Runner]:
        """Return the runners that are registered with an organization or a repository, not with what is in it."""
        return [one for one in self.runners.values() if one.scope.lower() == scope.lower()]

    def named(self, name: str) -> Runner | None:
        """Return the runner of a name, wherever it is registered."""
        return next((one for one in self.runners.values() if one.name == name), None)

    def register(self, scope: str, author: str, *, name: str, labels: tuple[str, ...], **more: Any) -> Runner:
        """Register a runner; 409 if there is one of that name, 404 if its group does not exist."""
        wanted = more["runner_group_id"]
        group = next((one for one in self.groups_of(scope) if one.id == wanted), None)
        if group is None:
            raise not_found()
        if any(one.name == name for one in self.of(scope)):
            raise ApiError(409, f"Already exists - A runner with the name {name} already exists.")
        self.limits.count(scope, author)
        made = Runner(
            id=self._world.next_id(), name=name, scope=scope, labels=labels, group=group,
            work_folder=more.get("work_folder", "_work"), key=secrets.token_urlsafe(48),
            created_at=self._world.clock.now(),
        )  # fmt: skip
        self.runners[made.id] = self._by_key[made.key] = made
        return made

    def remove(self, runner: Runner) -> None:
        """Forget a runner; its machine will be told."""
        self._spent[runner.key] = runner.name
        self._by_session.pop(runner.session or "", None)
        del self._by_key[runner.key], self.runners[runner.id]

    def by_key(self, key: str) -> Runner:
        """Return whose JIT configuration has this key; refuses unknown ones and those of removed runners."""
        if key in self._spent:
            raise ApiError(404, f"The runner registration of {self._spent[key]} has been deleted from the server.")
        if key not in self._by_key:
            raise ApiError(401, "The JIT configuration is none of ours.")
        return self._by_key[key]

    def begin_session(self, runner: Runner, session: str) -> None:
        """Let a runner's machine be known by a session; 409 if it has one."""
        if runner.session is not None:
            raise ApiError(409, f"A session for {runner.name} already exists: its JIT configuration was used before.")
        runner.session = session
        self._by_session[session] = runner

    def by_session(self, session: str) -> Runner:
        """Return whose machine has this session; 404 if there is none any more."""
        if session not in self._by_session:
            raise ApiError(404, "The runner is gone: it was removed, or has done its job.")
        return self._by_session[session]

    def forget_ghosts(self) -> None:
        """Forget the runners that have been offline for a day."""
        now = self._world.clock.now()
        for one in list(self.runners.values()):
            if not one.online and one.job is None and now - (one.lost_at or one.created_at) >= FORGOTTEN_AFTER:
                self.remove(one)


def encoded_jit_config(runner: Runner, server_url: str) -> str:
    """Return what the runner's machine needs, in the files that GitHub's runner keeps; it is a secret.

    The runner writes each to its directory: `.runner`, `.credentials` and `.credentials_rsaparams`. The key in the
    last is made up: nothing here is signed by it, but it is as long as a real one.
    """
    about = {
        "agentId": runner.id, "agentName": runner.name, "poolId": runner.group.id, "poolName": runner.group.name,
        "ephemeral": True, "serverUrl": f"{server_url}/_runner", "gitHubUrl": f"{server_url}/{runner.scope}",
        "workFolder": runner.work_folder, "useV2Flow": True,
    }  # fmt: skip
    credentials = {
        "scheme": "OAuth",
        "data": {
            "clientId": runner.key,
            "authorizationUrl": f"{server_url}/_runner",
            "requireFipsCryptography": "True",
        },
    }
    key = {name: base64.b64encode(secrets.token_bytes(size)).decode() for name, size in KEY_BYTES.items()}
    return _encoded(
        {
            ".runner": _encoded(about),
            ".credentials": _encoded(credentials),
            ".credentials_rsaparams": _encoded(key),
        }
    )


def _encoded(content: Mapping[str, Any]) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()
