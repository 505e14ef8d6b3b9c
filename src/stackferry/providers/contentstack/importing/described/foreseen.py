"""What entries and assets of the target will say when a dry run's writes were sent: the answers to reads after them.

A version that is written is kept with its number, and where it will be live. What the trash is taken to give back has
the snapshot's history, and a version more. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, integer, objects, text, texts
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.comparable import strip_for_write
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.deletions.in_trash import may_be_refused, taken_version
from stackferry.providers.contentstack.importing.described.taken_along import TakenAlong
from stackferry.providers.contentstack.importing.entries.write_body import shared_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentstack.importing.described.requests import Sent
    from stackferry.providers.target import ImportContext

_ASSETS: Final = Stream("assets")
_THEN: Final = "9999-12-31T00:00:00.000Z"  # of what will be published: after all that was


class Foreseen:
    """The documents of one dry run, as the writes so far leave them."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._master = master_locale(context.target)
        rows = context.target.objects(Stream("environments"))
        self._environments = {text(row.get("name")): text(row.get("uid")) for row in rows}
        # Stream, uid, order of the writes, row. Uid, order, place, the version that is shown there or 0, its language.
        self._rows = context.scratch.table(4)
        self._shown = context.scratch.table(6)
        self._count = 0
        self._along = TakenAlong(context)

    def latest(self, stream: Stream, uid: str) -> JsonObject | None:
        """The document or file in its latest version; None where there is none."""
        written = self._rows.of("\0".join(stream), uid)
        if written:
            return as_object(exact_json.loads(bytes(written[-1][3])))
        return self._context.target.get(stream, uid)

    def keep(self, stream: Stream, uid: str, row: JsonObject) -> None:
        """Remember a new latest version."""
        self._count += 1
        self._rows.add([("\0".join(stream), uid, self._count, exact_json.dumps(row))])

    def publish(self, sent: Sent) -> None:
        """Remember what a call shows, or takes down, of entries."""
        self._along.publish(sent)
        body, shows = sent.body, sent.ends == "publish"
        if body.get("scheduled_at"):
            return
        if sent.path == ["bulk", sent.ends]:
            where, members = body, objects(body.get("entries"))
        elif sent.is_entry:
            where, members = sent.under("entry"), [{**body, "uid": sent.uid}]
            if variants := objects(where.get("variants")):
                members = [{**body, **one, "uid": f"{sent.uid}\0{text(one.get('uid'))}"} for one in variants]
        else:
            return
        for one in members:
            self._show(one, where, shows=shows)

    def _show(self, one: JsonObject, where: JsonObject, *, shows: bool) -> None:
        own, version = text(one.get("locale")), (integer(one.get("version")) or 1) if shows else 0
        for locale in texts(as_list(where.get("locales"))) or [own]:
            for name in texts(as_list(where.get("environments"))):
                place = f"{self._environments.get(name, name)}\0{locale}"
                self._count += 1
                self._shown.add([(text(one.get("uid")), self._count, place, version, own or locale, "")])

    def answer(self, sent: Sent, shown: JsonObject) -> JsonObject:
        """What a read of one document or file will be answered then; `shown` is what it is answered now.

        Of a list of what extensions keep all rows are answered, whatever is asked for.
        """
        if sent.path == [kinds.METADATA.name]:
            return self._along.listed()
        if sent.is_entry and sent.path[4:5] == ["variants"] and len(sent.path) == 6:
            return self._variant(sent, shown)
        is_entry = sent.is_entry and len(sent.path) == 4
        if not is_entry and not (sent.path[0] == "assets" and len(sent.path) == 2):
            return shown
        stream = Stream("entries", sent.content_type, sent.locale) if is_entry else _ASSETS
        row = self._version(stream, sent.uid, sent.version)
        if row is None:
            return taken_version(self._context, stream, sent.uid, sent.version) or self._with_files(
                stream, shown
            )
        return {"entry" if is_entry else "asset": self._with_details(stream, sent.uid, row)}

    def _variant(self, sent: Sent, shown: JsonObject) -> JsonObject:
        stream, key = Stream("variants", sent.content_type, sent.locale), f"{sent.uid}\0{sent.ends}"
        row = None if sent.version else self.latest(stream, key)
        if row is None:
            return shown
        return {"entry": self._with_details(stream, key, as_object(row.get("variant")))}

    def _version(self, stream: Stream, uid: str, number: int) -> JsonObject | None:
        """A version that a write made; without a number also one that nothing was done to."""
        if not number:
            latest = self.latest(stream, uid)
            return latest and {**latest, **self._of_master(stream, uid)}
        for written in reversed(self._rows.of("\0".join(stream), uid)):
            row = as_object(exact_json.loads(bytes(written[3])))
            if row.get("_version") == number:
                return row
        return None

    def _of_master(self, stream: Stream, uid: str) -> JsonObject:
        """What a document in another language shows of the master document, where that is written: shared fields."""
        there = stream._replace(locale=self._master)
        if stream.locale in ("", self._master) or not self._rows.of("\0".join(there), uid):
            return {}
        schema = self._context.once(read_content).schemas.get(stream.type)
        master = self.latest(there, uid) or {}
        return {name: master.get(name) for name in (shared_fields(schema) if schema else ())}

    def _with_details(self, stream: Stream, uid: str, row: JsonObject) -> JsonObject:
        """With what is live then: the master document lists every language, each other one its own."""
        changed = {text(place): (version, text(own)) for _, _, place, version, own, _ in self._shown.of(uid)}
        details = [
            one
            for one in objects(row.get("publish_details"))
            if f"{text(one.get('environment'))}\0{text(one.get('locale'))}" not in changed
        ]
        for place, (version, own) in changed.items():
            environment, locale = place.split("\0")
            if version and stream.locale in (self._master, own):
                details.append(
                    {"environment": environment, "locale": locale, "version": version, "time": _THEN}
                )
        return {**row, "uid": uid.partition("\0")[0], "locale": stream.locale, "publish_details": [*details]}

    def _with_files(self, stream: Stream, shown: JsonObject) -> JsonObject:
        """With files that are gone and taken to be back: the snapshot has them, where it has the very version."""
        row, everything = as_object(shown.get("entry")), self._context.everything
        uid, number = text(row.get("uid")), integer(row.get("_version")) or 0
        known = (everything.get(stream, uid), everything.get(stream._replace(kind="versions"), uid, number))
        for ours in known if row and self._are_files_back() else ():
            if ours is not None and all(
                ours.get(name) == row.get(name) for name in ("_version", "updated_at")
            ):
                return {**shown, "entry": {**row, **strip_for_write(ours)}}
        return shown

    def _are_files_back(self) -> bool:
        return any(may_be_refused(self._context, "assets", uid) for uid in self._assets())

    def _assets(self) -> Iterator[str]:
        return (text(row.get("uid")) for row in self._context.source.objects(_ASSETS))
