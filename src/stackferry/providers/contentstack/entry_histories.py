"""Which version of an entry that the target already holds says what an older version of the snapshot says.

The target has a history of its own, so numbers prove nothing: the versions that it shows somewhere are read and
compared, and only what says the same counts as the same. Pure.
API page: "Get a single entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.compare import equal
from stackferry.model import Shelf
from stackferry.providers.contentstack.answers import integer, own_row, text
from stackferry.providers.contentstack.meaning import quiet
from stackferry.providers.contentstack.published import details
from stackferry.providers.contentstack.reading import entries_path, get
from stackferry.providers.contentstack.small_kinds import to_locale
from stackferry.providers.provider import Await, Replay, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.documents import Document


def recognise(
    replay: Replay, target: str, older: Sequence[Document], says: Callable[[Document, JsonObject], bool]
) -> Iterator[Step]:
    """Readings of the target's versions of one entry in one language, each compared with all of `older`."""
    first = older[0]
    locale = to_locale(replay, first.locale)
    shown = replay.target.get(Shelf("entries", first.content_type, locale), target)
    if shown is None:
        return
    candidates = {version for _, code, version in details(shown) if code == locale}
    candidates |= _released(replay, target, locale)
    if target == first.uid:  # branches share their past
        candidates |= {document.version for document in older}
    latest = integer(shown.get("_version")) or 1
    if not replay.options.brings("entries"):  # another import brought them, in whatever numbers
        candidates |= {*range(1, latest)}
    for number in sorted(candidates - {latest}):
        yield _look(first, target, locale, number, older, says)


def _released(replay: Replay, target: str, locale: str) -> set[int]:
    rows = (own_row(row.get("item")) for row in replay.target.objects(Shelf("release_items")))
    found = (
        integer(item.get("version"))
        for item in rows
        if (item.get("uid"), item.get("locale")) == (target, locale)
    )
    return {version for version in found if version is not None}


def _look(
    first: Document,
    target: str,
    locale: str,
    number: int,
    older: Sequence[Document],
    says: Callable[[Document, JsonObject], bool],
) -> Await:
    def same(answer: JsonObject) -> list[tuple[str, str, str]]:
        row = own_row(answer.get("entry"))
        if row.get("_version") != number or text(row.get("locale")) != locale:
            return []
        return [("versions", document.version_key, str(number)) for document in older if says(document, row)]

    return Await(
        key=f"recognise/{first.content_type}/{first.uid}/{first.locale}/{number}",
        kind="entries",
        request=get(entries_path(first.content_type, target), ("locale", locale), ("version", str(number))),
        missing=same,
        gaps=lambda _: [],
        patient=False,
        before=True,
    )


def alike(left: JsonObject, right: JsonObject) -> bool:
    """Whether two documents say the same."""
    return equal(quiet(left), quiet(right))
