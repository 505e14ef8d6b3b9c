"""Spaces that are made up: the same seed gives the same space.

`generate` builds one with something of every kind, through the API of the emulator itself: types with a history,
entries and assets in every state and locale by locale, releases of both generations, schedules, taxonomy, workflows.
`fill_evenly` puts very many entries into an environment, past the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.behaviour import Limits, Switches
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.environment import document_from
from stackferry.emulators.contentful.seed import generated_content, generated_model, generated_records
from stackferry.emulators.contentful.seed.api import Api
from stackferry.emulators.values import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentful.app import Emulator
    from stackferry.emulators.contentful.environment import Environment
    from stackferry.emulators.contentful.space import Space
    from stackferry.model import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large a generated space is, and what it has beside content."""

    entries: int = 40
    assets: int = 10
    locales: tuple[str, ...] = ("en-US", "de", "fr", "pt-BR")  # the first is the default one
    publishes: int = 4  # at most, of one entry
    by_locale: bool = True
    releases: bool = True
    records: bool = (
        True  # webhooks, roles, keys, extensions, apps, workflows, tasks, comments, schedules, ui config
    )


@dataclass(slots=True)
class Ticking:
    """A clock that moves on whenever somebody looks at it."""

    moment: datetime

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=7)
        return self.moment


def generate(
    service: Emulator,
    *,
    key: str,
    token: str,
    seed: int = 0,
    shape: Shape | None = None,
    until: datetime | None = None,
) -> Space:
    """A new space with the history of about a year before `until` (default: a day before the service's own time)."""
    shape, chance = shape or Shape(), Random(f"space {seed}")  # noqa: S311 - repeatable
    end = until or service.time() - timedelta(days=1)
    clock, ids, limits, switches = service.clock, service.random, service.limits, service.switches
    service.clock, service.random = Ticking(end - timedelta(days=365)), Random(f"ids {seed}")  # noqa: S311 - as above
    service.limits, service.switches = Limits(), Switches()
    try:
        space = service.add_space(
            key=key, token=token, locale=shape.locales[0], organization=f"{key}-organization"
        )
        space.locale_publishing = shape.by_locale
        api = Api(service, key, token)
        model = generated_model.build(api, chance, shape.locales)
        content = generated_content.build(api, chance, model, shape)
        if shape.releases:
            generated_records.releases(api, chance, content, shape)
        if shape.records:
            generated_records.others(api, chance, content, end)
    finally:
        service.clock, service.random, service.limits, service.switches = clock, ids, limits, switches
    _prune(space, switches.snapshots_kept)
    return space


def _prune(space: Space, kept: int | None) -> None:
    for document in (*space.master.entries.values(), *space.master.content_types.values()) if kept else ():
        document.snapshots = document.snapshots[-(kept or 0) :]


def fill_evenly(environment: Environment, entries: int, *, words: int = 40) -> None:
    """Put one content type and so many entries of it into an environment: live, each tenth changed, each hundredth a
    draft, each linked to the one before it. All in the default locale."""
    code, time = environment.default_locale, format_time(datetime(2025, 1, 1, tzinfo=UTC))
    environment.put_content_type(_even_type(time))
    codes = environment.locale_codes
    for raw, live in _even_entries(entries, code, words):
        document = document_from(raw, live, codes)
        environment.entries[document.id] = document
    environment.changed()
    environment.put_editor_interface(
        {
            "sys": {**_sys("EditorInterface", "default", time), "contentType": link("ContentType", "note")},
            "controls": [],
        }
    )


def _sys(kind: str, uid: str, time: str) -> JsonObject:
    author = link("User", "invented-user")
    made: JsonObject = {"type": kind, "id": uid, "version": 1, "createdAt": time, "createdBy": author}
    return {**made, "updatedAt": time, "updatedBy": author}


def _live(version: int, time: str) -> JsonObject:
    told: JsonObject = {"version": version, "publishedVersion": 1, "publishedCounter": 1, "publishedAt": time}
    return {**told, "firstPublishedAt": time, "publishedBy": link("User", "invented-user")}


def _even_type(time: str) -> JsonObject:
    kinds: tuple[tuple[str, JsonObject], ...] = (
        ("title", {"type": "Symbol"}),
        ("body", {"type": "Text"}),
        ("before", {"type": "Link", "linkType": "Entry"}),
    )
    fields = [
        {"id": uid, "name": uid, "localized": False, "required": False, "validations": [], "disabled": False,
         "omitted": False, **facts}
        for uid, facts in kinds
    ]  # fmt: skip
    sys = {**_sys("ContentType", "note", time), **_live(2, time)}
    return {"sys": sys, "name": "Note", "description": "", "displayField": "title", "fields": [*fields]}


def _even_entries(count: int, code: str, words: int) -> Iterator[tuple[JsonObject, JsonObject | None]]:
    first = datetime(2025, 1, 1, tzinfo=UTC)
    text = " ".join(f"word{number}" for number in range(words))
    for number in range(count):
        time = format_time(first + timedelta(seconds=number))
        fields: dict[str, JsonObject] = {
            "title": {code: f"Note {number}"},
            "body": {code: f"{text} {number}"},
        }
        if number:
            fields["before"] = {code: link("Entry", f"note-{number - 1:07}")}
        sys: JsonObject = {
            **_sys("Entry", f"note-{number:07}", time),
            "contentType": link("ContentType", "note"),
        }
        if number % 100 == 99:
            yield {"sys": {**sys, "publishedCounter": 0}, "fields": {**fields}}, None
            continue
        raw: JsonObject = {"sys": {**sys, **_live(2, time)}, "fields": {**fields}}
        if number % 10 != 9:
            yield raw, None
            continue
        edited: JsonObject = {
            "sys": {**sys, **_live(4, time)},
            "fields": {**fields, "title": {code: f"Edited {number}"}},
        }
        yield edited, raw
