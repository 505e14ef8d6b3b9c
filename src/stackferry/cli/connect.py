"""From a word on the command line to an open session: places, profiles, credentials."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stackferry.cli.options import Speed
    from stackferry.cli.progress import Progress
    from stackferry.cli.report import Report
    from stackferry.core.rate_limit import Pacer
    from stackferry.io.http.session import Session
    from stackferry.model import Place, Secret
    from stackferry.providers.system import System


@dataclass(frozen=True, slots=True)
class Reached:
    """A place, the system it belongs to, and the credential for it."""

    place: Place
    system: System
    credential: tuple[str, Secret]


def reach(word: str, role: str) -> Reached:
    """What a SOURCE or a TARGET means. Raises UsageError; asks no service and writes nothing."""
    from stackferry.io import config, redaction

    profile = None if config.is_place(word) else config.read_profile(word)
    place, system = _place(profile.place if profile else word)
    credential = config.credential(role, profile)
    redaction.register(credential[1])
    return Reached(place, system, credential)


def same(one: Place, other: Place) -> bool:
    """Whether two places are one branch of one stack."""
    return (one.system, one.key, one.host, one.name) == (other.system, other.key, other.host, other.name)


def _place(text: str) -> tuple[Place, System]:
    from stackferry.io.config import split_place
    from stackferry.providers.registry import system_of

    scheme, *parts, secure = split_place(text)
    system = system_of(scheme)
    return system.parse_place(*parts, secure=secure), system


@asynccontextmanager
async def connected(
    reached: Reached, speed: Speed, report: Report, progress: Progress, pacer: Pacer | None = None
) -> AsyncIterator[Session]:
    """A session with a place; its requests go into the report however it ends."""
    from stackferry.io.http.session import open_session

    place, system = reached.place, reached.system
    opened = open_session(
        place.origin,
        system.headers(place, reached.credential),
        origins=system.origins(place),
        rates=speed.rates(system.rates),
        rules=system.answer_rules,
        pacer=pacer,
    )
    async with opened as session:
        progress.watch(session)
        try:
            yield session
        except BaseException as error:
            _name_host(error, place)
            raise
        finally:
            report.spent(session.counts.as_json())


def _name_host(error: BaseException, place: Place) -> None:
    """Say which host it was that did not answer: a request knows only its path."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            _name_host(inner, place)
    elif isinstance(error, Unreachable):
        error.add_note(f"no answer from {place.origin}")
