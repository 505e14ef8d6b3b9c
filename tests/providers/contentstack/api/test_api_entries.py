"""Every endpoint of the page "CMA | Entries", driven over a socket and judged by what it did to the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from api_clients import ApiClients, Row, Scenario, drive, named, rows
from api_endpoints import ENTRIES, Endpoint

from live_stack import DRAFTS, FIRST, LIVE, PICTURE, SECOND
from stackferry.errors import Refused

if TYPE_CHECKING:
    from stackferry.model import Json

PAGE: Row = {"content_type_uid": "page"}
ONE: Row = {**PAGE, "entry_uid": FIRST}
TWO: Row = {**PAGE, "entry_uid": SECOND}


def paragraph(text: str, *children: Json) -> Json:
    return {"type": "p", "uid": "p1", "attrs": {}, "children": [{"text": text}, *children]}


def rich(uid: str, text: str, *children: Json) -> Row:
    document: Row = {"type": "doc", "uid": uid, "attrs": {}, "children": [paragraph(text, *children)]}
    return document


async def get_all(clients: ApiClients) -> None:
    answer = await clients.method(
        **PAGE,
        query={"title": {"$in": ["First", "Second"]}},
        asc="title",
        limit=1,
        skip=1,
        include_count=True,
    )
    assert (answer["count"], [row["title"] for row in answer["entries"]]) == (2, ["Second"])
    french = await clients.method(**PAGE, locale="fr-fr", query={"locale": "fr-fr"}, include_branch=True)
    assert [(row["title"], row["_branch"]) for row in french["entries"]] == [("Premier", "main")]
    assert all("publish_details" not in row for row in french["entries"])


async def get_one(clients: ApiClients) -> None:
    answer = await clients.method(**ONE)
    assert (answer["entry"]["_version"], answer["entry"]["count"]) == (2, 2)
    old = await clients.method(**ONE, version=1, include_publish_details=True, include_workflow=True)
    assert (old["entry"]["count"], old["entry"]["publish_details"]) == (1, [])
    assert old["entry"]["_workflow"]["name"] == "Draft"
    assert (await clients.method(**ONE, locale="fr-fr"))["entry"]["title"] == "Premier"


async def create(clients: ApiClients) -> None:
    answer = await clients.method(**PAGE, entry={"title": "Third", "numbers": [1, 2.5]}, locale="fr-fr")
    made = clients.live.latest(answer["entry"]["uid"], "fr-fr")
    assert (made["title"], made["numbers"], made["locale"]) == ("Third", [1, 2.5], "fr-fr")


async def create_rich(clients: ApiClients) -> None:
    attrs: Json = {"type": "asset", "asset-uid": PICTURE, "content-type-uid": "sys_assets"}
    picture: Json = {"type": "reference", "uid": "p2", "attrs": attrs, "children": [{"text": ""}]}
    sent: Json = {"title": "Rich", "rich": rich("doc1", "text", picture)}
    answer = await clients.method(**PAGE, entry=sent, locale="en-us")
    stored = clients.live.latest(answer["entry"]["uid"])["rich"]
    assert stored["children"][0]["children"][1]["attrs"]["asset-uid"] == PICTURE
    with pytest.raises(Refused, match="Duplicate UID"):
        await clients.method(**PAGE, entry={"title": "Again", "rich": rich("doc1", "other")})


async def create_master(clients: ApiClients) -> None:
    await clients.entries.delete(**ONE)
    assert clients.live.languages(FIRST) == {"fr-fr"}
    await clients.method(**PAGE, entry={"title": "Master", "uid": FIRST}, copy_to_master=True)
    assert clients.live.languages(FIRST) == {"fr-fr", "en-us"}
    assert clients.live.latest(FIRST)["title"] == "Master"


async def create_custom_asset(clients: ApiClients) -> None:
    chosen: Row = {
        "uid": PICTURE,
        "_content_type_uid": "sys_assets",
        "metadata": {"preset": {"uid": "preset1"}},
    }
    answer = await clients.method(**PAGE, entry={"title": "Preset", "asset_field": chosen}, locale="en-us")
    stored = clients.live.latest(answer["entry"]["uid"])["asset_field"]
    assert (stored["uid"], stored["metadata"]) == (PICTURE, {"preset": {"uid": "preset1"}})
    assert answer["entry"]["asset_field"]["asset"]["filename"] == "p.txt"


async def create_taxonomy(clients: ApiClients) -> None:
    terms: Json = [{"taxonomy_uid": "place", "term_uid": "oslo"}]
    answer = await clients.method(**PAGE, entry={"title": "Travel", "taxonomies": terms})
    assert clients.live.latest(answer["entry"]["uid"])["taxonomies"] == terms
    with pytest.raises(Refused):
        await clients.method(
            **PAGE, entry={"title": "T", "taxonomies": [{"taxonomy_uid": "place", "term_uid": "x"}]}
        )


async def update(clients: ApiClients) -> None:
    answer = await clients.method(**ONE, entry={"text": "new"}, locale="en-us", include_branch=True)
    assert (answer["entry"]["_version"], answer["entry"]["_branch"]) == (3, "main")
    assert (clients.live.latest(FIRST)["text"], clients.live.latest(FIRST)["title"]) == ("new", "First")


async def update_rich(clients: ApiClients) -> None:
    await clients.method(**ONE, entry={"rich": rich("doc1", "one")})
    await clients.method(**ONE, entry={"rich": rich("doc1", "two")})
    stored = clients.live.latest(FIRST)["rich"]
    assert (stored["uid"], stored["children"][0]["children"][0]) == ("doc1", {"text": "two"})


async def push(clients: ApiClients) -> None:
    await clients.method(**ONE, field="numbers", data=[2, 3])
    await clients.method(**ONE, field="numbers", data=4)
    await clients.method(**ONE, field="banner", data={"title": "abc"})
    assert clients.live.latest(FIRST)["numbers"] == [2, 3, 4]
    assert [row["title"] for row in clients.live.latest(FIRST)["banner"]] == ["abc"]


async def pull(clients: ApiClients) -> None:
    await clients.entries.update(
        **ONE, entry={"numbers": [1, 2, 3], "banner": [{"title": "abc"}, {"title": "d"}]}
    )
    await clients.method(**ONE, field="numbers", query={"$in": [2, 3]})
    await clients.method(**ONE, field="banner", query={"title": {"$in": ["abc"]}})
    assert clients.live.latest(FIRST)["numbers"] == [1]
    assert [row["title"] for row in clients.live.latest(FIRST)["banner"]] == ["d"]


async def update_at(clients: ApiClients) -> None:
    await clients.entries.update(**ONE, entry={"numbers": [6, 2, 3]})
    await clients.method(**ONE, field="numbers", index=0, data=1)
    await clients.method(**ONE, field="text", data="whole")
    assert (clients.live.latest(FIRST)["numbers"], clients.live.latest(FIRST)["text"]) == ([1, 2, 3], "whole")


async def update_group(clients: ApiClients) -> None:
    links: Json = [{"title": f"B{n}", "link": {"title": f"L{n}", "href": f"/{n}"}} for n in (1, 2)]
    await clients.entries.update(**ONE, entry={"banner": links})
    inner: Json = {"UPDATE": {"data": {"title": "New level 2"}}}
    await clients.method(**ONE, field="banner", index=1, data={"title": "New", "link": inner})
    first, second = clients.live.latest(FIRST)["banner"]
    assert (first["title"], second["title"]) == ("B1", "New")
    assert second["link"] == {"title": "New level 2", "href": "/2"}


async def update_blocks(clients: ApiClients) -> None:
    teasers: Json = [{"link_component": {"teaser": f"T{n}"}} for n in (1, 2)]
    blocks: Json = [{"link_module": {"module_title": f"M{n}", "link_components": teasers}} for n in (1, 2)]
    await clients.entries.update(**ONE, entry={"content_container": blocks})
    inner: Json = {"UPDATE": {"index": 1, "data": {"link_component": {"teaser": "new teaser"}}}}
    data: Json = {"link_module": {"module_title": "new title", "link_components": inner}}
    await clients.method(**ONE, field="content_container", index=1, data=data)
    before, after = (row["link_module"] for row in clients.live.latest(FIRST)["content_container"])
    assert (before["module_title"], after["module_title"]) == ("M1", "new title")
    assert [row["link_component"]["teaser"] for row in after["link_components"]] == ["T1", "new teaser"]


async def add(clients: ApiClients) -> None:
    await clients.method(**ONE, field="count", number=1.5)
    assert clients.live.latest(FIRST)["count"] == 3.5


async def sub(clients: ApiClients) -> None:
    await clients.method(**ONE, field="count", number=3)
    assert clients.live.latest(FIRST)["count"] == -1


async def delete_master(clients: ApiClients) -> None:
    await clients.method(**ONE)
    assert clients.live.languages(FIRST) == {"fr-fr"}


async def delete_language(clients: ApiClients) -> None:
    await clients.method(**ONE, locale="fr-fr")
    assert clients.live.languages(FIRST) == {"en-us"}


async def delete_languages(clients: ApiClients) -> None:
    await clients.entries.localize(**ONE, locale="de-de", entry={"title": "Erste"})
    await clients.method(**ONE, locales=["fr-fr", "de-de"])
    assert clients.live.languages(FIRST) == {"en-us"}


async def delete_all(clients: ApiClients) -> None:
    await clients.method(**ONE, delete_all_localized=True)
    assert (clients.live.languages(FIRST), clients.live.languages(SECOND)) == (set(), {"en-us"})


async def set_name(clients: ApiClients) -> None:
    await clients.method(**ONE, version_number=1, name="launch")
    with pytest.raises(Refused):
        await clients.method(**ONE, version_number=2, name="launch")
    await clients.method(**ONE, version_number=2, name="launch", force=True)
    assert (clients.live.name(FIRST, 1), clients.live.name(FIRST, 2)) == (None, "launch")
    await clients.method(**ONE, version_number=1, name="début", locale="fr-fr")
    assert clients.live.name(FIRST, 1, "fr-fr") == "début"


async def versions(clients: ApiClients) -> None:
    asked: Row = {"include_count": True, "include_updated_at": True, "include_updated_by": True}
    answer = await clients.method(**ONE, **asked)
    assert (answer["count"], [row["_version"] for row in answer["versions"]]) == (2, [2, 1])
    assert answer["versions"][0]["updated_at"] == "2026-01-01T00:00:00.000Z"
    assert (await clients.method(**ONE, named=True))["versions"] == []
    assert [row["locale"] for row in (await clients.method(**ONE, locale="fr-fr"))["versions"]] == ["fr-fr"]


async def delete_name(clients: ApiClients) -> None:
    for locale in ("en-us", "fr-fr"):
        clients.live.branch.put_version_name("page", FIRST, locale, 1, {"title": "launch"})
    await clients.method(**ONE, version_number=1)
    assert (clients.live.name(FIRST, 1), clients.live.name(FIRST, 1, "fr-fr")) == (None, "launch")
    await clients.method(**ONE, version_number=1, locale="fr-fr")
    assert clients.live.name(FIRST, 1, "fr-fr") is None


async def references(clients: ApiClients) -> None:
    answer = await clients.method(**ONE, include_count=True, include_publish_details=True, locale="en-us")
    (user,) = answer["references"]
    assert (answer["count"], user["entry_uid"], user["_version"], user["publish_details"]) == (
        1,
        SECOND,
        1,
        [],
    )
    assert (await clients.method(**TWO))["references"] == []


async def languages(clients: ApiClients) -> None:
    found = {row["code"]: row["localized"] for row in (await clients.method(**ONE))["locales"]}
    assert (found["fr-fr"], found.get("de-de", False)) == (True, False)


async def localize(clients: ApiClients) -> None:
    await clients.entries.update(**ONE, entry={"group": [{"single_line": "fixed", "multi_line": "m"}]})
    uid = clients.live.latest(FIRST)["group"][0]["_metadata"]["uid"]
    group: Json = [{"single_line": "other", "multi_line": "eigen", "_metadata": {"uid": uid}}]
    answer = await clients.method(**ONE, locale="de-de", entry={"title": "Erste", "group": group})
    assert answer["notice"] == "Entry localized successfully."
    (stored,) = clients.live.latest(FIRST, "de-de")["group"]
    assert (stored["single_line"], stored["multi_line"]) == ("fixed", "eigen")
    assert clients.live.live(FIRST) == set()


async def update_localized(clients: ApiClients) -> None:
    await clients.entries.update(**ONE, entry={"group": [{"single_line": "fixed", "multi_line": "m"}]})
    uid = clients.live.latest(FIRST)["group"][0]["_metadata"]["uid"]
    metadata: Json = {"uid": uid, "non_localizable_content": True}
    group: Json = [{"single_line": "other", "multi_line": "propre", "_metadata": metadata}]
    answer = await clients.method(**ONE, locale="fr-fr", entry={"text": "texte", "group": group})
    assert (answer["notice"], answer["entry"]["_version"]) == ("Entry updated successfully.", 2)
    stored = clients.live.latest(FIRST, "fr-fr")
    assert (stored["title"], stored["text"]) == ("Premier", "texte")
    assert (stored["group"][0]["single_line"], stored["group"][0]["multi_line"]) == ("fixed", "propre")


async def unlocalize(clients: ApiClients) -> None:
    await clients.method(**ONE, locale="fr-fr")
    assert clients.live.languages(FIRST) == {"en-us"}
    answer: Row = await clients.entries.get(**ONE, locale="fr-fr")
    assert answer["entry"]["title"] == "First"


async def export(clients: ApiClients) -> None:
    assert (await clients.method(**ONE))["title"] == "First"
    assert (await clients.method(**ONE, locale="fr-fr"))["title"] == "Premier"


async def import_new(clients: ApiClients) -> None:
    answer = await clients.method(**PAGE, entry=b'{"title": "Imported", "count": 1.50}', locale="en-us")
    assert clients.live.latest(answer["entry"]["uid"])["title"] == "Imported"
    again = await clients.method(**PAGE, entry={"title": "First, again", "uid": FIRST}, overwrite=True)
    assert (again["entry"]["uid"], clients.live.latest(FIRST)["_version"]) == (FIRST, 3)


async def import_existing(clients: ApiClients) -> None:
    answer = await clients.method(**ONE, entry={"title": "Troisième"}, locale="fr-fr", overwrite=True)
    assert (answer["entry"]["_version"], clients.live.latest(FIRST, "fr-fr")["title"]) == (2, "Troisième")
    assert clients.live.latest(FIRST)["_version"] == 2


async def publish(clients: ApiClients) -> None:
    await clients.method(**ONE, environments=["live"], locales=["en-us", "fr-fr"], locale="en-us", version=1)
    assert clients.live.live(FIRST) == {(LIVE, "en-us", 1)}
    await clients.method(**ONE, environments=["drafts"], locales=["fr-fr"], publish_all_localized=True)
    assert clients.live.live(FIRST) == {(LIVE, "en-us", 1), (DRAFTS, "fr-fr", 1)}
    await clients.method(**TWO, environments=["live"], scheduled_at="2999-01-01T00:00:00.000Z")
    (queued,) = (row for row in clients.live.branch.queue.values() if row["publish_status"] == "scheduled")
    assert queued["scheduled_at"] == "2999-01-01T00:00:00.000Z"
    assert clients.live.live(SECOND) == set()


async def publish_with_references(clients: ApiClients) -> None:
    (answer,) = await clients.method(
        **TWO, locale="en-us", environments=["live"], locales=["en-us"], version=1
    )
    assert "progress" in answer["notice"]
    assert clients.live.live(SECOND) == {(LIVE, "en-us", 1)}
    assert clients.live.live(FIRST) == {(LIVE, "en-us", 2)}


async def unpublish(clients: ApiClients) -> None:
    both: Row = {"entries": [{"uid": FIRST, "content_type": "page"}], "locales": ["en-us", "fr-fr"]}
    await clients.bulk.publish(**both, environments=["live"])
    assert clients.live.live(FIRST) == {(LIVE, "en-us", 2), (LIVE, "fr-fr", 1)}
    await clients.method(**ONE, environments=["live"], locales=["fr-fr"], locale="en-us")
    assert clients.live.live(FIRST) == {(LIVE, "en-us", 2)}
    await clients.method(**ONE, environments=["live"])
    assert clients.live.live(FIRST) == set()


SCENARIOS: dict[str, Scenario] = {
    "Get all entries": get_all,
    "Get a single entry": get_one,
    "Create an entry": create,
    "Create an entry with JSON RTE": create_rich,
    "Create an entry with master locale": create_master,
    "Create an entry with custom asset field": create_custom_asset,
    "Create an entry with taxonomy": create_taxonomy,
    "Update an entry": update,
    "Update an entry with JSON RTE": update_rich,
    "PUSH Operation": push,
    "PULL Operation": pull,
    "UPDATE Operation": update_at,
    "UPDATE Operation: group field": update_group,
    "UPDATE Operation: nested modular blocks": update_blocks,
    "ADD Operation": add,
    "SUB Operation": sub,
    "Delete an entry": delete_master,
    "Delete an entry: one language": delete_language,
    "Delete an entry: several languages": delete_languages,
    "Delete an entry: all languages": delete_all,
    "Set Version Name for Entry": set_name,
    "Get Details of All Versions of an Entry": versions,
    "Delete Version Name of Entry": delete_name,
    "Get references of an entry": references,
    "Get languages of an entry": languages,
    "Localize an entry": localize,
    "Update a localized entry": update_localized,
    "Unlocalize an entry": unlocalize,
    "Export an entry": export,
    "Import an entry": import_new,
    "Import an existing entry": import_existing,
    "Publish an entry": publish,
    "Publish an entry with references": publish_with_references,
    "Unpublish an entry": unpublish,
}


@pytest.mark.parametrize("row", rows(ENTRIES), ids=named)
def test_entry_endpoint_does_what_its_page_says(row: Endpoint) -> None:
    """The row's method sends the row's request, and the stack is then as the page says."""
    drive(row, SCENARIOS[row.name])
