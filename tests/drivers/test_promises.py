"""The guarantees I1 to I7 of docs/format.md (I8, secrets, is tested with the readers and the log)."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from random_stack import fill_random
from small_stack import fill_small
from workbench import Cut, RecordingTransport, cut_at, file_digests, make_workbench, memory_directory

from sampling import sampled
from stackferry import exact_json
from stackferry.core.rate_limit import UNLIMITED_IN_FLIGHT
from stackferry.errors import ExitCode, SnapshotCorrupt, UsageError
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import MANIFEST, WORK, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx
    from workbench import Workbench


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def entries_of(snapshot: Snapshot) -> Path:
    return snapshot.root / "entries" / "page" / "en-us.jsonl"


# --- I1: the manifest exists ⇔ the snapshot is complete ---


def test_i1_no_manifest_before_the_end(workbench: Workbench) -> None:
    """I1: a directory without a manifest is not accepted as a snapshot."""
    seen: list[bool] = []
    directory = workbench.root / "snapshot"

    def observe(*_: object) -> None:
        seen.append((directory / MANIFEST).exists())

    transport = RecordingTransport(workbench.emulator, observe)
    workbench.export(transport=transport)
    assert len(seen) == 2 * transport.sent
    assert not any(seen)
    with pytest.raises(Cut):
        workbench.export(
            "unfinished", transport=RecordingTransport(workbench.emulator, cut_at(9, after=True))
        )
    with pytest.raises(UsageError, match="unfinished: run the same export again"):
        Snapshot(workbench.root / "unfinished")


def test_i1_manifest_is_written_last(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """I1."""
    renamed: list[str] = []
    rename = Files.rename

    def spy(self: Files, name: str, to: str) -> None:
        renamed.append(to)
        rename(self, name, to)

    monkeypatch.setattr(Files, "rename", spy)
    snapshot = workbench.export()
    assert renamed[-1] == MANIFEST
    assert set(renamed) == set(file_digests(snapshot.root))


def test_i1_manifest_lists_everything(workbench: Workbench) -> None:
    """I1: every file with its size, digest and number of transports, and every kind with its count."""
    snapshot = workbench.export()
    assert not (snapshot.root / WORK).exists()
    listed = {str(entry["path"]): entry for entry in snapshot.file_entries()}
    assert {path: entry["sha256"] for path, entry in listed.items()} | {
        MANIFEST: file_digests(snapshot.root)[MANIFEST]
    } == file_digests(snapshot.root)
    counts: dict[str, int] = {}
    for path, entry in listed.items():
        data = (snapshot.root / path).read_bytes()
        assert entry["size"] == len(data)
        if "kind" in entry:
            assert entry["lines"] == data.count(b"\n")
            counts[str(entry["kind"])] = counts.get(str(entry["kind"]), 0) + data.count(b"\n")
    assert counts == snapshot.manifest["counts"]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def add(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"{}\n")


def replace_with_link(path: Path) -> None:
    twin = path.with_name("twin")
    path.rename(twin)
    path.symlink_to(twin)


DAMAGE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "edited": (flip, "SHA-256"),
    "truncated": (truncate, "bytes where the manifest says"),
    "longer": (add, "bytes where the manifest says"),
    "missing": (lambda path: path.unlink(), "missing"),
    "linked": (replace_with_link, "link"),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("kind", ["lines", "bytes"])
def test_i1_damage_is_found(workbench: Workbench, damage: str, kind: str) -> None:
    """I1, A9: the file is named with the reason, and no import begins."""
    snapshot = workbench.export()
    blob = next(path for path in sorted((snapshot.root / "files").rglob("*")) if path.is_file())
    path = entries_of(snapshot) if kind == "lines" else blob
    act, reason = DAMAGE[damage]
    act(path)
    found = [*Snapshot(snapshot.root).verify()]
    name = path.relative_to(snapshot.root).as_posix()
    assert [line for line in found if name in line and reason in line]
    with pytest.raises(SnapshotCorrupt, match="is damaged") as corrupt:
        workbench.import_snapshot(snapshot)
    assert corrupt.value.exit_code is ExitCode.CORRUPT
    assert workbench.writes() == 0


def test_i1_a_file_that_the_manifest_lacks_is_found(workbench: Workbench) -> None:
    """I1, A9."""
    snapshot = workbench.export()
    (snapshot.root / "files" / "stranger").write_bytes(b"")
    assert [*snapshot.verify()] == ["files/stranger: not in the manifest"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"tool": "stackferry", "format": 1, "format": 2}', "\x00" * 80]
)
def test_i1_an_unreadable_manifest_is_refused(workbench: Workbench, text: str) -> None:
    """I1, A8."""
    snapshot = workbench.export()
    (snapshot.root / MANIFEST).write_text(text, "utf-8")
    with pytest.raises((SnapshotCorrupt, UsageError), match=MANIFEST):
        Snapshot(snapshot.root)


def test_i1_a_manifest_of_a_newer_format_is_refused(workbench: Workbench) -> None:
    """I1, A8."""
    snapshot = workbench.export()
    manifest = {**snapshot.manifest, "format": 2}
    (snapshot.root / MANIFEST).write_bytes(exact_json.dumps(manifest))
    with pytest.raises(UsageError, match="format 2"):
        Snapshot(snapshot.root)


def test_i2_sealed_files_never_change(workbench: Workbench) -> None:
    """I2: not even their inode or modification time."""
    snapshot = workbench.export()
    before = {path: path.stat() for path in snapshot.root.rglob("*")}
    assert [*snapshot.verify()] == []
    workbench.import_snapshot(snapshot)
    with pytest.raises(UsageError):
        workbench.export()
    after = {path: path.stat() for path in snapshot.root.rglob("*")}
    facts = ("st_ino", "st_mtime_ns", "st_size")
    assert {path: [getattr(stat, fact) for fact in facts] for path, stat in before.items()} == {
        path: [getattr(stat, fact) for fact in facts] for path, stat in after.items()
    }


def test_i3_answers_that_are_kept_are_not_asked_for_again(workbench: Workbench) -> None:
    """I3: and are in the snapshot."""
    quiet = RecordingTransport(workbench.emulator)
    whole = workbench.export("whole", transport=quiet)
    for number in count(2, 5):
        name = f"cut-{number}"
        first = RecordingTransport(workbench.emulator, cut_at(number, after=True))
        try:
            workbench.export(name, transport=first)
        except Cut:
            second = RecordingTransport(workbench.emulator)
            workbench.export(name, transport=second)
            repeated = Counter(first.log) + Counter(second.log) - Counter(quiet.log)
            assert repeated.total() <= 8  # those of the workers that were under way
            assert file_digests(workbench.root / name) == file_digests(whole.root)
        else:
            break


def test_i4_an_intent_is_on_disk_before_its_write_is_sent(workbench: Workbench) -> None:
    """I4: read through a connection of its own."""
    snapshot = workbench.export()
    state = workbench.root / "state" / "checkpoint.sqlite"
    known: list[int] = []

    def observe(transport: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if request.method == "GET" or done:
            return
        checkpoint = Checkpoint(state)
        rows = checkpoint._db.execute("SELECT count(*) FROM operation").fetchone()  # noqa: SLF001 - a second reader
        checkpoint.close()
        known.append(int(rows[0]))
        assert known[-1] >= sum(not call.startswith("GET") for call in transport.log)

    workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, observe))
    assert len(known) == workbench.writes() > 20


def test_i4_no_write_is_repeated_without_a_probe(workbench: Workbench) -> None:
    """I4: the run dies after an asset was created. The next run finds the asset and does not create it again."""
    snapshot = workbench.export()

    def cut(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done and request.method == "POST" and request.url.path == "/v3/assets":
            raise Cut

    with pytest.raises(Cut):
        workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, cut))
    transport = RecordingTransport(workbench.emulator)
    workbench.import_snapshot(snapshot, transport=transport)
    about = [
        call
        for call in transport.log
        if call.startswith(("POST /v3/assets", "GET /v3/assets?query", "PUT /v3/assets"))
        and "is_dir" not in call  # the folders, which the look at the target lists
    ]
    assert [call.split()[0] for call in about[:2]] == ["GET", "PUT"]
    assert not any(call == "POST /v3/assets" for call in transport.log)
    assert len(workbench.target.main.assets) == 2  # the picture and its folder


def test_i5_a_finished_import_writes_nothing(workbench: Workbench) -> None:
    """I5, G3."""
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    transport = RecordingTransport(workbench.emulator)
    workbench.import_snapshot(snapshot, transport=transport)
    assert [call for call in transport.log if not call.startswith("GET")] == []


@pytest.mark.parametrize("share", sampled(range(3), 1))
def test_i5_a_resumed_import_repeats_at_most_the_writes_in_flight(share: int) -> None:
    """I5: wherever an import is cut, it writes again no more than had left and was not heard of; its report counts it.

    In doubt are as many as there are workers, and a type that is relaxed for a while and still has to be.
    """
    with memory_directory() as root:
        undisturbed = make_workbench(root, fill_small)
        snapshot, transport = undisturbed.export(), RecordingTransport(undisturbed.emulator)
        undisturbed.import_snapshot(snapshot, transport=transport)
        whole = undisturbed.writes()
    for number in range(1 + share, transport.sent + 1, 3):
        with memory_directory() as root:
            workbench, in_flight = make_workbench(root, fill_small), set[int]()
            snapshot, cut = workbench.export(), cut_at(number, after=True)

            def watch(
                transport: RecordingTransport,
                request: httpx.Request,
                done: bool,
                cut: Any = cut,
                in_flight: Any = in_flight,
            ) -> None:
                cut(transport, request, done)
                if request.method != "GET":
                    (in_flight.discard if done else in_flight.add)(id(request))

            with pytest.raises(Cut):
                workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, watch))
            again = workbench.import_snapshot(snapshot).resumed
            assert workbench.writes() <= whole + len(in_flight)
            assert len(in_flight) <= int(str(again["in_doubt"])) <= 2 * UNLIMITED_IN_FLIGHT + 1
            assert int(str(again["found"])) + int(str(again["sent"])) == again["in_doubt"]
            assert again["taken_back"] == 0


@pytest.mark.parametrize("seed", [1, 25])
def test_i6_same_source_same_bytes(seed: int) -> None:
    """I6, G2: in whatever order answers arrive, and wherever the export was interrupted."""
    with memory_directory() as root:
        workbench = make_workbench(root, lambda stack: fill_random(stack, seed))
        whole = file_digests(workbench.export().root)
        with pytest.raises(Cut):
            workbench.export("cut", transport=RecordingTransport(workbench.emulator, cut_at(17, after=False)))
        assert file_digests(workbench.export("cut").root) == whole
        workbench.emulator.latency = 0.001
        assert file_digests(workbench.export("slow").root) == whole


VALUES = [
    "0", "-0.0", "1.50", "9007199254740993", "123456789012345678901234567890", "1E400", "1e-320", "true", "null",
    '""', '"\\u0000"', '"\u2028\\ud83d\\ude00"', '"e\u0301"', '"\ufffd"', "[[[]]]", '{"": {"b": [], "a": null}}',
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_i7_values_survive_exactly(workbench: Workbench, value: str) -> None:
    """I7, D5, D6: to the last digit, in the snapshot and in the target."""
    row = dict(
        workbench.source.main.entries["page"][next(iter(workbench.source.main.entries["page"]))]
        .documents["en-us"]
        .latest
    )
    type_row = workbench.source.main.content_types["page"]
    schema = type_row["schema"]
    assert isinstance(schema, list)
    schema.append(
        {"uid": "any", "display_name": "Any", "data_type": "json", "mandatory": False, "multiple": False}
    )
    workbench.source.main.put_entry_version(
        "page", "en-us", {**row, "any": exact_json.loads(value.encode()), "_version": 3}
    )
    snapshot = workbench.export()
    line = next(line for line in entries_of(snapshot).read_bytes().splitlines() if b'"any"' in line)
    assert exact_json.dumps(exact_json.loads(value.encode())) in line
    assert json.loads(line, parse_float=str)["any"] == json.loads(value, parse_float=str)
    workbench.import_snapshot(snapshot)
    arrived = [
        entry.documents["en-us"].latest.get("any", "nothing")
        for entry in workbench.target.main.entries["page"].values()
        if "en-us" in entry.documents and "any" in entry.documents["en-us"].latest
    ]
    if value != "null":
        assert [exact_json.dumps(found) for found in arrived] == [
            exact_json.dumps(exact_json.loads(value.encode()))
        ]
