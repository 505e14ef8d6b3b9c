"""A desk with the command line on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened
