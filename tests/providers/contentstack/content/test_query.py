"""The query language on entries in memory: what it finds, what it refuses, and that the service finds the same."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from emulator_client import EmulatorClient, field_of, open_client, reference
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from stackferry import exact_json
from stackferry.errors import UsageError
from stackferry.providers.contentstack.content.query import parse_query, query_filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

PHOTO: dict[str, Any] = {
    "uid": "bltphoto",
    "filename": "p.png",
    "url": "https://x.invalid/p.png",
    "content_type": "image/png",
}
ROW: dict[str, Any] = {
    "uid": "bltrow",
    "title": "Quay",
    "n": 3,
    "half": 0.5,
    "flag": True,
    "nothing": None,
    "tags": ["red", "blue"],
    "g": {"t": "inner", "deep": {"n": 7}},
    "groups": [{"t": "one", "n": 1}, {"t": "two"}],
    "blocks": [{"hero": {"headline": "Big"}}, {"text": {"body": "small\nprint"}}],
    "links": [{"uid": "bltother", "_content_type_uid": "page"}],
    "picture": PHOTO,
    "taxonomies": [{"taxonomy_uid": "colour", "term_uid": "red"}],
    "filename": "own",
    "url": "/own",
    "content_type": "own",
}


@pytest.mark.parametrize(
    ("query", "is_met"),
    [
        ({}, True),
        ({"title": "Quay"}, True),
        ({"title": "quay"}, False),
        ({"title": "Quay", "n": 4}, False),
        ({"n": 3.0}, True),
        ({"n": "3"}, False),
        ({"flag": 1}, False),
        ({"nothing": None}, True),
        ({"missing": None}, True),
        ({"n": None}, False),
        ({"tags": "red"}, True),
        ({"tags": ["red", "blue"]}, True),
        ({"tags": ["blue", "red"]}, False),
        ({"tags": {"$all": ["red", "blue"]}}, True),
        ({"tags": {"$all": ["red", "grey"]}}, False),
        ({"g.t": "inner"}, True),
        ({"g.deep.n": {"$gte": 7}}, True),
        ({"g": {"t": "inner", "deep": {"n": 7.0}}}, True),
        ({"groups.t": "two"}, True),
        ({"groups.n": {"$exists": True}}, True),
        ({"groups.x": {"$exists": True}}, False),
        ({"blocks.hero.headline": {"$regex": "^b", "$options": "i"}}, True),
        ({"blocks.text.body": {"$regex": "^print$"}}, False),
        ({"blocks.text.body": {"$regex": "^print$", "$options": "m"}}, True),
        ({"blocks.text.body": {"$regex": "l.p", "$options": "s"}}, True),
        ({"links.uid": "bltother"}, True),
        ({"links.uid": {"$in": ["bltother", "x"]}}, True),
        ({"links.uid": {"$nin": ["x"]}}, True),
        ({"picture": "bltphoto"}, True),
        ({"picture.filename": "p.png"}, False),
        ({"picture": {"$exists": False}}, False),
        ({"filename": "own"}, True),
        ({"taxonomies.term_uid": "red"}, True),
        ({"n": {"$gt": 3}}, False),
        ({"n": {"$gt": 2, "$lt": 4}}, True),
        ({"n": {"$lte": 3, "$ne": 3}}, False),
        ({"n": {"$gt": "2"}}, False),
        ({"title": {"$lt": "R"}}, True),
        ({"n": {"$eq": 3}}, True),
        ({"missing": {"$ne": 3}}, True),
        ({"missing": {"$in": [None]}}, True),
        ({"$or": [{"n": 9}, {"title": "Quay"}]}, True),
        ({"$and": [{"n": 9}, {"title": "Quay"}]}, False),
        ({"$or": [{"$and": [{"n": 3}, {"flag": True}]}, {"n": 9}]}, True),
    ],
)
def test_a_query_tests_an_entry(query: dict[str, Any], is_met: bool) -> None:
    """Equality, lists, order, patterns and existence, at paths into groups, blocks and arrays."""
    assert query_filter(query)(ROW) is is_met


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"links": {"$in_query": {"title": "x"}}}, "'$in_query'"),
        ({"links": {"$nin_query": {"title": "x"}}}, "'$nin_query'"),
        ({"taxonomies.colour": {"$below": "red"}}, "'taxonomies.colour'"),
        ({"$nor": [{"n": 1}]}, "'$nor'"),
        ({"$and": {"n": 1}}, "'$and' takes a list of queries"),
        ({"$or": [1]}, "'$or' takes a list of queries"),
        ({"n": {"$in": 1}}, "'$in' takes a list"),
        ({"n": {"$gt": 1, "m": 1}}, "the field 'm'"),
        ({"title": {"$regex": "("}}, "'$regex' cannot be read"),
        ({"title": {"$regex": "a", "$options": "g"}}, "no 'g'"),
        ({"title": {"$regex": 1}}, "take texts"),
        ({"title": {"$options": "i"}}, "'$options' without '$regex'"),
        ({"title": {"$exists": "yes"}}, "true or false"),
    ],
)
def test_a_condition_that_an_entry_alone_cannot_answer_is_refused(query: dict[str, Any], named: str) -> None:
    """By name, before any entry is read, however deep in the query it is."""
    with pytest.raises(UsageError) as refused:
        query_filter({"$or": [{"n": 3}, query]})
    assert named in str(refused.value)


def test_numbers_are_compared_by_value() -> None:
    """`1.50`, kept as it is written, meets a query for 1.5; integers beyond what a float holds differ."""
    row: Any = exact_json.loads(b'{"n":1.50,"big":9007199254740993}')
    assert query_filter({"n": 1.5})(row)
    assert query_filter(parse_query('{"n":15e-1}'))(row)
    assert query_filter({"big": 9007199254740993})(row)
    assert not query_filter({"big": 9007199254740992})(row)


@pytest.fixture(scope="module")
def stack() -> Iterator[EmulatorClient]:
    """Sixty entries with something in every sort of field, or nothing."""
    with open_client() as desk:
        group = field_of("group", "g", schema=[field_of("text", "t"), field_of("number", "n")])
        groups = field_of(
            "group", "groups", multiple=True, schema=[field_of("text", "t"), field_of("number", "n")]
        )
        fields = [
            field_of("number", "n"),
            field_of("boolean", "flag"),
            group,
            groups,
            field_of("file", "picture"),
        ]
        desk.content_type("page", *fields, reference("links", "page"))
        picture = desk.upload("p.png", b"p")["uid"]
        for number, row in enumerate(_rows(Random(7), picture)):
            uid = f"bltrow{number:02}"
            desk.stack.main.put_entry_version(
                "page", "en-us", {**row, "uid": uid, "_version": 1, "locale": "en-us"}
            )
        yield desk


def _rows(random: Random, picture: str) -> Iterator[dict[str, Any]]:
    def inner() -> dict[str, Any]:
        return {"t": random.choice(_TEXTS), "n": random.choice(_NUMBERS)}

    for _ in range(60):
        row = {
            "n": random.choice(_NUMBERS),
            "flag": random.choice([True, False]),
            "tags": random.sample(_TEXTS, random.randint(0, 2)),
            "g": inner(),
            "groups": [inner() for _ in range(random.randint(0, 3))],
            "picture": random.choice([picture, None]),
            "links": [
                {"uid": uid, "_content_type_uid": "page"}
                for uid in random.sample(_UIDS, random.randint(0, 2))
            ],
        }
        kept = {name: value for name, value in row.items() if random.random() < 0.8}
        yield {**kept, "title": random.choice(_TEXTS)}


_TEXTS = ["a", "A", "ab", "b", "", "línea\nother"]
_NUMBERS: list[Any] = [0, 1, 1.0, 1.5, -2, 3, None]
_UIDS = [f"bltrow{number:02}" for number in range(4)]
_PATHS = [
    "title",
    "n",
    "flag",
    "tags",
    "g.t",
    "g.n",
    "groups.t",
    "groups.n",
    "links.uid",
    "uid",
    "picture",
    "none",
]
_VALUES: SearchStrategy[Any] = some.sampled_from([*_TEXTS, *_NUMBERS, True, False, *_UIDS])


def _condition() -> SearchStrategy[Any]:
    lists = some.lists(_VALUES, max_size=3)
    one = some.one_of(
        some.tuples(some.sampled_from(["$eq", "$ne", "$lt", "$lte", "$gt", "$gte"]), _VALUES),
        some.tuples(some.sampled_from(["$in", "$nin", "$all"]), lists),
        some.tuples(some.just("$exists"), some.booleans()),
    )
    pattern = some.fixed_dictionaries(
        {"$regex": some.sampled_from(["^a", "b$", "^other", "a|1", "."])},
        optional={"$options": some.sampled_from(["i", "m", "is", ""])},
    )
    return some.one_of(_VALUES, some.lists(one, min_size=1, max_size=2).map(dict), pattern)


_FIELDS = some.dictionaries(some.sampled_from(_PATHS), _condition(), min_size=1, max_size=2)
_QUERIES = some.recursive(
    _FIELDS,
    lambda inner: some.dictionaries(
        some.sampled_from(["$and", "$or"]), some.lists(inner, min_size=1, max_size=3), min_size=1
    ),
    max_leaves=4,
)


@given(query=_QUERIES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_service_finds_the_same_entries(stack: EmulatorClient, query: dict[str, Any]) -> None:
    """The entries of a listing are tested here, and the emulator is asked over its socket."""
    path = "/content_types/page/entries"
    rows = stack.get(path, asc="uid", include_publish_details="true")["entries"]
    theirs = [row["uid"] for row in stack.get(path, asc="uid", query=query)["entries"]]
    is_met = query_filter(query)
    assert [row["uid"] for row in rows if is_met(row)] == theirs, json.dumps(query)
