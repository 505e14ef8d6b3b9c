"""Spaces from the files of the vendor's export tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from space_client import TOKEN, connect

from repository import SHARED
from stackferry.emulators.contentful import Emulator, serve
from stackferry.emulators.contentful.seed.vendor_file import add_space, read_file
from stackferry.errors import SnapshotCorrupt

if TYPE_CHECKING:
    from pathlib import Path

EXPORTS = SHARED / "datasets" / "contentful"


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the real exports are not there")
@pytest.mark.parametrize("name", ["covid-19-site-template", "gatsby-multi-locale", "portfolio-garethf89"])
def test_a_real_export_is_served_as_its_sys_says(name: str) -> None:
    content = read_file(EXPORTS / f"{name}.json")
    emulator = Emulator()
    add_space(emulator, content, key="real", token=TOKEN)
    with serve(emulator) as origin, connect(origin) as http:
        for kind, listed in (("entries", "entries"), ("assets", "assets"), ("contentTypes", "content_types")):
            answer = http.get(f"/spaces/real/environments/master/{listed}?limit=1000").json()
            shown = {row["sys"]["id"]: row for row in answer["items"]}
            for raw in content[kind]:  # type: ignore[union-attr]  # the file's shape is known
                sys = shown[raw["sys"]["id"]]["sys"]  # type: ignore[index,call-overload]  # as above
                for fact in ("version", "publishedVersion", "createdAt", "updatedAt", "publishedCounter"):
                    assert sys.get(fact) == raw["sys"].get(fact)  # type: ignore[index,union-attr,call-overload]
        answer = http.get("/spaces/real/environments/master/public/entries?limit=1000").json()
        assert answer["total"] == len(content["entries"])  # type: ignore[arg-type]  # all of them are live
    assert emulator.defects == []


def test_a_file_that_is_no_export_is_refused(tmp_path: Path) -> None:
    for text in ("[]", "{}", "{", '{"other": []}'):
        (tmp_path / "file.json").write_text(text)
        with pytest.raises(SnapshotCorrupt, match=r"file\.json"):
            read_file(tmp_path / "file.json")
