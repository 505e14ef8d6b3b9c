"""The plan for folders and assets: folders from the root down, each asset version in order.

An asset without its bytes cannot be made: it is a gap, and so is every reference to it. Pure.
API pages: "Create a folder", "Upload asset", "Replace asset".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import as_list, integer, text
from stackferry.model import FormPart, Gap, JsonObject, Stream
from stackferry.providers.contentstack.file_names import stored_name
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.assets.addresses import set_address
from stackferry.providers.contentstack.importing.assets.keys import asset_keys
from stackferry.providers.contentstack.importing.assets.probes import probe_asset
from stackferry.providers.contentstack.importing.assets.second_look import look_again, unless_moved
from stackferry.providers.contentstack.importing.assets.versions import (
    has_other_bytes,
    is_recognised,
    is_sought,
    version_note,
)
from stackferry.providers.contentstack.importing.branches.fork import Fork, promoted
from stackferry.providers.contentstack.importing.deletions.made_before import version_back
from stackferry.providers.contentstack.importing.objects import Payload
from stackferry.providers.contentstack.importing.promotion import Promotion
from stackferry.providers.contentstack.matching.assets import folder_paths
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests import assets as requests
from stackferry.providers.promotion import Verdict
from stackferry.providers.target import ImportContext, PreparedWrite, Step, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_FACTS = ("title", "description", "tags")
_REPLACED = "assets_replaced"  # the identity of one whose file differed from the target's


def folder(context: ImportContext, row: JsonObject) -> Payload:
    return Payload({"name": row.get("name"), "parent_uid": _parent(context, row)})


def _parent(context: ImportContext, row: JsonObject) -> str | None:
    """The target's uid of the folder that an asset or a folder lies in."""
    parent = text(row.get("parent_uid"))
    return context.identity.target("folders", parent) if parent else None


class AssetPlan:
    """The writes of all assets of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._source = context.source
        self._paths, self._target_paths = folder_paths(context.source), folder_paths(context.target)

    def assets(self) -> Iterator[Step]:
        """Every asset: its older versions that something points at, then its latest."""
        last_of_name: dict[int, str] = {}  # assets of one name one at a time: a probe searches for the name
        for latest in self._source.objects(Stream("assets")):
            name = hash((stored_name(latest.get("filename")), latest.get("title"), latest.get("parent_uid")))
            for step in self._versions(latest, last_of_name.get(name, "")):
                yield step
                last_of_name[name] = step.key

    def look_again(self) -> Iterator[Step]:
        """Look at what `assets` is about to write over."""
        latest = self._source.objects(Stream("assets"))
        rows = ((self._context.once(matches).row("assets", text(one.get("uid"))), one) for one in latest)
        held = ((row, step) for row, one in rows if row for step in self._versions(one, ""))
        return look_again(self._context, held)

    def _versions(self, latest: JsonObject, before: str) -> Iterator[Write]:
        """The steps of one asset.

        Of one that the target already holds only its latest version is compared; before it, where the target is to be
        updated, go the older ones that its own history lacks, and then the latest is written in any case.
        """
        existing = self._context.once(matches).row("assets", text(latest.get("uid")))
        older = self._older(latest, existing)
        # An older version whose bytes the snapshot lacks is no version that takes the latest one's place.
        is_latest_written = existing is None or any(self._file(one) is not None for one in older)
        for document, previous in zip((*older, latest), (None, *older), strict=True):
            upload, *tags = asset_keys(document)
            failed = _gap(document, text(document.get("filename")), "the target refused it")
            is_written = is_latest_written or document is not latest
            build = partial(self._prepare, document, existing, previous, is_written=is_written)
            unless = partial(unless_moved, self._context, existing)
            yield self._write(upload, document, unless(failed, build), failed, before)
            before = upload
            for key in tags:
                failed = _gap(document, "tags", "the target refused its tags")
                build = partial(self._prepare_tags, document, is_written=is_written)
                yield self._write(key, document, unless(None, build), failed, before)
                before = key
        yield from set_address(self._context, latest, existing, before)

    def _older(self, latest: JsonObject, existing: JsonObject | None) -> list[JsonObject]:
        """The older versions that are written."""
        uid, options = text(latest.get("uid")), self._context.options
        found = (self._source.get(Stream("asset_versions"), uid, one) for one in range(1, _version(latest)))
        older = [document for document in found if document is not None]
        if existing is None:
            return older
        if options.on_conflict != "update" or not options.includes("assets"):
            return []
        return [one for one in older if not is_recognised(self._context, one)]

    def _write(
        self,
        key: str,
        document: JsonObject,
        build: Callable[[], PreparedWrite],
        failed: Gap,
        before: str,
    ) -> Write:
        def read(answer: JsonObject) -> WriteResult:
            # Entries and releases refer to the uid and the version.
            made = object_in(answer, "asset", "uid", "_version")
            known = self._context.once(Promotion).is_on
            same = [promoted("assets", text(document.get("uid")), document, made)] if known else []
            return WriteResult(identities=[*_identities(document, made), *same])

        after, probe = (
            [before] if before else [],
            partial(probe_asset, self._context, text(document.get("uid"))),
        )
        return Write(key=key, kind="assets", build=build, read=read, failed=failed, after=after, probe=probe)

    def _prepare(
        self,
        document: JsonObject,
        existing: JsonObject | None,
        previous: JsonObject | None,
        *,
        is_written: bool,
    ) -> PreparedWrite:
        """A version that is uploaded, or compared with what the target holds; `previous` is written before it."""
        if not self._context.options.includes("assets"):
            return PreparedWrite(identities=self._known(document, existing))
        file = self._file(document)
        if existing is not None and not is_written:
            found = self._compare(document, existing, file)
        else:
            found = self._upload(document, existing or {}, file, previous)
        return replace(found, gaps=[*found.gaps, *self._folder_gaps(document, existing)])

    def _known(self, document: JsonObject, existing: JsonObject | None) -> list[tuple[str, str, str]]:
        known = _identities(document, existing) if existing else []
        if is_sought(self._context, document):  # which version of the target it is, its history has told
            known = [one for one in known if one[0] != "asset_versions"]
        return known

    def _folder(self, document: JsonObject, existing: JsonObject) -> str | None:
        """The target's uid of the folder that an asset lies in; where that is not there it stays where it is."""
        found = _parent(self._context, document)
        return text(existing.get("parent_uid")) or None if self._lacks_folder(document) else found

    def _lacks_folder(self, document: JsonObject) -> bool:
        parent = text(document.get("parent_uid"))
        return bool(parent) and self._context.identity.target("folders", parent) is None

    def _folder_gaps(self, document: JsonObject, existing: JsonObject | None) -> list[Gap]:
        uid, number = text(document.get("uid")), _version(document)
        is_latest = _version(self._source.get(Stream("assets"), uid) or {}) == number
        is_untouched = self._context.once(Fork).is_untouched(document)
        if not is_latest or is_untouched or not self._lacks_folder(document):
            return []
        name = self._paths.get(text(document.get("parent_uid"))) or text(document.get("parent_uid"))
        where = "lies at the top" if existing is None else "stays where it is"
        return [_gap(document, "parent_uid", f"the target does not have its folder {name}: it {where}")]

    def _file(self, document: JsonObject) -> JsonObject | None:
        """The bytes of a version in the snapshot."""
        return self._source.get(Stream("files"), text(document.get("uid")), _version(document))

    def _upload(
        self,
        document: JsonObject,
        existing: JsonObject,
        file: JsonObject | None,
        previous: JsonObject | None,
    ) -> PreparedWrite:
        if file is None:
            gap = _gap(document, text(document.get("filename")), "the snapshot lacks its bytes")
            return PreparedWrite(gaps=[gap])
        target = text(existing.get("uid")) or self._context.identity.target(
            "assets", text(document.get("uid"))
        )
        version = self._next_version(document, existing)
        if target is not None and (wanted := self._changes(document, existing, file, previous)):
            request, note = requests.update_asset(target, wanted), version_note(target, version, wanted)
            return PreparedWrite(request=request, note=note, version=version)
        form = self._form(document, file, existing, is_replacement=target is not None)
        marks = self._marks(document, existing, file)
        if target is None:
            return PreparedWrite(request=requests.upload_asset(form), note=marks)
        request, note = requests.replace_asset(target, form), version_note(target, version, marks)
        return PreparedWrite(request=request, note=note, version=version)

    def _next_version(self, document: JsonObject, existing: JsonObject) -> int:
        """The number that a version gets: one more than what the target held, and than what was written of it."""
        uid = text(document.get("uid"))
        names = (f"{uid}\0{one}" for one in range(1, _version(document)))
        made = (self._context.identity.target("asset_versions", name) for name in names)
        known = [int(number) for number in made if number]
        back = version_back(self._context, Stream("assets"), uid) or 0
        return max([integer(existing.get("_version")) or 0, back, *known]) + 1

    def _is_file_there(
        self, document: JsonObject, existing: JsonObject, file: JsonObject, previous: JsonObject | None
    ) -> bool:
        """Whether the target's asset has the file of a version already, when its turn comes."""
        if len(asset_keys(document)) > 1:  # its tags are written apart, after an upload
            return False
        uid = text(document.get("uid"))
        if previous is not None:
            key = f"{uid}\0{_version(previous)}"
            is_there = self._context.identity.target("asset_versions", key) is not None
            return is_there and self._is_same_file(previous, document, file)
        latest = self._source.get(Stream("assets"), uid) or {}
        own = self._file(latest)
        is_held = bool(existing) and own is not None and not self._is_other_file(latest, existing, own)
        return is_held and self._is_same_file(latest, document, file)

    def _is_same_file(self, one: JsonObject, document: JsonObject, file: JsonObject) -> bool:
        """Whether a version has the file of another one, under the same name."""
        own, names = self._file(one) or {}, [stored_name(row.get("filename")) for row in (one, document)]
        is_of_type = one.get("content_type") == document.get("content_type")
        return own.get("sha256") == file.get("sha256") and names[0] == names[1] and is_of_type

    def _changes(
        self, document: JsonObject, existing: JsonObject, file: JsonObject, previous: JsonObject | None
    ) -> JsonObject:
        """What changes from the version before to one with the same file; empty where only an upload makes it.

        Another upload would change the file's address, and with it every text that holds that.
        """
        if not self._is_file_there(document, existing, file, previous):
            return {}
        there = existing if previous is None else previous
        wanted: JsonObject = {name: document.get(name) for name in _FACTS}
        moved = self._other_folder(document, existing, previous)
        return {} if _says(there, wanted) and not moved else {**wanted, **moved}

    def _other_folder(
        self, document: JsonObject, existing: JsonObject, previous: JsonObject | None
    ) -> JsonObject:
        """The folder of an asset's latest version, which alone has one, if the asset lies in another then."""
        if self._source.get(Stream("asset_versions"), text(document.get("uid")), _version(document)):
            return {}
        place = existing.get("parent_uid") if previous is None else self._folder(previous, existing)
        folder = self._folder(document, existing)
        return {} if folder == place else {"parent_uid": folder}

    def _marks(self, document: JsonObject, existing: JsonObject, file: JsonObject) -> JsonObject:
        """What an upload is recognised by."""
        return {
            "filename": document.get("filename"),
            "title": document.get("title"),
            "parent_uid": self._folder(document, existing),
            "file_size": str(file.get("size")),
        }

    def _compare(self, document: JsonObject, existing: JsonObject, file: JsonObject | None) -> PreparedWrite:
        """What to do about an asset that the target already holds: nothing, unless updates were asked for."""
        found = PreparedWrite(identities=_identities(document, existing))
        target = text(existing.get("uid"))
        if self._context.options.on_conflict != "update":
            return found
        return self._with_promotion(
            document, existing, self._compared(document, existing, file, found, target)
        )

    def _with_promotion(
        self, document: JsonObject, existing: JsonObject, built: PreparedWrite
    ) -> PreparedWrite:
        """What to do about one that differs, where it may have been edited in the target's branch alone."""
        promotion, uid = self._context.once(Promotion), text(document.get("uid"))
        if not promotion.is_on:
            return built
        if built.request is None:
            return replace(built, identities=[*built.identities, promoted("assets", uid, document, existing)])
        is_conflict = promotion.verdict("assets", uid, document, existing) is Verdict.CONFLICT
        remarks = [promotion.conflict("assets", uid, document, existing)] if is_conflict else []
        if not promotion.is_kept("assets", uid):
            return replace(built, remarks=remarks)
        gaps = [_gap(document, text(document.get("filename")), one.reason) for one in remarks]
        # A release that names the version is to hold the same content.
        number = promotion.shared_version("assets", uid, document)
        versions = [("asset_versions", f"{uid}\0{_version(document)}", str(number))] if number else []
        known = [one for one in _identities(document, existing) if one[0] != "asset_versions"]
        return PreparedWrite(identities=[*known, *versions], remarks=remarks, gaps=gaps)

    def _compared(
        self,
        document: JsonObject,
        existing: JsonObject,
        file: JsonObject | None,
        found: PreparedWrite,
        target: str,
    ) -> PreparedWrite:
        version = _version(existing) + 1
        if file is not None and self._is_other_file(document, existing, file):
            form = self._form(document, file, existing, is_replacement=True)
            known = [*found.identities, (_REPLACED, text(document.get("uid")), "yes")]
            note = version_note(target, version, self._marks(document, existing, file))
            request = requests.replace_asset(target, form)
            return replace(found, request=request, note=note, version=version, identities=known)
        wanted: JsonObject = {name: document.get(name) for name in _FACTS}
        place = self._paths.get(text(document.get("parent_uid")), "")
        is_moved = place != self._target_paths.get(text(existing.get("parent_uid")), "")
        if is_moved and not self._lacks_folder(document):
            wanted["parent_uid"] = _parent(self._context, document)
        if _says(existing, wanted):
            return found
        request, note = requests.update_asset(target, wanted), version_note(target, version, wanted)
        return replace(found, request=request, note=note, version=version)

    def _is_other_file(self, document: JsonObject, existing: JsonObject, file: JsonObject) -> bool:
        # The size in an asset's record is often not that of its file, so a size that is equal in both records is equal.
        is_of_size = str(existing.get("file_size")) in (str(file.get("size")), str(document.get("file_size")))
        is_called_so = stored_name(document.get("filename")) == stored_name(existing.get("filename"))
        return not is_of_size or not is_called_so or has_other_bytes(self._context, document, file)

    def _form(
        self, document: JsonObject, file: JsonObject, existing: JsonObject, *, is_replacement: bool
    ) -> tuple[FormPart, ...]:
        fields = {
            "asset[parent_uid]": self._folder(document, existing) or "",
            "asset[title]": text(document.get("title")),
            "asset[description]": text(document.get("description")),
            "asset[tags]": ",".join(text(tag) for tag in as_list(document.get("tags"))),
        }
        # What a replacement does not name stays as it was.
        parts = [
            FormPart(name, value.encode("utf-8", "surrogatepass"))
            for name, value in fields.items()
            if value or is_replacement
        ]
        upload = FormPart(
            "asset[upload]",
            self._context.bytes_of(text(file.get("sha256"))),
            filename=text(document.get("filename")) or "file",
            media_type=text(document.get("content_type")) or "application/octet-stream",
        )
        return (*parts, upload)

    def _prepare_tags(self, document: JsonObject, *, is_written: bool) -> PreparedWrite:
        """Tags that hold a comma, which the upload's form cannot say: in a version that takes the upload's place."""
        identity, uid = self._context.identity, text(document.get("uid"))
        target, is_uploaded = (
            identity.target("assets", uid),
            is_written or identity.target(_REPLACED, uid) is not None,
        )
        if target is None or not is_uploaded:
            return PreparedWrite()
        wanted: JsonObject = {"tags": document.get("tags")}
        version = int(identity.target("asset_versions", f"{uid}\0{_version(document)}") or 0) + 1
        request, note = requests.update_asset(target, wanted), version_note(target, version, wanted)
        return PreparedWrite(request=request, note=note, version=version)


def _says(row: JsonObject, wanted: JsonObject) -> bool:
    """Whether an asset says all of this. What is empty is the same as what is not there."""
    return all((row.get(name) or None) == (value or None) for name, value in wanted.items())


def _version(document: JsonObject) -> int:
    return integer(document.get("_version")) or 1


def _gap(document: JsonObject, path: str, reason: str) -> Gap:
    return Gap(kind="assets", uid=text(document.get("uid")), path=path, reason=reason)


def _identities(document: JsonObject, made: JsonObject) -> list[tuple[str, str, str]]:
    """The target's uid, URL (texts refer to an asset by it) and version number."""
    uid = text(document.get("uid"))
    return [
        ("assets", uid, text(made.get("uid"))),
        ("asset_urls", uid, text(made.get("url"))),
        ("asset_versions", f"{uid}\0{_version(document)}", str(_version(made))),
    ]
