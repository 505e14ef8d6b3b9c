"""The fixture of the tests of nights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from night import Calendar, NightWatch

if TYPE_CHECKING:
    from command_line import CommandLine


@pytest.fixture
def watch(emulated: CommandLine) -> NightWatch:
    """The emulated stacks, backed up at times that a test chooses."""
    return NightWatch(emulated, Calendar())
