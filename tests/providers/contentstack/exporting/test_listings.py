"""The plan of an export, planned with a dict: which requests, and what their answers bring."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pytest
from memory_records import MemoryRecords

from stackferry.errors import BadAnswer
from stackferry.model import Budget, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.exporting import asset_files, listings
from stackferry.providers.contentstack.exporting.plan import ContentstackExportPlan
from stackferry.providers.source import Download, Fetch, Listing, ReadOptions, Rounds

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Request


def listings_of(rows: MemoryRecords, options: ReadOptions | None = None) -> dict[str, Listing]:
    steps = ContentstackExportPlan().stages
    stages = chain.from_iterable(step.stages if isinstance(step, Rounds) else (step,) for step in steps)
    jobs = (job for stage in stages for job in stage(rows, options or ReadOptions()))
    return {job.name: job for job in jobs if isinstance(job, Listing)}


def params(request: Request) -> dict[str, str]:
    return dict(request.params)


def stack() -> MemoryRecords:
    rows = MemoryRecords()
    rows.locale("en-us")
    rows.locale("fr-fr", "en-us")
    rows.put("content_types", {"uid": "page"})
    rows.put("content_types", {"uid": "a/b"})
    rows.put("taxonomies", {"uid": "colour"})
    rows.put("releases", {"uid": "r"})
    return rows


def test_every_listing_is_stable_and_counted() -> None:
    """B2, B3: each listing asks for the count, for as many rows as a page holds, and begins where it is told."""
    for listing in listings_of(stack()).values():
        asked = params(listing.request(200))
        assert (asked["include_count"], asked["limit"], asked["skip"]) == ("true", "100", "200")
        assert listing.request(0).budget is Budget.READ


def test_every_kind_has_its_listing() -> None:
    """No kind of the table is forgotten by the export."""
    first = {name.partition("/")[0] for name in listings_of(stack())}
    assert first >= {kind.name for kind in kinds.KINDS if kind.list_key}


def test_kinds_stand_in_dependency_order() -> None:
    """The table's names are unique, and each kind stands after what it is made of."""
    names = [kind.name for kind in kinds.KINDS]
    assert len(set(names)) == len(names)
    for before, after in (("locales", "entries"), ("taxonomies", "terms"), ("extensions", "content_types"),
                          ("global_fields", "content_types"), ("folders", "assets"), ("assets", "entries"),
                          ("entries", "releases"), ("environments", "releases"), ("entries", "webhooks")):  # fmt: skip
        assert names.index(before) < names.index(after)


def test_entries_are_asked_for_in_their_own_language() -> None:
    """Only what is really localized is asked for, and only that is kept: capitals of a code do not matter."""
    listing = listings_of(stack())["entries/page/fr-fr"]
    asked = params(listing.request(0))
    assert (asked["locale"], asked["query"]) == ("fr-fr", '{"locale":"fr-fr"}')
    rows: list[JsonObject] = [{"uid": "a", "locale": "FR-fr"}, {"uid": "b", "locale": "en-us"}]
    page = listing.read({"entries": [*rows], "count": 2})
    assert [line.uid for _, line in page.records] == ["a"]
    assert (page.seen, page.total) == (2, 2)


def test_names_in_a_path_are_quoted() -> None:
    """D1: a uid with a slash stays one step of a path."""
    assert listings_of(stack())["entries/a/b/en-us"].request(0).path == "/v3/content_types/a%2Fb/entries"


def test_filters() -> None:
    """Content types, locales and assets that are not asked for are not read."""
    options = ReadOptions(types=frozenset({"page"}), locales=frozenset({"fr-fr"}), assets=False)
    found = listings_of(stack(), options)
    assert [name for name in found if name.startswith("entries/")] == ["entries/page/fr-fr"]
    assert "assets" not in found


def test_folders_and_assets_are_told_apart() -> None:
    """A row that is a folder is no asset, in whichever listing it turns up."""
    both: JsonObject = {
        "assets": [{"uid": "f", "is_dir": True}, {"uid": "a", "is_dir": False}, {"uid": "b"}],
        "count": 3,
    }
    found = listings_of(stack())
    assert [line.uid for _, line in found["assets"].read(both).records] == ["a", "b"]
    assert [line.uid for _, line in found["folders"].read(both).records] == ["f"]


def test_an_answer_without_its_list_is_no_page() -> None:
    """B5: it is a bad answer, which names the listing, and never a listing without rows."""
    for name, listing in listings_of(stack()).items():
        for answer in ({}, {"notice": "Under maintenance."}, {"entries": None, "count": "3"}):
            with pytest.raises(BadAnswer, match=f"^{name.split('/')[0]}"):
                listing.read(answer)  # type: ignore[arg-type]  # JSON all the same


def test_version_must_be_the_one_asked_for() -> None:
    """B7: the answer to a version is kept only if it is that version of that entry."""
    rows = stack()
    rows.entry("a", "en-us", 5, ("live", "en-us", 3))
    (job,) = [job for job in listings.older_versions(rows, ReadOptions()) if isinstance(job, Fetch)]
    assert params(job.request)["version"] == "3"
    good = job.read({"entry": {"uid": "a", "_version": 3}})
    assert [(stream, line.number) for stream, line in good.records] == [
        (Stream("versions", "page", "en-us"), 3)
    ]
    others: list[JsonObject] = [{"uid": "a", "_version": 5}, {"uid": "b", "_version": 3}]
    for other in others:
        page = job.read({"entry": other})
        assert (len(page.records), [gap.kind for gap in page.gaps]) == (0, ["versions"])
    with pytest.raises(BadAnswer, match="version 3 of a"):
        job.read({})


def test_bytes_come_from_the_address() -> None:
    """An asset's bytes are fetched from where its document says, for the version that it is, at no API budget."""
    job = asset_files.download({"uid": "a", "_version": 4, "url": "https://images.invented.example/a"})
    assert isinstance(job, Download)
    assert (job.version, job.request.path, job.request.budget) == (
        4, "https://images.invented.example/a", Budget.ASSET,
    )  # fmt: skip
