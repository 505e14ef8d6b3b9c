"""A source that people edit while it is exported: the snapshot is that of the edited source, or says what it lacks."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import GROUP, fill_every_kind
from small_stack import ABROAD, HEN, LIVE, PICTURE
from workbench import RecordingTransport, file_digests, make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from stackferry.emulators.contentstack import Stack

OPEN = "bltaaaaaaaaaaaaaa61"
PAGE = "/content_types/page"
FILE = {"asset[upload]": ("hen.png", b"another picture", "image/png")}
WHERE = {"entry": {"environments": [LIVE], "locales": ["en-us"]}, "locale": "en-us"}


def put(path: str, kind: str, /, **fields: Any) -> Callable[[Editors], Any]:
    return lambda one: one.call("PUT", path, json={kind: fields})


def post(path: str, kind: str, /, **fields: Any) -> Callable[[Editors], Any]:
    return lambda one: one.call("POST", path, json={kind: fields})


def delete(path: str, **params: str) -> Callable[[Editors], Any]:
    return lambda one: one.call("DELETE", path, params=params)


def without_a_field(one: Editors) -> Any:
    made: Any = one.stack.main.content_types["page"]
    schema = [field for field in made["schema"] if field["uid"] != "picture"]
    return one.call("PUT", PAGE, json={"content_type": {**made, "schema": schema}})


def delete_type(one: Editors) -> Any:
    return one.call("DELETE", "/content_types/cart", params={"force": "true"})


def new_type(one: Editors) -> Any:
    title = {"uid": "title", "display_name": "Title", "data_type": "text", "mandatory": True, "unique": True}
    one.call(
        "POST", "/content_types", json={"content_type": {"uid": "boat", "title": "Boat", "schema": [title]}}
    )
    return one.call("POST", "/content_types/boat/entries", json={"entry": {"title": "Ferry"}})


EDITS: dict[str, Callable[[Editors], Any]] = {
    "entry edited": put(f"{PAGE}/entries/{HEN}", "entry", title="Hen, edited"),
    "entry deleted": delete(f"{PAGE}/entries/{ABROAD}", delete_all_localized="true"),
    "entry created": post(
        f"{PAGE}/entries", "entry", title="New", partner=[{"uid": HEN, "_content_type_uid": "page"}]
    ),
    "entry localized": lambda one: one.call(
        "PUT",
        f"{PAGE}/entries/{HEN}",
        params={"locale": "fr-fr"},
        json={"entry": {"title": "Poule", "partner": [{"uid": HEN, "_content_type_uid": "page"}]}},
    ),
    "entry published": lambda one: one.call(
        "POST", "/content_types/cart/entries/bltcart/publish", json={**WHERE, "version": 1}
    ),
    "asset published": lambda one: one.call(
        "POST", f"/assets/{PICTURE}/publish", json={"asset": WHERE["entry"], "version": 2}
    ),
    "entry unpublished": lambda one: one.call("POST", f"{PAGE}/entries/{HEN}/unpublish", json=WHERE),
    "type loses a field": without_a_field,
    "type deleted": delete_type,
    "type created": new_type,
    "asset replaced": lambda one: one.call("PUT", f"/assets/{PICTURE}", files=FILE),
    "asset renamed": put(f"/assets/{PICTURE}", "asset", title="Renamed"),
    "asset deleted": delete(f"/assets/{PICTURE}"),
    "asset created": lambda one: one.call("POST", "/assets", files=FILE),
    "release item added": lambda one: one.call(
        "POST",
        f"/releases/{OPEN}/item",
        json={
            "item": {
                "action": "publish",
                "content_type_uid": "page",
                "uid": HEN,
                "locale": "en-us",
                "version": 2,
            }
        },
    ),
    "release deleted": delete(f"/releases/{OPEN}"),
    "term created": post("/taxonomies/places/terms", "term", uid="river", name="River"),
    "taxonomy deleted": delete("/taxonomies/places", force="true"),
    "language deleted": delete("/locales/fr-fr"),
    "language added": post("/locales", "locale", code="de-de", name="German", fallback_locale="en-us"),
    "label added": post("/labels", "label", name="Fresh", content_types=[]),
    "environment added": post("/environments", "environment", name="fresh", urls=[]),
    "variant group renamed": put(f"/variant_groups/{GROUP}", "variant_group", uid=GROUP, name="Renamed"),
}


def fill(stack: Stack) -> None:
    """Every kind of object, and a release that is not locked."""
    fill_every_kind(stack)
    item: Any = {"action": "publish", "content_type_uid": "page", "uid": HEN, "locale": "en-us", "version": 1}
    stack.main.put_release({"uid": OPEN, "name": "Open", "description": "", "locked": False}, [item])


def edits_after(edits: Mapping[int, str], editors: Editors) -> Callable[..., None]:
    """A hook that edits when so many requests were answered."""
    seen = 0

    def hook(_: RecordingTransport, __: httpx.Request, done: bool) -> None:
        nonlocal seen
        seen += done
        if done and seen in edits:
            EDITS[edits[seen]](editors)

    return hook


def first_look(log: list[str]) -> int:
    """How many requests come before the second looks."""
    return next(number for number, line in enumerate(log) if line in log[:number])


def check_edits(versions: str, choose: Callable[[int], dict[int, str]]) -> None:
    """The snapshot is that of an export after the edits, byte for byte.

    `choose` is told how many requests come before the second looks, and gives edits by the number of a request.
    """
    with memory_directory() as root:
        workbench = make_workbench(root, fill)
        quiet = RecordingTransport(workbench.emulator)
        workbench.export("quiet", transport=quiet, versions=versions)
        editors, chosen = Editors(workbench, 1), choose(first_look(quiet.log))
        transport = RecordingTransport(workbench.emulator, edits_after(chosen, editors))
        made = workbench.export("made", transport=transport, versions=versions)
        fresh = workbench.export("fresh", versions=versions)
        assert file_digests(made.root) == file_digests(fresh.root), chosen


@pytest.mark.parametrize("seed", range(4))
def test_edits_before_the_second_look_are_in_the_snapshot(seed: int) -> None:
    random = Random(seed)

    def choose(looks: int) -> dict[int, str]:
        names = random.sample(sorted(EDITS), 6)
        return dict(zip(random.sample(range(1, looks + 1), 6), names, strict=True))

    check_edits(("pinned", "all")[seed % 2], choose)


@pytest.mark.torture
@pytest.mark.parametrize("versions", ["pinned", "all"])
@pytest.mark.parametrize("name", EDITS)
def test_each_edit_before_the_second_look_is_in_the_snapshot(name: str, versions: str) -> None:
    for when in (0.3, 0.6, 1.0):
        check_edits(versions, partial(_once, name, when))


def _once(name: str, when: float, looks: int) -> dict[int, str]:
    return {max(1, int(when * looks)): name}
