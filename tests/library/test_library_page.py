"""The examples of docs/library.md run as they are written, over the emulators, one after the other."""

from __future__ import annotations

import re
import runpy
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sample_pairs import TOKEN, sample_pair

from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_every_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "library.md").read_text("utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(examples) >= 9
    with ExitStack() as stack:
        stacks, spaces, projects = (
            stack.enter_context(sample_pair(system))
            for system in ("contentstack", "contentful", "azure-devops")
        )
        places = {
            "production": stacks.source,
            "testing": stacks.target,
            "space": spaces.source,
            "project": projects.source,
        }
        config = tmp_path / "config" / "stackferry"
        config.mkdir(parents=True)
        lines = (
            f'[profiles.{name}]\nplace = "{place}"\nrate = 0\nbulk_rate = 0' for name, place in places.items()
        )
        (config / "config.toml").write_text("\n".join(lines))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        monkeypatch.setenv("STACKFERRY_TOKEN", TOKEN)
        monkeypatch.chdir(tmp_path)
        for number, example in enumerate(examples, 1):
            file = tmp_path / f"example_{number}.py"
            file.write_text(example)
            runpy.run_path(str(file), run_name="__main__")
