"""Locales and tags: objects of one write each that content needs. Pure.

API pages: "Locales", "Content tags". A locale's fallback comes before it. The default locale cannot be changed, and the
visibility of a tag neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentful.importing.objects import ObjectWrite, Payload, held_row, write_object
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.terms import SETTLED, Terms
from stackferry.providers.contentful.kinds import LOCALES, TAGS, sys_id
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

_READ_ONLY: Final = ("sys", "default", "internal_code")
# What a locale is where a write does not say so.
_DEFAULTS: Final[JsonObject] = {"contentDeliveryApi": True, "contentManagementApi": True, "optional": False}
_VISIBILITY: Final = "x-contentful-tag-visibility"
_NAME_TAKEN: Final = (
    "the target has a tag of this name under the id '{}', and takes each name once: rename that one there"
)
_OTHER_VISIBILITY: Final = "the target's tag is {}, which no call can change: this one is {}"


def locales(context: ImportContext, root: Root) -> Steps:
    """Every locale, after the one that it falls back to."""
    for row in _by_fallback(context):
        yield write_object(context, root, _locale(context, row))


def locales_settled() -> Steps:
    """What comes after every locale: from then on it is known which of them the target took."""
    yield Await(
        key="locales settled",
        kind=LOCALES.name,
        request=lambda: None,
        observe=lambda _: Observation([]),
        unasked=[SETTLED],
        is_foreseen=True,
    )


def _by_fallback(context: ImportContext) -> Iterator[JsonObject]:
    rows = {text(row.get("code")): row for row in context.source.objects(Stream(LOCALES.name))}
    done: set[str] = set()

    def ready(code: str) -> Iterator[JsonObject]:
        if code in rows and code not in done:
            done.add(code)
            yield from ready(text(rows[code].get("fallbackCode")))
            yield rows[code]

    # Where the plan has room for some of them only, those that are asked for come first.
    for code in sorted(rows, key=lambda code: code not in context.options.selection.locales):
        yield from ready(code)


def _locale(context: ImportContext, row: JsonObject) -> ObjectWrite:
    terms, code = context.once(Terms), text(row.get("code"))
    fallback = text(row.get("fallbackCode"))

    def payload(held: JsonObject | None) -> Payload:
        body: JsonObject = {name: value for name, value in row.items() if name not in _READ_ONLY}
        # Null is sent, too: a locale without a fallback must not get the default one.
        body |= {"code": terms.locale(code), "fallbackCode": terms.locale(fallback) if fallback else None}
        if held is not None and held.get("default") is True:
            # What of it can be changed is its name; where it has another code, that is what the user mapped.
            body = {**{name: held.get(name) for name in body}, "name": row.get("name")}
        return Payload(body)

    def tells(name: str, value: Json) -> bool:
        return name not in _READ_ONLY and (name in row or _DEFAULTS.get(name) != value)

    return ObjectWrite(
        kind=LOCALES,
        uid=code,
        payload=payload,
        after=[f"{LOCALES.name}/{fallback}"] if fallback else [],
        is_posted=True,
        overwrites=row.get("default") is True,
        shown=lambda held: {name: value for name, value in held.items() if tells(name, value)},
    )


def tags(context: ImportContext, root: Root) -> Steps:
    """Every tag, as visible as it is in the source."""
    theirs = {text(row.get("name")): sys_id(row) for row in context.target.objects(Stream(TAGS.name))}
    for row in context.source.objects(Stream(TAGS.name)):
        uid, holder = sys_id(row), theirs.get(text(row.get("name")), "")
        is_held = holder == uid or held_row(context, TAGS, uid) is not None
        # One that the source has too gets another name in this import.
        if holder and not is_held and context.source.get(Stream(TAGS.name), holder) is None:
            yield report(
                f"{TAGS.name}/{uid}", [Gap(kind=TAGS.name, uid=uid, reason=_NAME_TAKEN.format(holder))]
            )
        else:
            yield write_object(context, root, _tag(row))


def _tag(row: JsonObject) -> ObjectWrite:
    uid, visibility = sys_id(row), text(nested(row, "sys", "visibility")) or "private"

    def payload(held: JsonObject | None) -> Payload:
        theirs = text(nested(held or row, "sys", "visibility")) or "private"
        sys: JsonObject = {"type": "Tag", "id": uid, "visibility": visibility}
        body: JsonObject = {"name": row.get("name"), "sys": sys}
        is_other = held is not None and theirs != visibility
        reason = _OTHER_VISIBILITY.format(theirs, visibility)
        return Payload(body, [planned.gap(reason, "/sys/visibility")] if is_other else [])

    planned = ObjectWrite(
        kind=TAGS, uid=uid, payload=payload, new_headers=lambda: ((_VISIBILITY, visibility),), optional=False
    )
    return planned
