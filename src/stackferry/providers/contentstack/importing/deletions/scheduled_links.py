"""Versions of entries that wait to be published and refer to a uid that is gone: their rows of the queue stay.

A row names a version by its number. What is written with the new uid has another number, so the row publishes the old
version when its time has come. So do rows of variants. Pure.
API pages: "Get publish queue", "Get a single entry". No page says that an older version of a variant can be read.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.json_values import as_object, integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.locales import locale_fallbacks
from stackferry.providers.contentstack.content.pinned_versions import item_document_locale
from stackferry.providers.contentstack.content.publish_queue import schedules
from stackferry.providers.contentstack.importing.deletions.repointing import Repointing
from stackferry.providers.contentstack.importing.deletions.variants import VariantRepointing
from stackferry.providers.contentstack.requests.entries import read_entry, read_variant
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentstack.content.publish_queue import Schedule
    from stackferry.providers.target import ImportContext, Step

_READ: Final = "held_scheduled"  # the identity, by a version's key, of what it holds


class HeldVersion(NamedTuple):
    """A version of a document of the target, or of a variant of one."""

    stream: Stream
    uid: str
    number: int
    variant: str = ""

    @property
    def key(self) -> str:
        of_variant = f"/{self.variant}" if self.variant else ""
        return f"{self.stream.type}/{self.uid}/{self.stream.locale}/{self.number}{of_variant}"

    @property
    def request(self) -> Request:
        """The request that reads it."""
        named, place = (
            (self.stream.type, self.uid),
            (("locale", self.stream.locale), ("version", str(self.number))),
        )
        return read_variant(*named, self.variant, *place) if self.variant else read_entry(*named, *place)

    def held(self, context: ImportContext) -> JsonObject:
        """The latest version of that document or variant, as the target held it before the import."""
        if not self.variant:
            return context.target.get(self.stream, self.uid) or {}
        row = context.target.get(self.stream, f"{self.uid}\0{self.variant}") or {}
        return as_object(row.get("variant"))

    def is_in(self, row: JsonObject) -> bool:
        """Whether this very version was answered."""
        is_own = (
            bool(as_object(row.get("_variant"))) if self.variant else row.get("locale") == self.stream.locale
        )
        return is_own and row.get("_version") == self.number


class VersionLinks:
    """Versions of the target's entries, and whether they refer to a uid that is surely gone."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._repointing = context, context.once(Repointing)
        self._variants = context.once(VariantRepointing)
        self._fallbacks = locale_fallbacks(context.target)

    def named(
        self, content_type: str, uid: str, locale: str, number: int, variant: str = ""
    ) -> HeldVersion | None:
        """The version that is so called; None where the target shows no such entry or variant."""
        if variant:
            one = HeldVersion(Stream("variants", content_type, locale), uid, number, variant)
            return one if one.held(self._context) else None
        owner = item_document_locale(self._context.target, content_type, uid, locale, number, self._fallbacks)
        return HeldVersion(Stream("entries", content_type, owner), uid, number) if owner else None

    def read_versions(self, versions: Iterable[HeldVersion]) -> Iterator[Step]:
        """Those that are not the latest, and that were not read before."""
        for version in dict.fromkeys(versions):
            if self._latest(version) is None:
                yield Await(
                    key=f"repoint/version/{version.key}",
                    kind="entries",
                    request=version.request,
                    observe=partial(_observe, version),
                    reads_initial_state=True,
                )

    def is_stale(self, version: HeldVersion) -> bool:
        """Whether it refers to what is gone."""
        if version.variant:
            return self._variants.is_affected(version.stream, version.uid, self.content(version))
        return self._repointing.is_affected(version.stream, self.content(version))

    def is_unread(self, version: HeldVersion) -> bool:
        """Whether nobody knows what it refers to: no page says that an older version of a variant can be read."""
        return bool(version.variant) and not self.content(version)

    def content(self, version: HeldVersion) -> JsonObject:
        known = self._context.identity.target(_READ, version.key)
        read = as_object(exact_json.loads(known.encode())) if known else {}
        return self._latest(version) or read

    def _latest(self, version: HeldVersion) -> JsonObject | None:
        """The version, where it was the latest one before the import."""
        held = version.held(self._context)
        return held if integer(held.get("_version")) == version.number else None


class ScheduledLinks(VersionLinks):
    """What one import finds out about such rows; rows without a number publish the latest version, which is mended."""

    def are_in(self, row: JsonObject) -> bool:
        """Whether a row publishes a version of an entry by its number."""
        return any(self._versions(row))

    def read(self, rows: Iterable[JsonObject]) -> Iterator[Step]:
        """The versions that are not the latest."""
        return self.read_versions(version for row in rows for _, version in self._versions(row))

    def stale(self, row: JsonObject) -> Iterator[tuple[Schedule, str, bool]]:
        """What a row publishes although it refers to what is gone, the title of that version, and whether that could
        not be read."""
        for schedule, version in self._versions(row):
            is_unread = self.is_unread(version)
            if is_unread or self.is_stale(version):
                yield schedule, text(self.content(version).get("title")), is_unread

    def _versions(self, row: JsonObject) -> Iterator[tuple[Schedule, HeldVersion]]:
        for one in schedules(row):
            if one.action == "publish" and one.content_type and one.version:
                version = self.named(one.content_type, one.uid, one.locale, one.version, one.variant)
                if version is not None:
                    yield one, version


def _observe(version: HeldVersion, answer: JsonObject) -> Observation:
    row = as_object(answer.get("entry"))
    return Observation([(_READ, version.key, exact_json.dumps(row).decode() if version.is_in(row) else "")])
