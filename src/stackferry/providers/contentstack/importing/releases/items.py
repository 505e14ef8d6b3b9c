"""What a release of the target really is: read back after it took its items, or after a lost answer. Pure.

API page: "Get all items in a Release".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, integer, objects, text
from stackferry.model import Gap
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.importing.branches.fork import promoted_item
from stackferry.providers.contentstack.requests import releases as requests
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.target import Await, Observation, Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackferry.model import JsonObject

_PAGES = partial(next_page, "items")


def item_type(item: JsonObject) -> str:
    return text(item.get("content_type_uid"))


def item_gap(release: str, item: JsonObject, what: str) -> Gap:
    uid, variant = text(item.get("uid")), text(item.get("variant_id"))
    of_variant = f", variant {variant}," if variant else ""
    return Gap(
        kind="release_items",
        uid=release,
        type=item_type(item),
        locale=text(item.get("locale")),
        path=f"{uid}/{variant}" if variant else uid,
        reason=f"{text(item.get('title')) or uid}{of_variant} {what}",
    )


class SentItem(NamedTuple):
    """An item of the source, and how it was sent to the target."""

    source: JsonObject
    body: JsonObject


def await_items(release: str, target: str, sent: Sequence[SentItem], *, is_promotion: bool) -> Await:
    """Wait until a release holds what was sent, and nothing else is asked of it.

    `is_promotion`: between branches of a stack, where that is the base of the next one.
    """
    expected = dict(enumerate(sent))

    def observe(answer: JsonObject) -> Observation:
        missing = _not_shown([one.body for one in sent], answer)
        there = (one for number, one in expected.items() if is_promotion and number not in missing)
        return Observation(
            [promoted_item(release, item, target, body) for item, body in there],
            [("missing", f"{release}/{number}", "1") for number in missing],
        )

    def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        numbers = (int(fact.rpartition("/")[2]) for _, fact, _ in facts)
        reason = "was taken for the release, but the target does not show it there"
        return [item_gap(release, expected[number].source, reason) for number in numbers]

    return Await(
        key=f"look/{release}",
        kind="release_items",
        request=requests.list_items(target, *page_params(0)),
        observe=observe,
        required_key="items",
        next_page=_PAGES,
        gaps=gaps,
    )


def _not_shown(sent: Sequence[JsonObject], answer: JsonObject) -> list[int]:
    """Which of the items that were sent, by their numbers, a release's list does not show."""
    shown: dict[tuple[str, ...], list[JsonObject]] = {}
    for row in objects(answer.get("items")):
        shown.setdefault(_object(row), []).append(row)
    return [
        number
        for number, body in enumerate(sent)
        if not any(_is_as_sent(body, row) for row in shown.get(_object(body), ()))
    ]


def _object(item: JsonObject) -> tuple[str, ...]:
    """What an item is about: base and variant of an entry are two items."""
    is_asset = item_type(item) in ASSET_TYPES
    return "assets" if is_asset else item_type(item), text(item.get("uid")), text(item.get("variant_id"))


def _is_as_sent(sent: JsonObject, shown: JsonObject) -> bool:
    """What was not sent, the service chooses."""
    names = [name for name in ("locale", "action") if sent.get(name)]
    version = integer(sent.get("version"))
    return all(sent[name] == shown.get(name) for name in names) and version in (
        None,
        integer(shown.get("version")),
    )


def probe_items(note: JsonObject) -> Probe:
    """Whether the items that were sent are in the release, each in the version that was sent."""
    sent = objects(note.get("items"))

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if sent and not _not_shown(sent, answer) else []

    request = requests.list_items(text(note.get("target")), *page_params(0))
    return Probe(request=request, found=found, required_key="items", next_page=_PAGES)


def probe_release(is_done: Callable[[JsonObject], bool], note: JsonObject) -> Probe:
    """Whether a release shows what was done to it."""

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if is_done(as_object(answer.get("release"))) else []

    request = requests.read_release(text(note.get("target")))
    return Probe(request=request, found=found, required_key="release")
