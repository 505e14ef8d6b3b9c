"""The plan for the kinds that are one object, one write: locales, environments, taxonomies and so on.

Each function is a stage: it looks at the snapshot and yields the writes. Pure.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.json_values import integer, objects, text
from stackferry.model import Gap, Json, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import fallback_chain, locale_fallbacks
from stackferry.providers.contentstack.credentials import REDACTED
from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.target_names import environment_name, target_locale, target_uids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.target import ImportContext

SYSTEM_ROLES = frozenset({"Admin", "Developer", "Content Manager"})


def locales(context: ImportContext) -> Iterator[ObjectWrite]:
    """Every locale after the one that it falls back to; the master is the target's own."""
    fallback = locale_fallbacks(context.source)
    rows = sorted(
        context.source.objects(Stream("locales")),
        key=lambda row: len(list(fallback_chain(text(row.get("code")), fallback))),
    )
    for row in rows:
        code = text(row.get("code"))
        after = [f"locales/{fallback[code]}"] if code in fallback else []
        payload, identities = partial(_locale, context, row), partial(_locale_names, context, row)
        one = ObjectWrite(
            kind=kinds.LOCALES,
            uid=code,
            payload=payload,
            after=after,
            identities=identities,
            overwrite=code
            not in fallback,  # a stack is born with its master: bringing it over means renaming it
        )
        yield one


def _locale(context: ImportContext, row: JsonObject) -> Payload:
    code, fallback = target_locale(context, text(row.get("code"))), text(row.get("fallback_locale"))
    if not fallback:
        return Payload({"name": row.get("name"), "code": code})
    return Payload(
        {"name": row.get("name"), "code": code, "fallback_locale": target_locale(context, fallback)}
    )


def _locale_names(context: ImportContext, row: JsonObject, made: JsonObject) -> list[tuple[str, str, str]]:
    """Locales go by their code; roles name them by uid."""
    code = text(row.get("code"))
    return [
        ("locales", code, text(made.get("code")) or target_locale(context, code)),
        ("locale_uids", text(row.get("uid")), text(made.get("uid"))),
    ]


def environments(context: ImportContext) -> Iterator[ObjectWrite]:
    for row in context.source.objects(Stream("environments")):
        yield ObjectWrite(
            kind=kinds.ENVIRONMENTS, uid=text(row.get("uid")), payload=partial(_environment, context, row)
        )


def _environment(context: ImportContext, row: JsonObject) -> Payload:
    body = kinds.ENVIRONMENTS.own_fields(row)
    name = text(body.get("name"))
    body["name"] = environment_name(context.options, name)
    if "urls" in body:
        body["urls"] = [
            {**url, "locale": target_locale(context, text(url.get("locale")))}
            for url in objects(body["urls"])
        ]
    return Payload(body)


def taxonomies(context: ImportContext) -> Iterator[ObjectWrite]:
    for row in context.source.objects(Stream("taxonomies")):
        yield ObjectWrite(
            kind=kinds.TAXONOMIES, uid=text(row.get("uid")), payload=partial(_plain, kinds.TAXONOMIES, row)
        )


def terms(context: ImportContext) -> Iterator[ObjectWrite]:
    """Every term after its parent."""
    by_taxonomy: dict[str, list[JsonObject]] = {}
    for row in context.source.objects(Stream("terms")):
        term = row.get("term")
        if isinstance(term, dict):
            by_taxonomy.setdefault(text(row.get("taxonomy")), []).append(term)
    for taxonomy, rows in by_taxonomy.items():
        for term in parents_first(rows, lambda row: text(row.get("parent_uid"))):
            parent = text(term.get("parent_uid"))
            yield ObjectWrite(
                kind=kinds.TERMS,
                uid=text(term.get("uid")),
                scope=taxonomy,
                path=f"/taxonomies/{quote(taxonomy, safe='')}/terms",
                payload=partial(_plain, kinds.TERMS, term),
                after=[f"terms/{taxonomy}/{parent}"] if parent else [f"taxonomies/{taxonomy}"],
            )


def parents_first(rows: list[JsonObject], parent_of: Callable[[JsonObject], str]) -> list[JsonObject]:
    """Rows so that each comes after its parent; a ring of parents keeps the order it came in."""
    parents = {text(row.get("uid")): parent_of(row) for row in rows}
    ordered = sorted(rows, key=lambda row: (_order(row), text(row.get("uid"))))
    return sorted(ordered, key=lambda row: len(list(fallback_chain(text(row.get("uid")), parents))))


def _order(row: JsonObject) -> int:
    return integer(row.get("order")) or 0


def _plain(kind: Kind, row: JsonObject) -> Payload:
    return Payload({name: value for name, value in kind.own_fields(row).items() if value is not None})


def extensions(context: ImportContext) -> Iterator[ObjectWrite]:
    for row in context.source.objects(Stream("extensions")):
        yield ObjectWrite(
            kind=kinds.EXTENSIONS, uid=text(row.get("uid")), payload=partial(_guarded, kinds.EXTENSIONS, row)
        )


def _guarded(kind: Kind, row: JsonObject) -> Payload:
    """A kind that may hold credentials: where the snapshot redacted them, the target lacks them."""
    body = kind.own_fields(row)
    gaps = [
        Gap(
            kind=kind.name,
            uid=text(row.get("uid")),
            path=path,
            reason="a credential that the snapshot redacted: set it by hand",
        )
        for path in _redacted(body)
    ]
    return Payload(body, gaps)


def _redacted(value: Json, path: str = "") -> Iterator[str]:
    if value == REDACTED:
        yield path
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _redacted(item, f"{path}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _redacted(item, f"{path}/{index}")


def labels(context: ImportContext) -> Iterator[ObjectWrite]:
    """Every label after its parent."""
    rows = list(context.source.objects(Stream("labels")))
    for row in parents_first(rows, _label_parent):
        parent = _label_parent(row)
        yield ObjectWrite(
            kind=kinds.LABELS,
            uid=text(row.get("uid")),
            payload=partial(_label, context, row),
            after=[f"labels/{parent}"] if parent else [],
            optional=True,
        )


def _label_parent(row: JsonObject) -> str:
    parents = row.get("parent")
    return text(parents[0]) if isinstance(parents, list) and parents else ""


def _label(context: ImportContext, row: JsonObject) -> Payload:
    body = kinds.LABELS.own_fields(row)
    return Payload({**body, "parent": target_uids(context, "labels", body.get("parent"))})


def webhooks(context: ImportContext) -> Iterator[ObjectWrite]:
    for row in context.source.objects(Stream("webhooks")):
        yield ObjectWrite(
            kind=kinds.WEBHOOKS,
            uid=text(row.get("uid")),
            payload=partial(_webhook, context, row),
            optional=True,
        )


def _webhook(context: ImportContext, row: JsonObject) -> Payload:
    """Disabled unless asked for: a restored copy must not call anybody. One that the target holds stays as it is:
    branches share their webhooks."""
    payload = _guarded(kinds.WEBHOOKS, row)
    if write_options(context.options).enable_webhooks:
        return payload
    existing = context.once(matches).row("webhooks", text(row.get("uid")))
    disabled = True if existing is None else existing.get("disabled")
    return Payload({**payload.body, "disabled": disabled}, payload.gaps)


def roles(context: ImportContext) -> Iterator[ObjectWrite]:
    for row in context.source.objects(Stream("roles")):
        yield ObjectWrite(
            kind=kinds.ROLES, uid=text(row.get("uid")), payload=partial(_role, context, row), optional=True
        )


_RULED = {
    "environment": ("environments", "environments"),
    "locale": ("locales", "locale_uids"),
    "asset": ("assets", "assets"),
    "folder": ("folders", "folders"),
    "entry": ("entries", "entries"),
    "taxonomy": ("taxonomies", "taxonomies"),
    "label": ("labels", "labels"),
}


def _role(context: ImportContext, row: JsonObject) -> Payload:
    """A role's rules name environments, locales, entries, assets by uid: the target's uids."""
    body = kinds.ROLES.own_fields(row)
    if text(body.get("name")) in SYSTEM_ROLES:
        return Payload({"name": body.get("name")})  # every stack has these roles, and they cannot be changed
    if isinstance(body.get("rules"), list):
        body["rules"] = [_rule(context, rule) for rule in objects(body["rules"])]
    return Payload(body)


def _rule(context: ImportContext, rule: JsonObject) -> JsonObject:
    field, kind = _RULED.get(text(rule.get("module")), ("", ""))
    if not field or field not in rule:
        return rule
    return {**rule, field: target_uids(context, kind, rule[field])}
