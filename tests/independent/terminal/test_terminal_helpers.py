"""What helps at a terminal: suggestions of a shell, and progress of what nobody has counted."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete

from stackferry.cli.app import app
from stackferry.cli.output import Output
from stackferry.cli.progress.lines import Lines
from stackferry.drivers.events import Event
from stackferry.library.monitor import Monitor
from stackferry.library.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path


def suggested(*words: str) -> set[str]:
    *before, last = words
    completer = ShellComplete(app, {}, "stackferry", "_STACKFERRY_COMPLETE")
    return {item.value for item in completer.get_completions([*before], last)}


@pytest.mark.parametrize(
    "words",
    [("release", "list", "p"), ("bulk", "publish", "p"), ("entry", "get", "p"), ("queue", "list", "p")],
)
def test_profiles_where_the_place_decides_the_system(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    """A shell that completes shows no errors, though the place is still missing."""
    file = tmp_path / "config.toml"
    file.write_text('[profiles.pages]\nplace = "contentstack://a@eu/main"\n[profiles.staging]\n', "utf-8")
    monkeypatch.setenv("STACKFERRY_CONFIG", str(file))
    assert suggested(*words) == {"pages"}
    assert "--json" in suggested(*words[:2], "--js")
    assert capsys.readouterr().err == ""


def test_a_line_of_progress_names_what_is_read_as_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of releases that are found one by one nobody knows the total: the line says how many there are by now."""
    shown = StringIO()
    monkeypatch.setattr("sys.stderr", shown)
    output = Output()
    output.prepare()
    monitor = Monitor()
    with Lines(Progress(monitor, exports=True), monitor, output) as lines:
        lines.tell()
        for _ in range(3):
            lines.take(Event("export", "releases", done=1, total=1))
        lines.tell()
        lines.take(Event("export", "entries", total=9))
        lines.take(Event("export", "entries", done=4))
        lines.tell()
    begins = [line.split(",")[0].strip() for line in shown.getvalue().splitlines()]
    assert begins == ["under way", "releases 3", "entries 4 of at least 9"]
