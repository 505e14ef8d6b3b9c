"""Safe names: segments that never collide or leave their directory, names that a terminal can print."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stackferry.safe_names import MAX_SEGMENT, display_name, path_segment, readable_segment

HOSTILE = (
    "", ".", "..", "...", "../../etc/passwd", "/abs", "C:\\x", "..\\x", "a/../../b", "CON", "con",
    "con.txt", "nul.", "com1", "com1.tar.gz", "lpt9", "aux ", "prn", "console", "com", "com10", ".git",
    "-rf", "--", "~", "~a", "%", "%41", "%2E", "a.", "a ", " a", "a:b", "a\x00b", "a\nb",
    "\u202egnp.exe", "x" * 300, "x" * 200, "x" * 201, "\U0001f600" * 255, "Page", "page", "PAGE", "é",
    "e\u0301", "İ", "ı", "i", "ß", "SS", "ss", "K", "k", "\u212a", "\ud800", "\udfff", "\ufeff",
    "blog_post", "en-us", "EN-US", "a\u200db", "A" * 67, "a" * 159 + "A" * 50, "a" * 159 + "A" * 51,
)  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text("aA.-%~/\\ con", max_size=12),
    st.text("aAé.", min_size=60, max_size=240),
    st.sampled_from(HOSTILE),
)


def folded(segment: str) -> str:
    """A name as the least exact file system sees it: without case, Unicode form, and dots or blanks at the end."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", segment).casefold()).rstrip(". ")


def test_names_that_collide_on_some_file_system_have_different_segments() -> None:
    segments = {folded(path_segment(text)) for text in HOSTILE}
    assert len(segments) == len(set(HOSTILE))


@given(TEXTS, TEXTS)
@example("x" * 201, "x" * 202)
def test_two_texts_never_share_a_segment(one: str, other: str) -> None:
    """Segments are equal only where the texts are."""
    assert (folded(path_segment(one)) == folded(path_segment(other))) == (one == other)


@given(TEXTS)
def test_variants_of_a_text_have_different_segments(text: str) -> None:
    """The same word in other capitals or another Unicode form is another segment."""
    variants = {text, text.upper(), text.lower(), text.title()}
    variants |= {
        unicodedata.normalize(form, v) for form in ("NFC", "NFD", "NFKC", "NFKD") for v in list(variants)
    }
    assert len({folded(path_segment(variant)) for variant in variants}) == len(variants)


@given(TEXTS)
def test_a_segment_that_was_not_cut_can_be_decoded(text: str) -> None:
    """Percent-decoding gives the text back."""
    segment = path_segment(text)
    if "~" not in segment and text:
        assert unquote_to_bytes(segment).decode("utf-8", "surrogatepass") == text


@given(TEXTS)
def test_a_segment_stays_in_its_directory(text: str) -> None:
    """A segment is one plain name for POSIX and for Windows, of at most 200 bytes."""
    segment = path_segment(text)
    assert re.fullmatch(r"[a-zA-Z0-9_.%~-]+", segment)
    assert len(segment) <= MAX_SEGMENT
    assert segment[0] not in ".-~"
    assert segment[-1] not in ". "
    for flavour in (PurePosixPath, PureWindowsPath):
        path = flavour("root") / segment / "x.jsonl"
        assert path.parts == ("root", segment, "x.jsonl")
        assert not flavour(segment).is_absolute()


@given(TEXTS, st.sampled_from(["", ".jsonl", ".txt"]))
def test_a_segment_is_never_a_windows_device(text: str, suffix: str) -> None:
    """With or without an extension."""
    stem = (path_segment(text) + suffix).split(".")[0].rstrip(" ").casefold()
    assert stem not in {"con", "prn", "aux", "nul", "conin$", "conout$"}
    assert not re.fullmatch("(com|lpt)[0-9\u00b9\u00b2\u00b3]", stem)


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("blog_post", "blog_post"),
        ("en-us", "en-us"),
        ("v1.2", "v1.2"),
        ("Page", "%50age"),
        ("a/b", "a%2Fb"),
        ("é", "%C3%A9"),
        ("..", "%2E%2E"),
        (".git", "%2Egit"),
        ("con.txt", "%63on.txt"),
        ("console", "console"),
        ("a.", "a%2E"),
        ("", "%"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_the_encoding_of_segments(text: str, segment: str) -> None:
    """It is part of the snapshot format and must not change."""
    assert path_segment(text) == segment


def test_a_long_name_keeps_its_beginning() -> None:
    """A name that is too long is cut and ends in its digest; one that just fits is not."""
    assert path_segment("a" * 200) == "a" * 200
    assert re.fullmatch(r"a{159}~[0-9a-f]{40}", path_segment("a" * 201))


@given(st.text(st.characters(exclude_categories=())) | st.sampled_from(HOSTILE), st.integers(2, 200))
def test_a_shown_name_is_one_line_of_visible_characters(text: str, width: int) -> None:
    """Nothing moves the cursor, reverses the line, cannot be encoded or is too long."""
    shown = display_name(text, width)
    assert len(shown) <= width
    assert len(shown.splitlines()) <= 1
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")
    shown.encode()


@given(st.text(max_size=30), st.text(max_size=30))
def test_shown_names_differ_where_names_do(one: str, other: str) -> None:
    """An escape cannot be forged: names short enough to be shown whole look the same only when they are."""
    assert (display_name(one, 999) == display_name(other, 999)) == (one == other)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Überblick 日本語 👨‍👩‍👧", "Überblick 日本語 👨‍👩‍👧"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\r\nb", "a\\r\\nb"),
        ("exe.\u202egnp", "exe.\\u202egnp"),
        ("C:\\x", "C:\\\\x"),
        ("\udc80", "\\udc80"),
    ],
)
def test_how_names_are_shown(text: str, shown: str) -> None:
    """Scripts and emoji stay as they are; control characters and the like are escaped."""
    assert display_name(text) == shown


@given(TEXTS)
@example("COM\u00b9")
def test_a_readable_segment_is_one_safe_name(text: str) -> None:
    """It stays in its directory on every system, holds nothing invisible, and no device of Windows."""
    segment = readable_segment(text)
    assert len(segment.encode()) <= MAX_SEGMENT
    assert PurePosixPath(segment).parts == PureWindowsPath(segment).parts == (segment,)
    assert segment not in ("", ".", "..")
    assert segment[0] not in ".- "
    assert segment[-1] not in ". "
    assert not {*'/\\:*?"<>|\0\n'} & {*segment}
    assert segment.isprintable()
    stem = unicodedata.normalize("NFKC", segment).split(".")[0].strip().upper()
    assert stem not in ("CON", "PRN", "AUX", "NUL", "COM1", "LPT9")


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("Deploy to Prod (EU)", "Deploy to Prod (EU)"),
        ("päck 🚀", "päck %F0%9F%9A%80"),
        ("..", "%2E%2E"),
        ("=cmd()|x", "=cmd()%7Cx"),
        ("nul.log", "%6Eul.log"),
        ("", "%"),
    ],
)
def test_readable_segments(text: str, segment: str) -> None:
    assert readable_segment(text) == segment
