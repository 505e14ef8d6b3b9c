"""The editor who acts between requests: at the moments that a test names, through the API, unseen by the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from editors import Editors
from meanwhile import Moment, after, before, every, meanwhile
from random_stack import STAMPS
from small_stack import HEN, PICTURE, fill_small
from workbench import SOURCE, TARGET, TOKEN, Workbench, make_workbench, memory_directory, serve_emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

HEN_PATH = f"/content_types/page/entries/{HEN}"


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root, serve_emulator(make_workbench(root, fill_small)) as bench:
        yield bench


def get(bench: Workbench, path: str = HEN_PATH) -> str:
    headers = {"api_key": SOURCE, "authorization": TOKEN}
    answer = httpx.get(f"{bench.origin}/v3{path}", headers=headers).raise_for_status()
    return str(next(iter(answer.json().values())).get("title"))


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (before(), ["New", "New", "New"]),
        (after(), ["Hen, revised", "New", "New"]),
        (before(3), ["Hen, revised", "Hen, revised", "New"]),
        (before(2, match=HEN), ["Hen, revised", "New", "New"]),
        (after(1, match="^GET /content_types/page/entries/.*x=1"), ["Hen, revised", "Hen, revised", "New"]),
    ],
)
def test_an_edit_comes_at_its_moment_and_once(bench: Workbench, moment: Moment, shown: list[str]) -> None:
    editors = Editors(bench)
    with meanwhile(bench.emulator, (moment, lambda: editors.save("page", HEN, title="New"))) as moments:
        assert [get(bench, f"{HEN_PATH}?x={number}") for number in range(3)] == shown
    assert len(moments.lines) == 1
    assert len(bench.emulator.log) == 3


def test_an_editor_saves_after_every_few_requests(bench: Workbench) -> None:
    """The editor's own requests are not counted."""
    editors = Editors(bench)
    versions: list[int] = []
    with meanwhile(bench.emulator, (every(3), lambda: versions.append(editors.save("page", HEN)))):
        for _ in range(10):
            get(bench)
    assert [version - versions[0] for version in versions] == [0, 1, 2]


def test_edits_of_several_kinds_in_either_stack(bench: Workbench) -> None:
    """Each has its own count."""
    here, there = Editors(bench), Editors(bench, key=TARGET)
    file = {"asset[upload]": ("a.png", b"a", "image/png")}
    with meanwhile(
        bench.emulator,
        (after(2), lambda: here.call("DELETE", f"/assets/{PICTURE}")),
        (before(4), lambda: there.call("POST", "/assets", files=file)),
    ) as moments:
        for number in range(4):
            get(bench, f"{HEN_PATH}?x={number}")
    assert [one[-1] for one in moments.lines] == ["1", "3"]
    assert PICTURE not in bench.source.main.assets
    assert len(bench.target.main.assets) == 1


def test_an_editor_works_in_a_branch(bench: Workbench) -> None:
    editors = Editors(bench)
    assert editors.call("POST", "/stacks/branches", json={"branch": {"uid": "dev"}}).status_code == 201
    Editors(bench, branch="dev").save("page", HEN, title="In dev")
    assert get(bench) == "Hen, revised"
    assert bench.source.branches["dev"].entries["page"][HEN].documents["en-us"].latest["title"] == "In dev"
    assert STAMPS["created_at"] < str(bench.source.branches["dev"].raw["created_at"])


def test_a_moment_that_never_came_fails_the_test(bench: Workbench) -> None:
    editors = Editors(bench)
    with (
        pytest.raises(AssertionError, match="never came"),
        meanwhile(bench.emulator, (before(5), lambda: editors.save("page", HEN))),
    ):
        get(bench)
    assert bench.emulator.watchers == []
