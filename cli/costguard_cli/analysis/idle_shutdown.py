"""AWS's own idle shutdown of Studio: what is set, and the line of the AWS CLI that sets it.

Only JupyterLab and Code Editor have it, each by itself (Idle shutdown, in the developer guide).
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from costguard.common.observed import mapping, whole_number
from costguard.resources.commands import shell_word

APPS = {"JupyterLab": "JupyterLabAppSettings", "Code Editor": "CodeEditorAppSettings"}
LEAST = timedelta(minutes=60)
"""The shortest time that AWS takes."""
_WITHOUT_TIME = 10_080  # minutes that AWS waits where none are given: a week
_TIMES = ("IdleTimeoutInMinutes", "MinIdleTimeoutInMinutes", "MaxIdleTimeoutInMinutes")

type Settings = Mapping[str, Any]


def idle_settings(settings: Settings, app: str) -> Settings:
    """Find what a domain, a user profile or a space sets for one type of app."""
    managed = mapping(mapping(settings.get(APPS[app])).get("AppLifecycleManagement"))
    return mapping(managed.get("IdleSettings"))


def minutes_of(settings: Settings, app: str) -> int | None:
    """Answer after how many idle minutes an app is shut down; None where that is off."""
    idle = idle_settings(settings, app)
    if idle.get("LifecycleManagement") != "ENABLED":
        return None
    return whole_number(idle.get("IdleTimeoutInMinutes")) or _WITHOUT_TIME


@dataclass(frozen=True, slots=True)
class IdleCommands:
    """Lines that set it, and keep what else is set: AWS replaces all settings of an app type."""

    region: str
    after: timedelta

    def of_domain(self, domain: str, app: str, settings: Settings) -> str:
        """Turn it on for a domain, with no other time for its users."""
        who = f"update-domain {_names(domain)} --default-user-settings"
        return self._line(who, app, settings, self._on)

    def of_profile(self, domain: str, profile: str, app: str, settings: Settings) -> str:
        """Turn it on for one user profile."""
        who = f"{_names(domain)} --user-profile-name {shell_word(profile, 'PROFILE')}"
        return self._line(f"update-user-profile {who} --user-settings", app, settings, self._on)

    def of_space(self, domain: str, space: str, app: str, settings: Settings) -> str:
        """Let a space wait no longer; whether it is on is not a space's to say."""
        who = f"{_names(domain)} --space-name {shell_word(space, 'SPACE')}"
        idle = {"IdleTimeoutInMinutes": self._minutes}
        return self._line(f"update-space {who} --space-settings", app, settings, idle)

    @property
    def _minutes(self) -> int:
        return int(max(self.after, LEAST).total_seconds() // 60)

    @property
    def _on(self) -> Settings:
        return {"LifecycleManagement": "ENABLED", **dict.fromkeys(_TIMES, self._minutes)}

    def _line(self, call: str, app: str, settings: Settings, idle: Settings) -> str:
        member = APPS[app]
        managed = {"AppLifecycleManagement": {"IdleSettings": idle}}
        given = shlex.quote(json.dumps({member: {**mapping(settings.get(member)), **managed}}))
        return f"aws sagemaker {call} {given} --region {shell_word(self.region, 'REGION')}"


def _names(domain: str) -> str:
    return f"--domain-id {shell_word(domain, 'DOMAIN')}"
