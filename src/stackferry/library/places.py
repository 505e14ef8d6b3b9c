"""The places of an account, each with a URL that other operations take: what is to be archived one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.drivers.events import silent
from stackferry.errors import NotOffered, UsageError
from stackferry.io import config, profiles
from stackferry.library.connect import Connector, Endpoint, find_credential
from stackferry.library.monitor import Monitor
from stackferry.library.speed import Speed
from stackferry.providers.registry import checked_settings, lister_of, system_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackferry.library.connect import Token
    from stackferry.model import Place
    from stackferry.providers.places import FoundPlace


def _as_it_is(place: Place) -> Place:
    return place


async def places(
    account: str,
    *,
    token: Token = None,
    speed: Speed | None = None,
    monitor: Monitor | None = None,
    reached: Callable[[Place], Place] = _as_it_is,
) -> Sequence[FoundPlace]:
    """The branches and aliases of a stack, the environments and aliases of a space, the projects of an organization.

    `account` is the URL of one of its places, which need not name the place, or a profile. `reached` sets how the
    service is reached. Raises UsageError where there is no such account, and the error of any other refusal.
    """
    profile = None if config.is_place(account) else profiles.read_profile(account)
    parts = config.split_place(profile.place if profile else account)
    system, lister = system_of(parts.system), lister_of(parts.system)
    settings = checked_settings(parts.system, profile.settings) if profile else ()
    credential = find_credential("source", token, profile)
    of_profile = Speed(profile.rate, profile.bulk_rate) if profile else Speed()
    connector = Connector(speed or Speed(), silent, monitor or Monitor())
    refused: NotOffered | None = None
    for found in lister.accounts(parts.key, parts.host, parts.path, secure=parts.secure):
        place = reached(replace(found, settings=settings))
        async with connector.session(Endpoint(place, system, credential, of_profile)) as session:
            try:
                return await lister.places(session.call, place)
            except NotOffered as error:
                refused = error
    raise UsageError(f"{account}: there is no such account: {refused}")
