"""Compares the whole content of two live stacks whose uids differ: what a round trip must leave equal.

`dump` reads a stack with nothing but the standard library, after the API pages; `compare` lists every difference. Not
compared: uids, times, users, version numbers, and what the API adds by itself. A version is compared by its body: what
is published or pinned by a release is compared as content, whatever its number is in the other stack.
Must never import from `src`: shared code would make both agree with the same mistake.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from oracle_differences import differences
from oracle_graph import Canonizer, Graph, Node, stored_name
from oracle_http import PAGE, Api, DumpError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

Json = Any
Row = dict[str, Any]
# Keys that the service sets, at the top of any object.
NOISE = frozenset(
    [
        "uid",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "deleted_at",
        "_version",
        "ACL",
        "SYS_ACL",
        "DEFAULT_ACL",
        "stackHeaders",
        "urlPath",
        "api_key",
        "org_uid",
        "publish_details",
        "_workflow",
        "_in_progress",
        "_branch",
        "last_activity",
        "inbuilt_class",
        "maintain_revisions",
        "abilities",
        "terms_count",
        "items_count",
        "sys_version",
        "owner",
        "users",
    ]
)
ENTRY_NOISE = frozenset(
    [
        "uid",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "_version",
        "ACL",
        "publish_details",
        "_workflow",
        "_in_progress",
        "_branch",
        "_version_name",
        "stackHeaders",
        "urlPath",
        "content_type_uid",
        "locale",
        "published",
    ]
)
ASSET_NOISE = NOISE | {"url", "file_size", "is_dir", "dimension", "locale", "_version_name"}
SYSTEM_ROLES = frozenset(
    {"Admin", "Developer", "Content Manager"}
)  # every stack has them; no call makes them


@dataclass
class Dump:
    """A stack as nodes of a graph. `skipped` are the listings that the stack does not serve."""

    nodes: list[Node] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many objects of a kind there are; for entries, how many localized documents."""
        nodes = [node for node in self.nodes if node.kind == kind]
        return sum(len(node.content["documents"]) for node in nodes) if kind == "entry" else len(nodes)


def dump(origin: str, api_key: str, token: str, branch: str = "main", *, versions: bool = False) -> Dump:
    """Read a whole branch. With `versions` also every version's body and the names of versions.

    Raises `DumpError` when a listing is refused or does not hold as many rows as it counts.
    """
    api = Api(origin, {"api_key": api_key, "authorization": token, "branch": branch})
    try:
        return _Reader(api, versions=versions).read()
    finally:
        api.close()


def compare(a: Dump, b: Dump, *, ignore: Collection[str] = ()) -> list[str]:
    """Every difference between two dumps, each as a line of text; an empty list when there is none.

    `ignore` names kinds (`"webhook"`) or top-level fields of a kind (`"webhook.disabled"`) to leave out.
    """
    found = differences(Graph(_without(a.nodes, ignore)), Graph(_without(b.nodes, ignore)))
    unread = [f"{path} is served by one stack only" for path in {*a.skipped} ^ {*b.skipped}]
    return sorted(each.line for each in found) + sorted(unread)


def equal_objects(a: Dump, b: Dump) -> tuple[int, int]:
    """How many objects of `a` are in `b` with no difference of their own, and how many `a` has."""
    damaged = {each.uid for each in differences(Graph(a.nodes), Graph(b.nodes))} - {""}
    return len(a.nodes) - len(damaged), len(a.nodes)


def _without(nodes: Iterable[Node], ignore: Collection[str]) -> Iterator[Node]:
    for node in nodes:
        if node.kind in ignore:
            continue
        content = {key: item for key, item in node.content.items() if f"{node.kind}.{key}" not in ignore}
        bags = {key: item for key, item in node.bags.items() if f"{node.kind}.{key}" not in ignore}
        yield Node(node.kind, node.uid, node.label, content, bags)


@dataclass
class _Reader:
    api: Api
    versions: bool
    found: Dump = field(default_factory=Dump)

    def read(self) -> Dump:
        self._fetch()
        self._index_uids()
        nodes = self.found.nodes
        nodes += self._stack_nodes()
        nodes += list(self._taxonomies())
        nodes += [self._simple_node("folder", row, row["name"], row["uid"]) for row in self.folders]
        nodes += [self._asset(row) for row in self.assets]
        nodes += list(self._entry_nodes())
        self.contents = {node.uid: node.content for node in nodes}
        nodes += [self._release(row) for row in self.releases]
        nodes += [self._schedule(row) for row in self.api.pages("/publish-queue", "queue") if _waits(row)]
        self.found.skipped = sorted(set(self.api.missing))
        return self.found

    def _fetch(self) -> None:
        """Read every listing of objects that others refer to by uid."""
        api = self.api
        self.locales = api.pages("/locales", "locales")
        self.environments = api.pages("/environments", "environments")
        self.types = api.pages("/content_types", "content_types", include_global_field_schema="false")
        self.groups: list[Row] = (api.get("/variant_groups") or {}).get("variant_groups") or []
        self.folders = api.pages("/assets", "assets", query={"is_dir": True}, include_folders="true")
        files = api.pages("/assets", "assets", include_publish_details="true", query={"is_dir": False})
        self.assets = [row for row in files if row.get("is_dir") is not True]
        self.entries = list(self._entries())
        self.simple = {kind: api.pages(path, key) for kind, path, key in _SIMPLE_KINDS}
        roles = [row for row in api.pages("/roles", "roles") if row.get("name") not in SYSTEM_ROLES]
        self.simple["role"] = [row for row in roles if not row.get("system_role")]
        self.releases = api.pages("/releases", "releases")
        self.metadata = api.pages("/metadata", "metadata", include_publish_details="true")

    def _index_uids(self) -> None:
        """Which uids the stack has, and for which of them a name stands that both stacks share."""
        rows = [
            *self.folders,
            *self.assets,
            *self.releases,
            *self.metadata,
            *(row for _, _, row in self.entries),
        ]
        known = [row["uid"] for row in [*rows, *(row for found in self.simple.values() for row in found)]]
        self.canon = Canonizer(known, self._aliases(self.simple["workflow"])).value
        self.bodies: dict[tuple[str, ...], Any] = {}

    def _stack_nodes(self) -> Iterator[Node]:
        yield from (self._simple_node("locale", row, row["code"]) for row in self.locales)
        yield from (self._simple_node("environment", row, row["name"]) for row in self.environments)
        yield from (self._schema("content type", row) for row in self.types)
        for row in self.api.pages("/global_fields", "global_fields"):
            yield self._schema("global field", row)
        for kind, found in self.simple.items():
            for row in found:
                yield self._simple_node(kind, row, row.get("name") or row.get("title", ""), row["uid"])
        yield from (self._group(row) for row in self.groups)
        yield from (self._metadata(row) for row in self.metadata)

    def _metadata(self, row: Row) -> Node:
        """What an extension keeps for an object, and where it is live; a stack's own key is no difference."""
        live = sorted([one["environment"], one["locale"]] for one in row.get("publish_details") or [])
        referred = [
            {key: item for key, item in one.items() if key != "api_key"} for one in row.get("refers_to") or []
        ]
        return self._simple_node("metadata", {**row, "live": live, "refers_to": referred}, "", row["uid"])

    def _aliases(self, workflows: list[Row]) -> dict[str, str]:
        """A name for each uid of an environment, language, workflow stage or variant: these are matched by name."""
        aliases = {row["uid"]: f"environment:{row['name']}" for row in self.environments}
        aliases |= {row["uid"]: f"locale:{row['code']}" for row in self.locales if "uid" in row}
        for flow in workflows:
            for stage in flow.get("workflow_stages") or []:
                aliases[stage["uid"]] = f"stage:{flow['name']}/{stage['name']}"
        for group in self.groups:
            for place, variant in enumerate(group.get("variants") or []):
                aliases[variant["uid"]] = f"variant:{group['name']}/{variant.get('name', place)}"
        return aliases

    def _simple_node(self, kind: str, row: Row, label: str, uid: str = "") -> Node:
        noise = NOISE - {"SYS_ACL"} if kind == "workflow" else NOISE
        if kind == "role":  # the stack, a person, and what the service computes from the rules
            noise |= {"stack", "owner", "permissions"}
        content = {key: item for key, item in row.items() if key not in noise}
        return Node(kind, uid or f"{kind} {label}", label, self.canon(content))

    def _schema(self, kind: str, row: Row) -> Node:
        content = {key: item for key, item in row.items() if key not in NOISE}
        return Node(kind, f"{kind} {row['uid']}", row["uid"], {"own": row["uid"], **self.canon(content)})

    def _group(self, row: Row) -> Node:
        variants = [self.canon(variant["uid"], "uid") for variant in row.get("variants") or []]
        types = sorted(json.dumps(one, sort_keys=True) for one in row.get("content_types") or [])
        return Node("variant group", row["uid"], row["name"], {"types": types, "variants": variants})

    def _taxonomies(self) -> Iterator[Node]:
        for row in self.api.pages("/taxonomies", "taxonomies"):
            uid = row["uid"]
            yield self._simple_node("taxonomy", row, uid)
            for code in [locale["code"] for locale in self.locales]:
                path = f"/taxonomies/{quote(uid)}/terms"
                asked: Row = {"depth": 0, "locale": code, "include_order": "true"}
                terms = [*self.api.pages(path, "terms", **asked)]
                for term in terms:
                    content = {key: term.get(key) for key in ("uid", "name", "parent_uid")}
                    content["before"] = _siblings_before(term, terms)
                    label = f"{uid}/{term['uid']}/{code}"
                    yield Node("term", f"term {label}", label, {**content, "locale": code})
        yield from self._live_taxonomies()

    def _live_taxonomies(self) -> Iterator[Node]:
        """Where each taxonomy is published; a row lists what is in its own language."""
        for code in [locale["code"] for locale in self.locales]:
            asked: Row = {"locale": code, "include_publish_details": "true"}
            for row in self.api.pages("/taxonomies", "taxonomies", **asked):
                if details := [one for one in row.get("publish_details") or [] if one["locale"] == code]:
                    where = sorted(self.canon(one["environment"], "environment") for one in details)
                    label = f"{row['uid']}/{code}"
                    yield Node("live taxonomy", f"live {label}", label, {"environments": where})

    def _asset(self, row: Row) -> Node:
        body = self._asset_body(row)
        published = [
            self._asset_publication(row, detail, body) for detail in row.get("publish_details") or []
        ]
        numbers = range(1, row["_version"] + 1) if self.versions else ()
        history = {"": [self._asset_version(row, number, body) for number in numbers]}
        content = {**body, "history": history} if self.versions else body
        return Node(
            "asset", row["uid"], row.get("title") or row["filename"], content, {"published": published}
        )

    def _asset_body(self, row: Row) -> Row:
        kept = {key: item for key, item in row.items() if key not in ASSET_NOISE}
        digest = self.api.sha256(row["url"])
        description = kept.pop("description", None) or ""
        name = stored_name(kept.pop("filename", None) or "")
        return {**self.canon(kept), "filename": name, "description": description, "bytes": digest}

    def _asset_publication(self, row: Row, detail: Row, latest: Row) -> Row:
        where = {"environment": self.canon(detail["environment"], "environment"), "locale": detail["locale"]}
        return {**where, "body": self._asset_version(row, detail.get("version"), latest)}

    def _asset_version(self, row: Row, version: int | None, latest: Row | None) -> Any:
        if version is None or version == row["_version"]:
            return "latest"
        found = self.api.get(f"/assets/{row['uid']}", version=version)
        body = self._asset_body(found["asset"]) if found else "unknown"
        return "latest" if body == latest else body

    def _entries(self) -> Iterator[tuple[str, str, Row]]:
        more = {"include_publish_details": "true", "include_workflow": "true"}
        for kind in self.types:
            for locale in self.locales:
                code = locale["code"]
                path = f"/content_types/{kind['uid']}/entries"
                rows = self.api.pages(path, "entries", locale=code, query={"locale": code}, **more)
                yield from ((kind["uid"], code, row) for row in rows)

    def _entry_nodes(self) -> Iterator[Node]:
        by_uid: dict[tuple[str, str], dict[str, Row]] = {}
        for kind, code, row in self.entries:
            if row.get("locale") != code:
                raise DumpError(f"{kind} {row['uid']} was listed under {code} and is {row.get('locale')}")
            by_uid.setdefault((kind, row["uid"]), {})[code] = row
        for (kind, uid), rows in by_uid.items():
            documents = {code: self._entry_body(row) for code, row in rows.items()}
            content: Row = {"type": kind, "documents": documents}
            stages = {code: self._stage(row) for code, row in rows.items() if row.get("_workflow")}
            if stages:
                content["stages"] = stages
            if self.versions:
                content["history"] = {code: self._history(kind, row) for code, row in rows.items()}
            label = next(str(row.get("title") or uid) for row in rows.values())
            bags = {
                "published": list(self._published(kind, rows)),
                "variants": self._variants(kind, uid, rows),
            }
            yield Node("entry", uid, f"{kind}: {label}", content, bags)

    def _entry_body(self, row: Row) -> Row:
        kept = {key: item for key, item in row.items() if key not in ENTRY_NOISE}
        found: Row = self.canon({"tags": [], **kept})
        return found

    def _stage(self, row: Row) -> str | None:
        uid = row["_workflow"].get("uid") or row["_workflow"].get("workflow_stage_uid")
        return self.canon(uid) if isinstance(uid, str) else None

    def _published(self, kind: str, rows: dict[str, Row]) -> Iterator[Row]:
        """What is live: as the language's own document lists it, or another document if that one does not."""
        live: dict[tuple[str, str], tuple[str, Row]] = {}
        for code, row in rows.items():
            for detail in row.get("publish_details") or []:
                key = (detail["environment"], detail["locale"])
                if key not in live or code == detail["locale"]:
                    live[key] = (code, detail)
        for (environment, locale), (code, detail) in live.items():
            row = rows[self._owner(rows, code, detail)]
            where = {"environment": self.canon(environment, "environment"), "locale": locale}
            yield {**where, "of": row["locale"], "body": self._version(kind, row, detail["version"])}

    def _owner(self, rows: dict[str, Row], lister: str, detail: Row) -> str:
        """Whose version is live: the nearest that there was, itself only if its own document lists it."""
        codes = [code for code in self._shown_languages(detail["locale"], rows) if code != detail["locale"]]
        codes = [lister, *codes] if lister == detail["locale"] else [*codes, lister]
        for code in codes:
            was_there = str(rows[code].get("created_at") or "") <= str(detail.get("time") or "~")
            if was_there and detail["version"] <= rows[code]["_version"]:
                return code
        return lister

    def _shown_languages(self, code: str | None, rows: Collection[str]) -> Iterator[str]:
        """The languages of an entry's documents that a language falls back to, the nearest first, itself included."""
        fallback = {row["code"]: row.get("fallback_locale") for row in self.locales}
        while code:
            if code in rows:
                yield code
            code = fallback.pop(code, None)

    def _version(self, kind: str, row: Row, version: int) -> Any:
        """The body of a version, or "latest" where it equals the latest one."""
        if version == row["_version"]:
            return "latest"
        body = self._body_at(kind, row["uid"], row["locale"], version)
        return "latest" if body == self._entry_body(row) else body

    def _body_at(self, kind: str, uid: str, code: str, version: int) -> Any:
        key = (kind, uid, code, str(version))
        if key not in self.bodies:
            path = f"/content_types/{kind}/entries/{uid}"
            found = self.api.get(path, locale=code, version=version)
            self.bodies[key] = self._entry_body(found["entry"]) if found else "unknown"
        return self.bodies[key]

    def _history(self, kind: str, row: Row) -> list[Any]:
        path = f"/content_types/{kind}/entries/{row['uid']}/versions"
        found = self.api.get(path, locale=row["locale"], limit=PAGE) or {}
        listed = sorted(found.get("versions") or [], key=lambda one: one["_version"])
        return [
            {"body": self._version(kind, row, one["_version"]), "name": _name(one.get("_version_name"))}
            for one in listed
        ]

    def _variants(self, kind: str, uid: str, rows: dict[str, Row]) -> list[Row]:
        if not self.groups:
            return []
        path = f"/content_types/{kind}/entries/{uid}/variants"
        found = []
        for code in rows:
            for row in (self.api.get(path, locale=code, limit=PAGE) or {}).get("entries") or []:
                change = {key: row["_variant"].get(key) for key in ("_uid", "_change_set", "_order")}
                found.append({"locale": code, "change": self.canon(change), "body": self._variant_body(row)})
        return found

    def _variant_body(self, row: Row) -> Row:
        return self._entry_body({key: item for key, item in row.items() if key != "_variant"})

    def _release(self, row: Row) -> Node:
        found = self.api.get(f"/releases/{row['uid']}/items", headers={"release_version": "2.0"}) or {}
        items = [self._item(item) for item in found.get("items") or []]
        content = {
            "name": row["name"],
            "description": row.get("description") or "",
            "locked": row.get("locked"),
        }
        return Node("release", row["uid"], row["name"], content, {"items": items})

    def _schedule(self, row: Row) -> Node:
        """A publish that is still to come."""
        what = row[row["type"]]
        named = {"content_type_uid": row["content_type"]["uid"], "action": row["action"]}
        item = self._item(
            {**named, "uid": what["uid"], "locale": what["locale"], "version": what.get("version")}
        )
        where = {key: self.canon(row[key], key) for key in ("environment", "locale", "scheduled_at")}
        return Node("schedule", row["uid"], row["scheduled_at"], {"item": item, "where": where})

    def _item(self, item: Row) -> Row:
        kind, locale = item["content_type_uid"], item.get("locale")
        pinned: Any = "unknown"
        if kind in ("built_io_upload", "sys_assets"):
            kind, pinned = "asset", self._pinned_asset(item)
        elif item.get("version"):
            latest = next(
                (
                    row
                    for at, code, row in self.entries
                    if (at, code, row["uid"]) == (kind, locale, item["uid"])
                ),
                None,
            )
            pinned = self._body_at(kind, item["uid"], str(locale), item["version"])
            if latest and pinned == self._entry_body(latest):
                pinned = "latest"
        named = {"action": item["action"], "type": kind, "variant": self.canon(item.get("variant_id"))}
        return {**named, "locale": locale, "uid": self.canon(item["uid"], "uid"), "body": pinned}

    def _pinned_asset(self, item: Row) -> Any:
        row = next((row for row in self.assets if row["uid"] == item["uid"]), None)
        content = self.contents.get(item["uid"], {})
        latest = {key: value for key, value in content.items() if key != "history"}
        return self._asset_version(row, item.get("version"), latest) if row else "unknown"


# Kinds whose rows need no handling of their own: kind, path, key of the rows.
_SIMPLE_KINDS = (
    ("extension", "/extensions", "extensions"),
    ("label", "/labels", "labels"),
    ("webhook", "/webhooks", "webhooks"),
    ("workflow", "/workflows", "workflows"),
    ("publish rule", "/workflows/publishing_rules", "publishing_rules"),
)


def _waits(row: Row) -> bool:
    return row.get("publish_status") == "scheduled"


def _name(raw: Any) -> str | None:
    return raw.get("title") if isinstance(raw, dict) else raw


__all__ = ["Dump", "DumpError", "compare", "dump", "equal_objects"]


def _siblings_before(term: Row, terms: Sequence[Row]) -> list[str]:
    """The terms in the same term that have a lower number, or the same."""
    return sorted(
        other["uid"]
        for other in terms
        if other is not term
        and other.get("parent_uid") == term.get("parent_uid")
        and other["order"] <= term["order"]
    )
