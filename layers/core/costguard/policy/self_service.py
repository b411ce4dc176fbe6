"""How people may answer notices: who decides about exceptions, and for how long at most."""

import re
from datetime import timedelta
from typing import Annotated

from msgspec import Struct

from costguard.common.remarks import Wrong

_PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:(?:iam::\d{12}:(?:user|role)/[\w+=,.@/-]+"
    r"|sts::\d{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+)"
)
_MEMBER = re.compile(r"[UW][A-Z0-9]{2,20}")


def admin_principal(text: str) -> Wrong | None:
    """Require the ARN of a user, a role, or one session of a role, or a member id of Slack."""
    if _PRINCIPAL.fullmatch(text) or _MEMBER.fullmatch(text):
        return None
    return Wrong(
        "the ARN of an IAM user, of a role, or of one session of a role, or a member id of Slack",
        "such as arn:aws:iam::123456789012:user/anna, or U0123456789",
    )


class SelfService(Struct, frozen=True, kw_only=True):
    """The `[self_service]` table."""

    admins: tuple[Annotated[str, admin_principal], ...] = ()  # who may approve and deny
    longest: timedelta = timedelta(days=14)  # of an exception

    def is_admin(self, principal: str) -> bool:
        """Return whether a caller is an admin: by its own name, or by the role of its session."""
        return principal in self.admins or any(
            _is_session_of(principal, each) for each in self.admins
        )


def _is_session_of(principal: str, role: str) -> bool:
    """Return whether a caller is a session of a role; the ARN of a session has no path."""
    head, _, path = role.partition(":role/")
    prefix, _, rest = principal.partition(":assumed-role/")
    if not path or not rest or prefix != head.replace(":iam:", ":sts:"):
        return False
    return rest.partition("/")[0] == path.rpartition("/")[2]
