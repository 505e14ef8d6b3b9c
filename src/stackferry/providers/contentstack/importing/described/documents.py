"""The writes of entries, variants and assets, told for people: what each is about, and what it changes. Pure.

What a document is after a write is kept, for the writes and reads that follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, integer, text, texts
from stackferry.model import Json, JsonObject, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.deletions.in_trash import restored
from stackferry.providers.contentstack.importing.described.fields import changes, document_fields

if TYPE_CHECKING:
    from stackferry.model import FormPart
    from stackferry.providers.contentstack.importing.described.foreseen import Foreseen
    from stackferry.providers.contentstack.importing.described.requests import Sent
    from stackferry.providers.source import Table
    from stackferry.providers.target import ImportContext, PreparedWrite, Write

ASSETS: Final = Stream("assets")
PLANNED: Final = "planned-"  # begins the uid of what would be made


class DescribedDocuments:
    """The documents of one dry run. `gone` takes the kind and uid of each that is deleted."""

    def __init__(self, context: ImportContext, foreseen: Foreseen, gone: Table) -> None:
        self._context, self._foreseen, self._gone = context, foreseen, gone
        self._master = master_locale(context.target)

    def entry(self, step: Write, sent: Sent, built: PreparedWrite) -> JsonObject:
        """A document of an entry, or its variant, stage or version name."""
        in_body = sent.ends in ("restore", "name")  # elsewhere an author's field may have that name
        named = text(sent.under("entry").get("locale")) if in_body else sent.locale
        stream = Stream("entries", sent.content_type, named or self._master)
        row: JsonObject = {
            "kind": "entries" if step.kind == "scaffolds" else step.kind,
            "named_by": "entries",
            "target": sent.uid,
            "content_type": sent.content_type,
            "locale": stream.locale,
            "uid": step.failed.uid,
        }
        return row | self._of_entry(step, sent, built, stream)

    def _of_entry(self, step: Write, sent: Sent, built: PreparedWrite, stream: Stream) -> JsonObject:
        """What only this request says."""
        if sent.request.method == "DELETE":
            return self._deleted(sent)
        if sent.ends == "restore":
            return self._restored(step, sent, stream)
        if sent.ends == "workflow":
            stage = as_object(sent.under("workflow").get("workflow_stage"))
            return {"stage": text(stage.get("uid"))}
        if sent.ends == "name":
            name = sent.under("entry").get("_version_name")
            return {"version": integer(sent.path[-2]) or sent.path[-2], "name": name}
        if sent.path[4:5] == ["variants"]:
            return self._variant(sent, built, stream)
        return self._document(sent, built, stream)

    def _restored(self, step: Write, sent: Sent, stream: Stream) -> JsonObject:
        # What the trash holds nobody can see: most likely what the snapshot does.
        source = self._context.source.get(stream._replace(locale=step.failed.locale), step.failed.uid)
        self._foreseen.keep(stream, sent.uid, restored(source or {}))
        return {}

    def _variant(self, sent: Sent, built: PreparedWrite, stream: Stream) -> JsonObject:
        body = sent.under("entry")
        there, key = stream._replace(kind="variants"), f"{sent.uid}\0{sent.ends}"
        held = self._foreseen.latest(there, key)
        own: JsonObject = {name: value for name, value in body.items() if name != "_variant"}
        shown = as_object(held.get("variant")) if held is not None else {}
        facts = as_object(shown.get("_variant")) | as_object(body.get("_variant")) | {"_uid": sent.ends}
        made: JsonObject = {**shown, **own, "_variant": facts, "_version": built.version or 1}
        self._foreseen.keep(there, key, {"uid": sent.uid, "variant": made})
        fields = document_fields(self._context, sent.content_type, shown, own) if shown else []
        return {"variant": sent.ends, "fields": fields, "is_new": not shown or None}

    def _document(self, sent: Sent, built: PreparedWrite, stream: Stream) -> JsonObject:
        body = sent.under("entry")
        row: JsonObject = {"title": text(body.get("title"))}
        if not sent.uid:
            return row
        held = self._foreseen.latest(stream, sent.uid)
        version = built.version or _version(held or {}) + 1
        self._foreseen.keep(stream, sent.uid, {**(held or {}), **body, "_version": version})
        if held is not None:
            return {**row, "fields": document_fields(self._context, sent.content_type, held, body)}
        return row if sent.uid.startswith(PLANNED) else {**row, "is_new": True}

    def _deleted(self, sent: Sent) -> JsonObject:
        """The languages in which an entry is deleted, and its title there: the source may not have it."""
        codes = self._deleted_locales(sent)
        going = (Stream("entries", sent.content_type, code) for code in (self._master, *codes))
        titles = [text((self._context.target.get(one, sent.uid) or {}).get("title")) for one in going]
        self._gone.add([("entries", sent.uid)])
        title = next(filter(None, titles if len(codes) > 1 else titles[1:]), "")
        several: JsonObject = {"locales": [*codes], "locale": ""} if len(codes) > 1 else {"locale": codes[0]}
        return {"uid": "", "title": title, **several}

    def _deleted_locales(self, sent: Sent) -> list[str]:
        named = texts(as_list(sent.under("entry").get("locales")))
        if dict(sent.request.params).get("delete_all_localized"):
            named = self._locales(sent)
        return named or [sent.locale or self._master]

    def _locales(self, sent: Sent) -> list[str]:
        """The languages that the target has an entry in."""
        streams = (
            one
            for one in self._context.target.streams()
            if one.kind == "entries" and one.type == sent.content_type
        )
        return [one.locale for one in streams if self._foreseen.latest(one, sent.uid)]

    def asset(self, step: Write, sent: Sent) -> JsonObject:
        """A file, or what is known of it."""
        if sent.request.method == "DELETE":
            self._gone.add([("assets", sent.uid)])
            return {"kind": step.kind, "target": sent.uid}
        row: JsonObject = {"kind": step.kind, "uid": step.failed.uid, "target": sent.uid}
        if sent.ends == "restore":
            source = self._context.source.get(ASSETS, step.failed.uid)
            self._foreseen.keep(ASSETS, sent.uid, restored(source or {}))
            return row
        upload = next((one for one in sent.request.parts if one.filename), None)
        body = _sent_of_asset(sent, upload)
        row["title"] = text(body.get("title"))
        held = self._foreseen.latest(ASSETS, sent.uid) if sent.uid else None
        if held is None:
            return row
        fields: list[Json] = changes({name: held.get(name) for name in body}, body)
        if upload is not None:
            latest = self._context.source.get(ASSETS, step.failed.uid) or {}
            size: JsonObject = {"from": held.get("file_size"), "to": latest.get("file_size")}
            fields.append({"path": "/file_size", **size})
            body["url"] = planned_address(step)
        self._foreseen.keep(ASSETS, sent.uid, {**held, **body, "_version": (_version(held) or 1) + 1})
        return {**row, "fields": fields}


def planned_address(step: Write) -> str:
    """The address of a file that will be uploaded; a uid in it would be taken for one."""
    return f"{PLANNED}address/{step.failed.path}"


def _version(row: JsonObject) -> int:
    return integer(row.get("_version")) or 0


def _sent_of_asset(sent: Sent, upload: FormPart | None) -> JsonObject:
    """What a request says of a file, in a form or as JSON."""
    form: JsonObject = {
        one.name.removeprefix("asset[").removesuffix("]"): one.content.decode("utf-8", "replace")
        for one in sent.request.parts
        if isinstance(one.content, bytes)
    }
    if "tags" in form:
        form["tags"] = [one for one in text(form["tags"]).split(",") if one]
    named: JsonObject = {} if upload is None else {"filename": upload.filename}
    return {**form, **sent.under("asset"), **named}
