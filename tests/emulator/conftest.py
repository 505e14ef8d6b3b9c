"""An emulator on a socket with one stack, and a plain HTTP client to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from emulator_desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as opened:
        yield opened
        assert opened.emulator.defects == []
