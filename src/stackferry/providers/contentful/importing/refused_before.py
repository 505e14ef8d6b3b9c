"""Writes that the service refused for good: a later import does not send the same once more, and tells the gap. Pure.

A refusal for want of a right, or of room in a plan, holds for a while only: what was refused so is asked for again, but
for an app whose terms were not accepted. So is everything of a kind that an import names (--only).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.errors import Forbidden, NotOffered, Refused
from stackferry.json_values import nested, text, texts
from stackferry.providers.contentful.credentials import redact
from stackferry.providers.contentful.kinds import (
    ASSETS,
    CONCEPT_SCHEMES,
    CONCEPTS,
    CONTENT_TYPES,
    ENTRIES,
    RELEASES,
    TAGS,
)
from stackferry.providers.contentful.options import write_options
from stackferry.providers.contentful.refusals import BUSY, CONFLICT, FORBIDDEN
from stackferry.providers.contentful.requests.build import sent_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, Request
    from stackferry.providers.target import ImportContext

    Identities = list[tuple[str, str, str]]

REFUSED_BEFORE: Final = (
    "refused_writes"  # identities: the key of a write → digest of what was sent, and why not
)
_LINKED: Final = {
    "Entry": ENTRIES.name,
    "Asset": ASSETS.name,
    "ContentType": CONTENT_TYPES.name,
    "Tag": TAGS.name,
    "Release": RELEASES.name,
    "TaxonomyConcept": CONCEPTS.name,
    "TaxonomyConceptScheme": CONCEPT_SCHEMES.name,
}
_NOT_AGAIN: Final = "{}; it was not asked for again (--only {} does that)"
_FOR_A_WHILE: Final = (FORBIDDEN, CONFLICT, BUSY)


def digest_of_value(value: Json) -> str:
    """What tells a value from any other."""
    return sha256(exact_json.dumps(value)).hexdigest()[:32]


def digest_of(kind: str, request: Request) -> str:
    """What tells a write from any other; no credential goes into it."""
    headers = "\0".join(f"{name}\0{value}" for name, value in request.headers)
    body = exact_json.dumps(redact(kind, sent_body(request))[0]) if request.body else b""
    return sha256(f"{request.method}\0{request.path}\0{headers}\0".encode() + body).hexdigest()[:32]


def lacking(context: ImportContext, value: Json) -> list[Json]:
    """The entries, assets, types, tags, concepts and releases that a value names and the target does not have.

    Once it has them, it may take what it refused.
    """
    return [*sorted({f"{kind}/{uid}" for kind, uid in _named(value) if context.in_target(kind, uid) is None})]


def _named(value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        of_type = text(nested(value, "sys", "linkType"))
        if nested(value, "sys", "type") == "Link" and of_type in _LINKED:
            yield _LINKED[of_type], text(nested(value, "sys", "id"))
        yield from ((CONTENT_TYPES.name, uid) for uid in texts(value.get("linkContentType")))
        for item in value.values():
            yield from _named(item)


def is_named(context: ImportContext, kind: str) -> bool:
    """Whether an import names a kind (--only). One of some entries has kinds that nobody has named."""
    options = write_options(context.options)
    return kind in options.only and not options.is_part


def refused_before(context: ImportContext, kind: str, key: str, digest: Callable[[], str]) -> str:
    """Why an earlier import could not do this; empty where it is to be asked for."""
    known, why = _known(context, kind, key)
    return why if known and known == digest() else ""


def known_before(context: ImportContext, kind: str, key: str) -> tuple[str, str]:
    """What an earlier import was refused, as a digest, and why; empty where it is to be asked for whatever that was.

    What this import itself was refused, and a resumed one knows, says nothing: a plan must not change then.
    """
    if context.identity.target(REFUSED_BEFORE, key) is not None:
        return "", ""
    return _known(context, kind, key)


def _known(context: ImportContext, kind: str, key: str) -> tuple[str, str]:
    known, _, reason = (context.earlier.target(REFUSED_BEFORE, key) or "").partition(" ")
    return (known, _NOT_AGAIN.format(reason, kind)) if known and not is_named(context, kind) else ("", "")


def asked_before(context: ImportContext, kind: str, key: str, digest: Callable[[], str]) -> str:
    """The same where a plan is made of it, as `known_before` says."""
    known, why = known_before(context, kind, key)
    return why if known and known == digest() else ""


def remembered(
    key: str, digest: Callable[[], str], *, also_forbidden: bool = False
) -> Callable[[Exception, str], Identities]:
    """What a refusal leaves for later imports."""

    def found(refused: Exception, reason: str) -> Identities:
        is_lasting = also_forbidden if isinstance(refused, Forbidden) else _is_lasting(refused)
        return [(REFUSED_BEFORE, key, f"{digest()} {reason}")] if is_lasting else []

    return found


def taken(context: ImportContext, key: str) -> Identities:
    """What an accepted write leaves: if an earlier one was refused, that holds no more."""
    return [(REFUSED_BEFORE, key, "")] if context.earlier.target(REFUSED_BEFORE, key) else []


def _is_lasting(refused: Exception) -> bool:
    if not isinstance(refused, Refused) or isinstance(refused, NotOffered):
        return False
    return refused.status not in _FOR_A_WHILE
