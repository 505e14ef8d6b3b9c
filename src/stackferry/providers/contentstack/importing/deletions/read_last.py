"""Documents of the target as an import has read them last, after it had written everything else. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.json_values import as_object
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext

NOW: Final = "held_now"  # the identity, by a document's key, of what it holds now


class Document(NamedTuple):
    """An entry of the target in one language. `is_uncertain`: it is only concerned if the trash refuses something."""

    stream: Stream
    uid: str
    is_uncertain: bool = False

    @property
    def key(self) -> str:
        return f"{self.stream.type}/{self.uid}/{self.stream.locale}"

    def gap(self, reason: str, kind: str = "entries") -> Gap:
        return Gap(kind=kind, uid=self.uid, type=self.stream.type, locale=self.stream.locale, reason=reason)


class ReadLast:
    """Implements `RecordStore`: the target as it was read last, with the languages that the import has made."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context

    def streams(self) -> list[Stream]:
        made = (one for one in self._context.source.streams() if one.kind == "entries")
        new = {one._replace(locale=target_locale(self._context, one.locale)) for one in made}
        return sorted(new.union(self._context.target.streams()))

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return self._context.target.objects(stream)

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        known = self._context.identity.target(NOW, Document(stream, uid).key)
        if known is not None:
            return as_object(exact_json.loads(known.encode())) if known else None
        return self._context.target.get(stream, uid, number)
