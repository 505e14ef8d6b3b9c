"""What the clients send, to the byte, and what they make of answers that no service should give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry import exact_json
from stackferry.errors import AccessError, AnswerLost, BadAnswer, Refused, UsageError
from stackferry.model import Budget, Request, Response
from stackferry.providers.contentstack.api import (
    AtomicUpdates,
    Bulk,
    Call,
    Entries,
    EntryFiles,
    EntryPublishing,
    EntryVersions,
    Releases,
)

ONE: dict[str, Any] = {"content_type_uid": "page", "entry_uid": "blt1"}
RELEASE: dict[str, Any] = {"release_uid": "blt2"}
ITEM: dict[str, Any] = {"uid": "blt1", "content_type": "page"}
EMPTY = Response(200, {}, b"{}")

Use = Callable[[Call], Awaitable[object]]


def sent(use: Use, answer: Response = EMPTY) -> list[Request]:
    """The requests of one use of a client."""
    requests: list[Request] = []

    async def call(request: Request) -> Response:
        requests.append(request)
        return answer

    async def run() -> None:
        await use(call)

    anyio.run(run)
    return requests


def one(use: Use) -> Request:
    (request,) = sent(use)
    return request


PLAIN: list[tuple[Use, tuple[tuple[str, str], ...]]] = [
    (lambda call: Releases(call).get_all(), (("release_version", "2.0"),)),
    (lambda call: Releases(call).items(**RELEASE), (("release_version", "2.0"),)),
    (lambda call: Releases(call).add_items(**RELEASE, items=[ITEM]), (("release_version", "2.0"),)),
    (lambda call: Releases(call).delete_items(**RELEASE, all=True), (("release_version", "2.0"),)),
    (lambda call: Releases(call).deploy(**RELEASE, environments=["live"]), (("release_version", "2.0"),)),
    (lambda call: Releases(call).lock(**RELEASE), ()),
    (lambda call: Releases(call, release_version="").delete(**RELEASE), ()),
    (lambda call: EntryPublishing(call).publish(**ONE, environments=["live"]), (("api_version", "3.2"),)),
    (lambda call: EntryPublishing(call).unpublish(**ONE, environments=["live"]), (("api_version", "3.2"),)),
    (lambda call: Bulk(call).publish(entries=[ITEM], environments=["live"]), (("api_version", "3.2"),)),
    (lambda call: Bulk(call).unpublish(entries=[ITEM], environments=["live"]), (("api_version", "3.2"),)),
    (lambda call: Bulk(call).add_to_release(release="blt2", items=[ITEM]), (("bulk_version", "2.0"),)),
    (lambda call: Bulk(call).delete(entries=[ITEM]), ()),
    (lambda call: Entries(call).get(**ONE), ()),
]


@pytest.mark.parametrize(("use", "headers"), PLAIN)
def test_versions_of_the_api_are_asked_for_where_the_pages_say(
    use: Use, headers: tuple[tuple[str, str], ...]
) -> None:
    """release_version, api_version and bulk_version, and nowhere else."""
    assert one(use).headers == headers


TWICE: list[tuple[Use, bool]] = [
    (lambda call: Entries(call).get(**ONE), True),
    (lambda call: Entries(call).create(content_type_uid="page", entry={}), False),
    (lambda call: Entries(call).update(**ONE, entry={}), False),
    (lambda call: AtomicUpdates(call).add(**ONE, field="n", number=1), False),
    (lambda call: Entries(call).delete(**ONE), False),
    (lambda call: EntryFiles(call).import_existing(**ONE, entry={}), False),
    (lambda call: EntryVersions(call).set_name(**ONE, version_number=1, name="a"), True),
    (lambda call: EntryPublishing(call).publish(**ONE, environments=["live"]), True),
    (lambda call: EntryPublishing(call).publish(**ONE, environments=["live"], scheduled_at="t"), False),
    (lambda call: Bulk(call).publish(entries=[ITEM], environments=["live"], scheduled_at="t"), False),
    (lambda call: Bulk(call).unpublish(entries=[ITEM], environments=["live"], scheduled_at="t"), False),
    (lambda call: Releases(call).create(release={}), False),
    (lambda call: Releases(call).add_item(**RELEASE, item=ITEM), True),
    (lambda call: Releases(call).deploy(**RELEASE, environments=["live"]), False),
    (lambda call: Releases(call).unlock(**RELEASE), True),
]


@pytest.mark.parametrize(("use", "repeatable"), TWICE)
def test_only_what_does_the_same_twice_may_be_repeated(use: Use, repeatable: bool) -> None:
    """A new version, a deployment or a schedule is never sent again by itself."""
    assert one(use).repeatable is repeatable


def test_bulk_requests_spend_their_own_budget() -> None:
    """Publishing with references is a bulk request too; the rest are reads and writes."""
    assert one(lambda call: Bulk(call).delete(assets=[ITEM])).budget is Budget.BULK
    places: dict[str, Any] = {"locale": "en-us", "environments": ["live"], "locales": ["en-us"]}
    assert (
        one(lambda call: EntryPublishing(call).publish_with_references(**ONE, **places)).budget is Budget.BULK
    )
    assert one(lambda call: Releases(call).lock(**RELEASE)).budget is Budget.WRITE
    assert one(lambda call: Releases(call).get(**RELEASE)).budget is Budget.READ


def test_publishing_with_references_says_so_everywhere_the_page_does() -> None:
    """x-bulk-action in the query; the rules in query and body; 51 languages and 11 environments: 4 requests."""
    requests = sent(
        lambda call: EntryPublishing(call).publish_with_references(
            **ONE,
            locale="en-us",
            version=3,
            locales=[f"l{number}" for number in range(51)],
            environments=[f"e{number}" for number in range(11)],
            approvals=True,
            skip_workflow_stage_check=False,
        )
    )
    bodies: list[Any] = [exact_json.loads(request.body or b"") for request in requests]
    assert [(len(body["locales"]), len(body["environments"])) for body in bodies] == [
        (50, 10),
        (50, 1),
        (1, 10),
        (1, 1),
    ]
    rules = (("skip_workflow_stage_check", "false"), ("approvals", "true"))
    assert requests[0].params == (("x-bulk-action", "publish"), *rules)
    assert bodies[0]["entries"] == [{"uid": "blt1", "content_type": "page", "locale": "en-us", "version": 3}]
    assert (bodies[0]["publish_with_reference"], bodies[0]["approvals"]) == (True, True)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_payloads_pass_unchanged(value: Any) -> None:
    """Whatever a field holds is sent as it is: nothing dropped, nothing named otherwise, null included."""
    entry = {"title": value, "uid": "kept", "nothing": None}
    request = one(lambda call: Entries(call).update(**ONE, entry=entry))
    assert exact_json.loads(request.body or b"") == {"entry": entry}
    file = one(lambda call: EntryFiles(call).import_new(content_type_uid="page", entry=entry)).parts[0]
    assert isinstance(file.content, bytes)
    assert exact_json.loads(file.content) == entry


def test_a_file_is_uploaded_as_it_is() -> None:
    """Bytes are sent byte by byte: blanks and the writing of numbers included."""
    content = b'{ "title": "A", "count": 1.50 }\n'
    (part,) = one(lambda call: EntryFiles(call).import_existing(**ONE, entry=content)).parts
    assert (part.name, part.content, part.filename) == ("entry", content, "entry.json")


@pytest.mark.parametrize("uid", ["", ".", ".."])
def test_a_uid_never_names_another_path(uid: str) -> None:
    """Deleting "" or ".." would delete something else: UsageError, and nothing is sent."""
    with pytest.raises(UsageError):
        sent(lambda call: Releases(call).delete(release_uid=uid))
    with pytest.raises(UsageError):
        sent(lambda call: Entries(call).delete(content_type_uid="page", entry_uid=uid))


def test_a_hostile_uid_stays_one_segment() -> None:
    """Slashes, question marks and hashes are encoded."""
    request = one(lambda call: Releases(call).get(release_uid="a/../b?c#d"))
    assert request.path == "/v3/releases/a%2F..%2Fb%3Fc%23d"


@pytest.mark.parametrize("name", ["", "x" * 33])
def test_a_name_that_no_version_can_have_is_not_sent(name: str) -> None:
    """1 to 32 characters."""
    with pytest.raises(UsageError, match="32"):
        sent(lambda call: EntryVersions(call).set_name(**ONE, version_number=1, name=name))
    accepted = one(lambda call: EntryVersions(call).set_name(**ONE, version_number=1, name="x" * 32))
    assert b'"_version_name":"xxxx' in (accepted.body or b"")


def test_what_contradicts_itself_is_not_sent() -> None:
    """Two ways of choosing languages, a master document of nobody, publishing to nowhere."""
    with pytest.raises(UsageError):
        sent(lambda call: Entries(call).delete(**ONE, locale="fr-fr", delete_all_localized=True))
    with pytest.raises(UsageError):
        sent(
            lambda call: Entries(call).create_with_master_locale(
                content_type_uid="page", entry={"title": "A"}
            )
        )
    with pytest.raises(UsageError):
        sent(lambda call: EntryPublishing(call).publish(**ONE, environments=[]))
    with pytest.raises(UsageError):
        sent(lambda call: EntryPublishing(call).publish_with_references(**ONE, environments=[]))


@pytest.mark.parametrize("content", [b"<html>", b"[1]", b'{"a":1,"a":2}'])
def test_an_unreadable_answer_to_a_write_leaves_its_outcome_open(content: bytes) -> None:
    """AnswerLost where repeating would do harm, BadAnswer elsewhere."""
    answer = Response(200, {}, content)
    with pytest.raises(AnswerLost, match="may or may not"):
        sent(lambda call: Releases(call).create(release={"name": "A"}), answer)
    with pytest.raises(BadAnswer):
        sent(lambda call: Releases(call).get_all(), answer)


def test_refusals_keep_the_words_of_the_service() -> None:
    """4xx is Refused with status, code and errors; 401 is AccessError."""
    refusal = Response(
        422, {}, b'{"error_message":"No.","error_code":119,"errors":{"title":["is not unique."]}}'
    )
    with pytest.raises(Refused, match=r"No\. \(title: is not unique\.\)") as caught:
        sent(lambda call: Entries(call).create(content_type_uid="page", entry={}), refusal)
    assert (caught.value.status, caught.value.code) == (422, 119)
    with pytest.raises(AccessError):
        sent(lambda call: Entries(call).get(**ONE), Response(401, {}, b"{}"))
