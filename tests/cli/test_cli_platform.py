"""Where stackferry runs: it says so at once on a system that it does not run on."""

from __future__ import annotations

import pytest

from stackferry.__main__ import refuse_platform


def test_windows_is_told_at_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        refuse_platform("nt")
    assert ended.value.code == 2
    assert "not on Windows itself; it runs there in WSL" in capsys.readouterr().err


def test_posix_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    refuse_platform("posix")
    assert capsys.readouterr().err == ""
