"""Paths of the Content Management API, and the reads that ask for one page of a listing.

Pure.
"""

from __future__ import annotations

from urllib.parse import quote

from stackferry.model import Request

API = "/v3"
PAGE = 100  # "This request returns the first 100 entries": the most that a page holds


def get(path: str, *params: tuple[str, str], headers: tuple[tuple[str, str], ...] = ()) -> Request:
    """A read of one path under the API's root."""
    return Request(method="GET", path=API + path, params=params, headers=headers)


def entries_path(content_type: str, uid: str = "") -> str:
    path = f"/content_types/{quote(content_type, safe='')}/entries"
    return f"{path}/{quote(uid, safe='')}" if uid else path


def page_params(skip: int, limit: int = 0) -> tuple[tuple[str, str], ...]:
    size = max(1, min(PAGE, limit - skip)) if limit else PAGE
    return (("include_count", "true"), ("limit", str(size)), ("skip", str(skip)))
