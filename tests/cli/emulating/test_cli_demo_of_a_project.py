"""`stackferry demo azure-devops`: a project on the emulator, over a socket, archived twice and made anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from command_line import CommandLine


def test_the_demo_of_a_project(cli: CommandLine) -> None:
    """What retention deletes is kept, what is made anew equals the source, a second import writes nothing."""
    result = cli.run("demo", "azure-devops", "--keep", "--json")
    assert result.code == 3, result.out + result.err  # what cannot be made anew, such as secrets, is told
    assert "retention deletes 2 releases" in result.err
    assert "what the service no longer has is kept: releases " in result.err
    assert "the same import: 0 writes" in result.err
    assert ": 0 differences" in result.err
    report = result.report
    assert [step["step"] for step in report["steps"]] == [
        "export", "export with a base", "import into another organization", "import again",
        "verify another organization",
    ]  # fmt: skip
    first, second = (step["requests"]["read"] for step in report["steps"][:2])
    assert second < first / 2
    assert (len(report["vanished"]), report["differences"]) == (2, [])
    assert report["evidence"]["rows"] > 0
    kept = Path(report["snapshot"])
    assert cli.run("verify", kept).code == 0
    assert (kept.parent / "evidence.html").exists()
    shutil.rmtree(kept.parent)
