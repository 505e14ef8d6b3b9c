"""Multipart forms (RFC 7578), read from a complete body with the standard library's mail parser.

That parser takes longer than all the rest of a request, and most parts have the head of one before: it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import HTTP
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from stackferry.emulators.contentstack.api_errors import Failure


@dataclass(slots=True)
class Upload:
    """A file in a form."""

    filename: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Form:
    """The fields and the files of a form, by name."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)


def parse_form(content_type: str, body: bytes) -> Form:
    """Take a form apart. Raises `Failure` for a body that is not one."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary() or _first_line(body)
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise Failure(415, 141, "The request body must be multipart/form-data with a boundary.")
    form = Form()
    for part in _parts(body, boundary.encode()):
        _read_part(form, part)
    return form


def _first_line(body: bytes) -> str:
    """The boundary by the body itself: the vendor's Python client does not say it in the header."""
    line, found, _ = body.partition(b"\r\n")
    return line.removeprefix(b"--").decode("latin-1") if found and line.startswith(b"--") else ""


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    delimiter = b"--" + boundary
    pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if not pieces[-1].startswith(b"--"):
        raise Failure(400, 141, "The multipart form is cut short.")
    return [piece.removeprefix(b"\r\n") for piece in pieces[1:-1]]


def _read_part(form: Form, part: bytes) -> None:
    raw, _, content = part.partition(b"\r\n\r\n")
    head = _read_head(raw)
    if head.filename is None:
        form.fields[head.name] = _decoded(content)
    else:
        form.files[head.name] = Upload(head.filename, head.content_type, content)


class Head(NamedTuple):
    """What a part says of itself."""

    name: str
    filename: str | None
    content_type: str


@lru_cache(maxsize=64)
def _read_head(raw: bytes) -> Head:
    headers = BytesHeaderParser(policy=HTTP).parsebytes(raw + b"\r\n\r\n")
    disposition = headers["content-disposition"]
    if disposition is None or "name" not in disposition.params:
        raise Failure(400, 141, "A part of the form has no name.")
    kind = headers.get_content_type() if "content-type" in headers else "application/octet-stream"
    return Head(disposition.params["name"], _filename(raw, disposition.params.get("filename")), kind)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Failure(400, 141, "The multipart form is not UTF-8.") from None


def _filename(head: bytes, parsed: str | None) -> str | None:
    """Browsers and httpx send UTF-8 and escape only quotes and line ends; the mail parser expects ASCII."""
    if parsed is None:
        return None
    line = _decoded(head)
    start = line.find('filename="')
    if start < 0:
        return parsed
    rest = line[start + 10 :]
    raw = rest[: rest.index('"')]
    escapes = {"%22": '"', "%0D": "\r", "%0A": "\n", "%0d": "\r", "%0a": "\n"}
    for escape, plain in escapes.items():
        raw = raw.replace(escape, plain)
    return raw if "filename*=" not in line else unquote(parsed)
