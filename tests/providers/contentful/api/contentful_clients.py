"""The clients of Contentful's releases on an emulated space, over a socket. Waiting moves the emulator's clock."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
from release_help import both, by_locale, link, made, release, timeline, wait
from space_client import SPACE, TOKEN, open_space

from stackferry.core.rates import Rates
from stackferry.emulators.contentful import Access, Limits, Switches
from stackferry.io.http.session import Session, open_session
from stackferry.model import Budget, Secret
from stackferry.providers.contentful.api import (
    BulkActions,
    ReleaseActions,
    ReleaseAssets,
    ReleaseEntries,
    Releases,
    Root,
)
from stackferry.providers.contentful.connection import RULES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from space_client import SpaceClient

# The tokens of users who may see no entries, no releases, and nothing of this space.
NARROW, BLIND, STRANGER = "CFPAT-invented-narrow", "CFPAT-invented-blind", "CFPAT-invented-stranger"


@dataclass
class Clients:
    """A space, and the clients of one environment of it."""

    space: SpaceClient
    session: Session
    root: Root
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.space.clock.pass_seconds(seconds)

    @property
    def releases(self) -> Releases:
        """Clients that tell a refusal at once."""
        return Releases(self.session.call, self.root)

    @property
    def patient(self) -> Releases:
        return Releases(self.session.call, self.root, self.sleep)

    @property
    def actions(self) -> ReleaseActions:
        return ReleaseActions(self.session.call, self.root, self.sleep)

    @property
    def entries(self) -> ReleaseEntries:
        return ReleaseEntries(self.session.call, self.root)

    @property
    def assets(self) -> ReleaseAssets:
        return ReleaseAssets(self.session.call, self.root)

    @property
    def bulk(self) -> BulkActions:
        ended = lambda: self.session.action_ended(Budget.BULK)  # noqa: E731 - as a command hands it over
        return BulkActions(self.session.call, self.root, self.sleep, ended)


Work = "Callable[[Clients], Awaitable[None]]"


@contextmanager
def filled_space(switches: Switches | None = None, limits: Limits | None = None) -> Iterator[SpaceClient]:
    """Two entries and an asset; items of releases have either shape."""
    with open_space(switches or Switches(release_shapes="both"), limits) as space:
        both(space)
        space.space.tokens[NARROW] = Access("narrow", refused={"entries": 403}, is_admin=False)
        space.space.tokens[BLIND] = Access("blind", refused={"releases": 404}, is_admin=False)
        space.emulator.add_space(key="elsewhere", token=STRANGER)
        yield space


def play(
    space: SpaceClient,
    work: Callable[[Clients], Awaitable[None]],
    *,
    token: str = TOKEN,
    environment: str = "master",
    key: str = SPACE,
) -> None:
    """Run something with the clients."""

    async def run() -> None:
        headers: dict[str, Secret | str] = {"authorization": Secret(f"Bearer {token}")}
        origin = str(space.http.base_url).rstrip("/")
        async with open_session(origin, headers, rates=Rates(), rules=RULES) as session:
            await work(Clients(space, session, Root(key, environment)))

    anyio.run(run)


def items_of(found: Any) -> list[str]:
    """The ids of a release's entities."""
    return [row.get("entity", row)["sys"]["id"] for row in found["entities"]["items"]]


__all__ = [
    "BLIND", "NARROW", "STRANGER", "Clients", "by_locale", "filled_space", "items_of", "link", "made", "play",
    "release", "timeline", "wait",
]  # fmt: skip
