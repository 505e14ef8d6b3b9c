"""What a write says of the object that it makes."""

from __future__ import annotations

from stackferry.providers.contentful.requests.build import Root, sent_body, upload

ROOT = Root("invented-space", "master")


def test_an_upload_describes_no_object() -> None:
    """Its bytes are a file's, also where they are JSON; the file of a bulk operation is not parsed for its title."""
    assert sent_body(upload(ROOT, body=b'{"title": "a file that is JSON"}')) == {}
