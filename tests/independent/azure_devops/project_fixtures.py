"""A full project, its archive, and what an import makes of it: read them, leave them as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import project_service
import pytest
import rich_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from project_service import Ended, Service


@dataclass
class Filled:
    """A full project and its archive."""

    service: Service
    made: dict[str, int]
    archive: Path


@dataclass
class Recreated(Filled):
    """What an import told of it, in which requests."""

    ended: Ended
    writes: list[str]


@pytest.fixture(scope="session")
def recreated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recreated]:
    home = tmp_path_factory.mktemp("projects")
    with project_service.open_service(home) as service:
        rich_project.fill_decoy(service.another("contoso", "Decoy"))
        made = rich_project.fill(service.source)
        archive = home / "archive"
        exported = service.carry("export", service.source.place, archive)
        assert exported.code == 0, exported.said
        mark = service.mark
        ended = service.carry("import", archive, service.target.place)
        yield Recreated(service, made, archive, ended, service.since(mark))
