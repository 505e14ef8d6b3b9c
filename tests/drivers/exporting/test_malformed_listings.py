"""An answer of status 2xx without the list that was asked for is never read as "no rows"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import PICTURE, fill_small_with_owners
from workbench import file_digests, make_workbench, memory_directory

from sampling import rotated
from stackferry.emulators.contentstack import Fault
from stackferry.errors import BadAnswer
from stackferry.providers.contentstack import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench


LISTED = [kind for kind in kinds.KINDS if kind.listed]
NOTHING = [b"{}", b"[]", b"null", b'{"notice": "Under maintenance."}', b"", b'{"%s": null}']
# Listings that are not those of a whole kind: which requests ask for them.
OTHERS = {
    "schedules": "^/v3/publish-queue",
    "folders": "^/v3/assets[?].*is_dir",
    "assets": "^/v3/assets[?]include",
    "entries": "^/v3/content_types/page/entries[?].*fr-fr",
    "terms": "^/v3/taxonomies/tags/terms",
    "taxonomies in French": "^/v3/taxonomies[?]locale=fr-fr",
    "release_items": "^/v3/releases/[^/?]+/items",
    "variants": "^/v3/content_types/page/entries/[^/?]+/variants",
    "history": "^/v3/content_types/page/entries/[^/?]+/versions",
    "versions": "^/v3/content_types/page/entries/[^/?]+[?].*version=1",
    "asset_versions": f"^/v3/assets/{PICTURE}[?]version=1",
}


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """A source with something to list for every kind that is listed per object of another kind."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small_with_owners)


@pytest.mark.parametrize(
    ("kind", "body"), rotated(LISTED, NOTHING), ids=lambda value: getattr(value, "name", None)
)
def test_a_malformed_listing_of_a_kind_is_not_taken_for_empty(
    workbench: Workbench, kind: kinds.Kind, body: bytes
) -> None:
    body = body.replace(b"%s", kind.list_key.encode())
    workbench.emulator.faults.add(Fault(path=rf"^/v3{kind.path}[?]", status=200, body=body, times=99))
    with pytest.raises(BadAnswer):
        workbench.export()


@pytest.mark.parametrize(("kind", "path"), OTHERS.items(), ids=OTHERS.keys())
def test_a_malformed_nested_listing_is_not_taken_for_empty(
    workbench: Workbench, kind: str, path: str
) -> None:
    """What one object has may become a gap if the service still answers other requests."""
    workbench.emulator.faults.add(Fault(path=path, status=200, body=b"{}", times=99))
    if kind in ("versions", "asset_versions", "terms", "release_items", "variants", "history"):
        gaps = workbench.export(versions="all").gaps()
        assert {str(gap["kind"]).partition("/")[0] for gap in gaps} == {kind}
        assert all("holds no" in str(gap["reason"]) for gap in gaps)
    else:
        with pytest.raises(BadAnswer, match="holds no list"):
            workbench.export(versions="all")


@pytest.mark.parametrize("kind", LISTED, ids=lambda kind: kind.name)
def test_a_malformed_listing_is_asked_for_again(workbench: Workbench, kind: kinds.Kind) -> None:
    """One such answer does not change the snapshot."""
    expected = file_digests(workbench.export("without faults").root)
    workbench.emulator.faults.add(Fault(path=rf"^/v3{kind.path}[?]", status=200, body=b"{}", times=1))
    assert file_digests(workbench.export().root) == expected


def test_a_page_of_more_rows_than_any_list_has_is_not_taken(workbench: Workbench) -> None:
    """A list may be answered whole, whatever was asked for; but no list is so long."""
    rows = b",".join(b'{"uid":"blt%d"}' % number for number in range(10_001))
    body = b'{"labels": [' + rows + b"]}"
    workbench.emulator.faults.add(Fault(path="^/v3/labels[?]", status=200, body=body, times=99))
    with pytest.raises(BadAnswer, match="one page holds 10001 rows"):
        workbench.export()
