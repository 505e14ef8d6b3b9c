"""Targets that hold content already: branches of a stack, and copies of it in other stacks, judged by their state.

Written from docs/living-targets.md alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from living_stack import Newsroom, changes, do, state_of
from rich_text_nodes import link_to
from round_trip_bench import Bench, open_bench
from stack_steps import create, update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plain_api import Api

UPDATE = ("--on-conflict", "update")
THIRD = "blt_invented_three"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as one:
        yield one


def fork(bench: Bench, name: str, source: str = "main") -> Api:
    bench.source.post("/stacks/branches", {"branch": {"uid": name, "source": source}})
    return bench.source.but(branch=name)


def place(api: Api, bench: Bench) -> str:
    return bench.cli.place(api.key, api.branch)


def test_an_equal_fork_is_left_alone(bench: Bench) -> None:
    """In both directions; a diff finds nothing."""
    Newsroom(bench.source).fill()
    main, dev = (place(api, bench) for api in (bench.source, fork(bench, "feature")))
    for words in (("copy", dev, main, *UPDATE), ("copy", main, dev, *UPDATE), ("diff", main, dev)):
        done = do(bench, *words)
        assert (done.code, done.sent) == (0, []), done


def test_a_fork_of_a_fork_is_promoted_to_the_first(bench: Bench) -> None:
    """What main was given since the first fork stays; what both forks were given arrives."""
    main = Newsroom(bench.source).fill()
    dev = main.on(fork(bench, "feature"))
    dev.save("Two", body="of feature")
    sub = main.on(fork(bench, "sub", "feature"))
    sub.save("One", body="of sub")
    main.save("Three", body="of main")
    before = state_of(bench.source)
    done = do(bench, "copy", place(sub.api, bench), place(bench.source, bench), *UPDATE)
    assert (done.code, done.report.get("conflicts") or []) == (0, []), done
    entry = "/entry page {} en-us/body: "
    assert changes(before, state_of(bench.source)) == sorted(
        [
            entry.format(main.uids["One"]) + '"draft of One" became "of sub"',
            entry.format(main.uids["Two"]) + '"body of Two" became "of feature"',
        ]
    )
    assert [row["uids"] for row in done.report["left"] if row["kind"] == "newer"] == [[main.uids["Three"]]]
    again = do(bench, "copy", place(sub.api, bench), place(bench.source, bench), *UPDATE)
    assert (again.code, again.sent) == (0, []), again


@pytest.mark.parametrize(("who", "code"), [("source", 0), ("keep", 3), ("stop", 5)])
def test_an_entry_and_a_type_that_were_edited_on_both_sides(bench: Bench, who: str, code: int) -> None:
    main = Newsroom(bench.source).fill()
    dev = main.on(fork(bench, "feature"))
    for one, words in ((dev, "of dev"), (main, "of main")):
        one.save("One", body=words)
        one.schema("author", lambda fields, words=words: [{**f, "instruction": words} for f in fields])
    before = state_of(bench.source)
    done = do(bench, "copy", place(dev.api, bench), place(bench.source, bench), *UPDATE, "--conflicts", who)
    assert done.code == code, done
    after = state_of(bench.source)
    if who == "source":
        assert after[f"entry page {main.uids['One']} en-us"]["body"] == "of dev"
        assert {f["instruction"] for f in after["type author"]["schema"]} == {"of dev"}
    else:
        assert changes(before, after) == [], done
    if who == "stop":
        assert done.sent == []
        assert main.uids["One"] in done.err and "content_types author" in done.err  # noqa: PT018 - one message
    else:
        told = {(row["kind"], row["uid"]) for row in done.report["conflicts"]}
        assert told == {("content_types", "author"), ("entries", main.uids["One"])}


@pytest.mark.parametrize("depth", ["0", "1"])
def test_one_entry_is_promoted(bench: Bench, depth: str) -> None:
    """What it refers to and main lacks comes along if it is asked for; else the field keeps its value, and is told."""
    main = Newsroom(bench.source).fill()
    dev = main.on(fork(bench, "feature"))
    new = create(dev.api, "author", "Cy", bio="new")
    dev.save("Two", body="of dev", by=[link_to("author", new), link_to("author", main.uids["Bob"])])
    dev.save("Three", body="nobody asked for it")
    before = state_of(bench.source)
    query = json.dumps({"uid": main.uids["Two"]})
    words = ("--content-type", "page", "--query", query, "--with-references", depth)
    done = do(bench, "copy", place(dev.api, bench), place(bench.source, bench), *UPDATE, *words)
    entry = f"/entry page {main.uids['Two']} en-us"
    body = f'{entry}/body: "body of Two" became "of dev"'
    found = changes(before, state_of(bench.source))
    if depth == "0":
        assert (done.code, found) == (3, [body]), done
        assert any(gap["uid"] == main.uids["Two"] and "/by" in gap["path"] for gap in done.report["gaps"])
    else:
        assert (done.code, len(found), body in found) == (0, 3, True), done
        assert found[2].startswith(f"{entry}/by/0/uid: ")


def test_what_main_deleted_or_took_down_since_stays_so(bench: Bench) -> None:
    """By a copy and its dry run; what the feature has edited meanwhile comes back, and is live again."""
    main = Newsroom(bench.source).fill()
    dev = main.on(fork(bench, "feature"))
    for name in ("Three", "Two"):
        main.delete(name)
    main.delete("One", locale="de-de")
    main.delete("Bob", kind="author")
    main.unpublish("Ann", "en-us", "test", kind="author")
    main.publish("One", 2, "en-us", "live")
    dev.save("Two", body="of feature")
    before = state_of(bench.source)
    words = ("copy", place(dev.api, bench), place(bench.source, bench), *UPDATE)
    planned = do(bench, *words, "--dry-run")
    done = do(bench, *words)
    two, live = f"/entry page {main.uids['Two']} en-us", f"/live page {main.uids['Two']} en-us live"
    found = changes(before, state_of(bench.source))
    assert [one.partition(" ")[0] for one in found] == ["/entry", "/live"], found
    assert two in found[0] and live in found[1]  # noqa: PT018 - one message
    assert [(row["kind"], row["uid"]) for row in done.report["conflicts"]] == [("entries", main.uids["Two"])]
    assert {gap["uid"] for gap in done.report.get("gaps", [])} == {main.uids["Two"]}  # its author is gone
    deleted = [row for row in done.report["left"] if row["kind"] == "deleted"]
    told = {(row["of"], row.get("locale"), uid) for row in deleted for uid in row["uids"]}
    assert {
        ("entries", "en-us", main.uids["Three"]),
        ("entries", "de-de", main.uids["One"]),
        ("entries", "en-us", main.uids["Bob"]),
    } <= told
    assert [title for row in deleted for title in row["titles"]].count("Three") >= 1
    unpublished = [row for row in done.report["left"] if row["kind"] == "unpublished"]
    assert [(row["environment"], row["uids"]) for row in unpublished] == [("test", [main.uids["Ann"]])]
    assert planned.report["left"] == done.report["left"]
    assert planned.report["comparison"]["documents"]["deleted"] == 3
    again = do(bench, *words)
    assert (again.sent, again.report["left"]) == ([], done.report["left"])


def test_an_alias_that_moves_is_where_it_points_to(bench: Bench) -> None:
    """A snapshot of what it was is not restored over what it is."""
    main = Newsroom(bench.source).fill()
    dev = main.on(fork(bench, "feature"))
    alias = bench.cli.place(bench.source.key, "public")
    target = "/stacks/branch_aliases/public"
    bench.source.put(target, {"branch_alias": {"target_branch": "main"}})
    assert do(bench, "export", alias, bench.snapshot).code == 0
    main.save("One", body="spoilt")
    bench.source.put(target, {"branch_alias": {"target_branch": "feature"}})
    moved = do(bench, "import", bench.snapshot, alias, "--in-place")
    assert (moved.code, moved.sent) == (2, []), moved
    done = do(bench, "import", bench.snapshot, place(bench.source, bench), "--in-place")
    assert (done.code, len(done.sent)) == (0, 1), done
    dev.save("Two", body="of feature")
    done = do(bench, "copy", alias, place(bench.source, bench), *UPDATE)
    assert len(done.sent) == 1, done
    done = do(bench, "copy", place(dev.api, bench), place(bench.source, bench), *UPDATE)
    assert done.sent == [], "the alias is the branch"


def test_one_stack_in_two_organizations_and_back(bench: Bench) -> None:
    """Whatever way round, nothing is written; what is renamed in one is the same object in all."""
    one = Newsroom(bench.source).fill()
    bench.cli.emulator.add_stack(api_key=THIRD, management_token=bench.source.token)
    first, second, third = (
        place(api, bench) for api in (bench.source, bench.target, bench.source.but(key=THIRD))
    )
    for target in (second, third):
        assert do(bench, "copy", first, target).code == 0
    before = state_of(bench.source)
    for pair in ((second, first), (second, third), (third, first)):
        done = do(bench, "copy", *pair, *UPDATE)
        assert (done.code, done.sent) == (0, []), done
    rows = bench.target.rows("/content_types/page/entries", "entries")
    uid = next(row["uid"] for row in rows if row["title"] == "Two")
    update(bench.target, "page", uid, title="Two, renamed")
    assert len(do(bench, "copy", second, first, *UPDATE).sent) == 1
    assert len(do(bench, "copy", second, third, *UPDATE).sent) == 1
    assert changes(before, state_of(bench.source)) == [
        f'/entry page {one.uids["Two"]} en-us/title: "Two" became "Two, renamed"'
    ]
    assert do(bench, "copy", first, third, *UPDATE).sent == []


def test_the_map_of_another_pair_a_damaged_one_and_a_new_one(bench: Bench) -> None:
    """Refused with a sentence and before the first write; a new one is made."""
    Newsroom(bench.source).fill()
    source, target = place(bench.source, bench), place(bench.target, bench)
    assert do(bench, "export", source, bench.snapshot).code == 0
    here = bench.cli.home / "here.jsonl"
    assert do(bench, "import", bench.snapshot, target, "--identities", here).code == 0
    bench.cli.emulator.add_stack(api_key=THIRD, management_token=bench.source.token)
    other, damaged, new = (bench.cli.home / f"{name}.jsonl" for name in ("other", "damaged", "new"))
    assert do(bench, "import", bench.snapshot, bench.cli.place(THIRD), "--identities", other).code == 0
    damaged.write_bytes(here.read_bytes()[:-30] + b"?")
    for number, (file, code) in enumerate(((other, 2), (damaged, 6), (new, 0))):
        words = ("--identities", file, "--state", bench.cli.home / str(number))
        done = do(bench, "import", bench.snapshot, target, *UPDATE, *words)
        assert (done.code, done.sent) == (code, []), done
        assert code == 0 or file.name in done.err
    assert new.exists()


def test_versions_of_one_number_in_two_branches_are_compared(bench: Bench) -> None:
    """Both branches go on with the same numbers: what is live differs, though the drafts are the same."""
    main = Newsroom(bench.source).fill()
    dev = main.on(fork(bench, "feature"))
    for one, words in ((dev, "of dev"), (main, "of main")):
        one.save("Two", body=words)
        one.publish("Two", 3, "en-us", "live")
        one.save("Two", body="the same")
    places = [place(one.api, bench) for one in (dev, main)]
    assert do(bench, "export", places[0], bench.snapshot).code == 0
    for asked in (("diff", *places), ("verify", bench.snapshot, "--against", places[1])):
        told = do(bench, *asked)
        assert told.code == 5, told
        assert {row["kind"] for row in told.report["differences"]} == {"publications"}
    assert do(bench, "copy", *places, *UPDATE).code == 0
    assert do(bench, "diff", *places).code == 0
