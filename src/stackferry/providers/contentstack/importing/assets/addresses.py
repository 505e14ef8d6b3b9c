"""Permanent addresses of assets: the name that an author chose is given to the new asset, whose uid is in its address.

An address is set once and then fixed, so it is a write of its own after the last upload, and is never repeated without
a look. Stack and uid are part of it: the old address leads to the source's asset, and is named. Pure.
API page: "Update asset", "Generate a permanent URL".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, integer, text
from stackferry.model import Gap, JsonObject
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.references.asset_urls import PERMANENT, permanent_url, slug_of
from stackferry.providers.contentstack.requests.assets import read_asset, set_permanent_url
from stackferry.providers.contentstack.target_names import is_same_stack
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator


def address_keys(latest: JsonObject) -> tuple[str, ...]:
    """The step that gives an asset its permanent address, if it has one."""
    return (f"asset_address/{text(latest.get('uid'))}",) if text(latest.get("permanent_url")) else ()


def set_address(
    context: ImportContext, latest: JsonObject, existing: JsonObject | None, after: str
) -> Iterator[Write]:
    """The write for the latest version of an asset; `existing` is what the target held of it before."""
    for key in address_keys(latest):
        yield Write(
            key=key,
            kind="assets",
            build=partial(_prepare, context, latest, existing),
            read=partial(_read, latest),
            failed=_gap(latest, f"the target refused its permanent address {_old(latest)}"),
            after=[after],
            probe=_probe,
        )


def _old(latest: JsonObject) -> str:
    return text(latest.get("permanent_url"))


def _gap(latest: JsonObject, reason: str) -> Gap:
    return Gap(kind="assets", uid=text(latest.get("uid")), path="permanent_url", reason=reason)


def _prepare(context: ImportContext, latest: JsonObject, existing: JsonObject | None) -> PreparedWrite:
    uid, old = text(latest.get("uid")), _old(latest)
    target = context.identity.target("assets", uid)
    if target is None or not context.options.includes("assets"):  # that it is missing is told at its upload
        return PreparedWrite()
    if held := text((existing or {}).get("permanent_url")):
        gaps = (
            [] if slug_of(held) == slug_of(old) else [_gap(latest, f"it stays {held}: the source's is {old}")]
        )
        return PreparedWrite(identities=[(PERMANENT, uid, held)], gaps=gaps)
    if is_same_stack(context):
        # Branches share the asset: its address is set already, and leads to every branch's own.
        gap = _gap(latest, f"{old} stays that of the other branch's asset: set another by hand")
        return PreparedWrite(gaps=[] if target == uid else [gap])
    if not slug_of(old):
        return PreparedWrite(gaps=[_gap(latest, f"{old} has no form that is known: set it by hand")])
    if existing is not None and context.options.on_conflict != "update":
        return PreparedWrite(gaps=[_gap(latest, f"{old} was not set: the target held the asset before")])
    new = permanent_url(context.identity.target("asset_urls", uid) or "", slug_of(old))
    return PreparedWrite(request=set_permanent_url(target, new), note={"target": target, "url": new})


def _read(latest: JsonObject, answer: JsonObject) -> WriteResult:
    """The address, its version if that made one, and that the old one leads elsewhere."""
    uid, made = text(latest.get("uid")), object_in(answer, "asset", "uid")
    number, version = integer(latest.get("_version")) or 1, integer(made.get("_version"))
    new = text(made.get("permanent_url"))
    identities = [("asset_versions", f"{uid}\0{number}", str(version))] if version else []
    if not new:  # what was sent and not stored is told by the comparison with the answer
        return WriteResult(identities=identities)
    reason = f"its permanent address changes from {_old(latest)} to {new}: redirect what links to the old one"
    return WriteResult(identities=[*identities, (PERMANENT, uid, new)], gaps=[_gap(latest, reason)])


def _probe(note: JsonObject) -> Probe:
    """Read whether the asset has the address."""

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if as_object(answer.get("asset")).get("permanent_url") == note.get("url") else []

    return Probe(request=read_asset(text(note.get("target"))), found=found, required_key="asset")
