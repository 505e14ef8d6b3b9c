"""A snapshot restored where it comes from, after people have worked there: judged by the state of the stack.

Written from docs/living-targets.md alone.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from living_stack import Newsroom, Told, changes, do, renamed, state_of
from plain_api import Refused
from rich_text_nodes import link_to
from round_trip_bench import Bench, open_bench
from stack_steps import create, languages, publish
from weird_types import block, field

from sampling import sampled
from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Callable


def save(one: Newsroom) -> None:
    one.save("One", body="spoilt", rows=[{"a": "3"}], seo={"meta": "x"})
    one.save("One", locale="de-de", body="kaputt")


def delete(one: Newsroom) -> None:
    one.delete("Two", delete_all_localized="true")
    one.delete("Bob", "author")


def delete_language(one: Newsroom) -> None:
    one.delete("One", locale="de-de")


def unlocalize(one: Newsroom) -> None:
    one.api.post(f"{one.path('One')}/unlocalize", {}, locale="de-de")


def take_fields_away(one: Newsroom) -> None:
    """A field at the top, one of a group, one of a block."""

    def change(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
        fields = [{**f, "schema": f["schema"][:1]} if f["uid"] in ("seo", "rows") else f for f in fields]
        return [f for f in fields if f["uid"] != "body"]

    one.schema("page", change)
    one.save("Three", title="Three, without a body")


def publications(one: Newsroom) -> None:
    one.publish("One", 2, "en-us", "live")
    one.publish("Three", 1, "en-us", "test")
    one.unpublish("Ann", "en-us", "test", kind="author")
    one.unpublish("One", "de-de", "live")


def release(one: Newsroom) -> None:
    uid = one.uids["Spring"]
    items = one.api.get(f"/releases/{uid}/items")["items"]
    one.api.call("DELETE", f"/releases/{uid}/items", {"items": items})
    one.api.post(f"/releases/{uid}/items", {"items": [one.item("One", 1)]})
    one.api.put(f"/releases/{uid}", {"release": {"name": "Summer", "description": ""}})


def files(one: Newsroom) -> None:
    uid = one.uids["one.png"]
    one.api.call("PUT", f"/assets/{uid}", files={"asset[upload]": ("one.png", b"x", "text/plain")})
    one.api.put(f"/assets/{uid}", {"asset": {"title": "Other", "parent_uid": None}})
    one.api.put(f"/assets/folders/{one.uids['Pictures']}", {"asset": {"name": "Moved"}})
    one.api.call("DELETE", f"/assets/{one.uids['two.txt']}")


def lock(one: Newsroom) -> None:
    """And an item less: a locked release takes none."""
    uid = one.uids["Spring"]
    items = one.api.get(f"/releases/{uid}/items")["items"]
    one.api.call("DELETE", f"/releases/{uid}/items", {"items": items[:1]})
    one.api.put(f"/releases/{uid}", {"release": {"name": "Spring", "locked": True}})


def exchange_titles(one: Newsroom) -> None:
    """Titles are unique, so somebody used a third one meanwhile."""
    for name, title in (("One", "X"), ("Two", "One"), ("Three", "Two"), ("One", "Three")):
        one.save(name, title=title)


def singleton(one: Newsroom) -> None:
    one.save("Home", "home", words="gone")


def not_localizable(one: Newsroom) -> None:
    one.save("One", code="another code")


def delete_type(one: Newsroom) -> None:
    one.api.call("DELETE", "/content_types/home", force="true")


EDITS = {
    edit.__name__: edit
    for edit in (
        save,
        delete,
        delete_language,
        unlocalize,
        take_fields_away,
        publications,
        release,
        files,
        lock,
        exchange_titles,
        singleton,
        not_localizable,
        delete_type,
    )
}


def spoil(bench: Bench, *edits: Callable[[Newsroom], object]) -> tuple[Newsroom, str, Any]:
    """A newsroom with a snapshot, which was edited since: itself, its place, its state in the snapshot."""
    one, place = Newsroom(bench.source).fill(), bench.cli.place(bench.source.key)
    assert do(bench, "export", place, bench.snapshot).code == 0
    before = state_of(bench.source)
    for edit in edits:
        edit(one)
    assert changes(before, state_of(bench.source)), "the edits change something"
    return one, place, before


def in_place(bench: Bench, place: str, *words: object) -> Told:
    return do(bench, "import", bench.snapshot, place, "--in-place", *words)


def test_everything_is_as_it_was() -> None:
    """All the edits that an in-place restore takes back; a dry run sends nothing, a second run, too."""
    edits = (save, publications, files, singleton, lock, exchange_titles, delete)
    with open_bench() as bench:
        _, place, before = spoil(bench, *edits)
        dry = in_place(bench, place, "--dry-run")
        assert dry.sent == [], dry
        done = in_place(bench, place)
        assert (done.code, done.report["gaps"], done.report.get("mapped") or []) == (0, [], []), done
        assert changes(before, state_of(bench.source)) == [], done
        again = in_place(bench, place)
        assert (again.code, again.sent) == (0, []), again


@pytest.mark.torture
@pytest.mark.parametrize("name", EDITS)
def test_each_edit_is_taken_back(name: str) -> None:
    with open_bench() as bench:
        _, place, before = spoil(bench, EDITS[name])
        done = in_place(bench, place)
        assert (done.code, done.report["gaps"]) == (0, []), done
        assert all(
            "/item " in line and "added" in line for line in changes(before, state_of(bench.source))
        ), done
        again = in_place(bench, place)
        assert (again.code, again.sent) == (0, []), again


def test_a_dry_run_says_what_is_done() -> None:
    """Its gaps, its exit code, its writes: of folders and of fields that are not localizable, too."""
    with open_bench() as bench:

        def edit(one: Newsroom) -> None:
            one.save("One", locale="de-de", body="kaputt")
            one.save("Two", code="another code")
            one.api.put(f"/assets/folders/{one.uids['Pictures']}", {"asset": {"name": "Moved"}})

        _, place, _ = spoil(bench, edit)
        dry = in_place(bench, place, "--dry-run")
        done = in_place(bench, place)
        assert (dry.code, dry.report["gaps"]) == (done.code, done.report["gaps"]) == (0, []), dry
        assert dry.report["planned_requests"]["write"] == len(done.sent) == 3, done


def test_what_the_trash_does_not_give_back_has_another_uid_everywhere() -> None:
    """Also in an entry that the snapshot does not know, in what is live, and in the release."""
    with open_bench(switches=Switches(trash=False)) as bench:

        def edit(one: Newsroom) -> None:
            links = {
                "related": [link_to("page", one.uids["One"])],
                "by": [link_to("author", one.uids["Ann"])],
            }
            one.uids["Late"] = create(one.api, "page", "Late", **links)
            publish(one.api, "page", one.uids["Late"], 1, "en-us", "live")
            one.save("Late", body="draft")
            one.delete("Ann", "author")
            one.delete("One", delete_all_localized="true")

        one, place, before = spoil(bench, edit)
        done = in_place(bench, place)
        mapped = {row["target"]: row["uid"] for row in done.report["mapped"]}
        assert {*mapped.values()} == {one.uids["Ann"], one.uids["One"]}, done
        now = state_of(bench.source)
        assert not any(uid in str(now) for uid in mapped.values()), "nothing leads to the old uids"
        late = one.uids["Late"]
        there = renamed(now, mapped)
        assert there[f"entry page {late} en-us"]["body"] == "draft"
        assert there[f"live page {late} en-us live"].get("body") is None
        assert changes(before, {key: row for key, row in there.items() if late not in key}) == [], done
        again = in_place(bench, place)
        assert (again.code, again.sent) == (0, []), again


def test_fields_added_since_keep_what_entries_hold() -> None:
    """At the top, in a group, in a block; they are told."""
    with open_bench() as bench:

        def edit(one: Newsroom) -> None:
            new = field("new")
            one.schema(
                "page",
                lambda fields: [
                    *(
                        {**f, "schema": [*f["schema"], new]} if f["uid"] in ("seo", "rows") else f
                        for f in fields
                    ),
                    field("late"),
                ],
            )
            entry = one.api.get(one.path("One"))["entry"]
            rows = [{**row, "new": f"row {row['a']}"} for row in entry["rows"]]
            one.save("One", late="L", seo={**entry["seo"], "new": "N"}, rows=rows, body="spoilt")

        one, place, before = spoil(bench, edit)
        done = in_place(bench, place)
        (left,) = [row for row in done.report["left"] if row["kind"] == "fields"]
        assert left["uids"] == ["late", "rows.new", "seo.new"]
        found = [line for line in changes(before, state_of(bench.source)) if "/type page" not in line]
        where = f"/entry page {one.uids['One']} en-us"
        assert found == [
            f'{where}/late: added, "L"',
            f'{where}/rows/0/new: added, "row 1"',
            f'{where}/rows/1/new: added, "row 3"',
            f'{where}/seo/new: added, "N"',
        ], done


def test_a_new_sort_of_block_is_told_apart_from_a_field() -> None:
    """The type keeps it; the entry's list of blocks is the snapshot's."""
    with open_bench() as bench:

        def edit(one: Newsroom) -> None:
            extra = block("extra", field("words"))
            one.schema(
                "page",
                lambda fields: [
                    {**f, "blocks": [*f["blocks"], extra]} if f["uid"] == "parts" else f for f in fields
                ],
            )
            parts = one.api.get(one.path("One"))["entry"]["parts"]
            one.save("One", parts=[*parts, {"extra": {"words": "new"}}])

        _, place, before = spoil(bench, edit)
        done = in_place(bench, place)
        (left,) = [row for row in done.report["left"] if row["kind"] == "fields"]
        assert left["uids"] == ["parts.extra"]
        assert "with what entries hold" not in left["reason"]
        found = changes(before, state_of(bench.source))
        assert [line for line in found if "/type page" not in line] == [], done


def test_a_deleted_entry_is_made_anew_though_its_type_demands_more_now() -> None:
    """The rule is suspended meanwhile, and stands again afterwards."""
    with open_bench(switches=Switches(trash=False)) as bench:

        def edit(one: Newsroom) -> None:
            one.schema("page", lambda fields: [*fields, field("must", mandatory=True)])
            one.delete("Three", delete_all_localized="true")

        _, place, before = spoil(bench, edit)
        types = state_of(bench.source)["type page"]
        done = in_place(bench, place)
        assert (done.code, done.report["gaps"]) == (0, []), done
        now = renamed(state_of(bench.source), {row["target"]: row["uid"] for row in done.report["mapped"]})
        assert now["type page"] == types
        assert [line for line in changes(before, now) if "/type page" not in line] == [], done


def test_what_came_since_stays_and_is_told_until_a_mirror_takes_it() -> None:
    with open_bench() as bench:

        def edit(one: Newsroom) -> None:
            languages(one.api, ("fr-fr", "en-us"))
            one.save("One", locale="fr-fr", title="Un")
            one.uids["Late"] = create(one.api, "page", "Late")
            one.api.post(f"/releases/{one.uids['Spring']}/items", {"items": [one.item("Two", 2)]})
            one.api.upload("late.txt", b"late", "text/plain", title="late")

        one, place, before = spoil(bench, edit)
        late = state_of(bench.source)
        done = in_place(bench, place)
        assert (done.code, done.sent) == (0, []), done
        told = {uid for row in done.report["left"] for uid in row["uids"]}
        assert {one.uids["One"], one.uids["Two"], one.uids["Late"], "fr-fr"} <= told, done
        assert changes(late, state_of(bench.source)) == []
        asked = in_place(bench, place, "--mirror")
        assert (asked.code, asked.sent) == (2, []), "nobody answers"
        done = in_place(bench, place, "--mirror", "--yes")
        assert changes(before, state_of(bench.source)) == [], done
        assert {row["kind"] for row in done.report["removed"]} >= {"entries", "assets", "release_items"}


def test_two_nights_to_and_fro() -> None:
    """Mirrored, the stack is what either snapshot says; again, nothing is sent."""
    with open_bench() as bench:
        one, place = Newsroom(bench.source).fill(), bench.cli.place(bench.source.key)
        states = {}
        for night in ("monday", "tuesday"):
            assert do(bench, "export", place, bench.cli.home / night).code == 0
            states[night] = state_of(bench.source)
            if night == "monday":
                for edit in (save, publications, unlocalize):
                    edit(one)
                one.delete("Two", delete_all_localized="true")
                one.uids["Late"] = create(one.api, "page", "Late", **one.words("Late"))
        bench.source.put(one.path("Late"), {"entry": {"title": "Later"}})
        for night in ("monday", "tuesday", "monday"):
            done = do(bench, "import", bench.cli.home / night, place, "--in-place", "--mirror", "--yes")
            assert changes(states[night], state_of(bench.source)) == [], done
        again = do(bench, "import", bench.cli.home / night, place, "--in-place", "--mirror", "--yes")
        assert (again.code, again.sent) == (0, []), again


def test_what_belongs_to_the_whole_stack_is_left_unless_it_is_asked_for() -> None:
    with open_bench() as bench:

        def edit(one: Newsroom) -> None:
            one.api.put("/taxonomies/topics/terms/sport", {"term": {"name": "Games"}})
            first = {"term": {"parent_uid": None, "order": 1}}
            one.api.put("/taxonomies/topics/terms/news/move", first, force="true")

        _, place, before = spoil(bench, edit)
        done = in_place(bench, place)
        assert (done.code, done.sent) == (0, []), done
        assert [row["uids"] for row in done.report["left"] if row["kind"] == "terms"] == [["topics/sport"]]
        done = in_place(bench, place, "--only", "taxonomies")
        assert changes(before, state_of(bench.source)) == [], done
        terms = bench.source.rows("/taxonomies/topics/terms", "terms", include_order="true")
        assert [term["uid"] for term in sorted(terms, key=lambda one: one["order"])] == ["sport", "news"]
        again = in_place(bench, place)
        assert (again.sent, again.report.get("left") or []) == ([], []), again


@pytest.mark.parametrize("seed", sampled(range(30), 1))
def test_whatever_people_do_a_mirror_in_place_brings_back(seed: int) -> None:
    """Some of the edits, in some order."""
    random = Random(seed)
    with open_bench() as bench:
        chosen = random.sample([*EDITS.values()], 4)
        try:
            _, place, before = spoil(bench, *chosen)
        except Refused:  # an edit of what another one has deleted
            pytest.skip("these edits do not go together")
        done = in_place(bench, place, "--mirror", "--yes")
        assert (done.code, changes(before, state_of(bench.source))) == (0, []), done
