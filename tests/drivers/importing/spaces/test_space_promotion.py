"""From one environment of a space into another: three states decide what is written, kept, or a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from small_space import asset as asset_of
from small_space import content_type, entry, field, locale, store_file
from space_bench import SOURCE, TOKEN, make_space_bench
from workbench import Cut, RecordingTransport, cut_at, memory_directory, run_async

from stackferry.errors import Different, UsageError
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_bench import SpaceBench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.emulators.contentful import Environment, Space

LATER = "2099-01-01T00:00:00.000Z"
NAMES = ("same", "mine", "yours", "both", "state")


def fill(space: Space, environment: Environment) -> None:
    environment.put_content_type(content_type("page", field("body", "Text")))
    environment.put_content_type(content_type("note"))
    for name in NAMES:
        environment.put_entry(entry(name, {"title": f"{name}, once"}, 2, 1))
    path = store_file(space, f"/{space.id}/boat/token/boat.png")
    environment.put_asset(asset_of("boat", {"en-US": path}))


@pytest.fixture
def bench() -> Iterator[SpaceBench]:
    """`dev` is a clone of `master`; each is then edited."""
    with memory_directory() as root:
        bench = make_space_bench(root / "bench", fill)
        request(
            bench,
            "PUT",
            "/environments/dev",
            {"name": "dev"},
            **{"x-contentful-source-environment": "master"},
        )
        save(bench, "dev", "mine", "yours first")
        save(bench, "dev", "mine", "edited in dev")
        save(bench, "master", "yours", "edited in master")
        for place in ("dev", "master"):
            save(bench, place, "both", f"edited in {place}")
        request(bench, "DELETE", "/environments/master/entries/state/published")
        kind = bench.source.environments["master"].content_types["note"]
        body: Any = {"name": "Renamed in master", "displayField": "title", "fields": kind.body["fields"]}
        request(bench, "PUT", "/environments/master/content_types/note", body)
        yield bench


def request(bench: SpaceBench, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """What an editor sends; it names the version that the object has."""

    async def send() -> Any:
        url = f"http://emulator.invented/spaces/{SOURCE}"
        own = {"authorization": f"Bearer {TOKEN}", **headers}
        async with httpx.AsyncClient(transport=RecordingTransport(bench.emulator), headers=own) as client:
            held = await client.get(url + path.removesuffix("/published"))
            if held.status_code == 200:
                client.headers["x-contentful-version"] = str(held.json()["sys"]["version"])
            answer = await client.request(method, url + path, json=body)
            assert answer.status_code < 300, answer.text
            return answer.json() if answer.content else None

    return run_async(send)


def save(bench: SpaceBench, environment: str, uid: str, title: str) -> None:
    path = f"/environments/{environment}/entries/{uid}"
    request(bench, "PUT", path, {"fields": {"title": {"en-US": title}}})
    request(bench, "PUT", f"{path}/published")


def titles(bench: SpaceBench, environment: str = "master") -> dict[str, str]:
    rows: Any = bench.source.environments[environment].entries
    return {uid: rows[uid].body["fields"]["title"]["en-US"] for uid in NAMES}


def promote(bench: SpaceBench, here: str = "dev", there: str = "master", **options: Any) -> ImportResult:
    number = len([*bench.root.iterdir()])
    snapshot = bench.export(f"snapshot-{number}", environment=here)
    bench.emulator.log.clear()
    return bench.import_snapshot(
        snapshot,
        f"state-{number}",
        key=SOURCE,
        environment=there,
        identities=lambda one, other: bench.root / f"{one.name} to {other.name}",
        on_conflict="update",
        **options,
    )


def newer(done: ImportResult) -> set[tuple[str, str]]:
    rows: list[Any] = [row for row in done.left if row["kind"] == "newer"]
    return {(row["of"], uid) for row in rows for uid in row["uids"]}


def test_each_side_keeps_what_it_alone_has_edited(bench: SpaceBench) -> None:
    done = promote(bench)
    assert titles(bench) == {
        "same": "same, once",
        "mine": "edited in dev",
        "yours": "edited in master",
        "both": "edited in dev",
        "state": "state, once",
    }
    assert newer(done) == {("entries", "yours"), ("entries", "state"), ("content_types", "note")}
    (conflict,) = done.remarks["conflicts"]
    assert (conflict["kind"], conflict["uid"], conflict["fields"]) == (
        "entries",
        "both",
        ["/fields/title/en-US"],
    )
    assert conflict["labels"] == ["title"]  # the name of the field
    assert bench.source.environments["master"].content_types["note"].body["name"] == "Renamed in master"
    assert bench.source.environments["master"].entries["state"].state == "draft"
    assert done.gaps == []


def test_what_was_made_equal_is_the_base_of_the_next_one(bench: SpaceBench) -> None:
    """In both directions: nothing is written where nothing was edited, and an edit of one side is no conflict."""
    promote(bench)
    done = promote(bench)
    assert (bench.writes(), "conflicts" in done.remarks) == (0, False)
    save(bench, "dev", "both", "edited again in dev")
    save(bench, "master", "mine", "edited in master now")
    done = promote(bench)
    assert "conflicts" not in done.remarks
    assert titles(bench)["both"] == "edited again in dev"
    assert ("entries", "mine") in newer(done)
    back = promote(bench, "master", "dev")
    assert "conflicts" not in back.remarks
    assert titles(bench, "dev") == titles(bench)


def test_a_conflict_is_kept_or_ends_it(bench: SpaceBench) -> None:
    before = titles(bench)
    with pytest.raises(Different, match='entries both "edited in master"'):
        promote(bench, conflicts="stop")
    assert bench.writes() == 0
    done = promote(bench, conflicts="keep")
    assert titles(bench) == {**before, "mine": "edited in dev"}
    assert [(gap["uid"], "--conflicts keep" in str(gap["reason"])) for gap in done.gaps] == [("both", True)]
    assert [row["uid"] for row in done.remarks["conflicts"]] == ["both"]


def test_it_is_refused_where_nobody_can_tell(bench: SpaceBench) -> None:
    snapshot = bench.export()
    with pytest.raises(UsageError, match="--conflicts is for"):
        bench.import_snapshot(snapshot, on_conflict="update", conflicts="keep")
    assert not bench.target.master.entries


def test_a_killed_promotion_goes_on_as_it_began(bench: SpaceBench) -> None:
    snapshot = bench.export(environment="dev")
    options: dict[str, Any] = {"key": SOURCE, "environment": "master", "on_conflict": "update"}
    options["identities"] = lambda one, other: bench.root / f"{one.name} to {other.name}"
    cut = RecordingTransport(bench.emulator, cut_at(2, after=True, only="write"))
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=cut, **options)
    done = bench.import_snapshot(snapshot, **options)
    assert newer(done) == {("entries", "yours"), ("entries", "state"), ("content_types", "note")}
    assert [row["uid"] for row in done.remarks["conflicts"]] == ["both"]
    assert titles(bench)["both"] == "edited in dev"
    assert titles(bench)["yours"] == "edited in master"


def test_a_service_that_gives_clones_times_of_their_own(bench: SpaceBench) -> None:
    """Nobody can tell then: what differs is a conflict, and the source wins."""
    for rows in (bench.source.environments["dev"].entries, bench.source.environments["dev"].assets):
        for document in rows.values():
            document.sys["updatedAt"] = LATER
    for document in bench.source.environments["dev"].content_types.values():
        document.sys["updatedAt"] = LATER
    done = promote(bench)
    assert newer(done) == set()
    assert titles(bench)["yours"] == "yours, once"
    assert len(done.remarks["conflicts"]) == 5


def test_promoting_one_locale_decides_nothing_about_the_others(bench: SpaceBench) -> None:
    """What was edited on both sides in another locale is a conflict still, the next time."""
    for place in ("dev", "master"):
        bench.source.environments[place].put("locales", locale("de", "en-US"))
    words = {"en-US": "edited in dev", "de": "bearbeitet"}
    request(bench, "PUT", "/environments/dev/entries/both", {"fields": {"title": words}})
    promote(bench, selection=Selection(locales=frozenset({"de"})))
    made: Any = bench.source.environments["master"].entries["both"]
    assert made.body["fields"]["title"] == {"en-US": "edited in master", "de": "bearbeitet"}
    done = promote(bench, conflicts="keep")
    assert titles(bench)["both"] == "edited in master"
    assert [row["uid"] for row in done.remarks["conflicts"]] == ["both"]


def test_an_entry_goes_into_a_type_that_stays(bench: SpaceBench) -> None:
    """The target alone took a field out of it: what the source's entry has there is told."""
    kept = bench.source.environments["master"].content_types["page"]
    fields: Any = kept.body["fields"]
    fewer = {**kept.body, "fields": [one for one in fields if one["id"] != "body"]}
    kept.body, kept.live = fewer, fewer
    kept.sys |= {"version": kept.version + 2, "publishedVersion": kept.version + 1, "updatedAt": LATER}
    path = "/environments/dev/entries/mine"
    request(bench, "PUT", path, {"fields": {"title": {"en-US": "with more"}, "body": {"en-US": "more"}}})
    request(bench, "PUT", f"{path}/published")
    done = promote(bench)
    assert ("content_types", "page") in newer(done)
    assert [(gap["uid"], gap.get("path")) for gap in done.gaps] == [("mine", "/fields/body")]
    assert titles(bench)["mine"] == "with more"
