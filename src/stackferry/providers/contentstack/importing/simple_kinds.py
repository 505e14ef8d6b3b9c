"""What is written of the kinds that are one object, one write: locales, environments, taxonomies and so on.

Most kinds have a function that gives an object's payload; `plan` says in which stage it is written. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import objects, text, texts
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import fallback_depths, locale_fallbacks
from stackferry.providers.contentstack.content.people import people_gaps
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.importing.objects import (
    ObjectWrite,
    Payload,
    plan_objects,
    write_object,
)
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.references.source_uids import SourceUids, uids_in
from stackferry.providers.contentstack.target_names import environment_name, target_locale, target_uids
from stackferry.providers.target import PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.target import ImportContext

# Every stack has these, and the API changes none of them.
_SYSTEM_ROLES = frozenset({"Admin", "Developer", "Content Manager"})

_FOREIGN = "it names {} of the source, which the target does not have"

# The kinds of object that a role's rules are about: the rule's field that names some, and their kind of identity.
_RULE_FIELDS = {
    "environment": ("environments", "environments"),
    "locale": ("locales", "locale_uids"),
    "asset": ("assets", "assets"),
    "folder": ("folders", "folders"),
    "entry": ("entries", "entries"),
    "taxonomy": ("taxonomies", "taxonomies"),
    "label": ("labels", "labels"),
}


def locales(context: ImportContext) -> Iterator[ObjectWrite]:
    """Every locale after the one that it falls back to."""
    fallback, depths = locale_fallbacks(context.source), fallback_depths(context.source)
    rows = context.source.objects(Stream("locales"))
    for row in sorted(rows, key=lambda row: depths[text(row.get("code"))]):
        code = text(row.get("code"))
        yield ObjectWrite(
            kind=kinds.LOCALES,
            uid=code,
            payload=partial(_locale, context, row),
            after=[f"locales/{fallback[code]}"] if code in fallback else [],
            identities=partial(_locale_identities, context, row),
            # A stack is created with its master locale: it cannot be brought over, but takes the source's name.
            overwrite=code not in fallback,
            expected=partial(_known_of_locale, context, row),
        )


def _locale(context: ImportContext, row: JsonObject) -> Payload:
    body: JsonObject = {"name": row.get("name"), "code": target_locale(context, text(row.get("code")))}
    if fallback := text(row.get("fallback_locale")):
        body["fallback_locale"] = target_locale(context, fallback)
    return Payload(body)


def _known_of_locale(context: ImportContext, row: JsonObject) -> JsonObject:
    """A snapshot that was converted from an export of the vendor's CLI may know no more of a language than its code."""
    body = _locale(context, row).body
    return {name: value for name, value in body.items() if name != "name" or value != row.get("code")}


def _locale_identities(
    context: ImportContext, row: JsonObject, made: JsonObject
) -> list[tuple[str, str, str]]:
    """Locales go by their code; roles name them by uid."""
    code = text(row.get("code"))
    return [
        ("locales", code, text(made.get("code")) or target_locale(context, code)),
        ("locale_uids", text(row.get("uid")), text(made.get("uid"))),
    ]


def environments(context: ImportContext) -> Iterator[ObjectWrite]:
    """Every environment, after the languages of its addresses.

    One with an address that the target refuses is written without it, and that is a gap. Environments belong to the
    stack and languages to a branch, so a row can name a language that is in neither side.
    """
    rows = {text(row.get("uid")): row for row in context.source.objects(Stream("environments"))}
    codes = {
        target_locale(context, text(row.get("code"))) for row in context.source.objects(Stream("locales"))
    }
    codes |= {text(row.get("code")) for row in context.target.objects(Stream("locales"))}
    for planned in plan_objects(context, kinds.ENVIRONMENTS, environment):
        urls = objects(environment(context, rows[planned.uid]).body.get("urls"))
        odd = [number for number, url in enumerate(urls) if text(url.get("locale")) not in codes]
        without = partial(_environment_without, context, rows[planned.uid], odd)
        named = {text(url.get("locale")) for url in objects(rows[planned.uid].get("urls"))}
        after = [f"{kinds.LOCALES.name}/{code}" for code in sorted(named)]
        yield replace(planned, after=after, reduced=without if odd else None)


def _environment_without(context: ImportContext, row: JsonObject, odd: list[int]) -> Payload:
    body = environment(context, row).body
    urls = objects(body.get("urls"))
    gaps = [
        Gap(
            kind=kinds.ENVIRONMENTS.name,
            uid=text(row.get("uid")),
            path=f"/urls/{number}",
            reason=f"its address for language '{text(urls[number].get('locale'))}', which the target does not have: "
            "written without it; add the language, then the address by hand",
        )
        for number in odd
    ]
    return Payload({**body, "urls": [url for number, url in enumerate(urls) if number not in odd]}, gaps)


def environment(context: ImportContext, row: JsonObject) -> Payload:
    body = kinds.ENVIRONMENTS.own_fields(row)
    body["name"] = environment_name(context.options, text(body.get("name")))
    if "urls" in body:
        body["urls"] = [
            {**url, "locale": target_locale(context, text(url.get("locale")))}
            for url in objects(body["urls"])
        ]
    return Payload(body)


def _without_nulls(kind: Kind, row: JsonObject) -> Payload:
    return Payload({name: value for name, value in kind.own_fields(row).items() if value is not None})


def extension(_: ImportContext, row: JsonObject) -> Payload:
    return Payload(kinds.EXTENSIONS.own_fields(row))


def extensions(context: ImportContext) -> Iterator[Write]:
    """Every extension; one for which `--extension` names another of the target is not made."""
    named = write_options(context.options).extensions
    for source, target in sorted(named.items()):
        gap = Gap(
            kind=kinds.EXTENSIONS.name, uid=source, reason="--extension names it, and no type or object does"
        )
        yield Write(
            key=f"extension/{source}",
            kind=kinds.EXTENSIONS.name,
            build=partial(PreparedWrite, identities=[(kinds.EXTENSIONS.name, source, target)]),
            read=read_notice,
            failed=gap,
        )
    for planned in plan_objects(context, kinds.EXTENSIONS, extension):
        if planned.uid not in named:
            yield write_object(context, planned)


def label(context: ImportContext, row: JsonObject) -> Payload:
    body = kinds.LABELS.own_fields(row)
    return Payload({**body, "parent": target_uids(context, "labels", body.get("parent"))})


def webhook(context: ImportContext, row: JsonObject) -> Payload:
    """Disabled unless asked for: a restored copy must not call anybody. One that the target holds stays as it is:
    branches share their webhooks."""
    uids, body = context.once(SourceUids), kinds.WEBHOOKS.own_fields(row)
    gaps = []
    if isinstance(body.get("channels"), list):
        # The channel of one entry or file names it: `content_types.page.entries.UID.update`.
        channels = [uids.mapped_inside(one) for one in texts(body["channels"])]
        body["channels"] = [*channels]
        gaps = [
            Gap(
                kind="webhooks",
                uid=text(row.get("uid")),
                path=f"/channels/{number}",
                reason=_FOREIGN.format(uid),
            )
            for number, channel in enumerate(channels)
            for uid, _, _ in uids_in(channel)
            if uids.is_foreign(uid)
        ]
    if write_options(context.options).enable_webhooks:
        return Payload(body, gaps)
    existing = context.once(matches).row("webhooks", text(row.get("uid")))
    disabled = True if existing is None else existing.get("disabled")
    return Payload({**body, "disabled": disabled}, gaps)


def are_webhooks_silent(context: ImportContext) -> bool:
    """Whether no webhook is called while this import goes on, though all are made."""
    is_held = next(context.target.objects(Stream("webhooks")), None) is not None
    return not is_held and not write_options(context.options).enable_webhooks


def role(context: ImportContext, row: JsonObject) -> Payload:
    """A role's rules name environments, locales, entries, assets by uid: the target's uids."""
    body = kinds.ROLES.own_fields(row)
    if text(body.get("name")) in _SYSTEM_ROLES:
        return Payload({"name": body.get("name")})
    if isinstance(body.get("rules"), list):
        body["rules"] = [_rule(context, rule) for rule in objects(body["rules"])]
    return Payload(body, people_gaps(context, kinds.ROLES, row))


def _rule(context: ImportContext, rule: JsonObject) -> JsonObject:
    field, kind = _RULE_FIELDS.get(text(rule.get("module")), ("", ""))
    return {**rule, field: target_uids(context, kind, rule[field])} if field and field in rule else rule
