"""The comparison of whole stacks finds what a faulty copy loses, and nothing in a faithful one."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from oracle import Dump, compare, dump, equal_objects
from repository import CONTENTSTACK_EXPORTS
from stackferry.emulators.contentstack import Emulator, serve
from stackferry.emulators.contentstack.seed.data import (
    AssetSeed,
    EntrySeed,
    ReleaseSeed,
    Seed,
    TaxonomySeed,
    TermSeed,
    VersionNameSeed,
)
from stackferry.emulators.contentstack.seed.load import load, read_seed

if TYPE_CHECKING:
    from stackferry.model import Json

DATASETS = CONTENTSTACK_EXPORTS
SETS = ("academy-starter-app", "compass-starter-stack", "nextJS-CS-modeling", "stack-evtrader")
TOKEN = "cs-invented-token"
HERO, MOSS, MOSS_TWIN, ROSE = (f"blt000000000000000{n}" for n in range(4))
PICTURE, FOLDER, LIVE, DRAFTS, SPRING, TOPLABEL, LABEL = (f"blt111111111111111{n}" for n in range(7))
UID = re.compile(r"\b(?:blt|cs)[0-9a-f]{16}\b")
Row = dict[str, Any]


def ref(uid: str) -> list[Row]:
    return [{"uid": uid, "_content_type_uid": "plant"}]


def entry(uid: str, title: str, locale: str = "en-us", version: int = 1, **more: Any) -> EntrySeed:
    return EntrySeed("plant", locale, {"uid": uid, "title": title, "_version": version, "tags": [], **more})


def published(environment: str, version: int = 1, locale: str = "en-us") -> Row:
    return {"environment": environment, "locale": locale, "version": version, "time": "", "user": ""}


def waiting(uid: str, at: str = "2099-01-01T00:00:00.000Z") -> Row:
    thing = {"uid": uid, "locale": "en-us", "version": 2, "title": "Rose"}
    where = {"environment": [LIVE], "locale": ["en-us"], "publish_status": "scheduled", "scheduled_at": at}
    kind = {"type": "entry", "entry": thing, "content_type": {"uid": "plant"}, "action": "publish"}
    return {"uid": "blt3333333333333330", **kind, **where}


def pinned(uid: str, kind: str = "plant", version: int = 1) -> Row:
    return {"uid": uid, "content_type_uid": kind, "action": "publish", "locale": "en-us", "version": version}


def sample_stack() -> Seed:
    """A small stack with an object of each kind; two of its entries share title and content."""
    url = f"https://images.contentstack.io/v3/assets/blt_a/{PICTURE}/0123456789abcdef01234567/rose.txt"
    schema: list[Json] = [
        {"uid": "title", "data_type": "text", "display_name": "Title", "mandatory": True},
        {"uid": "near", "data_type": "reference", "display_name": "Near", "reference_to": ["plant"]},
        {"uid": "picture", "data_type": "file", "display_name": "Picture"},
        {"uid": "about", "data_type": "text", "display_name": "About"},
    ]
    picture: Row = {"uid": PICTURE, "title": "Rose", "filename": "rose.txt", "url": url, "parent_uid": FOLDER}
    return Seed(
        locales=[
            {"code": "en-us", "uid": "blt2222222222222220", "name": "English", "fallback_locale": None},
            {"code": "fr-fr", "uid": "blt2222222222222221", "name": "French", "fallback_locale": "en-us"},
        ],
        environments=[
            {"uid": LIVE, "name": "live", "urls": []},
            {"uid": DRAFTS, "name": "drafts", "urls": []},
        ],
        content_types=[{"uid": "plant", "title": "Plant", "schema": schema}],
        taxonomies=[TaxonomySeed({"uid": "soil", "name": "Soil"})],
        terms=[TermSeed("soil", {"uid": "clay", "name": "Clay", "parent_uid": None})],
        labels=[
            {"uid": TOPLABEL, "name": "Top", "parent": [], "content_types": []},
            {"uid": LABEL, "name": "Below", "parent": [TOPLABEL], "content_types": ["plant"]},
        ],
        folders=[{"uid": FOLDER, "name": "Pictures", "is_dir": True, "parent_uid": None}],
        assets=[
            AssetSeed(
                {**picture, "_version": 1, "is_dir": False, "tags": [], "publish_details": [published(LIVE)]},
                b"the picture of a rose",
            )
        ],
        entries=[
            entry(MOSS, "Moss"),
            entry(MOSS_TWIN, "Moss"),
            entry(HERO, "Hero", near=ref(MOSS), picture=PICTURE, about=f"<img src='{url}' id='{PICTURE}'>"),
            entry(ROSE, "Rose v1"),
            entry(ROSE, "Rose", version=2, tags=["red"], near=ref(HERO), publish_details=[published(LIVE)]),
            entry(ROSE, "La rose", "fr-fr", publish_details=[published(DRAFTS, 1, "fr-fr")]),
        ],
        version_names=[VersionNameSeed("plant", ROSE, "en-us", 1, {"title": "First bloom"})],
        queue=[waiting(ROSE)],
        releases=[
            ReleaseSeed(
                {"uid": SPRING, "name": "Spring", "description": "", "locked": False},
                [pinned(ROSE), pinned(PICTURE, "built_io_upload")],
            )
        ],
    )


def renamed(value: Any, known: dict[str, str]) -> Any:
    """The same value with every uid another one."""
    if isinstance(value, str):
        return UID.sub(lambda found: known.setdefault(found[0], f"bltc{len(known):015x}"), value)
    if isinstance(value, dict):
        return {renamed(key, known): renamed(item, known) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(renamed(item, known) for item in value))
    return [renamed(item, known) for item in value] if isinstance(value, list) else value


def moved(seed: Seed) -> Seed:
    """A copy of a seed with other uids and with every list that has no order reversed."""
    known: dict[str, str] = {}
    found = copy.copy(seed)
    for name in ("entries", "assets", "folders", "labels", "environments", "releases", "locales"):
        setattr(found, name, renamed(getattr(seed, name), known)[::-1])
    for name in (
        "extensions",
        "global_fields",
        "content_types",
        "roles",
        "workflows",
        "webhooks",
        "version_names",
    ):
        setattr(found, name, renamed(getattr(seed, name), known))
    for name in ("variants", "variant_groups", "queue"):
        setattr(found, name, renamed(getattr(seed, name), known))
    return found


def read(seed: Seed, *, versions: bool = False) -> Dump:
    emulator = Emulator()
    stack = emulator.add_stack(api_key="blt_a", management_token=TOKEN, master_locale=seed.master_locale)
    load(stack, seed)
    with serve(emulator) as origin:
        return dump(origin, "blt_a", TOKEN, versions=versions)


def changed(seed: Seed, uid: str, locale: str = "en-us", **more: Any) -> Seed:
    """The seed with other fields in the latest version of one entry."""
    entries = list(seed.entries)
    at = max(n for n, one in enumerate(entries) if one.raw["uid"] == uid and one.locale == locale)
    entries[at] = entries[at]._replace(raw={**entries[at].raw, **more})
    seed.entries = entries
    return seed


def test_a_stack_equals_itself_under_other_uids() -> None:
    """All uids renamed, all lists without an order reversed."""
    assert compare(read(sample_stack(), versions=True), read(moved(sample_stack()), versions=True)) == []


@pytest.mark.parametrize("name", SETS)
def test_a_real_stack_equals_itself_under_other_uids(name: str) -> None:
    """Every export of a real stack."""
    place = DATASETS / name
    if not place.is_dir():
        pytest.skip("the real exports (../shared/datasets) are not at hand")
    seed = read_seed(place)
    one, two = read(seed), read(moved(seed))
    assert one.count("entry") == sum(1 for _ in seed.entries)
    assert compare(one, two) == []


def lines(other: Seed, **how: bool) -> str:
    """The differences between the sample and a damaged copy of it."""
    found = compare(read(sample_stack(), **how), read(moved(other), **how))
    assert found, "nothing was found"
    return "\n".join(found)


def test_a_dropped_tag_is_found() -> None:
    """The line names its path."""
    assert '/documents/en-us/tags/0 lacks "red"' in lines(changed(sample_stack(), ROSE, tags=[]))


def test_a_reference_to_the_wrong_of_two_similar_entries_is_found() -> None:
    """They have the same title and differ in their bodies."""
    other = changed(sample_stack(), MOSS_TWIN, about="another moss")
    damaged = changed(copy.copy(other), HERO, near=ref(MOSS_TWIN))
    found = "\n".join(compare(read(other), read(moved(damaged))))
    assert "entry 'plant: Hero'" in found
    assert f"/documents/en-us/near/0/uid points at \"<entry 'plant: Moss' {MOSS}>\", now at" in found


def test_two_references_to_one_of_two_equal_entries_are_found() -> None:
    """One reference to each is not two to one of them."""
    whole = changed(sample_stack(), ROSE, near=ref(MOSS_TWIN))
    damaged = changed(sample_stack(), ROSE, near=ref(MOSS))
    assert compare(read(whole), read(moved(damaged)))
    swapped = changed(changed(sample_stack(), ROSE, near=ref(MOSS)), HERO, near=ref(MOSS_TWIN))
    assert compare(read(whole), read(moved(swapped))) == []


def test_a_lost_locale_is_found() -> None:
    other = sample_stack()
    other.entries = [one for one in other.entries if one.locale != "fr-fr"]
    assert "/documents/fr-fr was " in lines(other)


def test_wrong_bytes_are_found() -> None:
    """An asset's bytes are compared, not what the API states about them."""
    other = sample_stack()
    other.assets = [one._replace(content=b"the picture of a nose") for one in other.assets]
    found = lines(other)
    assert "asset 'Rose'" in found
    assert "/bytes was" in found


def test_a_publish_in_the_wrong_environment_is_found() -> None:
    """Environments are matched by name."""
    found = lines(changed(sample_stack(), ROSE, publish_details=[published(DRAFTS)]))
    assert '/published lacks {"environment": "environment:live"' in found
    assert '/published has also {"environment": "environment:drafts"' in found


def test_a_publish_of_the_wrong_version_is_found() -> None:
    """The published body is compared, not its number."""
    whole = changed(sample_stack(), ROSE, publish_details=[published(LIVE, 1)])
    latest = changed(sample_stack(), ROSE, publish_details=[published(LIVE, 2)])
    found = "\n".join(compare(read(whole), read(moved(latest))))
    assert '"body": {"tags": [], "title": "Rose v1"}' in found


def test_a_lost_release_item_is_found() -> None:
    """The line shows what the item pinned."""
    other = sample_stack()
    other.releases = [one._replace(items=one.items[1:]) for one in other.releases]
    found = lines(other)
    assert "release 'Spring'" in found
    assert "/items lacks" in found
    assert "Rose v1" in found


def test_a_lost_schedule_is_found() -> None:
    """What is still to be published, and when."""
    other = sample_stack()
    other.queue = [waiting(ROSE, "2099-01-02T00:00:00.000Z")]
    assert "/where/scheduled_at was" in lines(other)
    other.queue = []
    assert "schedule '2099-01-01T00:00:00.000Z' (blt3333333333333330): is missing" in lines(other)


def test_every_listing_is_read() -> None:
    """The emulator serves all of them; a listing that one stack does not serve is a difference."""
    whole = read(sample_stack())
    assert whole.skipped == []
    assert compare(whole, Dump(whole.nodes, ["/labels"])) == ["/labels is served by one stack only"]


def test_a_release_item_of_the_wrong_version_is_found() -> None:
    """The body of the version that an item pins is compared."""
    other = sample_stack()
    other.releases = [one._replace(items=[pinned(ROSE, version=2), *one.items[1:]]) for one in other.releases]
    assert "/items lacks" in lines(other)


def test_a_lost_entry_and_a_surplus_one_are_found() -> None:
    other = sample_stack()
    other.entries = [one for one in other.entries if one.raw["uid"] != MOSS_TWIN]
    assert "is missing" in lines(other)
    assert "is too many" in "\n".join(compare(read(other), read(sample_stack())))


def test_an_asset_in_the_wrong_folder_is_found() -> None:
    other = sample_stack()
    other.assets = [one._replace(raw={**one.raw, "parent_uid": None}) for one in other.assets]
    assert "/parent_uid was" in lines(other)


def test_a_url_of_another_asset_is_found() -> None:
    """An asset's URL in a text is compared as a reference to the asset."""
    text = str(sample_stack().entries[2].raw["about"]).replace(f"{PICTURE}/0123", f"{MOSS}/0123")
    assert "/documents/en-us/about" in lines(changed(sample_stack(), HERO, about=text))


def test_the_host_of_an_asset_url_is_not_compared() -> None:
    """Neither are the stack and the unique part of the URL."""
    text = str(sample_stack().entries[2].raw["about"])
    text = text.replace("images.contentstack.io", "eu-images.contentstack.com").replace(
        "0123456789abcdef", "f" * 16
    )
    assert compare(read(sample_stack()), read(moved(changed(sample_stack(), HERO, about=text)))) == []


def test_a_name_that_the_service_changed_is_the_same_address() -> None:
    """It puts `_` for some characters, in the asset and so in its address; other names are found."""
    text = str(sample_stack().entries[2].raw["about"])
    here, there = (
        changed(sample_stack(), HERO, about=text.replace("rose.txt", name))
        for name in ("a%20b%2C.txt", "a_b_.txt")
    )
    assert compare(read(here), read(moved(there))) == []
    assert compare(read(here), read(moved(changed(sample_stack(), HERO, about=text))))


def test_a_lost_version_name_is_found() -> None:
    """Histories are compared when they are asked for, by bodies and names."""
    other = sample_stack()
    other.version_names = []
    assert "First bloom" in lines(other, versions=True)
    assert compare(read(sample_stack()), read(moved(other))) == []


def test_a_number_that_was_rounded_is_found() -> None:
    """A large integer keeps its digits."""
    one = changed(sample_stack(), HERO, about=12345678901234567890)
    two = changed(sample_stack(), HERO, about=12345678901234567891)
    assert compare(read(one), read(two))


def test_an_ignored_kind_or_field_is_left_out() -> None:
    other = sample_stack()
    other.labels = [{**row, "name": f"{row['name']}!"} for row in other.labels]
    one, two = read(sample_stack()), read(moved(other))
    assert compare(one, two)
    assert compare(one, two, ignore={"label"}) == []
    assert compare(one, two, ignore={"label.name"}) == []


def test_equal_objects_are_counted() -> None:
    """One of them changed; those that point at it still count as equal."""
    whole = read(sample_stack())
    assert equal_objects(whole, read(moved(sample_stack()))) == (len(whole.nodes),) * 2
    damaged = read(moved(changed(sample_stack(), MOSS, about="green")))
    assert equal_objects(whole, damaged) == (len(whole.nodes) - 1, len(whole.nodes))


def test_only_the_object_that_differs_is_reported() -> None:
    """Not those that point at it."""
    found = compare(read(sample_stack()), read(moved(changed(sample_stack(), MOSS, about="green"))))
    assert len(found) == 1, json.dumps(found, indent=1)


@pytest.mark.parametrize("name", SETS)
def test_only_the_object_that_differs_is_reported_in_a_real_stack(name: str) -> None:
    """One entry changed, among equal ones and cycles and under other uids: one line."""
    place = DATASETS / name
    if not place.is_dir():
        pytest.skip("the real exports (../shared/datasets) are not at hand")
    whole, damaged = read_seed(place), read_seed(place)
    victim = damaged.entries[len(damaged.entries) // 2]
    changed(damaged, str(victim.raw["uid"]), victim.locale, tags=["stray"])
    [line] = compare(read(whole), read(moved(damaged)))
    assert line.endswith(f'/documents/{victim.locale}/tags/0 has also "stray"')
