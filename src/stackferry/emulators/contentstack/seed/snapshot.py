"""Reading stackferry's own snapshots, as docs/format.md describes them.

The manifest says which file holds what. Digests are not checked here: that is what `verify` is for.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.seed.data import (
    AssetSeed,
    EntrySeed,
    NameSeed,
    ReleaseSeed,
    Seed,
    TaxonomySeed,
    TermSeed,
    VariantSeed,
)
from stackferry.emulators.contentstack.seed.files import read_object, read_records
from stackferry.emulators.values import obj, objs, text, whole
from stackferry.errors import SnapshotCorrupt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.model import Json, JsonObject

MANIFEST = "manifest.json"
PLAIN = (  # kinds whose rows are raw objects of the API
    "locales", "environments", "extensions", "global_fields", "content_types", "labels", "roles", "workflows",
    "publish_rules", "webhooks", "variant_groups", "folders",
)  # fmt: skip


def is_snapshot(place: Path) -> bool:
    """Whether the folder is a finished snapshot."""
    return (place / MANIFEST).is_file() and "format" in read_object(place / MANIFEST)


def read_snapshot(place: Path) -> Seed:
    """A snapshot, whole. Raises `SnapshotCorrupt` naming the listed file that is not there."""
    manifest = read_object(place / MANIFEST)
    files = _Files(place, objs(manifest.get("files")))
    seed = Seed(master_locale=text(manifest.get("master_locale")) or "en-us")
    for kind in PLAIN:
        setattr(seed, kind, list(files.rows(kind)))
    seed.taxonomies = [TaxonomySeed(row) for row in files.rows("taxonomies")]
    seed.terms = [_term(row) for row in files.rows("terms")]
    for row in files.rows("translations"):
        taxonomy, code, names = text(row.get("taxonomy")), text(row.get("locale")), obj(row.get("names"))
        if "term" in row:
            seed.terms.append(TermSeed(taxonomy, names, code))
        else:
            seed.taxonomies.append(TaxonomySeed(names, code))
    seed.assets = list(files.assets())
    versions = [EntrySeed(ct, locale, row) for ct, locale, row in files.scoped("versions")]
    seed.entries = versions + [EntrySeed(ct, locale, row) for ct, locale, row in files.scoped("entries")]
    seed.names = list(chain.from_iterable(_names(*scoped) for scoped in files.scoped("history")))
    seed.variants = [
        VariantSeed(ct, text(row.get("uid")), locale, obj(row.get("variant")))
        for ct, locale, row in files.scoped("variants")
    ]
    seed.releases = list(files.releases())
    seed.queue = list(files.rows("schedules"))
    return seed


def _term(row: JsonObject) -> TermSeed:
    return TermSeed(text(row.get("taxonomy")), obj(row.get("term")), None)


def _names(content_type: str, locale: str, row: JsonObject) -> Iterator[NameSeed]:
    for version in objs(row.get("versions")):
        name = obj(version.get("_version_name"))
        if name:
            number = whole(version.get("_version"), 1)
            yield NameSeed(content_type, text(row.get("uid")), locale, number, name)


class _Files:
    """The files that a manifest lists, by kind."""

    def __init__(self, place: Path, listed: list[JsonObject]) -> None:
        self._place = place
        self._listed = listed

    def _of(self, kind: str) -> Iterator[tuple[JsonObject, Path]]:
        for row in self._listed:
            if row.get("kind") == kind:
                yield row, self._path(text(row.get("path")))

    def _path(self, name: str) -> Path:
        if name.startswith("/") or ".." in name.split("/"):
            raise SnapshotCorrupt(f"{self._place / MANIFEST} names a file outside the snapshot: {name}")
        return self._place / name

    def rows(self, kind: str) -> Iterator[JsonObject]:
        for _, path in self._of(kind):
            yield from read_records(path)

    def scoped(self, kind: str) -> Iterator[tuple[str, str, JsonObject]]:
        """Rows with the content type and the locale that the manifest gives for their file."""
        for row, path in self._of(kind):
            for record in read_records(path):
                yield text(row.get("content_type")), text(row.get("locale")), record

    def assets(self) -> Iterator[AssetSeed]:
        digests: dict[tuple[Json, Json], str] = {
            (row.get("uid"), row.get("version")): text(row.get("sha256")) for row in self.rows("files")
        }
        for raw in chain(self.rows("asset_versions"), self.rows("assets")):
            digest = digests.get((raw.get("uid"), raw.get("_version")))
            yield AssetSeed(raw, self._path(f"files/{digest[:2]}/{digest}") if digest else None)

    def releases(self) -> Iterator[ReleaseSeed]:
        items: dict[Json, list[JsonObject]] = {}
        for row in self.rows("release_items"):
            items.setdefault(row.get("release"), []).append(obj(row.get("item")))
        for raw in self.rows("releases"):
            yield ReleaseSeed(raw, items.get(raw.get("uid"), []))
