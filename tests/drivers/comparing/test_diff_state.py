"""Two nights: `diff` names what was edited in everything but entries, each edit once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind_stack import FLOW, HOOK, OF_HEN, ROLE, STAGES
from small_stack import FOLDER, HEN, LATER, PICTURE, RELEASE
from two_nights import (
    HEN_PATH,
    STORY_PATH,
    folder,
    item,
    lines,
    pinned,
    publish,
    schema,
    send,
    two_nights,
)

if TYPE_CHECKING:
    from two_nights import Edit

EDITS: dict[str, tuple[Edit, list[str]]] = {
    "published": (
        publish("publish", STORY_PATH, 1, "live", "staging"),
        [
            "added publications Harbour en en-us /publish_details/live live -->1",
            "added publications Harbour en en-us /publish_details/staging staging -->1",
        ],
    ),
    "another version published": (
        publish("publish", HEN_PATH, 2, "live"),
        ["changed publications Hen, revised en-us /publish_details/live live 1->2"],
    ),
    "the same version published again": (publish("publish", HEN_PATH, 1, "live"), []),
    "unpublished": (
        publish("unpublish", HEN_PATH, 1, "live"),
        ["removed publications Hen, revised en-us /publish_details/live live 1->-"],
    ),
    "an asset published": (
        publish("publish", f"/assets/{PICTURE}", 2, "staging"),
        ["added asset_publications Hen and egg en-us /publish_details/staging staging -->2"],
    ),
    "scheduled": (
        publish("publish", STORY_PATH, 1, "live", scheduled_at="2099-01-01T00:00:00.000Z"),
        ["added schedules Harbour en en-us live -->1"],
    ),
    "a schedule cancelled": (
        send("GET", f"/publish-queue/{LATER}/unschedule"),
        ["removed schedules Hen, revised fr-fr live 2->-"],
    ),
    "an environment renamed": (
        send("PUT", "/environments/staging", json={"environment": {"name": "preview"}}),
        ["changed environments preview /name staging->preview"],
    ),
    "an environment deleted": (send("DELETE", "/environments/live"), ["removed environments live"]),
    "a language deleted": (
        send("DELETE", "/locales/fr-fr"),
        ["removed locales French", "removed entries À l'étranger"],
    ),
    "a language added": (
        send(
            "POST",
            "/locales",
            json={"locale": {"code": "de-de", "name": "German", "fallback_locale": "en-us"}},
        ),
        ["added locales German"],
    ),
    "a stage": (
        send(
            "POST",
            f"{HEN_PATH}/workflow",
            params={"locale": "en-us"},
            json={"workflow": {"workflow_stage": {"uid": STAGES[1]}}},
        ),
        ["changed workflow_stages Hen, revised en-us /_workflow Draft->Done"],
    ),
    "a workflow deleted": (send("DELETE", f"/workflows/{FLOW}"), ["removed workflows Review"]),
    "a release renamed": (
        send("PUT", f"/releases/{RELEASE}", json={"release": {"name": "Summer", "description": ""}}),
        ["changed releases Summer /name Spring->Summer"],
    ),
    "a release deleted": (send("DELETE", f"/releases/{RELEASE}"), ["removed releases Spring"]),
    "an item added": (
        item("POST", "item"),
        ["added release_items Spring en-us story/bltstory000000001 Harbour en -->1"],
    ),
    "an item removed": (
        item("DELETE", "items", uid=HEN, content_type_uid="page"),
        ["removed release_items Spring en-us page/bltaaaaaaaaaaaaaa11 Hen, revised 1->-"],
    ),
    "an item pinned to another version": (
        pinned(version=2),
        ["changed release_items Spring en-us page/bltaaaaaaaaaaaaaa11/version Hen, revised 1->2"],
    ),
    "an item to be unpublished": (
        pinned(action="unpublish"),
        [
            "changed release_items Spring en-us page/bltaaaaaaaaaaaaaa11/action Hen, revised publish->unpublish"
        ],
    ),
    "an asset's title": (
        send("PUT", f"/assets/{PICTURE}", json={"asset": {"title": "Renamed"}}),
        ["changed assets Renamed /title Hen and egg->Renamed"],
    ),
    "an asset moved": (
        send("PUT", f"/assets/{PICTURE}", json={"asset": {"parent_uid": None}}),
        ["moved assets Hen and egg /parent_uid Pictures the top bltaaaaaaaaaaaaaa02->null"],
    ),
    "an asset deleted": (send("DELETE", f"/assets/{PICTURE}"), ["removed assets Hen and egg"]),
    "a folder renamed": (
        send("PUT", f"/assets/folders/{FOLDER}", json={"asset": {"name": "Photos"}}),
        ["changed folders Photos /name Pictures->Photos"],
    ),
    "a folder moved": (
        send("PUT", "/assets/folders/bltfolder9", json={"asset": {"parent_uid": FOLDER}}),
        ["moved folders Deep /parent_uid the top Pictures null->bltaaaaaaaaaaaaaa02"],
    ),
    "a folder deleted": (
        send("DELETE", f"/assets/folders/{FOLDER}"),
        ["removed folders Pictures", "removed assets Hen and egg"],
    ),
    "a term moved": (
        send(
            "PUT",
            "/taxonomies/places/terms/quay/move",
            json={"term": {"parent_uid": "air", "order": 1}},
            params={"force": "true"},
        ),
        ["moved terms Quay /parent_uid Sea Air sea->air"],
    ),
    "a term put before its sibling": (
        send("PUT", "/taxonomies/places/terms/air/move", json={"term": {"parent_uid": None, "order": 1}}),
        ["moved terms Sea /order"],
    ),
    "a term renamed": (
        send("PUT", "/taxonomies/places/terms/air", json={"term": {"name": "Sky"}}),
        ["changed terms Sky /name Air->Sky"],
    ),
    "a term added": (
        send(
            "POST",
            "/taxonomies/places/terms",
            json={"term": {"uid": "pier", "name": "Pier", "parent_uid": "sea", "order": 1}},
        ),
        ["added terms Pier"],
    ),
    "a taxonomy deleted": (
        send("DELETE", "/taxonomies/places", params={"force": "true"}),
        ["removed taxonomies Places"],
    ),
    "a field added": (
        schema(lambda fields: [*fields, {"uid": "extra", "display_name": "Extra", "data_type": "text"}]),
        ['added content_types Story /schema/9 -->{"data_type":"text","dis…'],
    ),
    "a field removed": (
        schema(lambda fields: [one for one in fields if one["uid"] != "picture"]),
        ['removed content_types Story /schema/7 {"data_type":"file","dis…->-'],
    ),
    "a field moved": (
        schema(lambda fields: [fields[0], *fields[2:], fields[1]]),
        ["moved content_types Story /schema/8 /schema/1"],
    ),
    "a field made mandatory": (
        schema(lambda fields: [{**one, "mandatory": one["uid"] in ("title", "summary")} for one in fields]),
        ["changed content_types Story /schema/1/mandatory false->true"],
    ),
    "a type deleted": (
        send("DELETE", "/content_types/story"),
        ["removed content_types Story", "removed entries Harbour en", "removed entries Quay en"],
    ),
    "a webhook": (
        lambda editor: editor.do(
            "PUT", f"/webhooks/{HOOK}", json={"webhook": {**editor.stack.webhooks[HOOK], "disabled": False}}
        ),
        ["changed webhooks Hook /disabled true->false"],
    ),
    "a role": (
        lambda editor: editor.do(
            "PUT", f"/roles/{ROLE}", json={"role": {**editor.stack.roles[ROLE], "description": "Keeps"}}
        ),
        ["changed roles Keeper /description -->Keeps"],
    ),
    "metadata": (
        lambda editor: editor.stack.main.metadata[OF_HEN].update(seen={"by": ["all", 4]}),
        ["changed metadata Hen, revised en-us /seen/by/1 3->4"],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_anything_else_is_told_once(name: str) -> None:
    edit, expected = EDITS[name]
    assert lines(two_nights(edit, before=folder)) == expected
