"""Objects of the kinds in `kinds`, whose calls are all alike: the kind's row says where and under which key.

API pages: the "Get all", "Get a single", "Create" and "Update" calls of each kind; Taxonomy, "Import a taxonomy" and
"Move/Reorder a term".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import FormPart
from stackferry.providers.contentstack.kinds import TAXONOMIES, TERMS
from stackferry.providers.contentstack.requests.build import JSON_TYPE, get, write

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.contentstack.requests.build import Pairs


def list_objects(kind: Kind, *params: tuple[str, str], path: str = "") -> Request:
    """One page of a kind. `path`, here and below: where the objects are, if not at the kind's own path."""
    return get(path or kind.path, *params, headers=kind.headers)


def read_object(kind: Kind, path: str, *params: tuple[str, str]) -> Request:
    return get(path, *params, headers=kind.headers)


def create_object(kind: Kind, body: JsonObject, *, path: str = "", params: Pairs = ()) -> Request:
    return write("POST", path or kind.path, {kind.object_key: body}, params=params, headers=kind.headers)


def update_object(kind: Kind, path: str, body: JsonObject, params: Pairs = ()) -> Request:
    """Written twice it says the same."""
    return write("PUT", path, {kind.object_key: body}, params=params, headers=kind.headers, repeatable=True)


def import_taxonomy(name: str, file: bytes, params: Pairs) -> Request:
    """A taxonomy with its terms, in one language, from a JSON file."""
    form = FormPart("taxonomy", file, filename=f"{name}.json", media_type=JSON_TYPE)
    return write("POST", f"{TAXONOMIES.path}/import", params=params, parts=(form,))


def move_term(path: str, parent: str, order: int, *, force: bool) -> Request:
    """A term under another parent ("" is the top), or at another place. `force` where it has children."""
    body: JsonObject = {TERMS.object_key: {"parent_uid": parent or None, "order": order}}
    return write("PUT", f"{path}/move", body, params=(("force", "true"),) if force else (), repeatable=True)
