"""One release by command: exported, imported and copied.

The front page also refers to an entry that is gone, so what imports it ends with exit code 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, FILLED, TARGET, CommandLine
from linked_stack import FRONT, fill_linked

if TYPE_CHECKING:
    from stackferry.model import JsonObject


@pytest.fixture
def web(cli: CommandLine) -> CommandLine:
    """The command line with a stack whose entries refer to each other, and a release of its front page."""
    stack = cli.emulator.stacks[FILLED]
    fill_linked(stack)
    item: JsonObject = {"uid": FRONT, "content_type_uid": "page", "locale": "en-us", "version": 1,
                        "action": "publish"}  # fmt: skip
    for name, items in (("Spring", [item]), ("Autumn", [])):
        stack.main.put_release({"uid": f"blt{name.lower()}", "name": name, "status": []}, [*items])
    return cli


def test_a_release_is_exported_and_imported(web: CommandLine) -> None:
    """What the target has of what the front page refers to is not written."""
    whole, part = web.home / "whole", web.home / "part"
    assert web.run("export", web.place(FILLED), whole, *FAST).code == 0
    report = web.run("export", web.place(FILLED), part, "--release", "Spring", "--json", *FAST).report
    assert (report["exit_code"], report["objects"]["releases"]) == (0, 1)
    assert web.run("import", part, web.place(TARGET), *FAST).code == 3
    documents = web.emulator.stacks[TARGET].main.entries["page"]
    (team,) = [one for one in documents.values() if one.documents["en-us"].latest["title"] == "Team"]
    row = {**team.documents["en-us"].latest, "text": "ours", "_version": 2}
    web.emulator.stacks[TARGET].main.put_entry_version("page", "en-us", row)
    words = (web.place(TARGET), "--release", "Spring", "--on-conflict", "update", *FAST)
    writes = web.writes
    assert web.run("import", whole, *words).code == 3
    assert web.writes == writes
    assert team.documents["en-us"].latest["text"] == "ours"


def test_a_release_is_copied_and_another_one_is_named(web: CommandLine) -> None:
    words = ("copy", web.place(FILLED), web.place(TARGET), "--on-conflict", "update", *FAST)
    assert web.run(*words, "--release", "Sprung").code == 2
    assert web.writes == 0
    assert web.run(*words, "--release", "Spring", "--limit", "1").code == 2
    assert web.run(*words, "--release", "bltspring", "--dry-run").code == 3
    assert web.writes == 0
    assert web.run(*words, "--release", "Spring").code == 3
    (release,) = web.emulator.stacks[TARGET].main.releases.values()
    assert (release.raw["name"], len(release.items)) == ("Spring", 1)
    writes = web.writes
    assert web.run(*words, "--release", "Spring").code == 3
    assert web.writes == writes
