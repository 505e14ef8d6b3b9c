"""One emulator for all of these tests, and a space that holds something of every kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import rich_space
import watched_service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from plain_space import Space
    from watched_service import Service


@pytest.fixture(scope="session")
def emulated_spaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("spaces")
    with watched_service.serve(home, "--generated", "contentful:gen:1") as opened:
        yield opened


@pytest.fixture
def service(emulated_spaces: Service, tmp_path: Path) -> Service:
    """The same emulator, with a folder of the test's own."""
    return replace(emulated_spaces, home=tmp_path)


@pytest.fixture(scope="session")
def full_space(emulated_spaces: Service) -> Space:
    """A source with something of every kind: read it, leave it as it is."""
    space = emulated_spaces.space(rich_space.ORGANIZATION)
    rich_space.fill(space)
    return space


@pytest.fixture(scope="session")
def full_snapshot(
    emulated_spaces: Service, full_space: Space, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A snapshot of it with all that an export can take along."""
    snapshot = tmp_path_factory.mktemp("full") / "snapshot"
    words = ("--versions", "all", "--editorial", "--keep-secrets")
    ended = emulated_spaces.carry("export", full_space.place, snapshot, *words)
    assert ended.code == 0, ended.said
    return snapshot
