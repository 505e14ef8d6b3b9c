"""The lines of a snapshot, each with what it is: for looking inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Json, JsonObject, Stream

# Kinds whose older versions lie in a file of another kind.
OLDER = {"entries": "versions", "assets": "asset_versions"}
# Kinds whose line wraps the object, and the name that it has there.
_WRAPPED = {"terms": "term", "release_items": "item", "variants": "variant", "translations": "names"}


class Row(NamedTuple):
    """One line of a snapshot."""

    stream: Stream
    body: JsonObject

    @property
    def names(self) -> tuple[str, ...]:
        """What the object can be asked for by: its uid first, then its code or its name."""
        inner = self.inner
        found = (
            self.body.get("uid"),
            self.body.get("release"),
            inner.get("uid"),
            inner.get("code"),
            inner.get("name"),
        )
        return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))

    @property
    def inner(self) -> JsonObject:
        """The object itself, where the line wraps it."""
        found = self.body.get(_WRAPPED.get(self.stream.kind, ""))
        return found if isinstance(found, dict) else self.body

    @property
    def uid(self) -> str:
        if self.stream.kind == "locales":
            return str(self.body.get("code"))
        if self.stream.kind in ("terms", "translations"):
            return str(self.inner.get("uid"))
        return self.names[0] if self.names else ""

    @property
    def version(self) -> Json:
        return self.body.get("_version", self.body.get("version"))

    @property
    def title(self) -> str:
        """What a person calls the object."""
        if self.stream.kind == "schedules":
            return self._planned
        for name in ("title", "name", "display_name", "filename", "content_type_uid"):
            if isinstance(found := self.inner.get(name), str) and found:
                return " ".join(found.split())
        return ""

    @property
    def _planned(self) -> str:
        """What a row of the publish queue is about: "publish Spring sale 2030-01-01T00:00:00.000Z"."""
        thing = self.body.get("asset") or self.body.get("entry")
        facts = as_object(thing)
        said = (
            self.body.get("action"),
            facts.get("title") or facts.get("uid"),
            self.body.get("scheduled_at"),
        )
        return " ".join(" ".join(word.split()) for word in said if isinstance(word, str))


def kinds(snapshot: Snapshot) -> list[str]:
    return list(dict.fromkeys(stream.kind for stream, _ in snapshot.stream_files()))


def check_kind(snapshot: Snapshot, kind: str) -> None:
    """Raise UsageError for a kind that the snapshot does not hold, naming those that it holds."""
    held = kinds(snapshot)
    if kind not in held:
        raise UsageError(f"{snapshot.root} holds no {kind}; it holds {', '.join(held) or 'nothing'}")


def rows(snapshot: Snapshot, kind: str, content_type: str = "", locale: str = "") -> Iterator[Row]:
    """Every line of a kind, in the order of the files."""
    from stackferry import exact_json

    for stream, path in snapshot.stream_files():
        if stream.kind != kind or content_type not in ("", stream.type) or locale not in ("", stream.locale):
            continue
        for number, line in enumerate(snapshot.files.lines(path), 1):
            body = exact_json.loads(line)
            if not isinstance(body, dict):
                raise SnapshotCorrupt(f"{snapshot.root / path}: line {number} is not a JSON object")
            yield Row(stream, body)
