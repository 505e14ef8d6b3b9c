"""Credentials of which nobody can tell whether they are equal, because a side does not hold them. Pure.

Of one object that both sides show (the same uid in one stack) what both redacted is equal. What the whole stack has in
common is one object in all of its branches, so no credential of it is compared that a side redacted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import Gap
from stackferry.providers.contentstack.kinds import SHARED
from stackferry.providers.contentstack.target_names import is_same_stack
from stackferry.providers.secrets.redacted import (
    NOT_HELD_REASON,
    REDACTED_REASON,
    only_one_holds,
    unknown_paths,
)

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.contentstack.verification.findings import Findings
    from stackferry.providers.differences import Mismatch
    from stackferry.providers.target import ImportContext


class UnknownCredentials:
    """Those of one object; their gaps go to `findings`."""

    def __init__(self, context: ImportContext, findings: Findings, kind: Kind, name: str) -> None:
        self._is_one_stack = is_same_stack(context)
        self._findings, self._kind, self._name = findings, kind, name

    def tell(self, document: JsonObject, found: JsonObject) -> None:
        """A gap for each that the source does not hold, if it may be another one in the target."""
        if not self._kind.may_hold_credentials:
            return
        ours, theirs = (unknown_paths(self._kind.own_fields(one)) for one in (document, found))
        if self._is_one_stack and text(document.get("uid")) == text(found.get("uid")):
            ours = frozenset() if self._kind.name in SHARED else ours - theirs
        for path in sorted(ours):
            self._gap(path)

    def explains(self, one: Mismatch) -> bool:
        """Whether a difference is none: only one side holds what is different in it."""
        if not only_one_holds(one.left, one.right):
            return False
        if not (self._is_one_stack and self._kind.name in SHARED):
            self._gap(one.path)
        return True

    def _gap(self, path: str) -> None:
        reason = NOT_HELD_REASON if self._findings.tells_edits else REDACTED_REASON
        self._findings.gaps.append(Gap(kind=self._kind.name, uid=self._name, path=path, reason=reason))
