"""Multipart forms (RFC 7578), parsed by python-multipart from a complete body.

A file takes one copy of its bytes beside the body: the parser reports where a part lies, and it is cut out once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

# The parser takes what precedes the last backslash of a Windows path away, as some servers do for Internet Explorer 6.
# A NUL stands for every backslash that does not escape a quote while it parses. No header may hold a NUL (RFC 9110,
# 5.5), so one that was sent is dropped first.
_BACKSLASH = re.compile(rb'\\\\|\\(?!")')


class FormRefused(Exception):
    """The body is no form that can be read. `status` is the HTTP status that says so: 400 or 415."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


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
    """Take a form apart. Raises `FormRefused` for a body that is not one."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary") or _boundary_of(body)
    if kind != b"multipart/form-data" or not boundary:
        raise FormRefused(415, "The request body must be multipart/form-data with a boundary.")
    reader = _Reader()
    try:
        reader.read(boundary, body)
    except FormParserError as error:
        raise FormRefused(400, f"The multipart form is not valid: {error}") from None
    if not reader.complete:
        raise FormRefused(400, "The multipart form is cut short.")
    return reader.form


def _boundary_of(body: bytes) -> bytes:
    """The boundary by the first line of the body: the vendor's Python client does not name it in the header."""
    line, found, _ = body.partition(b"\r\n")
    return line.removeprefix(b"--") if found and line.startswith(b"--") else b""


class _Reader:
    """Collects what the parser reports, part by part."""

    def __init__(self) -> None:
        self.form = Form()
        self.complete = False
        self._begin()

    def read(self, boundary: bytes, body: bytes) -> None:
        MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._take_header_name,
                "on_header_value": self._take_header_value,
                "on_part_data": self._take_data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        ).write(body)

    def _begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._header_name = b""
        self._data: list[bytes] = []

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name = data[start:end].lower()

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._headers[self._header_name] = data[start:end]

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _end(self) -> None:
        self.complete = True

    def _end_part(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        _, options = parse_options_header(_BACKSLASH.sub(b"\0", disposition.replace(b"\0", b"")))
        if b"name" not in options:
            raise FormRefused(400, "A part of the form has no name.")
        name, content = _name(options[b"name"]), b"".join(self._data)
        if b"filename" in options:
            kind, _ = parse_options_header(self._headers.get(b"content-type", b"application/octet-stream"))
            self.form.files[name] = Upload(_name(options[b"filename"]), kind.decode("latin-1"), content)
        else:
            self.form.fields[name] = _text(content)


def _name(raw: bytes) -> str:
    """A name without the escapes of browsers and httpx: those of quotes and line ends, and no others.

    HTML Standard, "Multipart form data": a percent sign itself is not escaped, so `50%.png` is what it says.
    """
    name = _text(raw).replace("\0", "\\")
    for escape, plain in {"%22": '"', "%0D": "\r", "%0A": "\n", "%0d": "\r", "%0a": "\n"}.items():
        name = name.replace(escape, plain)
    return name


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise FormRefused(400, "The multipart form is not UTF-8.") from None
