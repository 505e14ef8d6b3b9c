"""One rate limit for all places of an organization.

A place belongs to the organization that its key names (Azure DevOps), or that its profile names. Where neither says it,
all such places of one host count as one organization's: too few requests a second take longer, too many are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.rate_limit import Pacer
from stackferry.errors import StackferryError
from stackferry.io import config, profiles
from stackferry.library.connect import Endpoint, profile_place
from stackferry.library.speed import Speed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.library.connect import PlaceLike
    from stackferry.model import Place
    from stackferry.providers.system import System


class Pacers:
    """The pacers of a run, made when they are first asked for.

    `speed` is what the caller says. What the profiles of an organization say of their rates is known beforehand: the
    slowest of them holds for all.
    """

    def __init__(self, speed: Speed, asked: Iterable[PlaceLike] = ()) -> None:
        self._speed = speed
        self._of: dict[str, Pacer] = {}
        self._slowest: dict[str, Speed] = {}
        for where in asked:
            if (found := _declared(where)) is not None:
                key, declared = found
                self._slowest[key] = declared.slower(self._slowest.get(key, declared))

    def of(self, endpoint: Endpoint) -> Pacer:
        """The pacer of the organization that a place belongs to."""
        key = organization(endpoint.place, endpoint.system, endpoint.organization)
        if key not in self._of:
            speed = self._speed.over(self._slowest.get(key, endpoint.speed))
            self._of[key] = Pacer(speed.rates(endpoint.system.rates))
        return self._of[key]


def organization(place: Place, system: System, named: str = "") -> str:
    """The same text for all places whose requests count against one limit; `named` is what a profile says."""
    key = place.key if system.key_is_organization else named
    return f"{place.system}://{key}@{place.service}"


def _declared(where: PlaceLike) -> tuple[str, Speed] | None:
    """The organization of a place, and the rates that its profile says; None where nothing is said."""
    if isinstance(where, Endpoint):
        return organization(where.place, where.system, where.organization), where.speed
    if not isinstance(where, str) or config.is_place(where):
        return None
    try:
        profile = profiles.read_profile(where)
        return (
            organization(*profile_place(profile), profile.organization),
            Speed(profile.rate, profile.bulk_rate),
        )
    except StackferryError:  # it is told when its turn comes
        return None
