"""The identities between two stacks that no import has recorded: for verify and diff. See `rule`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import integer, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.matching.rule import Matches
from stackferry.providers.contentstack.references.asset_urls import PERMANENT
from stackferry.providers.contentstack.target_names import version_key
from stackferry.providers.identities import NOTHING_EARLIER, EarlierIdentities

if TYPE_CHECKING:
    from stackferry.model import Place
    from stackferry.providers.pairs import Ambiguity
    from stackferry.providers.source import RecordStore, TempTables
    from stackferry.providers.target import WriteOptions


class MatchedIdentity:
    """Identities by the rule of matching, and what follows from them: versions, addresses, uids of locales.

    `ambiguous` are the entries that could not be told apart.
    """

    def __init__(
        self,
        source: RecordStore,
        target: RecordStore,
        options: WriteOptions,
        scratch: TempTables,
        places: tuple[Place, Place] | None = None,
        earlier: EarlierIdentities = NOTHING_EARLIER,
    ) -> None:
        self._source, self._target, self._options = source, target, options
        self._is_one_place = places is not None and places[0].identity == places[1].identity
        self._matches = Matches(source, target, options, scratch, places, earlier)
        self._derived = scratch.table(3)  # kind, source, target
        self._add_locale_uids()
        self._add_assets()
        for stream in source.streams():
            if stream.kind == "entries":
                self._add_versions(stream)

    @property
    def ambiguous(self) -> list[Ambiguity]:
        return self._matches.of("entries").ambiguous

    def target(self, kind: str, source: str) -> str | None:
        found = self._derived.of(kind, source)
        return found[0][2] if found else self._matches.target(kind, source)

    def is_target(self, kind: str, target: str) -> bool:
        return self._matches.of(kind).is_target(target)

    def _put(self, kind: str, source: str, target: str) -> None:
        self._derived.add([(kind, source, target)])

    def _add_locale_uids(self) -> None:
        """Roles name locales by uid, everything else by code."""
        uids = {
            text(row.get("code")): text(row.get("uid")) for row in self._target.objects(Stream("locales"))
        }
        for row in self._source.objects(Stream("locales")):
            code = self._matches.target("locales", text(row.get("code")))
            if code is not None:
                self._put("locale_uids", text(row.get("uid")), uids[code])

    def _add_assets(self) -> None:
        """Addresses and versions of paired assets: their latest versions are the same."""
        stream = Stream("assets")
        for uid, target in self._matches.of("assets"):
            asset, other = self._source.get(stream, uid) or {}, self._target.get(stream, target) or {}
            self._put("asset_urls", uid, text(other.get("url")))
            if permanent := text(other.get("permanent_url")):
                self._put(PERMANENT, uid, permanent)
            self._put("asset_versions", f"{uid}\0{_version(asset)}", str(_version(other)))

    def _add_versions(self, stream: Stream) -> None:
        """The latest versions of paired documents are the same.

        In one place the older ones of that number are the same, too. Branches go on with the same numbers, each with
        content of its own.
        """
        target_stream = stream._replace(locale=self._options.locales.get(stream.locale, stream.locale))
        for row in self._source.objects(stream):
            uid, latest = text(row.get("uid")), _version(row)
            target = self._matches.target("entries", uid)
            other = self._target.get(target_stream, target or "")
            if other is None:
                continue
            shared = self._is_one_place and target == uid and _version(other) == latest
            for number in range(1 if shared else latest, latest + 1):
                key = version_key(stream.type, uid, stream.locale, number)
                self._put("versions", key, str(number if shared else _version(other)))


def _version(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1
