"""Publishing and taking down, whole or by locale, with all that is checked: for single calls, bulk and releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import ApiError, bad_request, invalid, problem
from stackferry.emulators.contentful.documents import live_fields, publish, unpublish
from stackferry.emulators.contentful.editorial import check_allowed
from stackferry.emulators.contentful.history import keep_snapshot
from stackferry.emulators.contentful.validation.published import asset_problems, entry_problems
from stackferry.emulators.contentful.validation.unique import note_published
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import Json, JsonObject

Batch = frozenset[tuple[str, str]]
ALONE: Batch = frozenset()


def locales_in(call: Call, body: Json, name: str) -> list[str] | None:
    """The locales under `add` or `remove`; None where the body has no such part. Raises 400 and 422."""
    part = as_object(body).get(name)
    if part is None:
        return None
    codes = nested(part, "fields", "*")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise bad_request(f'"{name}.fields" names a list of locales under "*".')
    _check_known(call, codes, name)
    return [text(code) for code in codes]


def _check_known(call: Call, codes: list[Json], name: str) -> None:
    unknown = [text(code) for code in codes if code not in call.environment.locale_codes]
    if unknown:
        raise invalid(
            [problem("unknown", [name, "fields", "*"], f"Unknown locale: {code}") for code in unknown]
        )


def change_live(call: Call, document: Document, body: Json, batch: Batch = ALONE) -> None:
    """Publish as the body says: all locales, those under `add`, or all but those under `remove`."""
    add, remove = locales_in(call, body, "add"), locales_in(call, body, "remove")
    if (add is not None or remove is not None) and not call.space.locale_publishing:
        if call.switches.partial_publish == "refused":
            raise bad_request("Locale-based publishing is not enabled for this space.")
        if add is None:
            unpublish(document, call.stamp)
            return
        add = remove = None
    if add is None and remove is None:
        publish_document(call, document, call.environment.locale_codes, batch)
        return
    if add:
        publish_document(call, document, add, batch)
    if remove:
        take_down(call, document, remove)


def publish_document(call: Call, document: Document, codes: Collection[str], batch: Batch = ALONE) -> None:
    """Publish these locales of an entry or an asset; others stay as they are. Raises 400 and 422."""
    if document.state == "archived":
        raise bad_request("Cannot publish archived")
    if document.sys["type"] == "Entry":
        check_allowed(call, document.id, "publish")
    if problems := check(call, document, codes, batch):
        raise refusal(problems, text(document.sys["type"]))
    live: JsonObject = {**document.body, "fields": live_fields(document, codes)}
    publish(document, live, document.live_locales | set(codes), call.stamp)
    if document.sys["type"] == "Entry":
        keep_snapshot(call, document)
        note_published(call.environment, document)


def check(call: Call, document: Document, codes: Collection[str], batch: Batch = ALONE) -> list[JsonObject]:
    """What forbids that a document is published in these locales."""
    if document.sys["type"] == "Asset":
        return [*asset_problems(call, document, codes)]
    uid = text(nested(document.sys, "contentType", "sys", "id"))
    kind = call.environment.content_types.get(uid)
    if kind is None or kind.live is None:
        return [
            problem(
                "unknownContentType", ["sys", "contentType"], f"There is no content type {uid!r}.", value=uid
            )
        ]
    return [*entry_problems(call, document, kind.live, codes, batch)]


def refusal(problems: list[JsonObject], kind: str) -> ApiError:
    """The 422 for what forbids a publish."""
    if all(row["name"] == "notResolvable" for row in problems):
        return invalid(problems, "UnresolvedLinks", "Link could not be resolved")
    return invalid(problems, f"Invalid{kind}")


def take_down(call: Call, document: Document, codes: Iterable[str]) -> None:
    """Take locales down; a document that loses its last live one is unpublished. Raises 400 where none is live."""
    if document.state not in ("published", "changed"):
        raise bad_request("Not published")
    kept = document.live_locales - set(codes)
    if not kept:
        unpublish(document, call.stamp)
        return
    fields = {
        name: {code: value for code, value in as_object(values).items() if code in kept}
        for name, values in as_object(as_object(document.live).get("fields")).items()
    }
    publish(document, {**as_object(document.live), "fields": {**fields}}, kept, call.stamp)
