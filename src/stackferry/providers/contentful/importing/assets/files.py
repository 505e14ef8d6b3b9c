"""The files of assets: which are in the target already, which are uploaded, and how a body names them. Pure.

A file is named by its asset, its locale and its address in the source. Once the service has processed an upload the
asset holds an address of its own for it; that is kept, for later bodies and for later imports: so an asset whose file
has not changed is written with the file as the target has it, without an upload.
API page: "Assets": `uploadFrom` links an upload, `upload` is an address that the service fetches.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.errors import JsonRefused
from stackferry.json_values import as_object, nested, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.exporting.plan import FILES_READ
from stackferry.providers.contentful.importing.refused_before import refused_before
from stackferry.providers.contentful.importing.stored import same, same_document
from stackferry.providers.contentful.kinds import ASSETS, RELEASES
from stackferry.providers.target import WaitFor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.documents import Document
    from stackferry.providers.target import ImportContext

FILES: Final = (
    "asset_files"  # identities: asset, locale and the source's address → the file as the target shows it
)
ADDRESSES: Final = "file_addresses"  # identities: an address of the target → the source's of the same file
HELD_BYTES: Final = "bytes_held"  # identities: an address of the target → the SHA-256 of what it serves
UPLOADS: Final = "uploads"  # identities: SHA-256 → the id of the upload
EXPIRES: Final = "uploads_expire"  # identities: SHA-256 → when the upload is gone, in seconds since 1970
_FILES: Final = "/fields/file/"  # the path in an asset below which a gap is of a file
_FACTS: Final = ("fileName", "contentType")
_NO_BYTES: Final = "the snapshot does not hold its bytes"
_NOT_TAKEN: Final = "the target refused its bytes"
_UPLOAD_GONE: Final = "it was never processed, and its upload is gone"
_WITHOUT: Final = "the asset was written without it"
_STAYS: Final = "the target's own file stays"


def upload_key(sha256: str) -> str:
    """The key of the step that uploads these bytes."""
    return f"upload/{sha256}"


def file_key(asset: str, locale: str, url: str) -> str:
    """The name of a file among the identities; the locale is the target's."""
    return f"{asset}\0{locale}\0{url}"


class AssetFiles:
    """The files of one import's assets."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context

    def sha256(self, url: str) -> str:
        """The hash of the bytes at an address of the source; empty where the snapshot lacks them."""
        return text((self._context.source.get(Stream("files"), url) or {}).get("sha256"))

    def held_file(self, document: Document, locale: str) -> JsonObject:
        """The file that the target held in a locale before the import."""
        row = self._context.target.get(document.stream, document.uid) or {}
        return as_object(nested(row, "fields", "file", locale))

    def in_target(self, document: Document, locale: str, file: JsonObject) -> JsonObject | None:
        """The target's file that is this one of the source; None where it has to be uploaded."""
        key = file_key(document.uid, locale, text(file.get("url")))
        made = self._context.identity.target(FILES, key)
        if made is not None:
            return _file(made)
        held = self.held_file(document, locale)
        return held if held and self._is_held(file, held) else None

    def _is_held(self, file: JsonObject, held: JsonObject) -> bool:
        """Whether the file that the target held is this one."""
        if any(file.get(name) != held.get(name) for name in _FACTS):
            return False
        url, other = text(file.get("url")), text(held.get("url"))
        if (
            url == other or self._source_of(other) == url
        ):  # one space, a clone of its environment; or written so
            return True
        digest = self._known_sha256(other)
        if not digest:
            if not other or nested(file, "details", "size") != nested(held, "details", "size"):
                return False
            digest = self._context.identity.target(HELD_BYTES, other) or ""
        return not digest or digest == self.sha256(url)

    def _source_of(self, url: str) -> str:
        """The source's address of the file that an import has put at this one of the target; empty: not known."""
        here, before = self._context.identity, self._context.earlier
        return here.target(ADDRESSES, url) or before.target(ADDRESSES, url) or ""

    def _known_sha256(self, url: str) -> str:
        """The hash of what an address of the target serves, where that is known without a look."""
        return self.sha256(self._source_of(url)) or self.sha256(url)

    def doubtful(self, content: JsonObject, row: JsonObject) -> Iterator[str]:
        """The addresses in a row of the target of which only their bytes tell whether they serve the source's files."""
        for locale, file in files_in(content):
            held, url = as_object(nested(row, "fields", "file", locale)), text(file.get("url"))
            other = text(held.get("url"))
            is_known = other in ("", url) or self._source_of(other) == url or self._known_sha256(other)
            if not is_known and self.sha256(url) and self._is_held(file, held):
                yield other

    def awaited(self, document: Document, content: JsonObject) -> Iterator[WaitFor]:
        """Where the source is still being exported: the files of a body that have not arrived yet."""
        for locale, file in files_in(content):
            url = text(file.get("url"))
            if url and not self._has_arrived(url) and self.in_target(document, locale, file) is None:
                yield WaitFor(partial(self._has_arrived, url))

    def _has_arrived(self, url: str) -> bool:
        """Whether a file is there, or will never be."""
        return bool(self.sha256(url)) or self._context.is_read(FILES_READ)

    def to_upload(self, document: Document, content: JsonObject) -> Iterator[tuple[str, str]]:
        """The locales of a body whose files have to be uploaded and processed, each with the file's hash."""
        for locale, file in files_in(content):
            if url := text(file.get("url")):
                sha256 = self.sha256(url)
                is_to_come = sha256 and not self._refused(sha256)
                if is_to_come and self.in_target(document, locale, file) is None:
                    yield locale, sha256

    def body(
        self, document: Document, content: JsonObject, row: JsonObject | None = None
    ) -> tuple[JsonObject, list[Gap]]:
        """A body as it is sent, its files as the target has them or as uploads, and the gaps of those it lacks.

        In place of a file that cannot be had, the one that the target's `row` has in its locale stays.
        """
        gaps: list[Gap] = []
        sent: JsonObject = {}
        for locale, file in files_in(content):
            made, reason = self._sent(document, locale, file)
            if reason:
                made = as_object(nested(row or {}, "fields", "file", locale)) or None
                gaps.append(_lacks(document, locale, reason, made))
            if made is not None:
                sent[locale] = made
        fields = as_object(content.get("fields"))
        named: JsonObject = {"file": sent} if "file" in fields else {}
        return {**content, "fields": {**fields, **named}}, gaps

    def lacking(self, document: Document, content: JsonObject, row: JsonObject) -> Iterator[Gap]:
        """The gaps of the files of a body that cannot be had, where nothing of it is written over the target's row."""
        for locale, file in files_in(content):
            held = as_object(nested(row, "fields", "file", locale))
            if (reason := self._is_out_of_reach(file)) and not (held and self._is_same(file, held)):
                yield _lacks(document, locale, reason, held or None)

    def _is_out_of_reach(self, file: JsonObject) -> str:
        """Why a file can be brought into no target; empty for one that can be."""
        url = text(file.get("url"))
        if not url:  # never processed; an address that the service is to fetch is still good
            return _UPLOAD_GONE if "uploadFrom" in file else ""
        sha256 = self.sha256(url)
        return self._refused(sha256) if sha256 else _NO_BYTES

    def _refused(self, sha256: str) -> str:
        """Why an earlier import could not upload these bytes; empty where that is to be tried."""
        return refused_before(self._context, ASSETS.name, upload_key(sha256), lambda: sha256)

    def _sent(self, document: Document, locale: str, file: JsonObject) -> tuple[JsonObject | None, str]:
        url = text(file.get("url"))
        if not url:
            return file, self._is_out_of_reach(file)
        if (there := self.in_target(document, locale, file)) is not None:
            return there, ""
        upload = self._context.identity.target(UPLOADS, self.sha256(url))
        if upload is None:
            return None, self._is_out_of_reach(file) or _NOT_TAKEN
        link: JsonObject = {"sys": {"type": "Link", "linkType": "Upload", "id": upload}}
        return {**{name: file[name] for name in _FACTS if name in file}, "uploadFrom": link}, ""

    def same(self, wanted: JsonObject, held: JsonObject) -> bool:
        """Whether a body that an asset is to have and one that it has in the target say the same."""
        theirs = dict(files_in(held))
        mine = self._expected(wanted, theirs)
        if mine.keys() != theirs.keys() or not self.same_beside(wanted, held):
            return False
        return all(
            mine[locale] == theirs[locale] or self._is_same(mine[locale], theirs[locale]) for locale in mine
        )

    def _expected(self, wanted: JsonObject, theirs: Mapping[str, JsonObject]) -> dict[str, JsonObject]:
        """The files of a body by language; in place of one that cannot be had, what the target has."""
        return {
            locale: theirs.get(locale, {}) if self._is_out_of_reach(file) else file
            for locale, file in files_in(wanted)
            if locale in theirs or not self._is_out_of_reach(file)
        }

    def own_version(self, wanted: JsonObject, row: JsonObject) -> int:
        """The version of a row that is as this import wrote it, though processing may have failed since; else 0."""
        own: JsonObject = {name: value for name, value in row.items() if name != "sys"}
        return version_of(row) if self.same_beside(wanted, own) else 0

    def same_beside(self, one: JsonObject, other: JsonObject) -> bool:
        """Whether two bodies say the same beside their files."""
        return same_document(_without_files(one), _without_files(other))

    def _is_same(self, file: JsonObject, held: JsonObject) -> bool:
        if not text(file.get("url")):
            return same(file, held)
        return self._is_held(file, held)


def without_file(gap: JsonObject) -> JsonObject | None:
    """As `providers.edited_since` promises: an asset, or a body of one in a release."""
    body, is_file, _ = text(gap.get("path")).partition(_FILES)
    named: JsonObject = {"kind": gap.get("kind"), "uid": gap.get("uid")}
    if is_file and named["kind"] == RELEASES.name:
        return {**named, "path": body}
    return named if is_file and not body and named["kind"] == ASSETS.name else None


def kept_file(
    document: Document, locale: str, url: str, file: JsonObject
) -> tuple[tuple[str, str, str], ...]:
    """The identities of a file of the source that the target has processed: how the target shows it, and where."""
    kept = exact_json.dumps(file).decode()
    return (FILES, file_key(document.uid, locale, url), kept), (ADDRESSES, text(file["url"]), url)


def _lacks(document: Document, locale: str, reason: str, kept: JsonObject | None) -> Gap:
    told = f"{reason}: {_WITHOUT if kept is None else _STAYS}"
    return document.gap(told, f"{_FILES}{locale}", locale)


def files_in(content: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """The files of an asset's body by locale."""
    for locale, file in sorted(as_object(nested(content, "fields", "file")).items()):
        yield locale, as_object(file)


def uploads_named(row: JsonObject) -> dict[str, str]:
    """The upload that the file of each locale is to be made of; an empty text where it is made."""
    return {locale: text(nested(file, "uploadFrom", "sys", "id")) for locale, file in files_in(row)}


def _without_files(content: JsonObject) -> JsonObject:
    fields = {name: value for name, value in as_object(content.get("fields")).items() if name != "file"}
    return {**content, "fields": fields}


def _file(kept: str) -> JsonObject:
    try:
        return as_object(exact_json.loads(kept.encode()))
    except JsonRefused:
        return {}
