"""What `diff` tells of two nights of one environment: each edit once, where it went live, and what was deleted."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from compared_spaces import Comparing, every_kind, lines
from every_kind_space import OBJECTS, link

from stackferry.model import Record, Stream
from stackferry.providers.contentful.kinds import record_key

if TYPE_CHECKING:
    from collections.abc import Callable

    Raw = dict[str, Any]


class Nights:
    """Two nights of the space with everything; the second one is edited."""

    def __init__(self) -> None:
        self.comparing = Comparing(every_kind(), every_kind())

    def edit(self, kind: str, uid: str, change: Callable[[Raw], object], content_type: str = "") -> None:
        """Change a record of the second night in place."""
        stream = Stream(kind, content_type)
        body: Any = copy.deepcopy(self.comparing.target.get(stream, uid))
        assert body is not None, (kind, uid)
        change(body)
        self.comparing.target.put_record(stream, Record(uid, body, record_key(kind, body)[1]))

    def delete(self, kind: str, uid: str, content_type: str = "") -> None:
        self.comparing.target = self.comparing.target.without(Stream(kind, content_type), uid)

    def told(self) -> list[str]:
        return lines(self.comparing.edits())


@pytest.fixture
def nights() -> Nights:
    return Nights()


def saved(body: Raw) -> None:
    body["sys"]["version"] += 1


def published_again(body: Raw) -> None:
    """Saved and published: all that is live is the current body."""
    body["sys"]["version"] += 2
    body["sys"]["publishedVersion"] = body["sys"]["version"] - 1


def test_nothing_is_told_of_equal_nights(nights: Nights) -> None:
    assert nights.told() == []


def test_an_edit_is_told_by_title_field_and_locale(nights: Nights) -> None:
    def change(body: Raw) -> None:
        saved(body)
        body["fields"]["title"]["de"] = "Fuchs"

    nights.edit("entries", "fox", change, "page")
    assert nights.told() == ["changed entries fox Fox /fields/title/de: - → Fuchs"]


def test_an_edit_that_was_published_is_told_with_its_publication(nights: Nights) -> None:
    def change(body: Raw) -> None:
        published_again(body)
        body["fields"]["title"]["de"] = "Henne"

    nights.edit("entries", "hen", change, "page")
    assert nights.told() == [
        "changed entries hen Hen /fields/title/de: Huhn → Henne",
        "changed publications hen Hen /published: 5 → 7",
    ]


def test_an_edit_that_is_not_live_yet_is_told_alone(nights: Nights) -> None:
    def change(body: Raw) -> None:
        saved(body)
        body["sys"]["fieldStatus"]["*"]["de"] = "changed"
        body["fields"]["title"]["de"] = "Henne"

    live: Any = copy.deepcopy(nights.comparing.target.get(Stream("entries", "page"), "hen"))
    nights.comparing.target.put_record(Stream("published_entries", "page"), Record("hen", live))
    nights.edit("entries", "hen", change, "page")
    assert nights.told() == ["changed entries hen Hen /fields/title/de: Huhn → Henne"]


def test_publishing_an_earlier_edit_is_told_once(nights: Nights) -> None:
    def publish(body: Raw) -> None:
        saved(body)
        body["sys"]["publishedVersion"] = 5
        body["sys"]["fieldStatus"]["*"]["en-US"] = "published"

    nights.edit("entries", "egg", publish, "page")
    nights.delete("published_entries", "egg", "page")
    assert nights.told() == ["changed publications egg Egg, edited /published: 2 → 5"]


def test_where_something_went_live_is_told_by_locale(nights: Nights) -> None:
    def unpublish(body: Raw) -> None:
        published_again(body)
        body["sys"]["fieldStatus"]["*"]["de"] = "draft"

    def publish(body: Raw) -> None:
        saved(body)
        body["sys"]["fieldStatus"]["*"]["de"] = "published"
        body["sys"]["publishedVersion"] = body["sys"]["version"] - 1

    nights.edit("entries", "partly", publish, "page")
    nights.delete("published_entries", "partly", "page")
    nights.edit("assets", "picture", unpublish)
    assert nights.told() == [
        "removed assets picture Picture /published/de de",
        "added publications partly Goose /published/de de",
    ]


def test_an_object_that_was_saved_and_is_the_same(nights: Nights) -> None:
    nights.edit("entries", "fox", saved, "page")
    assert nights.told() == ["changed entries fox Fox /sys/version: 2 → 3"]


def test_what_was_archived(nights: Nights) -> None:
    def archive(body: Raw) -> None:
        saved(body)
        body["sys"]["archivedVersion"] = 2

    nights.edit("entries", "fox", archive, "page")
    assert nights.told() == ["changed publications fox Fox /state: draft → archived"]


def test_what_was_deleted_is_told_once_with_all_that_went_with_it(nights: Nights) -> None:
    nights.delete("entries", "egg", "page")
    nights.delete("published_entries", "egg", "page")
    nights.delete("content_types", "teaser")
    nights.delete("published_content_types", "teaser")
    nights.delete("editor_interfaces", "teaser")
    nights.delete("releases", "campaign")
    for entity in ("hen", "egg", "chick"):
        nights.delete("release_entries", f"campaign\0{entity}")
    nights.delete("release_assets", "campaign\0picture")
    assert nights.told() == [
        "removed content_types teaser Teaser",
        "removed releases campaign Campaign",
        "removed entries egg Egg, edited",
    ]


def test_an_item_of_a_release_that_went_with_its_body(nights: Nights) -> None:
    def take_out(body: Raw) -> None:
        saved(body)
        body["entities"]["items"] = [
            one for one in body["entities"]["items"] if one["entity"]["sys"]["id"] != "hen"
        ]

    nights.edit("releases", "campaign", take_out)
    nights.delete("release_entries", "campaign\0hen")
    (told,) = nights.told()
    assert told.startswith("changed releases campaign Campaign /entities/items/Entry hen: {")


def test_a_field_of_a_type_that_was_moved_renamed_or_taken_away(nights: Nights) -> None:
    def change(body: Raw) -> None:
        published_again(body)
        fields = {field["id"]: field for field in body["fields"]}
        fields["slug"]["name"] = "Address"
        del fields["data"]
        body["fields"] = [fields.pop("words"), *fields.values()]

    nights.edit("content_types", "page", change)
    assert [line.split(": {")[0] for line in nights.told()] == [
        "removed content_types page Page /fields/6",
        "moved content_types page Page /fields/0 /fields/5",
        "changed content_types page Page /fields/2/name: Slug → Address",
    ]


def test_a_new_file_is_told_by_its_bytes(nights: Nights) -> None:
    def replace(body: Raw) -> None:
        published_again(body)
        body["fields"]["file"]["en-US"]["url"] = "/other.png"

    url = "/other.png"
    nights.comparing.target.put_record(
        Stream("files"), Record(url, {"uid": url, "sha256": "other", "size": 1})
    )
    nights.edit("assets", "picture", replace)
    told = nights.told()
    assert [line.split(": ")[0] for line in told] == [
        "changed assets picture Picture /fields/file/en-US/sha256",
        "changed assets picture Picture /published",
    ]


def test_every_other_kind_is_told(nights: Nights) -> None:
    nights.edit("locales", "de", lambda body: body.update(fallbackCode=None))
    nights.edit("roles", "author", lambda body: body.update(description="Reads"))
    nights.edit("webhooks", "deploy", lambda body: body.update(active=False))
    nights.edit("api_keys", "site", lambda body: body["environments"].append(link("Environment", "copy")))
    nights.edit("scheduled_actions", "of-entry", lambda body: body["sys"].update(status="canceled"))
    nights.edit("workflows", "of-fox", lambda body: body.update(stepId="step-1"))
    nights.edit("concepts", "birds", lambda body: body["prefLabel"].update(de="Vögel"))
    nights.edit("releases", "past", lambda body: body["sys"].update(status="active"))
    assert nights.told() == [
        "changed locales de /fallbackCode: en-US → -",
        "changed concepts birds Birds /prefLabel/de: - → Vögel",
        "changed releases past Past /sys/status: archived → active",
        "changed scheduled_actions of-entry /sys/status: scheduled → canceled",
        "changed workflows of-fox /stepId: Review → Draft",
        "changed roles author Author /description: Writes → Reads",
        "changed webhooks deploy Deploy /active: True → False",
        f"added api_keys site Site /environments/1: - → {link('Environment', 'copy')}",
    ]


def test_a_version_never_changes_and_an_action_is_history(nights: Nights) -> None:
    nights.comparing.target = nights.comparing.target.without(Stream("release_actions"), "acted")
    nights.comparing.target = nights.comparing.target.without(Stream("entry_snapshots", "page"), "hen", 3)
    assert nights.told() == []


def test_two_places_are_compared_in_the_same_words() -> None:
    comparing = Comparing(every_kind(), every_kind("copy"))
    body: Any = copy.deepcopy(OBJECTS["entries"][3])
    body["fields"]["title"]["en-US"] = "Vixen"
    comparing.target.put_record(Stream("entries", "page"), Record("fox", body))
    comparing.target = comparing.target.without(Stream("tags"), "bird")
    assert lines(comparing.edits(is_one_place=False)) == [
        "removed tags bird Bird",
        "changed entries fox Vixen /fields/title/en-US: Fox → Vixen",
    ]
