"""Addresses of asset files, and attributes of HTML, are found with their exact places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.providers.contentstack.references.asset_urls import (
    asset_url_finder,
    keep_query,
    permanent_url,
    slug_of,
)
from stackferry.providers.contentstack.references.html_attributes import find_attributes

_PATH = "/v3/assets/bltstack/blta1/0a1b/x.png"


@pytest.mark.parametrize(
    "host",
    [
        "images.contentstack.io",
        "assets.contentstack.io",
        "eu-images.contentstack.com",
        "au-assets.contentstack.com",
        "azure-na-images.contentstack.com",
        "gcp-eu-assets.contentstack.com",
        "dev16-images.contentstack.com",
        "IMAGES.Contentstack.io",
        "127.0.0.1:8777",
    ],
)
def test_addresses_on_every_delivery_host_are_found(host: str) -> None:
    """The vendor's hosts in all regions, and the caller's, as a whole value and in running text, with any scheme."""
    urls = asset_url_finder(("127.0.0.1:8777",))
    for url in (f"https://{host}{_PATH}", f"//{host}{_PATH}?branch=dev", f"http://{host}{_PATH}?width=1"):
        found = [urls.match(url), *urls.find_all(f"({url})")]
        assert [each and (each.uid, each.url) for each in found] == [("blta1", url)] * 2


def test_a_permanent_address_is_found_whole_and_in_text() -> None:
    """It has a name that an author chose in place of the upload and the file name."""
    url = "https://images.contentstack.io/v3/assets/bltstack/blta1/our-hen"
    assert (found := asset_url_finder().match(f"{url}?width=3")) is not None
    assert (found.uid, slug_of(url), slug_of(f"https://images.contentstack.io{_PATH}")) == (
        "blta1",
        "our-hen",
        "",
    )
    assert [one.url for one in asset_url_finder().find_all(f"See {url}, and <{url}/>.")] == [url]
    made = permanent_url("https://h.test/v3/assets/k/u/0a/x.png?branch=b", "our-hen")
    assert made == "https://h.test/v3/assets/k/u/our-hen"


@pytest.mark.parametrize(
    "text",
    [
        f"https://images.contentstack.io.example.org{_PATH}",
        f"https://evil-images.contentstack.io@example.org{_PATH}",
        f"https://example.org/images.contentstack.io{_PATH}",
        f"https://127.0.0.1:9999{_PATH}",
        "https://images.contentstack.io/v3/assets/bltstack/blta1/0a1b/",
        "https://images.contentstack.io/v3/assets/bltstack/blta1",
        f"images.contentstack.io{_PATH}",
    ],
)
def test_other_addresses_are_not_found(text: str) -> None:
    """Another host, a look-alike and a path of another form."""
    assert asset_url_finder().match(text) is None
    assert list(asset_url_finder().find_all(f" {text} ")) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("![a]({})", "x.png"),
        ('![a]({} "title")', "x_(1).png"),
        ("<{}>", "x.png?width=3&a=b"),
        ("see {}.", "x.png"),
        ("see {}, then", "x.png?a=1"),
        ("[{}]", "x%20y.png"),
        ("`{}`", "x.png"),
        ("| {}|", "x.png"),
        ("{}#top", "x.png"),
        ("**{}**", "ünï.png"),
        ("{}", "x.tar.gz"),
    ],
)
def test_an_address_in_running_text_ends_before_punctuation(text: str, name: str) -> None:
    """Brackets that the name opens belong to it; marks, quotes and full stops around it do not."""
    url = f"https://images.contentstack.io/v3/assets/bltstack/blta1/0a1b/{name}"
    assert [each.url for each in asset_url_finder().find_all(text.format(url))] == [url]


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        ("//h/a", "//g/b", "//g/b"),
        ("//h/a?width=1", "//g/b", "//g/b?width=1"),
        ("//h/a?branch=dev", "//g/b", "//g/b"),
        ("//h/a", "//g/b?branch=dev", "//g/b?branch=dev"),
        ("//h/a?x=1&amp;branch=dev&amp;y=2", "//g/b?branch=qa", "//g/b?x=1&amp;branch=qa&amp;y=2"),
        ("//h/a?x=1&branch=dev", "//g/b", "//g/b?x=1"),
        ("//h/a?x=1#top", "//g/b?branch=qa", "//g/b?branch=qa&x=1#top"),
        ("//h/a#top", "//g/b#end", "//g/b#end"),
        ("//h/a?x=1&x=2&", "//h/a?x=1&x=2&", "//h/a?x=1&x=2&"),
    ],
)
def test_image_parameters_and_fragment_are_carried_over(old: str, new: str, result: str) -> None:
    """The branch is the new address' or none."""
    assert keep_query(old, new) == result


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("<a b=c>", [("b", "c")]),
        ('<a b=\'c " d\' E="f > g">', [("b", 'c " d'), ("e", "f > g")]),
        ("<a\n\tb\n=\n'c'\n>", [("b", "c")]),
        ("<a b c=>", [("b", ""), ("c", "")]),
        ("<a b=c/d/>", [("b", "c/d/")]),
        ("<a b='c'd=e/>", [("b", "c"), ("d", "e/")]),
        ("<a/b=c/>", [("b", "c/")]),
        ("<my-tag b=''>", [("b", "")]),
        ("<a =b>", [("=b", "")]),
        ("1 < 2 <3 <> </p x=y> <!x y=z> <?x y=z>", []),
        ("<!-- <a b=c> -->", []),
        ("<title><a b=c></title>", []),
        ("<a b='c>", []),
    ],
)
def test_attributes_are_read_as_a_browser_reads_them(text: str, attributes: list[tuple[str, str]]) -> None:
    """Quotes of both kinds or none, blanks, empty values; comments, declarations and raw text hold none."""
    found = [attribute for element in find_attributes(text) for attribute in element]
    assert [(attribute.name, attribute.value) for attribute in found] == attributes
    for attribute in found:
        assert text[attribute.value_start : attribute.value_end] == attribute.value
        assert text[attribute.start : attribute.end].lstrip("/ \n\t").lower().startswith(attribute.name)


@pytest.mark.parametrize(
    ("text", "value", "result"),
    [
        ("<a b='x'>", "1'2\"3", "<a b='1&#39;2\"3'>"),
        ('<a b="x">', "1'2\"3", '<a b="1\'2&quot;3">'),
        ("<a b=x>", "plain", "<a b=plain>"),
        ("<a b=x>", '1 2"', '<a b="1 2&quot;">'),
        ("<a b=x>", "", '<a b="">'),
    ],
)
def test_a_new_value_is_escaped_for_the_quotes_of_the_old_one(text: str, value: str, result: str) -> None:
    """A value without quotes gets them when it needs them."""
    ((attribute,),) = find_attributes(text)
    assert text[: attribute.value_start] + attribute.quoted(value) + text[attribute.value_end :] == result


@given(st.text(alphabet="<>ab/='\" !-\n", max_size=40), st.text(max_size=20))
def test_any_text_is_tokenized_and_any_value_reads_back(text: str, value: str) -> None:
    """The places lie inside the text, in order."""
    at = 0
    found = [attribute for element in find_attributes(text) for attribute in element]
    for attribute in found:
        assert at <= attribute.start < attribute.end <= len(text)
        at = attribute.end
    for index, attribute in enumerate(found):
        if attribute.value:
            new = text[: attribute.value_start] + attribute.quoted(value) + text[attribute.value_end :]
            again = [each for element in find_attributes(new) for each in element]
            read = again[index].value.replace("&quot;", '"').replace("&#39;", "'")
            assert read == value.replace("&quot;", '"').replace("&#39;", "'")
            assert [each.value for each in again[index + 1 :]] == [each.value for each in found[index + 1 :]]
