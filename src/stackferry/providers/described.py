"""What a system tells of the writes of an import before they are sent: what a plan shows to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import JsonObject, Request
    from stackferry.providers.target import PreparedWrite, Write


class Described(Protocol):
    """The writes of one dry run, told one after the other as they are decided."""

    def rows(self, step: Write, built: PreparedWrite) -> Iterable[JsonObject]:
        """What the request of this write would do, a row for each object.

        A row has what is known of these: `kind`, `uid` (the source's), `target` (the uid there; absent where the write
        makes the object), `title`, `content_type`, `locale`, `environment`, `action`, and as `fields` what changes in
        an object that the target holds: `path`, `from`, `to`. It holds no credential.
        """

    def answer(self, step: Write, built: PreparedWrite) -> JsonObject:
        """What the service would answer if it did as asked."""

    def seen(self, request: Request, answer: JsonObject) -> JsonObject:
        """What a read will be answered when the import sends it, after the writes so far; `answer` is today's."""

    def relied_on(self) -> Iterator[JsonObject]:
        """The objects that the target held before and that the writes change, name or leave as they are.

        A row has `kind`, `uid`, `title` and so on, and `digest`, which is another one where the object has changed.
        """

    def events(self) -> Mapping[str, int]:
        """How often whom the target tells of changes would be told, by the name of what is told."""
