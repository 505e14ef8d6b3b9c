"""Loading real content into the emulator: read a folder, make a stack of it.

A folder is a snapshot of stackferry, as docs/format.md describes it, or an export of the vendor's CLI. A snapshot's
manifest says which file holds what; digests are not checked here: that is what `verify` is for. Loading goes past the
emulated API, by the raw-insert methods: uids, versions and times are the source's, and what the API would refuse is
exactly what real stacks hold.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, get_args

from stackferry.emulators.contentstack.seed.csdx_export import branch_folders, read_export
from stackferry.emulators.contentstack.seed.data import (
    AssetSeed,
    EntrySeed,
    ReleaseSeed,
    Seed,
    TaxonomySeed,
    TermSeed,
    VariantSeed,
    VersionNameSeed,
)
from stackferry.emulators.contentstack.seed.files import read_object, read_records
from stackferry.emulators.contentstack.stack import StackKind
from stackferry.emulators.contentstack.state import BranchKind
from stackferry.emulators.values import integer_or
from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from stackferry.emulators.contentstack import Emulator
    from stackferry.emulators.contentstack.stack import Stack
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject

__all__ = ["Seed", "add_seeded_stack", "load", "read_seed", "read_seeds"]


def read_seed(place: Path, branch: str | None = None) -> Seed:
    """What a folder holds: a snapshot, or an export by the vendor's CLI, of one branch.

    Raises `UsageError` when it is neither, `SnapshotCorrupt` naming a file that is missing or damaged.
    """
    if not place.is_dir():
        raise UsageError(f"{place} is not a folder")
    is_snapshot = "format" in read_object(place / MANIFEST)
    return read_snapshot(place) if is_snapshot else read_export(place, branch)


def read_seeds(place: Path) -> dict[str, Seed]:
    """What a folder holds, by branch. One that holds a single branch is served as `main`, whatever it was called."""
    branches = branch_folders(place) if place.is_dir() else []
    return {name: read_export(place, name) for name in branches} or {"main": read_seed(place)}


def add_seeded_stack(
    emu: Emulator,
    seed: Seed,
    *,
    api_key: str,
    management_token: str,
    invent_files: bool = False,
    branches: Mapping[str, Seed] | None = None,
) -> Stack:
    """A new stack that holds the seed on its branch `main`, and those of other branches."""
    stack = emu.add_stack(
        api_key=api_key, management_token=management_token, master_locale=seed.master_locale
    )
    load(stack, seed, invent_files=invent_files)
    for name, other in (branches or {}).items():
        stack.branches[name] = emu.new_branch(name, other.master_locale, stack.user)
        load(stack, other, invent_files=invent_files, branch=stack.branches[name])
    return stack


def load(stack: Stack, seed: Seed, *, invent_files: bool = False, branch: Branch | None = None) -> None:
    """Put a seed into a branch (None: `main`) of a stack that exists; objects of the same uid are replaced.

    With `invent_files` an asset whose file is missing gets bytes that are made up; without it its download answers 404.
    """
    branch = branch or stack.main
    _put_definitions(stack, branch, seed)
    _put_assets(branch, seed, invent_files=invent_files)
    _put_entries(branch, seed)
    for release in seed.releases:
        branch.put_release(release.raw, release.items)
    for item in seed.queue:
        branch.put_queue_item(item)


def _put_definitions(stack: Stack, branch: Branch, seed: Seed) -> None:
    for kind in get_args(StackKind):
        for raw in getattr(seed, kind):
            stack.put(kind, raw)
    for taxonomy in seed.taxonomies:
        stack.put_taxonomy(taxonomy.raw, taxonomy.locale)
    for term in seed.terms:
        stack.put_term(term.taxonomy, term.raw, term.locale)
    _put_in_branch(branch, seed)


def _put_in_branch(branch: Branch, seed: Seed) -> None:
    for raw in seed.locales:
        branch.put_locale(raw, is_master=raw.get("code") == seed.master_locale)
    for raw in seed.content_types:
        branch.put_content_type(raw)
    for kind in get_args(BranchKind):
        for raw in getattr(seed, kind):
            branch.put(kind, raw)


def _put_assets(branch: Branch, seed: Seed, *, invent_files: bool) -> None:
    for raw in seed.folders:
        branch.put_asset({"is_dir": True, **raw})
    for asset in seed.assets:
        content = asset.content
        if content is None and invent_files:
            version = integer_or(asset.raw.get("_version"), 1)
            content = f"stand-in for {text(asset.raw.get('uid'))} {version}\n".encode()
        branch.put_asset(asset.raw, content)


def _put_entries(branch: Branch, seed: Seed) -> None:
    # A real stack holds the versions before the latest, and an older one may be what is live.
    for entry in with_missing_versions(seed.entries):
        branch.put_entry_version(entry.content_type, entry.locale, entry.raw)
    for name in seed.version_names:
        branch.put_version_name(name.content_type, name.uid, name.locale, name.version, name.name)
    for variant in seed.variants:
        branch.put_variant(variant.content_type, variant.uid, variant.locale, variant.raw)


def with_missing_versions(entries: list[EntrySeed]) -> list[EntrySeed]:
    """The same versions and every one that is missing below them, each document's oldest first.

    A missing version is a copy of the next one that is known, under a title that has its number.
    """
    documents: dict[tuple[str, str, str], dict[int, EntrySeed]] = {}
    for entry in entries:
        key = (entry.content_type, entry.locale, text(entry.raw.get("uid")))
        documents.setdefault(key, {})[integer_or(entry.raw.get("_version"), 1)] = entry
    return [version for known in documents.values() for version in _all_versions(known)]


def _all_versions(known: dict[int, EntrySeed]) -> Iterator[EntrySeed]:
    left_out = ("publish_details", "_workflow", "_version_name")  # these belong to the version that has them
    for number in sorted({*known, *range(1, max(known))}):
        if number in known:
            yield known[number]
            continue
        later = known[min(later for later in known if later > number)]
        raw: JsonObject = {key: value for key, value in later.raw.items() if key not in left_out}
        if title := text(raw.get("title")):
            raw["title"] = f"{title} (version {number})"
        yield later._replace(raw={**raw, "_version": number})


MANIFEST = "manifest.json"
PLAIN = (  # kinds whose rows are raw objects of the API
    "locales", "environments", "extensions", "global_fields", "content_types", "labels", "roles", "workflows",
    "publish_rules", "webhooks", "variant_groups", "metadata", "folders",
)  # fmt: skip


def read_snapshot(place: Path) -> Seed:
    """A snapshot, whole. Raises `SnapshotCorrupt` naming the listed file that is not there."""
    manifest = read_object(place / MANIFEST)
    files = _Files(place, objects(manifest.get("files")))
    seed = Seed(master_locale=text(manifest.get("master_locale")) or "en-us")
    for kind in PLAIN:
        setattr(seed, kind, list(files.rows(kind)))
    _read_taxonomies(files, seed)
    seed.assets = list(files.assets())
    versions = [EntrySeed(ct, locale, row) for ct, locale, row in files.scoped("versions")]
    seed.entries = versions + [EntrySeed(ct, locale, row) for ct, locale, row in files.scoped("entries")]
    seed.version_names = list(_version_names(files))
    seed.variants = [
        VariantSeed(ct, text(row.get("uid")), locale, as_object(row.get("variant")))
        for ct, locale, row in files.scoped("variants")
    ]
    seed.releases = list(files.releases())
    seed.queue = list(files.rows("schedules"))
    return seed


def _read_taxonomies(files: _Files, seed: Seed) -> None:
    seed.taxonomies = [TaxonomySeed(row) for row in files.rows("taxonomies")]
    seed.terms = [
        TermSeed(text(row.get("taxonomy")), as_object(row.get("term"))) for row in files.rows("terms")
    ]
    for row in files.rows("translations"):
        code, names = text(row.get("locale")), as_object(row.get("names"))
        if "term" in row:
            seed.terms.append(TermSeed(text(row.get("taxonomy")), names, code))
        else:
            seed.taxonomies.append(TaxonomySeed(names, code))


def _version_names(files: _Files) -> Iterator[VersionNameSeed]:
    for content_type, locale, row in files.scoped("history"):
        for version in objects(row.get("versions")):
            if name := as_object(version.get("_version_name")):
                number = integer_or(version.get("_version"), 1)
                yield VersionNameSeed(content_type, text(row.get("uid")), locale, number, name)


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
            items.setdefault(row.get("release"), []).append(as_object(row.get("item")))
        for raw in self.rows("releases"):
            yield ReleaseSeed(raw, items.get(raw.get("uid"), []))
