"""Extensions and installations of apps. Pure.

An app's definition lies in the organization and must be reachable there. One of the marketplace is installed only where
its terms were accepted, which is the user's decision. API pages: "Extensions", "App installations".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.model import Stream
from stackferry.providers.contentful.importing.objects import ObjectWrite, Payload, content_of, write_object
from stackferry.providers.contentful.kinds import APP_INSTALLATIONS, EXTENSIONS, sys_id
from stackferry.providers.contentful.options import write_options

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Pairs, Root
    from stackferry.providers.target import ImportContext, Steps

_TERMS: Final = (
    "x-contentful-marketplace",
    "i-accept-end-user-license-agreement,i-accept-marketplace-terms-of-service,i-accept-privacy-policy",
)
_REFUSED: Final = "the target refused it (an app of the marketplace needs --accept-app-terms)"


def extensions(context: ImportContext, root: Root) -> Steps:
    for row in context.source.objects(Stream(EXTENSIONS.name)):
        yield write_object(context, root, _object(row))


def _object(row: JsonObject) -> ObjectWrite:
    return ObjectWrite(kind=EXTENSIONS, uid=sys_id(row), payload=lambda _: Payload(content_of(row)))


def installations(context: ImportContext, root: Root) -> Steps:
    accepts = write_options(context.options).accept_app_terms
    headers: Pairs = (_TERMS,) if accepts else ()
    for row in context.source.objects(Stream(APP_INSTALLATIONS.name)):
        yield write_object(context, root, _installation(row, headers))


def _installation(row: JsonObject, headers: Pairs) -> ObjectWrite:
    body: JsonObject = {"parameters": row["parameters"]} if "parameters" in row else {}
    return ObjectWrite(
        kind=APP_INSTALLATIONS,
        uid=APP_INSTALLATIONS.key(row),
        payload=lambda _: Payload(body),
        headers=headers,
        shown=lambda held: {name: value for name, value in held.items() if name == "parameters"},
        refused="the target refused it" if headers else _REFUSED,
        is_refused_for_good=not headers,  # as long as the terms are not accepted
        anew=bool(headers),
    )
