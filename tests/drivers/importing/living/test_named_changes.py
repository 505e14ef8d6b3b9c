"""What a finished import that is run again names: each object that has changed, once, and nothing that has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from small_stack import EGG, HEN, RELEASE, fill_small
from workbench import TARGET, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.errors import Different

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot

REFUSED = [
    "POST /content_types$",
    "POST /content_types/page/entries",
    "PUT /content_types/page/entries/",
    "PUT /content_types/cart",
    "POST /assets",
    "POST /environments",
    "POST /locales",
    "POST /taxonomies",
    "POST /metadata",
    "POST /workflows",
    "POST /releases",
    "POST /releases/.*/items",
    "POST .*/publish",
    "PUT .*/variants/",
    "POST /variant_groups",
    "POST /extensions",
    "POST /roles",
]


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def refuse(bench: Workbench, route: str) -> None:
    method, path = route.split()
    bench.emulator.faults.add(
        Fault(method=method, path=path, status=422, body=b"{}", times=ALWAYS, carried_out=False)
    )


def said(bench: Workbench, snapshot: Snapshot) -> str:
    """What exit code 5 names."""
    with pytest.raises(Different) as told:
        bench.import_snapshot(snapshot)
    return str(told.value).partition("left there: ")[2].partition(". Nothing")[0]


def target(bench: Workbench, source: str) -> str:
    """The uid in the target of a page of the source."""
    name = bench.source.main.entries["page"][source].documents["en-us"].latest["title"]
    pages = bench.target.main.entries["page"].items()
    shown = {uid: one.documents["en-us"].latest["title"] for uid, one in pages if "en-us" in one.documents}
    (found,) = [uid for uid, title in shown.items() if title == name]
    return found


def test_every_item_of_a_release_is_named(bench: Workbench) -> None:
    """They go in one request; that the release is opened for it is no change."""
    opened = {"release": {"name": "Spring", "locked": False}}
    items = [
        {"uid": EGG, "content_type_uid": "page", "locale": code, "version": 1} for code in ("en-us", "fr-fr")
    ]
    Editors(bench).call("PUT", f"/releases/{RELEASE}", json=opened).raise_for_status()
    body = {"items": [{**one, "action": "publish"} for one in items]}
    Editors(bench).call("POST", f"/releases/{RELEASE}/items", json=body).raise_for_status()
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    (release,) = bench.target.main.releases
    bench.target.main.releases[release].items.clear()
    named, ends = said(bench, snapshot), f"in release {RELEASE}"
    assert f"release_items page {HEN} 'Hen, revised' en-us {ends}" in named
    assert f"release_items page {EGG} 'Egg' en-us {ends}" in named
    assert f"release_items page {EGG} 'Œuf' fr-fr {ends}" in named
    assert named.count(ends) == 3


def test_an_entry_is_named_once(bench: Workbench) -> None:
    """Although it is to be written and to be published."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    editors, uid = Editors(bench, key=TARGET), target(bench, EGG)
    editors.save("page", uid, title="By hand")
    where = {"entry": {"environments": ["live"], "locales": ["en-us"]}, "locale": "en-us"}
    editors.call("POST", f"/content_types/page/entries/{uid}/publish", json=where).raise_for_status()
    assert said(bench, snapshot) == f"entries page {EGG} 'Egg' en-us"


@pytest.mark.parametrize("trash", ["kept", "emptied"])
def test_what_refers_to_a_deleted_entry_has_not_changed(bench: Workbench, trash: str) -> None:
    """It would follow the entry only if the trash refused to give that back, which a look does not ask for."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    path = f"/content_types/page/entries/{target(bench, HEN)}?delete_all_localized=true"
    Editors(bench, key=TARGET).call("DELETE", path).raise_for_status()
    if trash == "emptied":
        refuse(bench, "PUT /restore")
    named = said(bench, snapshot).split(", entries ")
    assert [one for one in named if HEN not in one] == [], named
    assert f"page {HEN} 'Hen, revised' fr-fr" in named


def test_a_gap_explains_no_other_language_and_no_other_kind(bench: Workbench) -> None:
    """That EGG could not be published in French does not hide that its English title was edited since."""
    refuse(bench, "POST /publish")
    snapshot = bench.export()
    first = bench.import_snapshot(snapshot)
    assert ("publications", EGG, "fr-fr") in {
        (gap["kind"], gap["uid"], gap.get("locale")) for gap in first.gaps
    }
    assert bench.import_snapshot(snapshot).gaps == first.gaps
    Editors(bench, key=TARGET).save("page", target(bench, EGG), title="By hand")
    assert said(bench, snapshot) == f"entries page {EGG} 'Egg' en-us"


@pytest.mark.parametrize("route", sampled(REFUSED, 5))
def test_what_was_refused_and_what_follows_from_it_has_not_changed(route: str) -> None:
    """Such as that entries do not name an asset that the target did not take."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        snapshot = bench.export()
        refuse(bench, route)
        first, writes = bench.import_snapshot(snapshot), bench.writes()
        assert first.gaps
        assert bench.import_snapshot(snapshot).gaps == first.gaps
        assert bench.writes() == writes
