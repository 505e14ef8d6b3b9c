"""From a place and a credential to an open session: URLs, profiles, the environment."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from stackferry.drivers.run import Agree, Run, always
from stackferry.errors import StackferryError, Unreachable, UsageError, single_errors
from stackferry.io import config, redaction
from stackferry.model import Place, Secret
from stackferry.providers.registry import checked_settings, system_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from stackferry.core.rate_limit import Pacer
    from stackferry.drivers.events import Emit
    from stackferry.io.config import Profile
    from stackferry.io.http.session import Session
    from stackferry.library.monitor import Monitor
    from stackferry.library.speed import Speed
    from stackferry.providers.system import System


class Credential(NamedTuple):
    """A credential of one `kind`: "token" (a management token), "authtoken" or "oauth"."""

    kind: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A place, the system that it belongs to, and a credential for it."""

    place: Place
    system: System
    credential: Credential


PlaceLike: TypeAlias = "str | Place | Endpoint"
"""A URL, the name of a profile, a place, or a place with its credential."""
Token: TypeAlias = "str | Credential | None"  # noqa: S105 - a type
"""A management token, or a credential of another kind; None: from the environment or the profile."""


def find_place(url: str) -> tuple[Place, System]:
    """The place that a URL names, and its system. Raises UsageError."""
    parts = config.split_place(url)
    system = system_of(parts.system)
    return system.parse_place(parts.key, parts.host, parts.path, secure=parts.secure), system


def find_endpoint(where: PlaceLike, role: str, token: Token = None) -> Endpoint:
    """What a source or a target means; `role` is "source" or "target", and names the environment variables.

    Raises UsageError where there is no such place, profile or credential. Asks no service and writes nothing.
    """
    if isinstance(where, Endpoint):
        return where
    profile = None
    if isinstance(where, Place):
        place, system = where, system_of(where.system)
    elif isinstance(where, str):
        profile = None if config.is_place(where) else config.read_profile(where)
        place, system = find_place(profile.place if profile else where)
        if profile and profile.settings:
            place = replace(place, settings=checked_settings(place.system, profile.settings))
    else:
        raise UsageError(
            f"a {role} is a URL, a profile, a Place or an Endpoint, not a {type(where).__name__}"
        )
    return Endpoint(place, system, find_credential(role, token, profile))


def find_credential(role: str, token: Token, profile: Profile | None = None) -> Credential:
    """The credential that is given, else that of the environment or of a profile. Raises UsageError for none."""
    if token is None:
        credential = Credential(*config.credential(role, profile))
    elif isinstance(token, Credential):
        credential = token
    elif isinstance(token, str):
        credential = Credential("token", Secret(token))
    else:
        raise UsageError(f"a token is a text or a Credential, not a {type(token).__name__}")
    redaction.register(credential.secret)
    return credential


def is_same_place(left: Place, right: Place) -> bool:
    """Whether two places are one, however they are reached and spelled."""
    return left.identity == right.identity


@dataclass(frozen=True, slots=True)
class Connector:
    """How an operation connects: how fast, who receives its events, and who counts its requests.

    `agree` says whether it may delete.
    """

    speed: Speed
    emit: Emit
    monitor: Monitor
    agree: Agree = always

    @asynccontextmanager
    async def session(self, endpoint: Endpoint, pacer: Pacer | None = None) -> AsyncIterator[Session]:
        """A session with a place. Sessions that share the limits of one service are given one `pacer`."""
        from stackferry.io.http.session import open_session

        place, system = endpoint.place, endpoint.system
        opened = open_session(
            place.origin,
            system.headers(place, endpoint.credential),
            origins=system.origins(place),
            rates=self.speed.rates(system.rates),
            rules=system.answer_rules,
            pacer=pacer,
        )
        async with opened as session:
            self.monitor.opened(session)
            try:
                yield session
            except BaseException as error:
                for one in single_errors(error):
                    if isinstance(one, Unreachable):  # it was raised by a request, which knows its path alone
                        one.add_note(f"no answer from {place.origin}")
                raise
            finally:
                self.monitor.closed(session)

    @asynccontextmanager
    async def run(self, endpoint: Endpoint, pacer: Pacer | None = None) -> AsyncIterator[Run]:
        """A run of the drivers at a place."""
        async with self.session(endpoint, pacer) as session:
            yield Run(endpoint.system, session, endpoint.place, self.emit, agree=self.agree)


@contextmanager
def single_error() -> Iterator[None]:
    """Raise one error where several workers failed together: the first of stackferry's own, with the `others`."""
    failed: ExceptionGroup | None = None
    try:
        yield
    except ExceptionGroup as group:
        failed = group
    if failed is not None:  # raised here, so that the error does not refer to the group that holds it
        errors = [*single_errors(failed)]
        first = next((error for error in errors if isinstance(error, StackferryError)), errors[0])
        if isinstance(first, StackferryError):
            first.others = tuple(error for error in errors if error is not first)
        raise first
