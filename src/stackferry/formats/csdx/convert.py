"""Between a snapshot and the vendor CLI's own layout: the whole of `stackferry convert`, and of importing an export.

An adopted export is an ordinary snapshot. Nothing is ever written into the export, and nothing stays behind of
an adoption that failed. Must never talk to a network.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.drivers.events import Emit, Event, silent
from stackferry.errors import SnapshotCorrupt, StackferryError, UsageError
from stackferry.formats.csdx import locate
from stackferry.formats.csdx.folder import VendorFolder
from stackferry.formats.csdx.model import Bytes, Found, source_of
from stackferry.formats.csdx.read_assets import asset_bytes, assets
from stackferry.formats.csdx.read_entries import closing, entries
from stackferry.formats.csdx.read_locales import generation, languages
from stackferry.formats.csdx.read_structure import structure
from stackferry.formats.csdx.read_variant_groups import variant_groups
from stackferry.formats.csdx.write_assets import asset_documents, placed_bytes
from stackferry.formats.csdx.write_documents import documents, homeless
from stackferry.io.recursion_limit import make_room
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import Snapshot, clear_work, seal
from stackferry.io.storage.snapshot_index import SnapshotIndex
from stackferry.io.storage.snapshot_layout import LOCK, MANIFEST, STAGING, WORK, bytes_file
from stackferry.io.storage.staging import Staging
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentstack.content.documents import master_locale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.formats.csdx.locate import Root

NOTE = ".adopted.json"  # ends the name of the note that lies beside an adopted snapshot


def is_vendor_export(directory: Path) -> bool:
    """Whether a directory is an export made by the vendor's own CLI (either generation, one branch or more)."""
    return locate.is_vendor_export(directory)


def adopt(
    directory: Path,
    into: Path,
    *,
    branch: str = "",
    keep_secrets: bool = False,
    emit: Emit = silent,
) -> Snapshot:
    """Make `into` a snapshot of an export by the vendor's CLI, and open it.

    An export that has not changed since is not adopted again; one that has replaces the snapshot that was made
    of it. Raises UsageError for a directory that is no such export or holds several branches of which none is
    chosen, and for an `into` that holds anything else; SnapshotCorrupt, naming the file, for a damaged export.
    After an error `into` is as empty as it was.
    """
    make_room()
    root = locate.find_root(directory, branch)
    folder = VendorFolder(root.path)
    note: JsonObject = {"export": folder.stamp(), "branch": root.branch, "keep_secrets": keep_secrets}
    into = into.absolute()
    known = _known(into)
    if known == note:
        return Snapshot(into)
    _refuse_others(into, ours=known is not None)
    with _aside(into) as files:
        _seal_adopted(root, folder, files, emit, keep_secrets=keep_secrets)
        note["manifest"] = files.digest(MANIFEST).sha256
        _put_in_place(files, into, note)
    return Snapshot(into)


def write_vendor_export(snapshot: Snapshot, out: Path, emit: Emit = silent) -> list[Gap]:
    """Write a snapshot as an export that the vendor's CLI can import; tell what its layout has no place for.

    The same snapshot gives the same bytes. Raises UsageError where `out` holds anything, SnapshotCorrupt for a
    damaged snapshot; after an error `out` is as empty as it was.
    """
    out = out.absolute()
    _refuse_others(out, ours=False)
    snapshot.check()
    with _aside(out) as files:
        source = SnapshotIndex(snapshot, files.path(f"{WORK}/source.sqlite"))
        try:
            gaps = [*_write_rows(snapshot, source, files, emit), *homeless(source)]
        finally:
            source.close()
        clear_work(files)
        _put_in_place(files, out)
    return gaps


def _write_rows(snapshot: Snapshot, source: SnapshotIndex, files: Files, emit: Emit) -> Iterator[Gap]:
    about = snapshot.manifest.get("source")
    facts = about if isinstance(about, dict) else {}
    rows = documents(source, str(facts.get("key", "")), str(facts.get("branch", "main")))
    for name, data in chain(rows, asset_documents(source)):
        files.write_atomically(name, [data])
        emit(Event("convert", name.partition("/")[0], done=1))
    for placed in placed_bytes(source):
        if placed.name:
            files.write_atomically(placed.name, snapshot.files.chunks(bytes_file(placed.sha256)))
            emit(Event("convert", "files", done=1))
        if placed.gap is not None:
            yield placed.gap


def _seal_adopted(root: Root, folder: VendorFolder, files: Files, emit: Emit, *, keep_secrets: bool) -> None:
    staging = Staging(files.path(STAGING))
    try:
        seal(files, staging, _Adoption(folder, staging, files, emit, keep_secrets).run(root))
    finally:
        staging.close()
    clear_work(files)


def _known(into: Path) -> JsonObject | None:
    """What `into` was made of, if it is a snapshot that an adoption made and nobody has changed since."""
    beside = Files(into.parent)
    if not (into / MANIFEST).is_file() or not beside.exists(into.name + NOTE):
        return None
    note = exact_json.loads(beside.read(into.name + NOTE))
    if not isinstance(note, dict) or note.pop("manifest", None) != Files(into).digest(MANIFEST).sha256:
        return None
    return note


def _refuse_others(into: Path, *, ours: bool) -> None:
    if into.exists() and not into.is_dir():
        raise UsageError(f"{into} is a file; name a directory for the snapshot")
    if not ours and into.is_dir() and any(into.iterdir()):
        raise UsageError(f"{into} holds something else; name a new or empty directory")


@contextmanager
def _aside(into: Path) -> Iterator[Files]:
    """A hidden directory beside `into`, empty; gone again after a failure."""
    name = f".{into.name}.adopting"
    files = Files(into.parent / name)
    files.mkdir(WORK)
    with files.lock(LOCK):
        for left in [*files.walk()]:
            if left != LOCK:
                files.remove(left)
        try:
            yield files
        except BaseException:
            with suppress(StackferryError):  # the first failure is the one to tell
                Files(into.parent).remove_tree(name)
            raise


def _put_in_place(files: Files, into: Path, note: JsonObject | None = None) -> None:
    """The note comes between: at no instant is there an adopted snapshot that nothing vouches for."""
    beside = Files(into.parent)
    beside.remove_tree(into.name)
    if note is not None:
        beside.write_atomically(into.name + NOTE, [exact_json.dumps(note), b"\n"])
    beside.rename(files.root.name, into.name)
    beside.fsync_dir()


@dataclass(slots=True)
class _Adoption:
    """One export on its way into a working store."""

    folder: VendorFolder
    staging: Staging
    files: Files
    emit: Emit
    keep_secrets: bool
    added: Counter[str] = field(default_factory=Counter)

    def run(self, root: Root) -> JsonObject:
        """Stage everything; tell the head of the manifest."""
        self._keep(iter([languages(self.folder), variant_groups(self.folder)]))
        self._keep(structure(self.folder, keep_secrets=self.keep_secrets))
        self._keep(assets(self.folder, self.staging))
        for found in asset_bytes(self.folder, self.staging):
            self._copy(found)
        self._keep(entries(self.folder, self.staging))
        self._keep(iter([closing(self.staging)]))
        return self._head(root)

    def _keep(self, pages: Iterator[Found]) -> None:
        for page in pages:
            self.staging.keep(page.job, page.records, gaps=page.gaps, redacted=page.redacted)
            self.added.update(page.added)
            for stream, _ in page.records:
                self.emit(Event("convert", stream.kind, done=1))

    def _copy(self, found: Bytes) -> None:
        """Hash the bytes as they are: what the export says of their size is often wrong."""
        job = f"files/{found.uid}/{found.version}"
        if not found.name:
            self.staging.keep(job, gaps=[found.gap])
            return
        digest = self.folder.digest(found.name)
        name = bytes_file(digest.sha256)
        if (
            not self.files.exists(name)
            and self.files.write_atomically(name, self.folder.bytes(found.name)) != digest
        ):
            raise SnapshotCorrupt(
                f"{self.folder.root / found.name} changed while it was read; run the command again"
            )
        body: JsonObject = {
            "uid": found.uid,
            "version": found.version,
            "sha256": digest.sha256,
            "size": digest.size,
        }
        self.staging.keep(job, [(Stream("files"), Record(found.uid, body, found.version))])
        self.emit(Event("convert", "files", done=1))

    def _head(self, root: Root) -> JsonObject:
        key, branch = source_of(self.folder)
        source = {"system": "contentstack", "key": key, "host": "", "branch": root.branch or branch or "main"}
        return {
            "source": {**source},
            "export": {"made_by": "csdx", "generation": generation(self.folder), "added": {**self.added}},
            "options": {"versions": "as exported", "assets": True, "keep_secrets": self.keep_secrets},
            "master_locale": master_locale(self.staging),
        }
