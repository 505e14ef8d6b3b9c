"""`stackferry config check`: what a credential is good for at a place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.drivers.access_check import NOT_OFFERED, READ, KindAccess, check_access
from stackferry.drivers.events import silent
from stackferry.errors import ExitCode, StackferryError, UsageError
from stackferry.io.profiles import read_profile
from stackferry.library.connect import Connector, find_endpoint, profile_place, single_error
from stackferry.library.monitor import Monitor
from stackferry.library.nights.failures import words_of
from stackferry.library.speed import Speed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.library.connect import PlaceLike, Token
    from stackferry.model import JsonObject

_WRITES = "not known: no service tells it without a write"


@dataclass(frozen=True, slots=True)
class AccessReport:
    """What was found out about a place and a credential; `error` says where it ended, and `exit_code` what that means.

    `place` is the branch or environment that an alias leads to. `token`: where the credential was found.
    `is_accepted`: None where nobody could be asked. `limits`: requests a second that the service announces, by budget.
    """

    place: str = ""
    token: str = ""
    is_accepted: bool | None = None
    kinds: Sequence[KindAccess] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    error: str = ""
    exit_code: ExitCode = ExitCode.COMPLETE

    @property
    def refused(self) -> list[KindAccess]:
        """The kinds that this credential may not read: an export would have a gap for each."""
        return [one for one in self.kinds if one.answer not in (READ, NOT_OFFERED)]

    def as_json(self) -> JsonObject:
        reads: JsonObject = {
            one.kind: {"answer": one.answer, **({"reason": one.reason} if one.reason else {})}
            for one in self.kinds
        }
        return {
            "place": self.place,
            "token": self.token,
            "accepted": self.is_accepted,
            "reads": reads,
            "writes": _WRITES,
            "limits": {**self.limits},
            **({"error": self.error} if self.error else {}),
        }


async def access(
    where: PlaceLike, *, token: Token = None, speed: Speed | None = None, monitor: Monitor | None = None
) -> AccessReport:
    """Find out what a credential may read of a place, kind by kind. Some 30 reads; nothing is written.

    An error is part of the report: a wrong profile, a credential that is refused, a service that does not answer.
    """
    place, origin = _place_of(where), ""
    try:
        endpoint = find_endpoint(where, "source", token)
        place, origin = str(endpoint.place), endpoint.credential.origin
        connector = Connector(speed or Speed(), silent, monitor or Monitor())
        with single_error():
            async with connector.run(endpoint) as run:
                found = await check_access(run)
    except StackferryError as error:
        is_refused = False if error.exit_code is ExitCode.ACCESS else None
        return AccessReport(place, origin, is_refused, error=words_of(error), exit_code=error.exit_code)
    report = AccessReport(str(found.place), origin, found.is_accepted, found.kinds, found.limits)
    if not found.is_accepted:
        reason = found.kinds[0].reason if found.kinds else "the service shows nothing"
        return AccessReport(report.place, origin, False, found.kinds, found.limits, reason, ExitCode.ACCESS)
    code = ExitCode.GAPS if report.refused else ExitCode.COMPLETE
    return AccessReport(report.place, origin, True, found.kinds, found.limits, exit_code=code)


def _place_of(where: PlaceLike) -> str:
    """What can be said of a place before there is a credential for it."""
    with suppress(UsageError):
        if isinstance(where, str):
            return str(profile_place(read_profile(where))[0])
    return ""
