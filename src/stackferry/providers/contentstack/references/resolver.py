"""What each reference becomes in the target, from the identities of the import; gaps where nothing corresponds.

What neither the snapshot nor the target holds is left out and recorded, never silently rewritten. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.references.asset_urls import PERMANENT, slug_of
from stackferry.providers.contentstack.references.gone_fields import GoneFields
from stackferry.providers.contentstack.references.held_addresses import upload_of
from stackferry.providers.contentstack.references.lost_fields import LostFields
from stackferry.providers.contentstack.references.model import KEEP, Keep, Reference, ReferenceKind
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.references.source_uids import SourceUids
from stackferry.providers.contentstack.target_names import is_same_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.references.model import Schema
    from stackferry.providers.target import ImportContext

LEFT_OUT = ": left out"  # how the reason of a gap ends where the reference is taken out of the document
KEPT = ": the field keeps the value that it has there"  # and where that stays as the target has it
_KINDS = {
    ReferenceKind.ENTRY: "entries",
    ReferenceKind.ASSET: "assets",
    ReferenceKind.EXTENSION: "extensions",
}


class Resolver:
    """Resolves the references of one document; `gaps` holds what could not be resolved.

    `not_yet_created` are uids of entries of the same cycle that a later step creates. The service refuses an import
    that refers to what does not exist, so references to them are left out; that is no gap, because the entry
    is written a second time with them. `held` gives the addresses of files in the target's own document.
    """

    def __init__(
        self,
        context: ImportContext,
        content_type: str,
        uid: str,
        locale: str,
        not_yet_created: frozenset[str] = frozenset(),
        held: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._context = context
        self._content_type, self._uid, self._locale = content_type, uid, locale
        self._not_yet_created, self._held = not_yet_created, held
        self.gaps: list[Gap] = []

    def rewritten(self, schema: Schema, document: JsonObject) -> JsonObject:
        """The document as the target takes it: what is lost is left out, references name the target's objects."""
        present, gone = self._context.once(GoneFields).without(self._content_type, document)
        kept, lost = self._context.once(LostFields).without(self._content_type, schema, present)
        self.gaps += [
            replace(gap, uid=self._uid, type=self._content_type, locale=self._locale)
            for gap in (*gone, *lost)
        ]
        return as_object(rewrite_references(schema, kept, self, for_write=True))

    def __call__(self, reference: Reference) -> str | Keep | None:
        match reference.kind:
            # Languages are created under their own codes, unless `--locale a=b` renames one.
            case ReferenceKind.LOCALE:
                return self._context.options.locales.get(reference.uid, KEEP)
            case ReferenceKind.ASSET_URL:
                return self._asset_url(reference)
            case ReferenceKind.TERM:
                return self._term(reference)
            case ReferenceKind.OBJECT:
                return self._object_of_an_app(reference)
            case _:
                return self._object(reference)

    def _object(self, reference: Reference) -> str | None:
        kind = _KINDS[reference.kind]
        # No gap: the entry is written again when they exist.
        if kind == "entries" and reference.uid in self._not_yet_created:
            return None
        target = self._context.in_target(kind, reference.uid)
        if target is None:
            what = f"{reference.kind.value} {reference.uid}"
            self._gap(reference, f"it refers to {what}, which the target does not have{LEFT_OUT}")
        return target

    def _object_of_an_app(self, reference: Reference) -> str | Keep | None:
        """A uid in an app's value. One that is nothing of the source is the app's own."""
        if reference.uid in self._not_yet_created:
            return None
        uids = self._context.once(SourceUids)
        target = uids.target(reference.uid)
        if target is None and uids.is_foreign(reference.uid):
            self._gap(reference, f"it names {reference.uid}, which the target does not have: left as it is")
        return target or KEEP

    def _asset_url(self, reference: Reference) -> str | Keep:
        """An address that leads nowhere stays: it may be part of a sentence, and content is never cut."""
        target = self._context.identity.target
        asset = self._context.in_target("assets", reference.uid)
        if asset == reference.uid and is_same_stack(self._context):
            return KEEP  # it serves the same file from every branch
        url = target(PERMANENT, reference.uid) if slug_of(reference.url) else None
        url = url or target("asset_urls", reference.uid) or self._address_of(asset, reference)
        if url:
            held = self._held().get(asset or "", "")
            is_same_file = upload_of(held) == upload_of(url) or self._is_older_upload(reference)
            _, mark, branch = url.partition("?")
            return f"{held}{mark}{branch}" if upload_of(held) and is_same_file else url
        what = f"the address of asset {reference.uid}"
        self._gap(reference, f"it holds {what}, which the target does not have: left as it is")
        return KEEP

    def _address_of(self, asset: str | None, reference: Reference) -> str:
        """The address of an asset of the target that this import does not bring."""
        row = self._context.target.get(Stream("assets"), asset) if asset else None
        return text((row or {}).get("permanent_url" if slug_of(reference.url) else "url"))

    def _is_older_upload(self, reference: Reference) -> bool:
        """Whether the address is that of a file which was replaced since."""
        asset = self._context.source.get(Stream("assets"), reference.uid) or {}
        upload, latest = upload_of(reference.url), upload_of(text(asset.get("url")))
        return bool(upload and latest) and upload != latest

    def _term(self, reference: Reference) -> Keep | None:
        """Taxonomies and terms keep their uids in every stack: a term exists there or it does not."""
        key = f"{reference.content_type}\0{reference.uid}"
        if self._context.identity.target("terms", key) or self._context.target.get(Stream("terms"), key):
            return KEEP
        what = f"term {reference.uid}"
        self._gap(reference, f"it is tagged with {what}, which the target does not have{LEFT_OUT}")
        return None

    def _gap(self, reference: Reference, reason: str) -> None:
        self.gaps.append(
            Gap(
                kind="references",
                uid=self._uid,
                type=self._content_type,
                locale=self._locale,
                path=reference.path,
                reason=reason,
            )
        )
