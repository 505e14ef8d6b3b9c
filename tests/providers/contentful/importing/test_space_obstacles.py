"""What keeps a snapshot out of an environment is said before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from memory_records import MemoryIdentities, MemoryTables
from space_records import SpaceRecords

from stackferry.providers.contentful.importing.obstacles import obstacles
from stackferry.providers.contentful.options import ContentfulWriteOptions
from stackferry.providers.selection import Selection
from stackferry.providers.target import ImportContext

if TYPE_CHECKING:
    from pathlib import Path


def records(*codes: str, default: str = "en-US", **entries: str) -> SpaceRecords:
    """A store with these locales, and entries by id, each of a type."""
    made = SpaceRecords()
    for code in codes:
        made.add("locales", {"code": code, "default": code == default, "sys": {"id": f"of-{code}"}})
    for uid, content_type in entries.items():
        made.document(uid, content_type)
        made.named("content_types", content_type, content_type)
    return made


def told(source: SpaceRecords, target: SpaceRecords, **options: Any) -> list[str]:
    context = ImportContext(
        source=source,
        target=target,
        identity=MemoryIdentities(),
        options=ContentfulWriteOptions(**{name: value for name, value in options.items() if name != "facts"}),
        bytes_of=_no_bytes,
        scratch=MemoryTables(),
        facts=lambda: options.get("facts", {}),
    )
    return obstacles(context)


def _no_bytes(sha256: str) -> Path:
    raise AssertionError(sha256)


def test_nothing_keeps_it_out() -> None:
    source = records("en-US", "de", hen="page")
    assert told(source, records("en-US")) == []
    assert told(source, records("en-GB", default="en-GB"), locales={"en-US": "en-GB"}) == []


def test_default_locales_that_differ() -> None:
    (line,) = told(records("en-US", "de"), records("de", default="de"))
    assert line.startswith("the snapshot's default locale is 'en-US', the target's is 'de'")
    assert "--locale en-US=de" in line
    (line,) = told(
        records("en-US"), records("de", default="de"), selection=Selection(uids=frozenset({"entries/hen"}))
    )
    assert (
        "restore maps no locales: 'import SNAPSHOT PLACE --on-conflict update --locale en-US=de' does" in line
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            {"locales": {"en-US": "de"}},
            "--locale would make 'de', 'en-US' one locale, 'de': the content of one would be lost",
        ),
        (
            {"locales": {"fr": "de"}},
            "the snapshot holds no locale 'fr', which --locale names; it holds de, en-US",
        ),
        (
            {"locales": {"de": "fr"}, "in_place": True},
            "--locale is not for --in-place, where every locale stays what it is: leave it out",
        ),
    ],
)
def test_locales_that_are_mapped_wrongly(options: dict[str, Any], line: str) -> None:
    assert told(records("en-US", "de"), records("en-US", "de"), **options) == [line]


def test_what_entries_need_and_an_import_of_them_alone_does_not_bring() -> None:
    source = records("en-US", "de", hen="page")
    only = {"only": frozenset({"entries"})}
    assert told(source, records("en-US"), **only) == [
        "the target has no locale 'de': import locales too, or map it with --locale de=CODE",
        "the target has no content type 'page': import content_types too",
    ]
    assert told(source, records("en-US", "de", egg="page"), **only) == []
    assert told(source, records("en-US"), only=frozenset({"tags"})) == []


def test_ids_that_no_write_can_name() -> None:
    source = records("en-US", **{"hen": "page", "ä": "page", "..": "page", "x" * 65: "page", "a b": "page"})
    (line,) = told(source, records("en-US"))
    assert line.startswith("ids that the service does not take")
    assert all(f"'{uid}'" in line for uid in ("ä", "..", "x" * 65, "a b"))
    assert "'hen'" not in line


def test_only_the_first_ids_are_named() -> None:
    source = records("en-US", **{f"a {number:02}": "page" for number in range(12)})
    (line,) = told(source, records("en-US"))
    assert "'a 09' and 2 more" in line
