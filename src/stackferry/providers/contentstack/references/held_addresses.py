"""Addresses of files that a document of the target holds already, and that serve what the source's address does.

A file that is replaced gets another address, and texts keep the old one, which goes on serving the old bytes. So an
address of an older upload in the source is kept as the target's document has it: it is the same file, and to replace a
file rewrites no entry. Pure.
API page: "Replace asset".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from stackferry.json_values import text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.references.model import ReferenceKind
from stackferry.providers.contentstack.references.rewrite import find_references

if TYPE_CHECKING:
    from stackferry.providers.contentstack.references.model import Schema
    from stackferry.providers.target import ImportContext

_PARTS: Final = 6  # v3, assets, the stack, the asset, the upload, the file's name


def held_addresses(context: ImportContext, schema: Schema, document: JsonObject) -> dict[str, str]:
    """For each asset (by its uid in the target) the address that a document of the target holds of it, if it is one."""
    found: dict[str, set[str]] = {}
    hosts = tuple(sorted({*schema.asset_hosts, *context.once(_target_hosts)}))
    for reference in find_references(replace(schema, asset_hosts=hosts), document):
        if reference.kind is ReferenceKind.ASSET_URL:
            found.setdefault(reference.uid, set()).add(reference.url.partition("?")[0].partition("#")[0])
    return {uid: next(iter(urls)) for uid, urls in found.items() if len(urls) == 1}


def upload_of(url: str) -> str:
    """The part of an address that names one upload; empty where there is none, as in a permanent address."""
    parts = url.partition("?")[0].partition("#")[0].partition("//")[2].split("/")[1:]
    return parts[-2] if len(parts) == _PARTS else ""


def _target_hosts(context: ImportContext) -> frozenset[str]:
    urls = (text(asset.get("url")) for asset in context.target.objects(Stream("assets")))
    return frozenset(host for host in map(_host, urls) if host)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:  # any text may stand where an address should be
        return ""
