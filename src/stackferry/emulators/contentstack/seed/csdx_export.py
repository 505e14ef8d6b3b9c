"""Reading exports made by the vendor's CLI: the chunked layout of today and the flat one of before.

What is on disk is taken as it is. Only what an exporter is known to change is changed back: a uid that is
only the key of a map, a role that was expanded inside a workflow, a locale that is spelled in two ways.
It shares no code with the client's own reader of the same layouts: both would make the same mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.seed.data import (
    AssetSeed,
    EntrySeed,
    Seed,
    TaxonomySeed,
    TermSeed,
    VariantSeed,
    VersionNameSeed,
)
from stackferry.emulators.contentstack.seed.files import child, read_chunks, read_json, read_object, read_rows
from stackferry.emulators.values import integer_or, text_items
from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from stackferry.model import Json, JsonObject

ROOTS = (".", "stack", "main", "content/main", "content")  # where exports of one branch have their modules
MODULES = ("content_types", "entries", "assets", "locales", "environments", "global_fields")
BACKUP = "_backup_"  # what the vendor's import leaves behind
NOT_A_TYPE = ("__master.json", "__priority.json")
DEFAULT_MASTER = "en-us"


def find_root(place: Path, branch: str | None = None) -> Path:
    """The folder that holds the modules (`entries`, `assets`, …) of an export.

    Raises `UsageError` when there is none, or when there are several branches and none was asked for.
    """
    named = [place / branch] if branch else []
    for root in [*named, *(place / name for name in ROOTS)]:
        if _holds_modules(root):
            return root
    branches = [text(row.get("uid")) for row in read_rows(place / "branches.json")]
    found = [folder for name in branches if (folder := child(place, name)) and _holds_modules(folder)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{place} holds the branches {', '.join(branches)}: name one of them")
    raise UsageError(f"{place} holds no export: none of {', '.join(MODULES)} is there")


def branch_folders(place: Path) -> list[str]:
    """The branches of an export that holds several, `main` first; empty where it holds one."""
    if _holds_modules(place):
        return []
    listed = [text(row.get("uid")) for row in read_rows(place / "branches.json")]
    inner = [folder.name for folder in sorted(place.iterdir()) if folder.is_dir()]
    found = [
        name
        for name in dict.fromkeys([*listed, *inner])
        if not name.startswith((".", BACKUP)) and (folder := child(place, name)) and _holds_modules(folder)
    ]
    return sorted(found, key=lambda name: (name != "main", name)) if len(found) > 1 else []


def _holds_modules(folder: Path) -> bool:
    return any((folder / name).is_dir() for name in MODULES)


def is_chunked(root: Path) -> bool:
    """Whether the export is of the chunked generation.

    The vendor's rule is that no export-info.json means the old one. But version 2 of its CLI writes none and is
    chunked all the same, so the files are looked at too.
    """
    # Version 1 is the old flat generation, 2 the one in chunks.
    version = read_object(root / "export-info.json").get("contentVersion")
    if version is not None:
        return version != 1
    assets = read_object(root / "assets" / "assets.json")  # chunked: names of chunks, else whole rows
    return any((root / "entries").glob("*/*/index.json")) or any(isinstance(x, str) for x in assets.values())


def read_export(place: Path, branch: str | None = None) -> Seed:
    """An export, whole. Raises `UsageError` (no export) and `SnapshotCorrupt` (a file missing or damaged)."""
    root = find_root(place, branch)
    workflows, roles = _workflows(root)
    seed = Seed(
        environments=read_rows(root / "environments/environments.json"),
        extensions=read_rows(root / "extensions/extensions.json"),
        global_fields=_definitions(root / "global_fields", "globalfields.json"),
        labels=read_rows(root / "labels/labels.json"),
        webhooks=read_rows(root / "webhooks/webhooks.json"),
        publish_rules=read_rows(root / "workflows/publishing-rules.json"),
        variant_groups=_variant_groups(root / "personalize/experiences"),
        workflows=workflows,
        roles=roles,
        content_types=_definitions(root / "content_types", "schema.json"),
    )
    types = [text(row.get("uid")) for row in seed.content_types]
    seed.locales, seed.master_locale = _locales(root, types)
    codes = [text(row.get("code")) for row in seed.locales]
    reader = _Reader(root, is_chunked(root), seed.master_locale, codes)
    seed.taxonomies, seed.terms = reader.taxonomies()
    seed.folders, seed.assets = reader.assets()
    for uid in types:
        seed.entries += reader.entries(uid)
        seed.variants += reader.variants(uid)
    for content_type, locale, raw in seed.entries:
        if name := as_object(raw.get("_version_name")):
            version = integer_or(raw.get("_version"), 1)
            seed.version_names.append(
                VersionNameSeed(content_type, text(raw.get("uid")), locale, version, name)
            )
    return seed


def _definitions(folder: Path, name: str) -> list[JsonObject]:
    """Content types or global fields. The named file lists them in order; version 2 of the vendor's CLI writes
    none, and reads one file for each: where both are there, the file counts.
    """
    known = {row.get("uid"): row for row in read_rows(folder / name)}
    files = sorted(path for path in folder.glob("*.json") if path.name not in {name, *NOT_A_TYPE})
    rows = (as_object(read_json(path)) for path in files)
    known |= {row["uid"]: row for row in rows if row.get("uid") and isinstance(row.get("schema"), list)}
    return [*known.values()]


def _workflows(root: Path) -> tuple[list[JsonObject], list[JsonObject]]:
    """Workflows and roles. The exporter writes whole roles into workflows: they become uids again, and roles."""
    roles = {text(row.get("uid")): row for row in read_rows(root / "custom-roles/custom-roles.json")}
    workflows = read_rows(root / "workflows/workflows.json")
    for stage in chain.from_iterable(objects(flow.get("workflow_stages")) for flow in workflows):
        named = as_object(as_object(stage.get("SYS_ACL")).get("roles"))
        expanded = {text(role.get("uid")): role for role in objects(named.get("uids"))}
        if expanded:
            named["uids"] = [*text_items(named["uids"]), *expanded]
            roles = {**expanded, **roles}
    return workflows, list(roles.values())


def _variant_groups(folder: Path) -> list[JsonObject]:
    """A group for each Personalize experience that is linked with the stack."""
    linked = read_object(folder / "experiences-content-types.json")
    groups: list[JsonObject] = []
    for experience in read_rows(folder / "experiences.json"):
        cms = as_object(experience.get("_cms"))
        if not cms.get("variantGroup"):
            continue
        uids: list[Json] = [{"uid": uid} for uid in as_object(cms.get("variants")).values()]
        types = linked.get(text(experience.get("uid")), [])
        group: JsonObject = {"uid": cms["variantGroup"], "name": experience.get("name")}
        groups.append({**group, "content_types": types, "variants": uids})
    return groups


def _locales(root: Path, content_types: list[str]) -> tuple[list[JsonObject], str]:
    """Every locale, the master one first, and its code.

    Without master-locale.json the master is the one without a fallback; else one that others fall back to and no
    row declares; else one that entries use and no row declares; else en-us.
    """
    master_rows = read_rows(root / "locales/master-locale.json")
    rows = [{**row, "fallback_locale": None} for row in master_rows] + read_rows(
        root / "locales/locales.json"
    )
    by_code = {text(row.get("code")): row for row in rows}
    used = _used_locales(root / "entries", content_types)
    masters = [code for code, row in by_code.items() if row.get("fallback_locale", "") is None]
    fallbacks = [text(row.get("fallback_locale")) for row in rows if row.get("fallback_locale")]
    undeclared = [code for code in chain(fallbacks, used) if not _is_declared(code, by_code)]
    master = next(chain(masters, undeclared, fallbacks, [DEFAULT_MASTER]))
    by_code = {master: _locale(master, None), **by_code}
    for code in used:
        if not _is_declared(code, by_code):
            by_code[code] = _locale(code, master)
    by_code[master] = {**by_code[master], "fallback_locale": None}
    return list(by_code.values()), master


def _is_declared(code: str, by_code: Iterable[str]) -> bool:
    return code.lower() in {known.lower() for known in by_code}


def _locale(code: str, fallback: str | None) -> JsonObject:
    name = "English - United States" if code == DEFAULT_MASTER else code
    uid = f"blt{code.encode().hex():0<16.16}"
    return {"code": code, "name": name, "fallback_locale": fallback, "uid": uid}


def _used_locales(folder: Path, content_types: list[str]) -> list[str]:
    """Locales that hold entries. The old exporter writes a file that holds `{}` for every other locale."""
    used: dict[str, None] = {}
    for content_type in content_types:
        home = child(folder, content_type)
        for path in sorted(home.glob("*")) if home and home.is_dir() else []:
            if (path / "index.json").is_file() or (path.suffix == ".json" and read_object(path)):
                used[path.name.removesuffix(".json")] = None
    return list(used)


@dataclass(slots=True)
class _Reader:
    """One export being read: its folder, its generation, and how its locales are spelled."""

    root: Path
    chunked: bool
    master: str
    codes: list[str]
    spelled: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.spelled = {code.lower(): code for code in self.codes}

    def _code(self, name: str) -> str:
        return self.spelled.get(name.lower(), name)

    def taxonomies(self) -> tuple[list[TaxonomySeed], list[TermSeed]]:
        """The file of the master locale, or the only one there is, has the terms; others have names."""
        folder = self.root / "taxonomies"
        taxonomies = [TaxonomySeed(row) for row in read_rows(folder / "taxonomies.json")]
        terms: list[TermSeed] = []
        for uid in [text(taxonomy.raw.get("uid")) for taxonomy in taxonomies]:
            for locale, path in self._taxonomy_files(folder, uid):
                found = read_object(path)
                if locale:
                    taxonomies.append(TaxonomySeed({"uid": uid, **as_object(found.get("taxonomy"))}, locale))
                terms += [TermSeed(uid, term, locale) for term in _parents_first(objects(found.get("terms")))]
        return taxonomies, terms

    def _taxonomy_files(self, folder: Path, uid: str) -> list[tuple[str | None, Path]]:
        found: list[tuple[str | None, Path]] = [(None, folder / f"{uid}.json")]
        for path in sorted(folder.glob(f"*/{uid}.json")):
            code = self._code(path.parent.name)
            found.append((None if code == self.master else code, path))
        files = [(code, path) for code, path in found if path.is_file()]
        return sorted(files, key=lambda file: file[0] or "")

    def assets(self) -> tuple[list[JsonObject], list[AssetSeed]]:
        folder = self.root / "assets"
        rows = list(read_chunks(folder, "assets.json")) if self.chunked else read_rows(folder / "assets.json")
        folders = read_rows(folder / "folders.json") + [row for row in rows if row.get("is_dir") is True]
        files = {text(row.get("uid")): row for row in rows if row.get("is_dir") is not True}
        older = self._older_assets(folder, files)
        found = [AssetSeed(row, self._content(folder, row, None)) for row in files.values()]
        found += [AssetSeed(row, self._content(folder, row, files[text(row["uid"])])) for row in older]
        by_uid = {text(row.get("uid")): row for row in folders}
        return list(by_uid.values()), found

    def _older_assets(self, folder: Path, latest: dict[str, JsonObject]) -> list[JsonObject]:
        """Versions before the latest, where the export was asked for them."""
        if self.chunked:
            rows = list(read_chunks(folder / "versions", "versioned-assets.json"))
        else:
            homes = [home for uid in latest if (home := child(folder, uid))]
            # The old exporter writes the versions of an asset next to its files.
            lists = [read_rows(home / f"_contentstack_{home.name}.json") for home in homes]
            rows = list(chain.from_iterable(lists))
        return [row for row in rows if _is_older(row, latest.get(text(row.get("uid"))))]

    def _content(self, folder: Path, row: JsonObject, latest: JsonObject | None) -> Path | None:
        """The stored file. One folder holds all versions of an asset: a newer file of the same name replaced it."""
        home = child(folder / "files" if self.chunked else folder, text(row.get("uid")))
        path = child(home, text(row.get("filename"))) if home else None
        if path is None or not path.is_file():
            return None
        return None if latest is not None and _is_replaced(row, latest) else path

    def entries(self, content_type: str) -> Iterator[EntrySeed]:
        """Every entry of a content type, older versions first where the export has them."""
        home = child(self.root / "entries", content_type)
        if home is None:
            raise SnapshotCorrupt(f"{self.root / 'content_types'} holds the impossible uid {content_type!r}")
        for locale, rows in self._pages(home):
            latest = {text(row.get("uid")): row for row in rows}
            past = self._older_entries(home, locale)
            older = [row for row in past if _is_older(row, latest.get(text(row.get("uid"))))]
            for row in [*older, *latest.values()]:
                yield EntrySeed(content_type, self._code(locale), self._spell(row))

    def _pages(self, home: Path) -> Iterator[tuple[str, Iterable[JsonObject]]]:
        if not self.chunked:
            for path in sorted(home.glob("*.json")):
                yield path.stem, read_rows(path)
            return
        for folder in sorted(path for path in home.glob("*") if path.is_dir()):
            if (folder / "index.json").is_file():
                yield folder.name, read_chunks(folder, "index.json")
            elif any(folder.glob("*-entries.json")):
                raise SnapshotCorrupt(f"{folder / 'index.json'} is missing: the export was not finished")

    def _older_entries(self, home: Path, locale: str) -> Iterator[JsonObject]:
        if self.chunked:
            files = sorted((home / locale / "versions").glob("*.json"))
        else:
            # The old exporter writes versions to entries/LOCALE/TYPE, its entries to entries/TYPE.
            files = sorted((home.parent / locale / home.name).glob("*/version-*.json"))
        for path in files:
            found = read_json(path)
            yield from objects(found) if isinstance(found, list) else [as_object(found)]

    def _spell(self, row: JsonObject) -> JsonObject:
        """An entry and its publish details name their locales as the stack declares them."""
        details: list[Json] = [
            {**detail, "locale": self._code(text(detail.get("locale")))}
            for detail in objects(row.get("publish_details"))
        ]
        spelled = {"publish_details": details} if details else {}
        return {**row, **spelled, "locale": self._code(text(row.get("locale")))}

    def variants(self, content_type: str) -> Iterator[VariantSeed]:
        home = self.root / "entries" / content_type
        for folder in sorted(home.glob("*/variants/*")) if self.chunked else []:
            locale = self._code(folder.parent.parent.name)
            for row in read_chunks(folder, "index.json"):
                yield VariantSeed(content_type, folder.name, locale, row)


def _is_older(row: JsonObject, latest: JsonObject | None) -> bool:
    return latest is not None and integer_or(row.get("_version"), 1) < integer_or(latest.get("_version"), 1)


def _is_replaced(row: JsonObject, latest: JsonObject) -> bool:
    """Whether the file of a version was overwritten by the latest one, of the same name."""
    return latest.get("filename") == row.get("filename") and latest.get("url") != row.get("url")


def _parents_first(terms: list[JsonObject]) -> list[JsonObject]:
    """The same terms, none before its parent; a term whose parent is not there counts as a root."""
    known = {term.get("uid") for term in terms}
    ordered: list[JsonObject] = []
    placed: set[Json] = set()
    waiting = terms
    while waiting:
        ready = [term for term in waiting if term.get("parent_uid") not in known - placed]
        if not ready:
            return ordered + waiting
        ordered += ready
        placed |= {term.get("uid") for term in ready}
        waiting = [term for term in waiting if term.get("uid") not in placed]
    return ordered
