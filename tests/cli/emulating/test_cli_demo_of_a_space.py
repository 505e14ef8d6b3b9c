"""`stackferry demo contentful`: a space on the emulator, over a socket, restored into an empty one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from repository import SAMPLES

if TYPE_CHECKING:
    from command_line import CommandLine

SAMPLE = SAMPLES / "harbour-space"


def test_the_demo_of_a_space_loses_nothing(cli: CommandLine) -> None:
    """An import, the same one again without a write, no difference; nothing stays on disk."""
    files = cli.files()
    result = cli.run("demo", "contentful")
    assert result.code == 0, result.out + result.err
    assert "the space 'harbour-space': 16 entries" in result.out
    assert "restored: 16 entries, 8 older versions" in result.out
    assert "the same import: 0 writes" in result.out
    assert ": 0 differences" in result.out
    assert "Nothing was lost." in result.out
    assert cli.files() == files


def test_a_quiet_demo_prints_nothing(cli: CommandLine) -> None:
    result = cli.run("demo", "contentful", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_the_demo_of_a_space_prints_a_report_with_json(cli: CommandLine) -> None:
    """Requests of every step are counted, and the snapshot that is kept is whole."""
    report = cli.run("demo", "contentful", "--keep", "--json").report
    assert (report["ok"], report["differences"], report["gaps"]) == (True, [], [])
    assert [step["step"] for step in report["steps"]] == [
        "export", "import into an empty space", "import again", "verify an empty space",
    ]  # fmt: skip
    assert report["steps"][1]["requests"]["write"] > 0
    assert report["steps"][2]["requests"].get("write", 0) == 0
    objects = report["objects"]
    assert (objects["entries"], objects["assets"], objects["scheduled_actions"]) == (16, 6, 1)
    assert objects["entry_snapshots"] == 8  # compared: every older version was published again
    kept = Path(report["snapshot"])
    assert cli.run("verify", kept).code == 0
    shutil.rmtree(kept.parent)


def test_what_a_demo_cannot_restore_is_told(cli: CommandLine, tmp_path: Path) -> None:
    """A schedule of an entry that is in no snapshot: a gap by name, and exit code 3."""
    sample = tmp_path / "harbour-space"
    shutil.copytree(SAMPLE, sample)
    file = sample / "scheduled_actions.jsonl"
    text = file.read_text()
    assert '"linkType":"Release"' in text
    release = text.split('"entity":{"sys":{"id":"')[1].split('"')[0]
    file.write_text(text.replace(release, "not-there"))
    result = cli.run("demo", "contentful", "--sample", sample)
    assert result.code == 3, result.out + result.err
    assert "Nothing was lost." not in result.out
    assert "scheduled_actions" in result.out


def test_a_system_without_a_demo_is_a_usage_error(cli: CommandLine) -> None:
    assert cli.run("demo", "elsewhere").code == 2
