"""What every run has: a place, the system that it belongs to, an open session with it, and who watches."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import anyio

from stackferry.drivers.events import Emit, silent
from stackferry.json_values import as_object
from stackferry.model import Place

if TYPE_CHECKING:
    from stackferry.io.http.session import Session
    from stackferry.model import JsonObject, Request
    from stackferry.providers.system import System

_log = logging.getLogger("stackferry")
_REFUSED = (401, 403)

Sleep: TypeAlias = Callable[[float], Awaitable[None]]
LockTarget: TypeAlias = Callable[[Place], AbstractContextManager[object]]
"""Holds a target for one run alone while the context is open; raises BusyError where another run holds it."""

no_lock: LockTarget = nullcontext
Agree: TypeAlias = Callable[[Mapping[str, int]], bool]
"""Whether so many objects of each kind may be deleted; asked before the first write."""


Confirm: TypeAlias = Callable[[Sequence[str]], bool]
"""Whether to write into a target that holds this content ("12 entries"); asked before the first write."""


def always_confirmed(_: Sequence[str]) -> bool:
    """Without a question: to say what to do with content is to know of it."""
    return True


def always(_: Mapping[str, int]) -> bool:
    """Without a question: to ask for deletions is to agree to them."""
    return True


@dataclass(frozen=True, slots=True)
class Run:
    """One side of an export, an import, a copy or a comparison.

    `emit` receives what happens, event by event. `sleep` waits between reads of the same thing (seconds); tests replace
    it, so that waiting takes no time. `agree` is asked where a mirror would delete something, `confirm` where a
    target holds content.
    """

    system: System
    session: Session
    place: Place
    emit: Emit = silent
    sleep: Sleep = anyio.sleep
    agree: Agree = always
    confirm: Confirm = always_confirmed

    async def resolved(self) -> Run:
        """The same run at the place that an alias leads to; the session's requests go there from now on.

        Raises the service's error where the place does not exist or the credential is not good for it.
        """
        found: Place | Request = self.system.access_request(self.place) or self.place
        is_refused = False
        while not isinstance(found, Place):
            response = await self.session.call(found)
            is_refused = is_refused or response.status in _REFUSED
            found = self.system.check_access(self.place, found, response)
        if is_refused:
            _log.warning(
                "%s: this credential may not look up '%s', so the name is taken as it is; should it be an alias, name "
                "what it stands for",
                self.place,
                self.place.name,
            )
        if found != self.place:
            self.session.replace_headers(self.system.routing_headers(found))
        return replace(self, place=found)

    def is_origin_of(self, manifest: JsonObject) -> bool:
        """Whether this place is the one that a snapshot was exported from, however it is spelled."""
        return self.system.place_of(as_object(manifest.get("source"))).identity == self.place.identity

    @property
    def source_facts(self) -> JsonObject:
        """What a manifest says of the place."""
        return self.system.place_facts(self.place)
