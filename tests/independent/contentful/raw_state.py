"""All that an environment holds, over plain HTTP, in a form in which two of them can be compared.

Left out is what the service makes: ids where it chooses them, times, people, numbers of versions. Everything
else stays, unknown keys included, so that a key which is lost is a difference.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plain_space import Space

# The service's own: §1 and §3 of the facts. States are computed from the versions before these go.
MADE_BY_THE_SERVICE = frozenset(
    {
        *("createdAt", "createdBy", "updatedAt", "updatedBy", "publishedAt", "publishedBy"),
        *("firstPublishedAt", "publishedCounter", "publishedVersion", "version", "archivedAt", "archivedBy"),
        *("archivedVersion", "space", "environment", "organization", "urn", "lastAction", "automationTags"),
        *("release", "isLocked", "canceledAt", "canceledBy"),
    }
)
_OF_THE_ENVIRONMENT = (
    "locales",
    "tags",
    "content_types",
    "editor_interfaces",
    "extensions",
    "entries",
    "assets",
)
_RECORDS = ("app_installations", "workflow_definitions", "workflows", "releases")

_WITH_FILES = ("assets", "public/assets", "release_assets")

Rows = dict[str, list[Any]]
State = dict[str, Any]


def read(space: Space) -> Rows:
    """The rows of every list, as they came."""
    own = f"/spaces/{space.key}"
    rows = {kind: space.rows(kind) for kind in (*_OF_THE_ENVIRONMENT, *_RECORDS)}
    rows |= {
        f"public/{kind}": space.rows(f"public/{kind}") for kind in ("content_types", "entries", "assets")
    }
    rows |= {kind: space.rows(f"{own}/{kind}") for kind in ("roles", "webhook_definitions")}
    rows["scheduled_actions"] = space.rows(
        f"{own}/scheduled_actions", **{"environment.sys.id": space.environment}
    )
    rows["ui_config"] = [space.get("ui_config")]
    for kind in ("entries", "assets"):
        rows[f"release_{kind}"] = [
            row for one in rows["releases"] if _timeline(one) for row in _scoped(space, one, kind)
        ]
    rows["tasks"] = _of_each_entry(space, rows["entries"], "tasks")
    rows["comments"] = _of_each_entry(space, rows["entries"], "comments")
    rows["files"] = [_file(space, *file) for kind in _WITH_FILES for file in _files(rows[kind])]
    organization = space.get(own)["sys"]["organization"]["sys"]["id"]
    for kind in ("concepts", "concept-schemes"):
        rows[kind] = space.rows(f"/organizations/{organization}/taxonomy/{kind}")
    return rows


def state(rows: Rows) -> State:
    """One row for each object, by a name that two spaces have in common."""
    names = _Names(rows)
    found: State = {}
    for kind, items in rows.items():
        for item in items:
            name = f"{kind}/{names.of(kind, item)}"
            assert name not in found, f"two of {name}"
            found[name] = names.plain(kind, item)
    return found


def look(space: Space) -> State:
    return state(read(space))


def moved(found: State, source: Space, target: Space) -> State:
    """A state as it is to be in another space: resource links to the own space follow (§9)."""
    text = json.dumps(found)
    for end in ("/", '"'):
        text = text.replace(f"content:spaces/{source.key}{end}", f"content:spaces/{target.key}{end}")
    return dict(json.loads(text))


def differences(one: State, other: State) -> list[str]:
    """Where two states differ, as paths; the test's message."""
    return list(_differ(one, other, ""))


def _differ(one: Any, other: Any, path: str) -> Iterable[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            if key not in one or key not in other:
                yield f"{path}/{key}: only in the {'first' if key in one else 'second'}"
            else:
                yield from _differ(one[key], other[key], f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differ(mine, theirs, f"{path}/{number}")
    elif one != other or isinstance(one, bool) != isinstance(other, bool):
        yield f"{path}: {one!r} became {other!r}"[:400]


def versions(rows: Rows) -> dict[str, Any]:
    """The number of the version of each object: who writes changes one."""
    return {
        f"{kind}/{number}": (row["sys"].get("id"), row["sys"].get("version"))
        for kind, items in rows.items()
        for number, row in enumerate(items)
        if "sys" in row
    }


def _timeline(release: Any) -> bool:
    return bool(release["sys"].get("schemaVersion") == "Release.v2")


def _scoped(space: Space, release: Any, kind: str) -> list[Any]:
    rows = space.rows(f"releases/{release['sys']['id']}/{kind}")
    return [{**row, "of": release["sys"]["id"]} for row in rows]


def _of_each_entry(space: Space, entries: list[Any], kind: str) -> list[Any]:
    found: list[Any] = []
    for entry in entries:
        path = f"entries/{entry['sys']['id']}/{kind}"
        status, answer = space.ask("GET", path, headers={"X-Contentful-Comment-Body-Format": "rich-text"})
        found += answer["items"] if status == 200 else []
    return found


def _files(assets: list[Any]) -> Iterable[tuple[str, str, str]]:
    for asset in assets:
        for locale, file in (asset["fields"].get("file") or {}).items():
            if "url" in file:
                yield asset["sys"]["id"], locale, file["url"]


def _file(space: Space, asset: str, locale: str, url: str) -> Any:
    answer = space.http.get("http:" + url if url.startswith("//") else url).raise_for_status()
    return {"asset": asset, "locale": locale, "sha256": hashlib.sha256(answer.content).hexdigest()}


class _Names:
    """The names of what the service numbers."""

    def __init__(self, rows: Rows) -> None:
        self._known = {row["sys"]["id"]: row["title"] for row in rows["releases"]}
        for row in rows["workflow_definitions"]:
            self._known[row["sys"]["id"]] = row["name"]
            self._known |= {step["id"]: step["name"] for step in row["steps"]}
        self._seen: dict[str, int] = {}

    def of(self, kind: str, row: Any) -> str:
        plain = {"locales": "code", "releases": "title", "workflow_definitions": "name", "roles": "name"}
        if kind in plain:
            return str(row[plain[kind]])
        if kind == "files":
            place = f"{row['asset']}/{row['locale']}"
            self._seen[place] = self._seen.get(place, 0) + 1
            return f"{place}/{self._seen[place]}"
        sys = row["sys"]
        if kind.startswith("release_"):
            return f"{self._known[row['of']]}/{sys['id']}"
        if kind in ("tasks", "comments"):
            return f"{sys['parentEntity']['sys']['id']}/{row['body']}"
        if kind == "scheduled_actions":
            return (
                f"{self._name(row['entity']['sys']['id'])}/{row['scheduledFor']['datetime']}/{sys['status']}"
            )
        if kind == "workflows":
            return f"{sys['entity']['sys']['id']}/{self._name(sys['workflowDefinition']['sys']['id'])}"
        of = {"editor_interfaces": "contentType", "app_installations": "appDefinition"}.get(kind)
        return str(sys[of]["sys"]["id"] if of else sys["id"])

    def plain(self, kind: str, row: Any) -> Any:
        """A row without what the service makes, and with names in place of its ids."""
        if "sys" not in row:
            return row
        sys = {key: value for key, value in row["sys"].items() if key not in MADE_BY_THE_SERVICE}
        if kind in ("locales", "scheduled_actions", "workflows", "workflow_definitions", "releases", "roles"):
            sys.pop("id")
        if kind in ("tasks", "comments"):
            sys.pop("id")
            sys.pop("parent", None)
        if kind in ("entries", "assets"):
            sys["state"] = _state(row["sys"])
        body = {key: self._renamed(value) for key, value in row.items() if key not in ("sys", "of")}
        if kind.endswith("assets"):
            body["fields"] = {**body["fields"], "file": _without_places(body["fields"].get("file"))}
        if kind == "releases":
            items = sorted(map(_with_sorted_locales, body["entities"]["items"]), key=repr)
            body["entities"] = {**body["entities"], "items": items}
        for key in ("tags", "concepts"):
            if body.get("metadata", {}).get(key):
                body["metadata"] = {**body["metadata"], key: sorted(body["metadata"][key], key=repr)}
        body.pop("internal_code", None)
        return {**body, "sys": self._renamed(sys)}

    def _name(self, key: str) -> str:
        return str(self._known.get(key, key))

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._renamed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._renamed(item) for item in value]
        return self._name(value) if isinstance(value, str) else value


def _with_sorted_locales(item: Any) -> Any:
    """The locales on one side of an item are a set."""
    if "add" not in item:
        return item
    return {
        **item,
        **{side: {"fields": {"*": sorted(item[side]["fields"]["*"])}} for side in ("add", "remove")},
    }


def _state(sys: Any) -> str:
    if "archivedVersion" in sys:
        return "archived"
    if "publishedVersion" not in sys:
        return "draft"
    return "published" if sys["version"] == sys["publishedVersion"] + 1 else "changed"


def _without_places(files: Any) -> Any:
    """A file's address is the space's own, and an upload is gone after a day; the bytes are compared."""
    if not files:
        return files
    gone = {"url", "uploadFrom", "upload"}
    return {
        locale: {key: value for key, value in file.items() if key not in gone} | {"processed": "url" in file}
        for locale, file in files.items()
    }
