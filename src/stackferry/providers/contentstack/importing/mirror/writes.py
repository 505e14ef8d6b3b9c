"""The deletions of a mirror: entries, languages of entries, assets. Pure.

Each names what it deletes and the version of it that was read: what somebody has edited since stays, and is a conflict.
What is deleted goes to the trash. So does a language of an entry: to unlocalize it would keep nothing.
API pages: "Delete an entry", and of assets "Delete asset".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.json_values import as_object, text
from stackferry.model import Gap, Remark, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.entries.stage_locks import lock_of
from stackferry.providers.contentstack.importing.mirror.looks import GONE, REMOVED, UNREAD, looks, now
from stackferry.providers.contentstack.importing.mirror.surplus import SurplusObjects, version_of
from stackferry.providers.contentstack.requests.assets import delete_asset, read_asset
from stackferry.providers.contentstack.requests.build import PAGE, params
from stackferry.providers.contentstack.requests.entries import delete_entry, read_entry
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentstack.importing.mirror.surplus import Surplus
    from stackferry.providers.target import ImportContext, Step

_REFUSED: Final = "the source has not got it, and the target refused to delete it"
_UNREAD: Final = "the target did not show it before its deletion, so it was not deleted: run it again"
_LOCALES: Final = Stream("locales")
_MOVED: Final = "moved"  # in place of an answer: the version that somebody has made since


def deletions(context: ImportContext, kind: str) -> Iterator[Step]:
    """One deletion for each entry, language of an entry or asset; each page of them is looked at right before."""
    for batch in batched(context.once(SurplusObjects).of(kind), PAGE):
        seen = [*looks(context, batch)]
        yield from seen
        for one in batch:
            yield _delete(context, one, [look.key for look in seen])


def gap(one: Surplus, reason: str) -> Gap:
    """What is told of something that stays."""
    return Gap(kind=one.kind, uid=one.uid, type=one.type, locale=one.locale, path=one.release, reason=reason)


def _delete(context: ImportContext, one: Surplus, after: Sequence[str]) -> Write:
    def build() -> PreparedWrite:
        known = {code: now(context, one, code) for code in _codes(context, one)}
        kept = not_as_read(one, known)
        if kept is not None:
            return kept
        there = [code for code, version in known.items() if version != GONE]
        if not there:
            return PreparedWrite(identities=[(REMOVED, one.key, one.title)])
        return PreparedWrite(request=_request(context, one, there), note={"locale": there[0]})

    return Write(
        key="mirror/" + "/".join(filter(None, one.key.split("\0"))),
        kind=one.kind,
        build=build,
        read=partial(read_deletion, one),
        failed=gap(one, _REFUSED + _lock(context, one)),
        after=after,
        probe=partial(_probe, one),
    )


def _lock(context: ImportContext, one: Surplus) -> str:
    """What is told of the workflow stage that locks a document of it."""
    streams = (Stream("entries", one.type, code) for code in one.versions if one.type)
    told = (lock_of(context, context.target.get(stream, one.uid)) for stream in streams)
    return next(filter(None, told), "")


def _codes(context: ImportContext, one: Surplus) -> list[str]:
    """The languages that were looked at."""
    if one.kind != "entries":
        return [*one.versions]
    return sorted({text(row.get("code")) for row in context.target.objects(_LOCALES)} | one.versions.keys())


def not_as_read(one: Surplus, known: dict[str, str]) -> PreparedWrite | None:
    """What is told in place of a deletion where the target does not show what was read of it."""
    if UNREAD in known.values():
        return PreparedWrite(gaps=[gap(one, _UNREAD)])
    for code, version in known.items():
        if version not in (GONE, one.versions.get(code, GONE)):
            result = moved(one, version if one.kind in ("entries", "localizations", "assets") else "", code)
            return PreparedWrite(gaps=result.gaps, remarks=result.remarks)
    return None


def moved(one: Surplus, version: str, locale: str = "") -> WriteResult:
    """What is told of something that somebody has edited since it was read: it stays."""
    what = f"has made version {version} of it" if version else "has changed it"
    where = f" in {locale}" if locale else ""
    reason = f"somebody {what}{where} since the import looked at it: it was not deleted; run it again"
    told = gap(one, reason)
    return WriteResult(gaps=[told], remarks=[Remark.beside(told, "conflicts", one.title)])


def read_deletion(one: Surplus, answer: JsonObject) -> WriteResult:
    """A notice; or what a probe has found in place of a lost answer."""
    if _MOVED in answer:
        return moved(one, text(answer[_MOVED]))
    return WriteResult(identities=[(REMOVED, one.key, one.title)])


def _request(context: ImportContext, one: Surplus, there: list[str]) -> Request:
    if one.kind == "assets":
        return delete_asset(one.uid)
    if len(there) == 1:
        return delete_entry(one.type, one.uid, params(locale=there[0]))
    if master_locale(context.target) in there:
        return delete_entry(one.type, one.uid, params(delete_all_localized=True))
    return delete_entry(one.type, one.uid, (), there)


def _probe(one: Surplus, note: JsonObject) -> Probe:
    """Whether it is gone; what somebody has made of it since must not be deleted."""
    locale = text(note.get("locale"))
    is_asset = one.kind == "assets"
    request = read_asset(one.uid) if is_asset else read_entry(one.type, one.uid, ("locale", locale))

    def found(answer: JsonObject) -> list[JsonObject]:
        row = as_object(answer.get("asset" if is_asset else "entry"))
        if not row or (not is_asset and text(row.get("locale")).casefold() != locale.casefold()):
            return [{}]
        version = version_of(row)
        return [] if version == one.versions.get(locale) else [{_MOVED: version}]

    return Probe(request=request, found=found, required_key="")
