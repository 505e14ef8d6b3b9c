"""What a dry run says is what the import then does: requests, objects, publications, deletions and gaps.

On random stacks that editors have worked in. Requests are counted by the transport, and taken apart here, apart from
the code that plans them. What no reading can show is kept out: a type that changed (the service drops a value whose
field is gone), and an edit before a deletion (nobody can look into the trash) but where a test is about it.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from crossed_stack import fill_crossed
from editors import Editors
from every_kind_stack import fill_every_kind
from random_stack import fill_random
from workbench import (
    SOURCE,
    SYSTEM,
    TARGET,
    Workbench,
    make_workbench,
    memory_directory,
    no_wait,
    run_async,
)

from sampling import sampled
from stackferry import exact_json
from stackferry.drivers.import_run import dry_run
from stackferry.drivers.run import Run
from stackferry.emulators.contentstack import Switches
from stackferry.emulators.contentstack.state import ForkTerms
from stackferry.json_values import as_object
from stackferry.providers.contentstack.options import ContentstackWriteOptions
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject

DELETE = ("delete", "delete_asset")
EDIT = ("edit", "localize", "create", "publish", "unpublish", "set_stage", "new_file", "other_file", "rename_asset",
        "publish_asset")  # fmt: skip
Case = tuple[Workbench, "Snapshot", dict[str, Any]]


# A master document that nobody asked for, and is then taken away, is seen when it is there.
SWITCHES = Switches(other_locale_creates_master=False)


def filled(stack: Stack, seed: int) -> None:
    """A random stack in which several entries may have one title: whether a value is taken the service alone knows."""
    fill_random(stack, seed)
    for uid, row in stack.main.content_types.items():
        fields: Any = row["schema"]
        stack.main.content_types[uid] = {**row, "schema": [{**one, "unique": False} for one in fields]}


def every_kind(stack: Stack) -> None:
    """Without publish rules: which publication they refuse the service alone knows."""
    fill_every_kind(stack)
    stack.publish_rules.clear()


def crossed(stack: Stack) -> None:
    fill_crossed(stack)
    stack.publish_rules.clear()


def update(bench: Workbench, seed: int) -> Case:
    """Another stack that was filled, and edited on both sides since."""
    bench.import_snapshot(bench.export("first"), "state")
    Editors(bench, seed).work(20, only=EDIT)
    Editors(bench, seed + 1, key=TARGET).work(20, only=EDIT)
    return bench, bench.export(), {"on_conflict": "update"}


def refill(bench: Workbench, seed: int) -> Case:
    """Another stack in which something was deleted as it was filled, and something else is edited since."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot, "state")
    Editors(bench, seed, key=TARGET).work(4, only=DELETE)
    Editors(bench, seed + 1, key=TARGET).work(20, only=EDIT)
    return bench, snapshot, {"on_conflict": "update"}


def in_place(bench: Workbench, seed: int) -> Case:
    """What is deleted was not edited before."""
    snapshot = bench.export()
    Editors(bench, seed).work(4, only=DELETE)
    Editors(bench, seed + 1).work(30, only=EDIT)
    return bench, snapshot, {"on_conflict": "update", "key": SOURCE, "in_place": True}


def mirror(bench: Workbench, seed: int) -> Case:
    bench, snapshot, options = in_place(bench, seed)
    return bench, snapshot, {**options, "mirror": True}


def restore(bench: Workbench, seed: int) -> Case:
    """Some entries, deleted ones among them."""
    main, random = bench.source.main, Random(seed)
    uids = sorted({uid for table in main.entries.values() for uid, one in table.items() if one.documents})
    bench, snapshot, options = in_place(bench, seed)
    chosen = frozenset(random.sample(uids, min(3, len(uids))))
    named = {"selection": Selection(uids=chosen), "only": SYSTEM.parse_kinds(["entries"])}
    return bench, snapshot, {**options, "in_place": False, **named}


def promote(bench: Workbench, seed: int) -> Case:
    fork = bench.source.main.fork("dev", {"uid": "dev", "source": "main"}, ForkTerms())
    bench.source.branches["dev"] = fork
    for branch, number in (("main", seed), ("dev", seed + 1)):
        Editors(bench, number, branch=branch).work(3, only=DELETE)
        Editors(bench, number).work(15, only=EDIT)
    return bench, bench.export(branch="dev"), {"on_conflict": "update", "key": SOURCE}


def planned(case: Case) -> Any:
    """The requests, rows and gaps of a dry run."""
    bench, snapshot, given = case
    options = {"schedules": True, **given}
    place = bench.place(options.pop("key", TARGET), options.pop("branch", "main"))
    found: dict[str, Any] = {}

    async def run() -> None:
        async with bench.session(place) as session:
            one = Run(SYSTEM, session, place, sleep=no_wait)
            writing = ContentstackWriteOptions(**options)
            async with dry_run(one, snapshot, bench.root / "state", writing) as done:
                found["requests"] = done.writes.with_reads(session.counts.as_json())
                found["rows"] = [as_object(exact_json.loads(line)) for line in done.items.lines()]
                found["gaps"] = done.gaps

    run_async(run)
    return found


def sent_from_now_on(bench: Workbench) -> list[Any]:
    """The writes from now on: method, path, body."""
    found: list[Any] = []
    handle = bench.emulator.handle

    def seen(request: Any) -> Any:
        if request.method != "GET":
            body = exact_json.loads(request.body) if request.body.startswith(b"{") else {}
            found.append((request.method, request.path.removeprefix("/v3/"), body))
        return handle(request)

    bench.emulator.handle = seen  # type: ignore[method-assign] # the seam of the emulator's application
    return found


def told(rows: list[JsonObject]) -> Counter[str]:
    """What the rows say, of entries, assets and what is live; what only follows a refusal is no part of it."""
    found: Counter[str] = Counter()
    for row in rows:
        kind, action = str(row["kind"]), str(row["action"])
        if kind == "publications" and "scheduled_at" not in row:
            found[action] += 1
        elif action == "delete" and kind in ("entries", "localizations"):
            found["delete entries"] += 1
        elif kind in ("entries", "assets"):
            found[f"{action} {kind}"] += 1
    return found


def done(writes: list[Any]) -> Counter[str]:
    """The same of what was sent."""
    found: Counter[str] = Counter()
    for method, path, body in writes:
        first, *rest = path.split("/")
        last = rest[-1] if rest else ""
        if last in ("publish", "unpublish"):
            if "scheduled_at" not in body:
                found[last] += _shown(body)
        elif first == "assets" and "folders" not in rest:
            action = {
                "POST": "create",
                "PUT": "restore" if last == "restore" else "update",
                "DELETE": "delete",
            }[method]
            found[f"{action} assets"] += 1
        elif rest[1:2] == ["entries"] and last not in ("workflow", "name") and "variants" not in rest:
            found[_entry(method, rest)] += 1
    return found


def _shown(body: Any) -> int:
    """How many publications a call is about."""
    where = next((body[name] for name in ("entry", "asset", "metadata") if name in body), body)
    members = sum(len(body.get(name, ())) for name in ("entries", "assets", "items")) or 1
    return members * len(where["environments"]) * (len(where.get("locales", ())) or 1)


def _entry(method: str, rest: list[str]) -> str:
    if method == "DELETE":
        return "delete entries"
    if rest[-1] == "restore":
        return "restore entries"
    is_new = method == "POST" and len(rest) == (3 if rest[-1] == "import" else 2)
    return "create entries" if is_new else "update entries"


def differences(case: Case) -> Iterator[str]:
    bench, snapshot, options = case
    plan = planned(case)
    writes = sent_from_now_on(bench)
    result = bench.import_snapshot(snapshot, **options)
    for name, one, other in (
        ("requests", plan["requests"], bench.counts.as_json()),
        ("objects", told(plan["rows"]), done(writes)),
    ):
        for key in sorted(one.keys() | other.keys()):
            if one.get(key, 0) != other.get(key, 0):
                yield f"{name}: {key}: {one.get(key, 0)} planned, {other.get(key, 0)} done"
    yield from (f"planned only: {gap}" for gap in _beyond(plan["gaps"], result.gaps))
    yield from (f"not planned: {gap}" for gap in _beyond(result.gaps, plan["gaps"]))


def _beyond(some: list[JsonObject], others: list[JsonObject]) -> list[JsonObject]:
    known = [*map(_subject, others)]
    return [gap for gap in some if _subject(gap) not in known]


def _subject(gap: JsonObject) -> JsonObject:
    """What a gap is about. Whether a link that is lost is shown in what the trash gives back only reading it tells."""
    return {**gap, "reason": str(gap["reason"]).partition(", which the target does not have")[0]}


@pytest.mark.parametrize("seed", sampled(range(24), 2))
@pytest.mark.parametrize("make", [update, in_place, mirror, restore, promote])
def test_a_dry_run_is_exact(make: Callable[[Workbench, int], Case], seed: int) -> None:
    with memory_directory() as root:
        bench = make_workbench(root, lambda stack: filled(stack, seed), switches=SWITCHES)
        assert [*differences(make(bench, seed))] == []


@pytest.mark.parametrize("make", [in_place, mirror])
def test_the_trash_gives_a_master_document_back_that_lists_what_its_other_languages_show(
    make: Callable[[Workbench, int], Case],
) -> None:
    """Seed 5: what is taken down in two languages is read in one list, that of the master language."""
    test_a_dry_run_is_exact(make, 5)


def fresh(bench: Workbench, seed: int) -> Case:
    """An empty stack. Stages and variants get their uids from the service, and others name them."""
    del seed
    return bench, bench.export(versions="all"), {"versions": "all"}


@pytest.mark.parametrize(
    ("fill", "make"),
    [(crossed, fresh), *((every_kind, make) for make in (fresh, update, in_place, mirror, promote))],
)
def test_of_every_kind_as_well(fill: Callable[[Stack], None], make: Callable[[Workbench, int], Case]) -> None:
    with memory_directory() as root:
        assert [*differences(make(make_workbench(root, fill, switches=SWITCHES), 1))] == []


@pytest.mark.parametrize("seed", sampled(range(24), 2))
def test_random_stacks_into_an_empty_one(seed: int) -> None:
    with memory_directory() as root:
        bench = make_workbench(root, lambda stack: filled(stack, seed), switches=SWITCHES)
        assert [*differences(fresh(bench, seed))] == []


@pytest.mark.parametrize("seed", sampled(range(24), 2))
def test_in_another_stack_the_trash_gives_back_at_least_as_much(seed: int) -> None:
    """What its trash holds is not what the snapshot holds, so more may be counted than is sent, and never less."""
    with memory_directory() as root:
        bench = make_workbench(root, lambda stack: filled(stack, seed), switches=SWITCHES)
        case = refill(bench, seed)
        plan, writes = told(planned(case)["rows"]), sent_from_now_on(bench)
        bench.import_snapshot(case[1], **case[2])
        sent = done(writes)
        assert plan["restore entries"] == sent["restore entries"]
        assert {kind for kind, count in sent.items() if count > plan[kind]} == set()


@pytest.mark.parametrize("seed", sampled(range(24), 4))
def test_what_was_edited_before_it_was_deleted_is_the_only_thing_not_foreseen(seed: int) -> None:
    """Each language and each file that comes back is written once more than was planned, at most."""
    with memory_directory() as root:
        bench = make_workbench(root, lambda stack: filled(stack, seed), switches=SWITCHES)
        snapshot = bench.export()
        Editors(bench, seed).work(25, only=EDIT)
        Editors(bench, seed + 1).work(4, only=DELETE)
        options: dict[str, Any] = {"on_conflict": "update", "key": SOURCE, "in_place": True}
        plan = planned((bench, snapshot, options))
        deleted = [one.thing for one in bench.source.main.trash.assets.values()]
        writes = sent_from_now_on(bench)
        bench.import_snapshot(snapshot, **options)
        said, more = told(plan["rows"]), Counter(done(writes))
        more.subtract(said)
        for kind in ("entries", "assets"):
            assert 0 <= more.pop(f"update {kind}", 0) <= said[f"restore {kind}"]
        assert not any(more.values())
        sent, expected = Counter(bench.counts.as_json()), Counter(plan["requests"])
        sent.subtract(expected)
        assert sent["bulk"] == 0
        assert 0 <= sent["write"] <= said["restore entries"] + said["restore assets"]
        # A look before the write, and each version of a file that the snapshot does not have.
        assert 0 <= sent["read"] <= said["restore entries"] + sum(len(one.versions) for one in deleted)
        assert 0 <= sent["asset"] <= said["restore assets"]
