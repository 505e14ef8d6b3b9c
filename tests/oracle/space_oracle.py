"""Compares two whole emulated spaces, key by key, from the emulator's own state: what a round trip must leave equal.

Objects have the same id in both, but those that the service names: these are known by what they say of themselves.
`NOISE` lists what is not compared, with the reason. Must never import from `src`: shared code would make both agree
with the same mistake. The spaces are read as they are, attribute by attribute.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

Raw = Any
Key = tuple[str, str]  # a kind, and what an object of it is known by

# What the service makes anew in every space, by the name in `sys`.
NOISE: Mapping[str, str] = {
    "id": "the key of the object where ids are kept; else the service's own",
    "type": "the same for all objects of a kind",
    "version": "counts the changes in this space",
    "createdAt": "the time of the import",
    "updatedAt": "the time of the import",
    "publishedAt": "the time of the import",
    "firstPublishedAt": "the time of the import",
    "archivedAt": "the time of the import",
    "createdBy": "the user of the import",
    "updatedBy": "the user of the import",
    "publishedBy": "the user of the import",
    "archivedBy": "the user of the import",
    "publishedVersion": "a number of this space; the state that it stands for is compared",
    "archivedVersion": "a number of this space; the state that it stands for is compared",
    "publishedCounter": "counts the publishes in this space",
    "space": "the space itself",
    "environment": "the environment itself",
    "organization": "that of the space",
    "urn": "made of space, environment and id",
    "fieldStatus": "made of what is live, which is compared",
    "automationTags": "the service's own",
    "release": "the release that holds the copy, which is where it is looked for",
}
_CONTENT = ("entries", "assets")
_TABLES = ("tags", "extensions", "app_installations")
_OF_SPACE = ("webhooks", "roles")
# Whose lists are compared without their order.
_UNORDERED = frozenset({"tags", "concepts", "topConcepts", "broader", "related"})
_DERIVED = frozenset({"conceptSchemes", "totalConcepts", "narrower"})


@dataclass
class Dump:
    """Every object of one environment with what all environments share, in words that every space has in common."""

    objects: dict[Key, Raw] = field(default_factory=dict)

    def count(self) -> dict[str, int]:
        """How many objects there are of each kind."""
        return dict(Counter(kind for kind, _ in self.objects))


def dump(
    space: Raw,
    environment: str = "master",
    *,
    history: bool = False,
    locales: Mapping[str, str] | None = None,
) -> Dump:
    """Read an environment. With `history` older versions, too; `locales` gives other codes for those of this space."""
    return _Reader(space, space.environments[space.target_of(environment)], history, locales or {}).read()


def compare(one: Dump, other: Dump, *, ignore: Collection[str] = ()) -> list[str]:
    """Every difference, each as a line of text. `ignore` names kinds, or paths of a kind (`"webhooks.active"`)."""
    return sorted(
        line for key in one.objects.keys() | other.objects.keys() for line in _lines(one, other, key, ignore)
    )


def tally(one: Dump, other: Dump, *, ignore: Collection[str] = ()) -> dict[str, tuple[int, int]]:
    """Of each kind how many objects the first has, and how many of them are equal in the second."""
    equal = Counter(kind for kind, name in one.objects if not [*_lines(one, other, (kind, name), ignore)])
    return {kind: (count, equal[kind]) for kind, count in sorted(one.count().items())}


def _lines(one: Dump, other: Dump, key: Key, ignore: Collection[str]) -> Iterator[str]:
    kind, name = key
    if kind in ignore:
        return
    label = f"{kind} {name}"
    if key not in other.objects:
        yield f"{label}: is missing"
    elif key not in one.objects:
        yield f"{label}: is too many"
    else:
        for path, left, right in _differences(one.objects[key], other.objects[key], kind):
            if path not in ignore:
                yield f"{label} {path.partition('.')[2]}: {_short(left)} became {_short(right)}"


_ABSENT = object()


def _differences(left: Raw, right: Raw, path: str) -> Iterator[tuple[str, Raw, Raw]]:
    if isinstance(left, dict) and isinstance(right, dict):
        for name in sorted(left.keys() | right.keys(), key=str):
            yield from _differences(left.get(name, _ABSENT), right.get(name, _ABSENT), f"{path}.{name}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for place, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _differences(one, other, f"{path}.{place}")
    elif type(left) is not type(right) or left != right:
        yield path, left, right


def _short(value: Raw) -> str:
    return "nothing" if value is _ABSENT else json.dumps(value, default=str)[:200]


class _Reader:
    """One environment, read kind by kind."""

    def __init__(self, space: Raw, environment: Raw, history: bool, locales: Mapping[str, str]) -> None:
        self._space, self._environment = space, environment
        self._history, self._locales = history, locales
        self._found = Dump()
        self._releases = {uid: self._release_name(one.raw) for uid, one in environment.releases.items()}
        definitions = environment.workflow_definitions
        self._definitions = {uid: raw.get("name") for uid, raw in definitions.items()}
        self._steps = {
            step.get("id"): f"{raw.get('name')}/{step.get('name')}"
            for raw in definitions.values()
            for step in raw.get("steps") or []
        }

    def read(self) -> Dump:
        home = self._environment
        for raw in home.locales.values():
            self._put("locales", self._locales.get(raw["code"], raw["code"]), self._locale(raw))
        for kind in _TABLES:
            for uid, raw in getattr(home, kind).items():
                self._put(kind, uid, self._plain(raw))
        for uid, raw in home.editor_interfaces.items():
            self._put("editor_interfaces", uid, self._plain(raw))
        for uid, one in home.content_types.items():
            self._put("content_types", uid, self._document(one))
        for kind in _CONTENT:
            for uid, one in getattr(home, kind).items():
                self._put(kind, uid, self._document(one))
        if home.ui_config:
            self._put("ui_config", "", self._plain(home.ui_config))
        self._read_releases()
        self._read_workflows()
        self._read_space()
        return self._found

    def _put(self, kind: str, name: str, content: Raw) -> None:
        """Equal objects of one name are numbered, so that none hides another."""
        number, key = 1, (kind, name)
        while key in self._found.objects:
            number += 1
            key = (kind, f"{name} #{number}")
        self._found.objects[key] = content

    # --- what is left of an object without what the service makes anew ---

    def _plain(self, raw: Raw) -> Raw:
        """A record: its body, and of `sys` what is no noise."""
        body = {name: value for name, value in raw.items() if name != "sys" and name not in _DERIVED}
        return {**self._words(body), "sys": self._sys(raw.get("sys") or {})}

    def _sys(self, sys: Raw) -> Raw:
        return {name: self._words(value) for name, value in sys.items() if name not in NOISE}

    def _locale(self, raw: Raw) -> Raw:
        found = self._plain(raw)
        code, fallback = raw["code"], raw.get("fallbackCode")
        found.pop("internal_code", None)
        return {
            **found,
            "code": self._locales.get(code, code),
            "fallbackCode": self._locales.get(fallback, fallback),
        }

    def _document(self, one: Raw) -> Raw:
        """An entry, an asset or a type: body, state, what is live of it and where, and its history."""
        live = None if one.live is None else self._body(one.live)
        content = {
            "body": self._body(one.body),
            "sys": self._sys(one.sys),
            "state": _state(one.sys),
            "live": live,
            "live_locales": sorted(self._locales.get(code, code) for code in one.live_locales),
        }
        if self._history:
            rows = [row["snapshot"] for row in one.snapshots]
            bodies = [
                {name: item for name, item in row.items() if name not in ("sys", "metadata")} for row in rows
            ]
            content["history"] = [self._body(body) for body in bodies]
        return content

    def _body(self, body: Raw) -> Raw:
        fields = body.get("fields")
        if not isinstance(fields, dict):
            return self._words(body)
        by_code = {name: self._by_locale(values) for name, values in fields.items()}
        if isinstance(by_code.get("file"), dict):
            by_code["file"] = {code: self._file(file) for code, file in by_code["file"].items()}
        # The service shows these lists where nothing is in them, too.
        metadata = {"tags": [], "concepts": [], **(body.get("metadata") or {})}
        return {**self._words({**body, "metadata": metadata, "fields": None}), "fields": by_code}

    def _by_locale(self, values: Raw) -> Raw:
        if not isinstance(values, dict):
            return values
        return {self._locales.get(code, code): self._words(value) for code, value in values.items()}

    def _file(self, file: Raw) -> Raw:
        """A file by its bytes. Where it is kept is the space's own."""
        if not isinstance(file, dict) or "url" not in file:
            return file
        stored = self._space.files.get(file["url"])
        content = None if stored is None else stored.content
        if isinstance(content, Path):
            content = content.read_bytes()
        digest = "gone" if content is None else hashlib.sha256(content).hexdigest()
        return {
            **{name: value for name, value in file.items() if name not in ("url", "details")},
            "bytes": digest,
        }

    def _words(self, value: Raw, name: str = "") -> Raw:
        """A value in which the space itself, and what the service has named, go by names that every space shares."""
        if isinstance(value, list):
            items = [self._words(item) for item in value]
            return sorted(items, key=_ordered) if name in _UNORDERED and _are_links(value) else items
        if isinstance(value, str):
            return self._own_space(value) if value.startswith("crn:") else value
        if not isinstance(value, dict):
            return value
        sys = value.get("sys")
        if isinstance(sys, dict) and sys.get("type") == "Link":
            return {**value, "sys": {**sys, "id": self._linked(sys)}}
        return {key: self._words(item, key) for key, item in value.items()}

    def _own_space(self, name: str) -> str:
        """A resource name that says "this space" instead of its id."""
        own = f":content:spaces/{self._space.id}"
        head, found, rest = name.partition(own)
        if not found or rest[:1] not in ("", "/"):
            return name
        here = f"/environments/{self._environment.id}/"
        return f"{head}:content:spaces/this{rest.replace(here, '/environments/this/', 1)}"

    def _named(self, link: Raw) -> str:
        """What a link names; nothing where it is none."""
        sys = link.get("sys") if isinstance(link, dict) else None
        return self._linked(sys) if isinstance(sys, dict) else ""

    def _linked(self, sys: Raw) -> str:
        uid, of_type = sys.get("id"), sys.get("linkType")
        if of_type == "Release":
            return f"release {self._releases.get(uid, uid)}"
        if of_type == "WorkflowDefinition":
            return f"definition {self._definitions.get(uid, uid)}"
        if of_type == "Comment":
            return f"comment {self._environment.comments.get(uid, {}).get('body')}"
        own = {"Space": self._space.id, "Environment": self._environment.id}
        return "this" if own.get(of_type) == uid else str(uid)

    # --- kinds with names of their own ---

    def _release_name(self, raw: Raw) -> str:
        generation = raw["sys"].get("schemaVersion") or "Release.v1"
        items = sorted(
            self._named(item.get("entity") or item) for item in (raw.get("entities") or {}).get("items") or []
        )
        return f"{generation} {raw.get('title')} {','.join(items)}"

    def _read_releases(self) -> None:
        for uid, one in self._environment.releases.items():
            found = self._plain(one.raw)
            items = (found.get("entities") or {}).get("items") or []
            found["entities"] = {
                **(found.get("entities") or {}),
                "items": sorted(map(self._item, items), key=lambda item: _ordered(item["entity"])),
            }
            found["sys"].setdefault("schemaVersion", "Release.v1")
            found["sys"]["status"] = one.raw["sys"].get("status") or "active"
            found["copies"] = {
                kind: {key: self._copy(document) for key, document in getattr(one, kind).items()}
                for kind in _CONTENT
            }
            self._put("releases", self._releases[uid], found)

    def _copy(self, document: Raw) -> Raw:
        return {"body": self._body(document.body), "sys": self._sys(document.sys)}

    def _item(self, item: Raw) -> Raw:
        """An item of a release with the codes of its locales; all of them on one side say what an action says."""
        found = {"entity": item} if "entity" not in item else dict(item)
        for side in ("add", "remove"):
            fields = (found.get(side) or {}).get("fields")
            if isinstance(fields, dict):
                codes = {
                    name: sorted(self._locales.get(code, code) for code in told)
                    if isinstance(told, list)
                    else told
                    for name, told in fields.items()
                }
                found[side] = {**found[side], "fields": codes}
        sides = [((found.get(side) or {}).get("fields") or {}).get("*") or [] for side in ("add", "remove")]
        if bool(sides[0]) is bool(sides[1]):
            return found
        kept = {name: value for name, value in found.items() if name not in ("add", "remove")}
        return {**kept, "action": "publish" if sides[0] else "unpublish"}

    def _read_workflows(self) -> None:
        home = self._environment
        for raw in home.workflow_definitions.values():
            found = self._plain(raw)
            found["steps"] = [self._named_steps({**step, "id": ""}) for step in found.get("steps") or []]
            self._put("workflow_definitions", str(raw.get("name")), found)
        for raw in home.workflows.values():
            found = self._plain(raw)
            found.pop("previousStepId", None)
            found["stepId"] = self._steps.get(found.get("stepId"), found.get("stepId"))
            links = (raw["sys"].get(name) for name in ("entity", "workflowDefinition"))
            self._put("workflows", " in ".join(map(self._named, links)), found)
        for kind in ("tasks", "comments"):
            for raw in sorted(getattr(home, kind).values(), key=lambda one: one["sys"].get("createdAt", "")):
                parent = self._named(raw["sys"].get("parentEntity"))
                self._put(kind, f"{parent}: {json.dumps(raw.get('body'))[:80]}", self._plain(raw))

    def _named_steps(self, value: Raw) -> Raw:
        if isinstance(value, list):
            return [self._named_steps(item) for item in value]
        if isinstance(value, dict):
            return {name: self._named_steps(item) for name, item in value.items()}
        return self._steps.get(value, value) if isinstance(value, str) else value

    def _read_space(self) -> None:
        for kind in _OF_SPACE:
            for raw in getattr(self._space, kind).values():
                name = raw.get("name") if kind == "roles" else raw["sys"]["id"]
                self._put(kind, str(name), self._plain(raw))
        for raw in self._space.scheduled_actions.values():
            is_own = self._named(raw.get("environment")) == "this"
            if is_own and raw["sys"].get("status") == "scheduled":
                found = self._plain(raw)
                at = (raw.get("scheduledFor") or {}).get("datetime")
                entity = self._named(raw.get("entity"))
                self._put("scheduled_actions", f"{raw.get('action')} {entity} at {at}", found)
        for kind in ("concepts", "concept_schemes"):
            for uid, raw in getattr(self._space.organization, kind).items():
                self._put(kind, uid, self._plain(raw))


def _state(sys: Raw) -> str:
    """draft, published, changed or archived: by the numbers, as the page on the content lifecycle tells it."""
    if "archivedVersion" in sys:
        return "archived"
    if "publishedVersion" not in sys:
        return "draft"
    return "published" if sys.get("version", 0) == sys["publishedVersion"] + 1 else "changed"


def _ordered(value: Raw) -> str:
    return json.dumps(value, sort_keys=True)


def _are_links(items: Iterable[Raw]) -> bool:
    return all(isinstance(item, dict) and "sys" in item for item in items)
