"""Whether the service stored what a write sent: the object in each answer is compared with the body. Pure.

How is in `providers/stored`. What the service may answer in another form without losing anything is `_SERVER_KEYS` and
the cases of `_is_same`, each with its reason.
API pages: the sample answers of the "Create" and "Update" calls, "Import an entry", "Upload an asset".
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from stackferry.json_values import as_object, text
from stackferry.model import Request
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.meanwhile import written_between
from stackferry.providers.contentstack.kinds import BY_NAME, Kind
from stackferry.providers.contentstack.requests.assets import sent_form
from stackferry.providers.contentstack.requests.build import sent_body
from stackferry.providers.secrets.redacted import REDACTED
from stackferry.providers.stored import EMPTY, CheckedWrite, StorageRules, differences, is_equal
from stackferry.providers.target import Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.stored import Difference
    from stackferry.providers.target import Step, WaitFor

_SERVER_KEYS: Final = frozenset(
    {
        "non_localizable_content",  # of an instance: the service answers it only where that follows the master
        "dirty",  # an editor's mark in a rich text's `attrs`, which the service removes
        "_version",  # of a rich text's root, counted by the service
    }
)
# A term's number among its siblings: a later step reads where it stands (`terms`), for the number itself says nothing.
_READ_LATER: Final = {"terms": frozenset({"/order"})}
_MEMBER: Final = re.compile(r"/(workflow_stages|variants)/\d+")
_HIDDEN: Final = re.compile(r"\*+")  # a password is answered as asterisks


def checked(step: Step | WaitFor | None) -> Step | WaitFor | None:
    """The step; if it is a write whose answer names an object, that is compared with what was sent."""
    if not isinstance(step, Write) or isinstance(step.read, Noticed):
        return step
    return CheckedWrite(step, _RULES).step()


def _unstored(kind: str, request: Request, answer: JsonObject) -> Iterator[Difference]:
    """Where the objects in an answer differ from those of the same name that were sent, or are of another language."""
    later, asked = _READ_LATER.get(kind, ()), dict(request.params).get("locale", "")
    for made in answer.values() if asked else ():
        code = text(as_object(made).get("locale"))
        if code and code.casefold() != asked.casefold():
            yield "/locale", asked, code
    for name, sent in (sent_body(request) or sent_form(request)).items():
        if isinstance(sent, dict) and isinstance(stored := answer.get(name), dict):
            found = differences(sent, stored, _is_same, _SERVER_KEYS)
            yield from (one for one in found if one[0] not in later and not _is_own_uid(sent, one[0]))


def _is_own_uid(sent: Json, path: str) -> bool:
    """Whether a path is that of a uid which the service may give itself.

    So of what is made, of an instance of a group, of a node of a rich text, of a stage of a workflow, of a variant in
    its group: not of what is referred to, nor of a field.
    """
    holder, _, name = path.rpartition("/")
    if name != "uid":
        return False
    for step in holder.split("/")[1:]:
        sent = sent[int(step)] if isinstance(sent, list) else as_object(sent).get(step)
    return (
        not holder
        or holder.endswith("/_metadata")
        or _MEMBER.fullmatch(holder) is not None
        or ("children" in as_object(sent))
    )


def _read_request(name: str, request: Request, answer: JsonObject) -> Request:
    """The read of the one object that a write made."""
    kind = BY_NAME.get(name)
    path = request.path.removesuffix("/import")
    if request.method == "POST" and not path.endswith(tuple(_names(kind, answer))):
        path = f"{path}/{next(iter(_names(kind, answer)), '')}"
    params = (*(() if kind is None else kind.params), *request.params)
    return Request(method="GET", path=path, params=params, headers=request.headers)


def _names(kind: Kind | None, answer: JsonObject) -> list[str]:
    """What the made object may be called in a path."""
    field = "uid" if kind is None else kind.path_field
    found = (as_object(made).get(field) for made in answer.values())
    return [quote(text(name), safe="") for name in found if name]


def _is_same(sent: Json, stored: Json) -> bool:
    if isinstance(sent, str) and isinstance(stored, dict):
        return stored.get("uid") == sent  # a file is answered as the whole asset, a role as its uid and name
    if isinstance(sent, str) and isinstance(stored, str):
        return _is_same_text(sent, stored)
    if isinstance(sent, str) and isinstance(stored, list):
        # A form separates tags by commas, page "Upload asset".
        return _tags(sent) == _tags(",".join(map(text, stored)))
    if sent in EMPTY and stored in EMPTY:
        return True
    return is_equal(sent, stored)


def _tags(joined: str) -> list[str]:
    return [tag for one in joined.split(",") if (tag := one.strip())]


def _is_same_text(sent: str, stored: str) -> bool:
    return sent in (stored, REDACTED) or bool(_HIDDEN.fullmatch(stored)) or _is_same_instant(sent, stored)


def _is_same_instant(sent: str, stored: str) -> bool:
    """Whether both are times, and the same one: a service may write it in another zone, or without fractions."""
    try:
        return datetime.fromisoformat(sent) == datetime.fromisoformat(stored)
    except (ValueError, TypeError):
        return False


_RULES: Final = StorageRules(unstored=_unstored, read=_read_request, others=written_between)
