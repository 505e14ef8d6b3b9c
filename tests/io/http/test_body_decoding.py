"""Decoding and completeness of bodies, byte by byte."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.io.http.bodies import PIECE, BodyBroken, BodyTooBig, Decoder, closes

texts = st.text(max_size=6) | st.sampled_from(['"', "\\", '\\"', "{", "]", '","'])
values = st.recursive(
    st.none() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
containers = st.lists(values, max_size=4) | st.dictionaries(texts, values, max_size=4)


def decoded(decoder: Decoder, *chunks: bytes) -> bytes:
    body = b"".join(piece for chunk in chunks for piece in decoder.feed(chunk))
    decoder.finish()
    return body


@given(members=st.lists(st.binary(max_size=500), min_size=1, max_size=3), cuts=st.lists(st.integers(0, 2000)))
def test_gzip_is_unpacked_however_it_is_cut_into_chunks(members: list[bytes], cuts: list[int]) -> None:
    """B1: one member or several, split anywhere, even inside a header or checksum."""
    data = b"".join(gzip.compress(member) for member in members)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[start:end] for start, end in pairwise(edges)]
    decoder = Decoder(encoding="gzip", announced=str(len(data)), max_size=None)
    assert decoded(decoder, *chunks) == b"".join(members)


@given(body=st.binary(max_size=300), keep=st.integers(1, 400))
def test_gzip_that_stops_anywhere_is_broken(body: bytes, keep: int) -> None:
    """B1: the usual decoders do not report a gzip stream that just stops."""
    data = gzip.compress(body)
    if keep < len(data):
        with pytest.raises(BodyBroken):
            decoded(Decoder(encoding="gzip", announced=None, max_size=None), data[:keep])


def test_a_gzip_bomb_is_unpacked_in_bounded_pieces() -> None:
    """B8: no single piece is larger than a megabyte, and the cap ends it in the middle."""
    decoder = Decoder(encoding="gzip", announced=None, max_size=5 * PIECE)
    pieces = decoder.feed(gzip.compress(bytes(64 * PIECE)))
    assert [len(next(pieces)) for _ in range(5)] == [PIECE] * 5
    with pytest.raises(BodyTooBig):
        next(pieces)


@pytest.mark.parametrize("announced", ["", "-1", "1.5", "0x10", "१२", "many"])
def test_a_length_that_is_no_number_is_broken(announced: str) -> None:
    """B1: a header that cannot be checked is not ignored."""
    with pytest.raises(BodyBroken, match="Content-Length"):
        Decoder(encoding="", announced=announced, max_size=None)


@given(value=containers, ascii_only=st.booleans())
def test_only_complete_json_is_closed(value: object, ascii_only: bool) -> None:
    """B1: no prefix of an object or array is."""
    text = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert closes(text)
    assert not any(closes(text[:end]) for end in range(len(text)))
