"""Archives of a project in words: names of stages and people, where a release was deployed. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.sums import stage_status, sums
from stackferry.providers.azure_devops.words import view
from stackferry.providers.reading.plain import PlainReader, in_fields, label_of, plain_words, side_words
from stackferry.providers.reading.told import Facts, Published, Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.providers.reading.told import Sum, TargetUid
    from stackferry.providers.source import RecordStore

_DEPLOYED: Final = ("succeeded", "partiallySucceeded")
_NAMES: Final = ("displayName", "name", "alias")
_NOT_SHOWN: Final = frozenset(("id", "_links", "url", "uniqueName", "descriptor"))
_SHOWN: Final = 200  # definitions of which the releases are counted


class ProjectReader(PlainReader):
    """What two archives say; one of them may stand on both sides."""

    live_kinds: Sequence[str] = ("releases",)

    def __init__(self, left: RecordStore, right: RecordStore, target_uid: TargetUid) -> None:
        del left, target_uid  # paths of changes have names already
        self._store = right

    def told(self, row: JsonObject) -> Told:
        return Told(label_of(text(row.get("path"))), *side_words(row, _words))

    def facts(self, kind: str, record: JsonObject) -> Facts:
        """A release is live in the stages to which it was deployed."""
        body = as_object(record.get("body")) or record
        stages = objects(body.get("environments")) if kind == "releases" else []
        return Facts(
            title=view(kind, record).title,
            updated_at=text(body.get("modifiedOn")) or text(body.get("createdOn")),
            published=[Published(text(one.get("name"))) for one in stages if stage_status(one) in _DEPLOYED],
        )

    def releases(self) -> Iterator[str]:
        """How many releases each definition has."""
        rows = self._store.objects(Stream("releases"))
        counts = Counter(text(nested(row, "releaseDefinition", "name")) or "no definition" for row in rows)
        for name, count in sorted(counts.items())[:_SHOWN]:
            yield f"{name}: {count:,} release{'' if count == 1 else 's'}"

    def sums(self, manifest: JsonObject) -> Sequence[Sum]:
        """Releases by status and stage, their age and logs, and which of them disappear first."""
        return sums(self._store.objects(Stream("releases")), self._store.objects(Stream("files")), manifest)


def _words(value: Json) -> str:
    """People, stages and tasks by their names; of other objects a line for each member."""
    if isinstance(value, list):
        return "\n".join(map(_words, value)) or "(empty)"
    if not isinstance(value, dict):
        return plain_words(value)
    name = next((text(value[key]) for key in _NAMES if text(value.get(key))), "")
    return name or in_fields(value, _NOT_SHOWN, _words) or plain_words(value)
