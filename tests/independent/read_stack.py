"""Reads a whole branch through the API and writes it down in names alone, so that two stacks can be compared.

A uid that the service chose is replaced by the name of its object, wherever it stands: as a value, as a key, in the
middle of a text. An address of an asset is replaced by the asset's name. What the service sets for itself (times,
people, numbers of versions) is left out; where a version is named, its content stands instead.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plain_api import Number, write

if TYPE_CHECKING:
    from plain_api import Api

SERVERS_OWN = {
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "ACL",
    "_in_progress",
    "_version",
    "deleted_at",
}
UID = re.compile(r"(?<![0-9A-Za-z_-])[0-9A-Za-z][0-9A-Za-z_-]{13,31}(?![0-9A-Za-z_-])")
ALWAYS = {"include_count": "true"}
ENTRY = {"include_publish_details": "true", "include_workflow": "true", "include_metadata": "true"}


@dataclass
class Reading:
    """One stack: `found[kind][name]` is an object in names; `known` the name of each uid."""

    api: Api
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    versions: dict[tuple[str, str, str, int], Any] = field(default_factory=dict)

    def name(self, kind: str, uid: str, name: str) -> str:
        label = f"«{kind}:{name}»"
        self.known[uid] = label
        return label

    def put(self, kind: str, name: str, value: Any) -> None:
        kinds = self.found.setdefault(kind, {})
        if name in kinds:
            name = f"{name} (again, {len(kinds)})"
        kinds[name] = value

    # what stands in texts

    def text(self, value: str) -> str:
        value = re.sub(
            re.escape(self.api.origin) + r"/v3/assets/[^/]+/([0-9a-zA-Z_-]+)/[0-9a-zA-Z_-]+/[^\s\"'<>?)]*",
            lambda match: f"«address of {self.known.get(match[1], match[1])}»",
            value,
        )
        return UID.sub(lambda match: self.known.get(match[0], match[0]), value)

    def plain(self, value: Any) -> Any:
        """The value in names; a file is its asset's name, a row's own uid is left out."""
        if isinstance(value, Number):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "filename" in value and "is_dir" in value:
            return self.known.get(value["uid"], value["uid"])
        kept = {key: item for key, item in value.items() if key not in SERVERS_OWN and key != "_metadata"}
        return {self.text(key): self.plain(item) for key, item in kept.items()}


def read_stack(api: Api) -> Reading:
    reading = Reading(api)
    locales = read_settings(reading)
    read_schema(reading)
    read_files(reading, locales)
    read_entries(reading, locales)
    read_people(reading)
    read_releases(reading)
    read_queue(reading)
    return reading


def without(row: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in keys}


def read_settings(reading: Reading) -> list[str]:
    api = reading.api
    locales = sorted(
        api.rows("/locales", "locales"), key=lambda row: (bool(row.get("fallback_locale")), row["code"])
    )
    environments = api.rows("/environments", "environments")
    extensions = api.rows("/extensions", "extensions")
    for row in locales:
        reading.name("locale", row["uid"], row["code"])
    for row in environments:
        reading.name("environment", row["uid"], row["name"])
    for row in extensions:
        reading.name("extension", row["uid"], row["title"])
    for kind, rows, name in (
        ("locale", locales, "code"),
        ("environment", environments, "name"),
        ("extension", extensions, "title"),
    ):
        for row in rows:
            reading.put(kind, row[name], reading.plain(without(row, "uid")))
    read_taxonomies(reading, [row["code"] for row in locales])
    return [row["code"] for row in locales]


def read_taxonomies(reading: Reading, locales: list[str]) -> None:
    api = reading.api
    for row in api.rows("/taxonomies", "taxonomies", include_publish_details="true"):
        details = row.pop("publish_details", []) or []
        reading.put("taxonomy", row["uid"], reading.plain(row))
        live = sorted(f"{reading.known.get(one['environment'])} {one['locale']}" for one in details)
        reading.put("taxonomy live", row["uid"], live)
        terms = api.rows(f"/taxonomies/{row['uid']}/terms", "terms", depth=0, include_order="true")
        places: dict[str, list[str]] = {}
        for term in sorted(terms, key=lambda term: int(term["order"])):
            places.setdefault(term.get("parent_uid") or "", []).append(term["uid"])
            place = {"place": len(places[term.get("parent_uid") or ""])}
            reading.put(
                "term",
                f"{row['uid']}.{term['uid']}",
                {**reading.plain(without(term, "taxonomy_uid", "order")), **place},
            )
        for locale in locales[1:]:
            for name in api.rows("/taxonomies", "taxonomies", locale=locale):
                if name["uid"] == row["uid"]:
                    reading.put("taxonomy name", f"{row['uid']} {locale}", [name["name"], name.get("locale")])
            for name in api.rows(f"/taxonomies/{row['uid']}/terms", "terms", depth=0, locale=locale):
                where = f"{row['uid']}.{name['uid']} {locale}"
                reading.put("term name", where, [name["name"], name.get("locale")])


def read_schema(reading: Reading) -> None:
    api = reading.api
    for row in api.rows("/global_fields", "global_fields"):
        reading.put("global field", row["uid"], reading.plain(row))
    for row in api.rows("/content_types", "content_types"):
        reading.put("content type", row["uid"], reading.plain(row))
    labels = api.rows("/labels", "labels")
    for row in labels:
        reading.name("label", row["uid"], row["name"])
    for row in labels:
        reading.put("label", row["name"], reading.plain(without(row, "uid")))


def read_files(reading: Reading, locales: list[str]) -> None:
    api = reading.api
    rows = api.rows("/assets", "assets", include_folders="true", include_publish_details="true")
    for row in rows:
        reading.name(
            "folder" if row["is_dir"] else "asset", row["uid"], row["name"] if row["is_dir"] else row["title"]
        )
    for row in rows:
        if row["is_dir"]:
            reading.put("folder", row["name"], reading.plain(without(row, "uid")))
            continue
        details = row.get("publish_details") or []
        older = {}
        for one in details:
            if one["version"] != row["_version"] and one["version"] not in older:
                older[one["version"]] = api.get(f"/assets/{row['uid']}", version=one["version"])["asset"]
        shown = {**older, row["_version"]: row}
        name = f"{reading.known.get(row.get('parent_uid') or '', '')}/{row['title']}"
        reading.put("asset", name, asset_of(reading, row))
        reading.put(
            "asset live",
            name,
            {
                f"{reading.known[one['environment']]} {one['locale']}": asset_of(
                    reading, shown[one["version"]]
                )
                for one in details
            },
        )
    del locales


def asset_of(reading: Reading, row: dict[str, Any]) -> Any:
    kept = without(row, "uid", "url", "is_dir", "publish_details", "file_size", *SERVERS_OWN)
    content = reading.api.bytes_of(row["url"])
    return {**reading.plain(kept), "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def read_entries(reading: Reading, locales: list[str]) -> None:
    api = reading.api
    cells: list[tuple[str, str, Any]] = []
    for kind in sorted(reading.found.get("content type", {})):
        for locale in locales:
            rows = api.rows(f"/content_types/{kind}/entries", "entries", locale=locale, **ENTRY)
            cells += [(kind, locale, row) for row in rows if row["locale"] == locale]
    masters: dict[str, Any] = {}
    for kind, _, row in cells:
        reading.known.setdefault(row["uid"], f"«{kind}:{row['title']}»")
        masters.setdefault(row["uid"], row)
    stages = {
        stage["uid"]: stage["name"]
        for row in api.rows("/workflows", "workflows")
        for stage in row["workflow_stages"]
    }
    roles = {role["uid"]: role["name"] for role in api.rows("/roles", "roles")}
    fallbacks = {code: row.get("fallback_locale") for code, row in reading.found["locale"].items()}
    own = {(kind, row["uid"], locale): row for kind, locale, row in cells}
    for kind, locale, row in cells:
        name = f"{reading.known[row['uid']]} {locale}"
        reading.put("entry", name, entry_of(reading, row))
        if row.get("_workflow"):
            shown = row["_workflow"]
            turn = [roles.get(role["uid"], role["uid"]) for role in shown.get("assigned_by_roles") or []]
            stage = stages.get(shown["uid"], shown["uid"])
            reading.put("stage", name, [stage, shown.get("comment") or None, shown.get("due_date"), turn])
        versions = api.rows(f"/content_types/{kind}/entries/{row['uid']}/versions", "versions", locale=locale)
        names = [one["_version_name"]["title"] if "_version_name" in one else None for one in versions]
        reading.put("version names", name, names)
        reading.put(
            "history", name, [version(reading, kind, row["uid"], locale, one["_version"]) for one in versions]
        )
        for one in row.get("publish_details") or []:
            owner = publisher(own, fallbacks, kind, row, one)
            if owner is not None:
                live = version(reading, kind, row["uid"], owner, one["version"])
                where = f"{reading.known[one['environment']]} {one['locale']}"
                reading.put("live", f"{reading.known[row['uid']]} {where}", {"of": owner, "content": live})


def publisher(
    own: dict[tuple[str, str, str], Any],
    fallbacks: dict[str, Any],
    kind: str,
    row: dict[str, Any],
    one: dict[str, Any],
) -> str | None:
    """The language whose document a publication shows; None if another document's list tells it.

    A document lists its own language; the master lists every language. What a language's own document does not list
    with the same environment and time is what it fell back to.
    """
    locale = one["locale"]
    if locale == row["locale"]:
        return str(locale)
    document = own.get((kind, row["uid"], locale))
    if document is not None and any(
        (two["environment"], two["locale"], two["time"]) == (one["environment"], locale, one["time"])
        for two in document.get("publish_details") or []
    ):
        return None
    at = fallbacks.get(locale)
    while at and (kind, row["uid"], at) not in own:
        at = fallbacks.get(at)
    return at or str(row["locale"])


def version(reading: Reading, kind: str, uid: str, locale: str, number: int) -> Any:
    key = (kind, uid, locale, number)
    if key not in reading.versions:
        path = f"/content_types/{kind}/entries/{uid}"
        reading.versions[key] = entry_of(
            reading, reading.api.get(path, locale=locale, version=number)["entry"]
        )
    return reading.versions[key]


def entry_of(reading: Reading, row: dict[str, Any]) -> Any:
    return reading.plain(without(row, "uid", "publish_details", "_workflow", "locale"))


def read_people(reading: Reading) -> None:
    api = reading.api
    for row in api.rows("/webhooks", "webhooks"):
        reading.put("webhook", row["name"], reading.plain(without(row, "uid")))
    roles, flows = api.rows("/roles", "roles"), api.rows("/workflows", "workflows")
    rules = api.rows("/workflows/publishing_rules", "publishing_rules")
    for row in roles:
        reading.name("role", row["uid"], row["name"])
    for row in flows:
        reading.name("workflow", row["uid"], row["name"])
        for stage in row["workflow_stages"]:
            reading.name("stage", stage["uid"], f"{row['name']}/{stage['name']}")
    for row in roles:
        reading.put(
            "role", row["name"], reading.plain(without(row, "uid", "stack", "owner", "permissions", "users"))
        )
    for row in flows:
        reading.put("workflow", row["name"], reading.plain(without(row, "uid")))
    for row in rules:
        value = reading.plain(without(row, "uid"))
        reading.put("publish rule", write(value), value)


def read_releases(reading: Reading) -> None:
    api = reading.api
    for row in api.rows("/releases", "releases"):
        reading.name("release", row["uid"], row["name"])
        kept = without(row, "uid", "items", "status", "items_count", "sys_version")
        items = api.rows(f"/releases/{row['uid']}/items", "items")
        value = {
            **reading.plain(kept),
            "items": sorted((item_of(reading, item) for item in items), key=write),
        }
        reading.put("release", row["name"], value)


def item_of(reading: Reading, item: dict[str, Any]) -> Any:
    kind, uid = item["content_type_uid"], item["uid"]
    if kind in ("built_io_upload", "sys_assets"):
        shown = asset_of(reading, reading.api.get(f"/assets/{uid}", version=item["version"])["asset"])
    else:
        shown = version(reading, kind, uid, item["locale"], item["version"])
    kept = without(item, "version", "title", "uid")
    return {**reading.plain(kept), "of": reading.known.get(uid, uid), "content": shown}


def read_queue(reading: Reading) -> None:
    for row in reading.api.rows("/publish-queue", "queue"):
        status = (
            row.get("publish_details", {}).get("status")
            if isinstance(row.get("publish_details"), dict)
            else None
        )
        if status != "scheduled":
            continue
        value = reading.plain(without(row, "uid"))
        reading.put("schedule", write(dict(sorted(value.items()))), True)
