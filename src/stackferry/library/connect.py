"""From a place and a credential to an open session: URLs, profiles, the environment."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from stackferry.drivers.run import Agree, Confirm, Run, always, always_confirmed
from stackferry.errors import AccessError, Forbidden, StackferryError, Unreachable, UsageError, single_errors
from stackferry.io import config, profiles, redaction, tokens
from stackferry.io.clock import Clock, SystemClock
from stackferry.library.speed import Speed
from stackferry.library.words.argument_names import name_arguments
from stackferry.model import Place, Secret
from stackferry.providers.registry import checked_settings, system_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    import httpx

    from stackferry.core.rate_limit import Pacer
    from stackferry.drivers.events import Emit
    from stackferry.io.http.session import Session
    from stackferry.io.profiles import Profile
    from stackferry.library.monitor import Monitor
    from stackferry.providers.system import System


class Credential(NamedTuple):
    """A credential of one `kind`: "token" (a management token), "authtoken" or "oauth".

    `origin` says in words where it was found, as in "STACKFERRY_TOKEN"; empty where a program gave it.
    """

    kind: str
    secret: Secret
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A place, the system that it belongs to, a credential for it, and how fast a profile lets it be used.

    `role` is "source" or "target" where the place is one side of an operation. `organization`: as the profile says.
    """

    place: Place
    system: System
    credential: Credential
    speed: Speed = field(default_factory=Speed)
    role: str = ""
    organization: str = ""


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
    if isinstance(where, Place):
        return Endpoint(where, system_of(where.system), find_credential(role, token), role=role)
    if not isinstance(where, str):
        raise UsageError(
            f"a {role} is a URL, a profile, a Place or an Endpoint, not a {type(where).__name__}"
        )
    if config.is_place(where):
        return Endpoint(*find_place(where), find_credential(role, token), role=role)
    return profile_endpoint(profiles.read_profile(where), role, token)


def profile_endpoint(profile: Profile, role: str, token: Token = None) -> Endpoint:
    """The place of a profile as a source or a target. Raises UsageError, with the file's line."""
    place, system = profile_place(profile)
    speed = Speed(profile.rate, profile.bulk_rate)
    credential = find_credential(role, token, profile)
    return Endpoint(place, system, credential, speed, role, profile.organization)


def profile_place(profile: Profile) -> tuple[Place, System]:
    """The place that a profile names, and its system. Raises UsageError, with the line of the file."""
    try:
        place, system = find_place(profile.place)
    except UsageError as error:
        raise profile.error(str(error), "place") from error
    try:
        settings = checked_settings(place.system, profile.settings)
    except UsageError as error:
        raise profile.error(str(error), "settings") from error
    return (replace(place, settings=settings) if settings else place), system


def find_credential(role: str, token: Token, profile: Profile | None = None) -> Credential:
    """The credential that is given, else that of the environment or of a profile. Raises UsageError for none."""
    if token is None:
        credential = Credential(*tokens.credential(role, profile))
    elif isinstance(token, Credential):
        credential = token
    elif isinstance(token, str):
        credential = _token(token, role)
    else:
        raise UsageError(f"a token is a text or a Credential, not a {type(token).__name__}")
    redaction.register(credential.secret)
    return credential


def _token(token: str, role: str) -> Credential:
    if not token.strip():
        raise UsageError(f"the token of the {role} is empty: give one, or None for that of the environment")
    return Credential("token", Secret(token))


def is_same_place(left: Place, right: Place) -> bool:
    """Whether two places are one, however they are reached and spelled."""
    return left.identity == right.identity


@dataclass(frozen=True, slots=True)
class Connector:
    """How an operation connects: how fast, who receives its events, and who counts its requests.

    `agree` says whether it may delete, `confirm` whether it may write into a target that holds content. Tests give a
    `clock` and a `transport` in place of time and network.
    """

    speed: Speed
    emit: Emit
    monitor: Monitor
    agree: Agree = always
    clock: Clock = field(default_factory=SystemClock)
    transport: httpx.AsyncBaseTransport | None = None
    confirm: Confirm = always_confirmed

    def __post_init__(self) -> None:
        if not isinstance(self.speed, Speed):
            raise UsageError(f"speed is a Speed, such as Speed(rate=5), not a {type(self.speed).__name__}")

    def speed_at(self, endpoint: Endpoint) -> Speed:
        """How fast a place may be used: as the caller says, or else its profile."""
        return self.speed.over(endpoint.speed)

    @asynccontextmanager
    async def session(self, endpoint: Endpoint, pacer: Pacer | None = None) -> AsyncIterator[Session]:
        """A session with a place. Sessions that share the limits of one service are given one `pacer`."""
        from stackferry.io.http.session import open_session

        place, system = endpoint.place, endpoint.system
        opened = open_session(
            place.origin,
            system.headers(place, (endpoint.credential.kind, endpoint.credential.secret)),
            origins=system.origins(place),
            rates=self.speed_at(endpoint).rates(system.rates),
            rules=system.answer_rules,
            pacer=pacer,
            clock=self.clock,
            transport=self.transport,
        )
        async with opened as session:
            self.monitor.opened(session)
            self.monitor.phases = system.words.phases
            try:
                yield session
            except BaseException as error:
                _name_the_place(error, endpoint)
                raise
            finally:
                self.monitor.closed(session)

    @asynccontextmanager
    async def run(self, endpoint: Endpoint, pacer: Pacer | None = None) -> AsyncIterator[Run]:
        """A run of the drivers at a place."""
        async with self.session(endpoint, pacer) as session:
            yield Run(
                endpoint.system,
                session,
                endpoint.place,
                self.emit,
                sleep=self.clock.sleep,
                agree=self.agree,
                confirm=self.confirm,
            )


def _name_the_place(error: BaseException, endpoint: Endpoint) -> None:
    """Add to errors of requests, which know their paths alone, whom they were sent to, and with which credential."""
    for one in single_errors(error):
        if getattr(one, "__notes__", None):
            continue  # of the session inside this one
        if isinstance(one, Unreachable):
            one.add_note(_unreachable(endpoint, one))
        elif isinstance(one, AccessError) and not isinstance(one, Forbidden):
            side, found = endpoint.role or "place", endpoint.credential.origin
            origin = f", from {found}" if found else ""
            one.add_note(f"the service does not accept the {side}'s credential{origin}")


def _unreachable(endpoint: Endpoint, error: Unreachable) -> str:
    place = endpoint.place
    asked = endpoint.system.origins(place).get(_asked(error), "")
    if asked or not (place.secure and _NOT_TLS.search(str(error))):
        return f"no answer from {asked or place.origin}"
    plain = str(replace(place, secure=False))
    return f"{place.origin} seems to speak plain HTTP: if that is meant, write {plain}"


def _asked(error: BaseException | None) -> str:
    """The name of the origin that a request was for, which what tells more of its failure leads to."""
    while error is not None:
        if isinstance(error, Unreachable) and error.origin:
            return error.origin
        error = error.__cause__
    return ""


# What OpenSSL says where the other side does not speak TLS; it depends on its version.
_NOT_TLS = re.compile("(?i)wrong.version.number|record layer failure|http request")


@contextmanager
def single_error() -> Iterator[None]:
    """Raise one error where several workers failed together: the first of stackferry's own, with the `others`.

    Flags that its message names are noted as the arguments of a program.
    """
    failed: ExceptionGroup | None = None
    try:
        yield
    except ExceptionGroup as group:
        failed = group
    except StackferryError as error:
        name_arguments(error)
        raise
    if failed is not None:  # raised here, so that the error does not refer to the group that holds it
        raise _first_of([*single_errors(failed)])


def _first_of(errors: Sequence[BaseException]) -> BaseException:
    first = next((error for error in errors if isinstance(error, StackferryError)), errors[0])
    if isinstance(first, StackferryError):
        first.others = tuple(error for error in errors if error is not first)
        name_arguments(first)
    return first
