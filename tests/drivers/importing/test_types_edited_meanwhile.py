"""A type whose rules are relaxed while entries are written, and somebody who changes it meanwhile: that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from meanwhile import after, before, meanwhile
from small_stack import EGG, HEN, fill_small
from workbench import SOURCE, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from meanwhile import Moment
    from workbench import Workbench

    from stackferry.model import JsonObject

PAGE = "/content_types/page"
LATE: JsonObject = {
    "uid": "late",
    "display_name": "Late",
    "data_type": "text",
    "mandatory": False,
    "unique": False,
}
MOMENTS: dict[str, Callable[[], Moment]] = {
    "before the rules are relaxed": lambda: before(match=r"^GET /content_types\?(?!.*asc=)"),
    "before they are given back": lambda: after(match=r"^PUT /content_types/page$"),
}


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small, switches=Switches(trash=False))


def edit(editors: Editors) -> None:
    """Another field, first of all, and another label of one that is relaxed."""
    page = editors.call("GET", PAGE).json()["content_type"]
    partner = next(field for field in page["schema"] if field["uid"] == "partner")
    partner["display_name"] = "Companion"
    page["schema"].insert(1, LATE)
    editors.call("PUT", PAGE, json={"content_type": page}).raise_for_status()


def fields(bench: Workbench) -> list[tuple[object, object, object]]:
    schema: Any = bench.source.main.content_types["page"]["schema"]
    return [(field["uid"], field["display_name"], field["mandatory"]) for field in schema]


EDITED = [
    ("title", "Title", True),
    ("late", "Late", False),
    ("partner", "Companion", True),
    ("picture", "Picture", False),
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_somebody_changes_stays_and_is_told(bench: Workbench, moment: str) -> None:
    snapshot, editors = bench.export(), Editors(bench)
    for uid in (HEN, EGG):
        editors.call("DELETE", f"/content_types/page/entries/{uid}", params={"delete_all_localized": "true"})
    with meanwhile(bench.emulator, (MOMENTS[moment](), lambda: edit(editors))):
        done = bench.import_snapshot(snapshot, key=SOURCE, in_place=True, on_conflict="update")
    assert fields(bench) == EDITED
    assert [(one["kind"], one["uid"]) for one in done.remarks["meanwhile"]] == [("content_types", "page")]
    assert [gap["uid"] for gap in done.gaps if gap["kind"] == "content_types"] == ["page"]
