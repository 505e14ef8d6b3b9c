"""What `import stackferry` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import stackferry
from repository import ROOT


def test_every_public_name_is_there_and_listed() -> None:
    assert [name for name in stackferry.__all__ if not hasattr(stackferry, name)] == []
    assert set(stackferry.__all__) <= set(dir(stackferry))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = stackferry.nonsense


def test_importing_the_package_imports_none_of_its_modules() -> None:
    look = "import stackferry, sys; print(*[n for n in sys.modules if n.startswith('stackferry.')])"
    found = subprocess.run(  # noqa: S603 - our own package
        [sys.executable, "-c", look],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert found.stdout.split() == []
