"""A file of contentful-export becomes a snapshot: every object of it, and a gap for each kind that it cannot hold."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from vendor_files import HOST, SPACE, asset, entry, link, locale, page_type, put_file, small, sys, write

from repository import SHARED
from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.formats.contentful.convert import contentful_file, contentful_file_to_snapshot
from stackferry.formats.contentful.read_file import VendorFile
from stackferry.model import Stream

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot

DATASETS = SHARED / "datasets" / "contentful"
KINDS = {
    "contentTypes": "content_types",
    "tags": "tags",
    "editorInterfaces": "editor_interfaces",
    "entries": "entries",
    "assets": "assets",
    "locales": "locales",
    "webhooks": "webhooks",
    "roles": "roles",
}


def converted(tmp_path: Path, content: Any, **more: Any) -> Snapshot:
    return contentful_file_to_snapshot(
        write(tmp_path / "export.json", content), tmp_path / "snapshot", **more
    )


def gaps(snapshot: Snapshot, kind: str = "") -> list[str]:
    """The gaps as lines, or those of one kind."""
    rows = [row for row in snapshot.gaps() if kind in ("", row["kind"])]
    return [f"{row['kind']} {row['uid']}: {row['reason']}" for row in rows]


def rows(snapshot: Snapshot, kind: str, content_type: str = "") -> list[Any]:
    return [*snapshot.objects(Stream(kind, content_type))]


@pytest.mark.parametrize("name", ["covid-19-site-template", "gatsby-multi-locale", "portfolio-garethf89"])
def test_a_real_export_is_read_to_the_last_object(tmp_path: Path, name: str) -> None:
    file = DATASETS / f"{name}.json"
    if not file.exists():
        pytest.skip("the real exports of ../shared/datasets are not here")
    snapshot = contentful_file_to_snapshot(file, tmp_path / "snapshot")
    content = json.loads(file.read_bytes())
    counts = {KINDS[key]: len(items) for key, items in content.items() if items}
    assert snapshot.manifest["counts"] == counts
    held = {
        row["sys"]["id"]: row for stream, _ in snapshot.stream_files() for row in rows(snapshot, *stream[:2])
    }
    for key in ("entries", "assets", "contentTypes"):
        assert all(held[item["sys"]["id"]] == item for item in content[key])
    assert [*snapshot.verify()] == []
    assert all(row["uid"] == "*" for row in snapshot.gaps())  # one for each kind
    assert len({str(row["kind"]) for row in snapshot.gaps()}) == len(snapshot.gaps())
    source = snapshot.manifest["source"]
    assert isinstance(source, dict)
    assert source == {
        "system": "contentful",
        "key": content["entries"][0]["sys"]["space"]["sys"]["id"],
        "host": "",
        "environment": "master",
    }


def test_what_a_file_cannot_hold_is_a_gap_for_each_kind(tmp_path: Path) -> None:
    changed = entry("changed", version=7)
    partly = entry("partly", fieldStatus={"*": {"en-US": "published", "de": "draft"}})
    again = entry("again", publishedCounter=4)
    timeline = {
        "sys": sys("Release", "r", schemaVersion="Release.v2"),
        "title": "R",
        "entities": {"items": []},
    }
    lists: dict[str, list[Any]] = {
        name: [] for name in ("tags", "editorInterfaces", "assets", "webhooks", "roles")
    }
    content = small(entries=[changed, partly, again, entry("hen")], releases=[timeline], **lists)
    found = {row["kind"]: row["reason"] for row in converted(tmp_path, content).gaps()}
    assert (
        found["published_entries"]
        == "what is live of 2 of the entries that were edited since is not in the file"
    )
    assert found["entry_snapshots"] == "older versions of 1 of the entries are not in the file"
    assert found.keys() == {
        *("published_entries", "entry_snapshots", "concepts", "concept_schemes", "extensions"),
        *("app_installations", "ui_config", "release_entries", "release_assets", "scheduled_actions"),
        *("workflow_definitions", "workflows", "tasks", "comments"),
    }


def test_a_list_that_was_skipped_is_a_gap(tmp_path: Path) -> None:
    snapshot = converted(tmp_path, {"entries": [entry("hen")], "tags": None})
    absent = [line for line in gaps(snapshot) if "made without" in line]
    assert absent == [
        "assets *: the file has no list 'assets': it was made without",
        "content_types *: the file has no list 'contentTypes': it was made without",
        "editor_interfaces *: the file has no list 'editorInterfaces': it was made without",
        "locales *: the file has no list 'locales': it was made without",
        "releases *: the file has no list 'releases': it was made without",
        "roles *: the file has no list 'roles': it was made without",
        "tags *: the file has no list 'tags': it was made without",
        "webhooks *: the file has no list 'webhooks': it was made without",
    ]


def test_what_the_exporter_may_have_left_out_is_a_limit(tmp_path: Path) -> None:
    def limits(name: str, **lists: Any) -> set[Any]:
        snapshot = contentful_file_to_snapshot(
            write(tmp_path / f"{name}.json", small(**lists)), tmp_path / name
        )
        return {row["kind"] for row in snapshot.limits()} & {"drafts", "archived"}

    draft = entry("draft", publishedVersion=None)
    archived = entry("owl", publishedVersion=None, archivedVersion=2)
    assert limits("published") == {"drafts", "archived"}
    assert limits("drafts", entries=[draft]) == {"archived"}
    assert limits("all", entries=[draft, archived]) == set()


def test_a_file_made_with_a_delivery_token_holds_what_is_live(tmp_path: Path) -> None:
    live = entry("hen")
    facts = {
        name: value for name, value in live["sys"].items() if "ublished" not in name and name != "version"
    }
    snapshot = converted(tmp_path, small(entries=[{**live, "sys": {**facts, "revision": 4}}]))
    (row,) = rows(snapshot, "entries", "page")
    assert (row["sys"]["version"], row["sys"]["publishedVersion"], row["sys"]["revision"]) == (5, 4, 4)
    made = snapshot.manifest["export"]
    assert isinstance(made, dict)
    assert made["added"] == {"entries: version and publishedVersion, from the revision": 1}


def test_lists_of_other_kinds_are_kept(tmp_path: Path) -> None:
    token = {"sys": sys("DesignToken", "red"), "name": "Red"}
    snapshot = converted(tmp_path, small(designTokens=[token], somethingNew=[{"a": 1}], note="text"))
    assert rows(snapshot, "design_tokens") == [token]
    assert gaps(snapshot, "design_tokens") == [
        "design_tokens *: they are kept in the snapshot, and no import writes them"
    ]
    assert gaps(snapshot, "somethingNew") == [
        "somethingNew *: 'somethingNew' of the file is no list of an export: it was left out"
    ]


def test_credentials_are_redacted(tmp_path: Path) -> None:
    hook = {
        "sys": sys("WebhookDefinition", "w"),
        "name": "W",
        "topics": [],
        "url": "https://u:pw@example.invalid/",
    }
    content = small(webhooks=[hook])
    assert "pw@" not in str(rows(converted(tmp_path, content), "webhooks"))
    kept = contentful_file_to_snapshot(tmp_path / "export.json", tmp_path / "kept", keep_secrets=True)
    assert rows(kept, "webhooks") == [hook]


# --- files of assets ---


def test_files_lie_in_a_folder_beside_the_file(tmp_path: Path) -> None:
    plain, spaced = asset("plain", "plan.pdf", 4), asset("spaced", "der%20Plan.pdf", 4)
    raw, named = asset("raw", "b%C3%A4r.pdf", 4), asset("named", "x.pdf", 4, fileName="a plan.pdf")
    put_file(tmp_path, plain, b"one!")
    put_file(tmp_path, spaced, b"two!")
    put_file(tmp_path, raw, b"thr!", decoded=False)
    (tmp_path / HOST / SPACE / "named" / "token").mkdir(parents=True)
    (tmp_path / HOST / SPACE / "named" / "token" / "a plan.pdf").write_bytes(b"for!")
    snapshot = converted(tmp_path, small(assets=[plain, spaced, raw, named]))
    held = {row["uid"]: snapshot.bytes_of(row["sha256"]).read_bytes() for row in rows(snapshot, "files")}
    addresses = [row["fields"]["file"]["en-US"]["url"] for row in (plain, spaced, raw, named)]
    assert held == dict(zip(addresses, (b"one!", b"two!", b"thr!", b"for!"), strict=True))
    assert gaps(snapshot, "files") == []


def test_an_export_without_a_folder_has_one_gap_of_files(tmp_path: Path) -> None:
    snapshot = converted(tmp_path, small(assets=[asset("a", "a.pdf", 4), asset("b", "b.pdf", 4)]))
    assert gaps(snapshot, "files") == [
        "files *: no file of an asset lies beside the export: it was made without them"
    ]


def test_files_that_are_missing_empty_or_cut_are_named(tmp_path: Path) -> None:
    there, gone, empty = asset("there", "a.pdf", 4), asset("gone", "b.pdf", 4), asset("empty", "c.pdf", 4)
    cut, picture = asset("cut", "d.pdf", 9), asset("picture", "e.png", 9, "image/png")
    for row, content in ((there, b"good"), (empty, b""), (cut, b"short"), (picture, b"encoded anew")):
        put_file(tmp_path, row, content)
    snapshot = converted(tmp_path, small(assets=[there, gone, empty, cut, picture]))
    assert [row["uid"].rpartition("/")[2] for row in rows(snapshot, "files")] == ["e.png", "a.pdf"]
    where = f"{HOST}/{SPACE}"
    assert gaps(snapshot, "files") == [
        f"files //{where}/cut/token/d.pdf: file of asset cut: {where}/cut/token/d.pdf has 5 bytes, the asset says 9",
        f"files //{where}/empty/token/c.pdf: file of asset empty: {where}/empty/token/c.pdf is empty",
        f"files //{where}/gone/token/b.pdf: file of asset gone: it is not in the folder of the export",
    ]


@pytest.mark.parametrize(
    "name", ["../../../../secret.pdf", "..%2F..%2Fsecret.pdf", "%2e%2e/secret.pdf", "a%00b.pdf"]
)
def test_an_address_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.pdf").write_bytes(b"none of yours")
    bad, good = asset("bad", name, 13), asset("good", "a.pdf", 4)
    put_file(folder, good, b"good")
    file = write(folder / "export.json", small(assets=[bad, good]))
    snapshot = contentful_file_to_snapshot(file, tmp_path / "snapshot")
    assert len(rows(snapshot, "files")) == 1


# --- what is wrong with a file ---


@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_that_is_cut_short_is_refused_wherever_it_is_cut(tmp_path: Path, indent: int | None) -> None:
    whole = json.dumps(small(assets=[asset("a", "ä.pdf", 4)]), indent=indent, ensure_ascii=False).encode()
    for cut in range(1, len(whole), len(whole) // 40):
        (tmp_path / "cut.json").write_bytes(whole[:cut])
        with pytest.raises((SnapshotCorrupt, UsageError), match=r"cut\.json"):
            contentful_file_to_snapshot(tmp_path / "cut.json", tmp_path / "snapshot")
        assert not (tmp_path / "snapshot").exists()


def test_where_a_file_is_cut_is_told(tmp_path: Path) -> None:
    text = json.dumps(small())
    (tmp_path / "cut.json").write_text(text[: text.index('"egg"')])
    with pytest.raises(SnapshotCorrupt) as refused:
        contentful_file_to_snapshot(tmp_path / "cut.json", tmp_path / "snapshot")
    where = f"{tmp_path / 'cut.json'} is cut short in or after 'entries', behind item 1"
    assert str(refused.value) == f"{where}: export again, or copy the whole file"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"tags": [{"sys": {"id": "a"}}, {"b": tru }]}',
            "in or after 'tags', behind item 1: Expecting value",
        ),
        ('{"entries": [1]}', "entries, item 1, is no object"),
        ('{"entries": {"a": {}}}', "it is no list"),
        ('{"entries": [{"a": NaN}]}', "in or after 'entries'"),
        ('{"entries": [{"a": 1, "a": 2}]}', "a key is given twice"),
        ('{"entries": []} more', "something follows the object"),
        ('{"entries": [{"sys": {"type": "Entry"}}]}', "entries, item 1, does not say which object it is"),
        ('{"entries": [{"sys": {"id": "hen"}}]}', "entries, item 1, does not say which object it is"),
        ('{"assets": [{"fields": {}}]}', "assets, item 1, does not say which object it is"),
    ],
)
def test_what_is_malformed_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(SnapshotCorrupt, match=r"bad\.json") as refused:
        contentful_file_to_snapshot(tmp_path / "bad.json", tmp_path / "snapshot")
    assert message in str(refused.value)
    assert not (tmp_path / "snapshot").exists()


@pytest.mark.parametrize(
    "content", ['{"name": "package", "version": 1}', "[]", "", "text", '{"entries": null}']
)
def test_another_file_is_no_export(tmp_path: Path, content: str) -> None:
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(UsageError, match=r"other\.json"):
        contentful_file_to_snapshot(tmp_path / "other.json", tmp_path / "snapshot")


def test_two_objects_of_one_id_are_refused_where_they_differ(tmp_path: Path) -> None:
    with pytest.raises(SnapshotCorrupt) as refused:
        converted(tmp_path, small(entries=[entry("hen"), entry("egg"), entry("hen", "another")]))
    assert "'entries' holds two objects of the id hen that differ" in str(refused.value)


def test_an_object_that_is_there_twice_is_kept_once_and_told(tmp_path: Path) -> None:
    """Rows move between the pages of the exporter, so it may write one of them twice."""
    snapshot = converted(tmp_path, small(entries=[entry("hen"), entry("egg"), entry("hen")]))
    assert len(rows(snapshot, "entries", "page")) == 2
    assert gaps(snapshot, "entries") == [
        "entries hen: the file holds it twice, both times alike: it is kept once"
    ]


def test_two_types_of_one_id_are_refused(tmp_path: Path) -> None:
    other = entry("hen")
    other["sys"]["contentType"] = link("ContentType", "article")
    with pytest.raises(SnapshotCorrupt, match="hen"):
        converted(tmp_path, small(entries=[entry("hen"), other]))


# --- which file is meant ---


def test_a_directory_means_the_export_that_lies_in_it(tmp_path: Path) -> None:
    write(tmp_path / "package.json", {"name": "site"})
    file = write(tmp_path / "contentful-export.json", small())
    assert contentful_file(tmp_path) == file
    write(tmp_path / "older.json", small())
    with pytest.raises(UsageError, match=r"contentful-export\.json, older\.json"):
        contentful_file(tmp_path)
    assert contentful_file(tmp_path / "absent") is None


def test_an_unchanged_export_is_read_once(tmp_path: Path) -> None:
    late = asset("late", "a.pdf", 4)
    file, into = write(tmp_path / "export.json", small(assets=[late])), tmp_path / "snapshot"
    first = contentful_file_to_snapshot(file, into)
    made = (into / "manifest.json").stat().st_mtime_ns
    assert contentful_file_to_snapshot(file, into).manifest == first.manifest
    assert (into / "manifest.json").stat().st_mtime_ns == made
    put_file(tmp_path, late, b"here")
    assert gaps(contentful_file_to_snapshot(file, into), "files") == []
    write(file, small(entries=[]))
    assert rows(contentful_file_to_snapshot(file, into), "entries", "page") == []


def test_a_directory_with_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "mine.txt").write_text("kept")
    with pytest.raises(UsageError, match="something else"):
        converted(tmp_path, small())
    assert (tmp_path / "snapshot" / "mine.txt").read_text() == "kept"


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, indent: Any) -> None:
    row = json.dumps(entry("hen", "x" * 500), indent=indent)
    with (tmp_path / "large.json").open("w") as stream:
        stream.write('{\n"entries": [\n')
        for number in range(7000):
            stream.write(f"{', ' if number else ''}{row.replace('hen', f'hen{number}')}")
        stream.write('],\n"locales": []}')
    tracemalloc.start()
    count = sum(1 for _ in VendorFile(tmp_path / "large.json").rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 7002
    assert (tmp_path / "large.json").stat().st_size > 6_000_000
    assert peak < 4_000_000


def test_keys_in_any_order_make_the_same_snapshot(tmp_path: Path) -> None:
    content = small(assets=[], tags=[{"sys": sys("Tag", "t", visibility="private"), "name": "T"}])
    turned = {key: content[key] for key in reversed(content)}
    one = contentful_file_to_snapshot(write(tmp_path / "one.json", content), tmp_path / "one")
    other = contentful_file_to_snapshot(
        write(tmp_path / "other.json", turned, indent=None), tmp_path / "other"
    )
    assert one.manifest == other.manifest
    assert page_type() in rows(one, "content_types")
    assert rows(one, "locales") == [locale()]
