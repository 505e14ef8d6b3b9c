"""What an incremental export may believe of its base, rule by rule: whatever is in doubt is asked for again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from memory_records import MemoryRecords, details

from stackferry.model import Stream
from stackferry.providers.contentstack.exporting.plan import ContentstackExportPlan
from stackferry.providers.source import ReadOptions, RecordKey

if TYPE_CHECKING:
    from stackferry.model import JsonObject

MADE, EDITED, TONIGHT = "2030-01-01T00:00:00.000Z", "2030-02-01T00:00:00.000Z", "2030-03-01T00:00:00.000Z"
PAGE = Stream("versions", "page", "en-us")
ONE, TWO = RecordKey(PAGE, "a", 1), RecordKey(PAGE, "a", 2)
LIVE = details(("live", "en-us", 2))
FILE: Any = {"uid": "picture", "data_type": "file"}
FIXED: Any = {"uid": "sku", "data_type": "text", "non_localizable": True}


@dataclass
class BaseAndNow:
    """A stack as the base has it, and as it is listed now: the same, until a test changes one of them."""

    then: MemoryRecords = field(default_factory=MemoryRecords)
    now: MemoryRecords = field(default_factory=MemoryRecords)

    def put(self, kind: str, row: JsonObject, *where: Any) -> None:
        self.then.put(kind, row, *where)
        self.now.put(kind, row, *where)

    def body(
        self,
        row: RecordKey,
        *,
        whole: bool = True,
        lists: bool = False,
        incomplete: frozenset[str] = frozenset(),
        **options: Any,
    ) -> JsonObject | None:
        """What is believed of a line."""
        known = ContentstackExportPlan().known(
            self.then,
            self.now,
            ReadOptions(**options),
            has_all_assets=whole,
            is_whole=lambda kind: kind not in incomplete,
            trust_version_lists=lists,
        )
        line = known(row)
        return None if line is None else line.body


def document(version: int, **facts: Any) -> JsonObject:
    shown: JsonObject = {"created_at": MADE, "updated_at": EDITED, "publish_details": [*LIVE]}
    return {"uid": "a", "_version": version, "title": f"version {version}", **shown, **facts}


@pytest.fixture
def states() -> BaseAndNow:
    """One entry in two versions, the latest of them published."""
    found = BaseAndNow()
    found.put("locales", {"code": "en-us", "fallback_locale": None})
    found.put("locales", {"code": "fr-fr", "fallback_locale": "en-us"})
    found.put("content_types", {"uid": "page", "schema": []})
    found.put("entries", document(2), "page", "en-us")
    found.then.put("versions", document(1), "page", "en-us", 1)
    return found


def test_nothing_has_happened(states: BaseAndNow) -> None:
    """A version is what it was where all that it is shown with is what it was; what the base lacks is asked for."""
    assert states.body(ONE) == document(1)
    assert states.body(RecordKey(PAGE, "b", 1)) is None
    assert states.body(RecordKey(PAGE, "a", 7)) is None
    assert states.body(RecordKey(Stream("webhooks"), "a")) is None


def test_the_latest_version_then_is_an_older_one_now(states: BaseAndNow) -> None:
    """What the base lists as the latest version need not be asked for when there is a newer one."""
    states.now.put("entries", document(3, updated_at=TONIGHT), "page", "en-us")
    assert states.body(TWO) == document(2)
    assert states.body(ONE) == document(1)


def test_published_since(states: BaseAndNow) -> None:
    """Publish details are the entry's: where the base shows that versions bear all of them, they bear the new ones."""
    later = details(("live", "en-us", 2), ("test", "en-us", 1))
    states.now.put("entries", document(2, publish_details=later), "page", "en-us")
    assert states.body(ONE) == document(1, publish_details=later)


@pytest.mark.parametrize("own", [[], details(("live", "en-us", 1))], ids=["none", "its own"])
def test_a_service_that_shows_a_version_its_own_details(states: BaseAndNow, own: list[JsonObject]) -> None:
    """A service that shows otherwise is asked as soon as anything is published, and believed until then."""
    shown = details(("live", "en-us", 2), ("test", "en-us", 1))
    states.put("entries", document(2, publish_details=[*shown, *own]), "page", "en-us")
    states.then.put("versions", document(1, publish_details=own), "page", "en-us", 1)
    assert states.body(ONE) == document(1, publish_details=own)
    states.now.put("entries", document(2, publish_details=shown[:1]), "page", "en-us")
    assert states.body(ONE) is None


def test_nothing_tells_what_a_version_shows(states: BaseAndNow) -> None:
    """Details of the version itself do not tell whether others would be shown: it is asked for."""
    own = details(("live", "en-us", 1))
    states.put("entries", document(2, publish_details=own), "page", "en-us")
    states.then.put("versions", document(1, publish_details=own), "page", "en-us", 1)
    assert states.body(ONE) == document(1, publish_details=own)
    states.now.put("entries", document(2), "page", "en-us")
    assert states.body(ONE) is None


def test_published_while_the_base_was_made(states: BaseAndNow) -> None:
    """A base whose readings disagree is not believed, though all is listed as it was."""
    states.then.put("versions", document(1, publish_details=details(("x", "en-us", 1))), "page", "en-us", 1)
    assert states.body(ONE) is None


def test_a_workflow_stage(states: BaseAndNow) -> None:
    """A stage is the entry's too; a service that does not show it on versions is taken at its word."""
    stage: JsonObject = {"_workflow": {"uid": "draft"}}
    states.then.put("entries", document(2, **stage), "page", "en-us")
    states.now.put("entries", document(2, _workflow={"uid": "done"}), "page", "en-us")
    assert states.body(ONE) == document(1)
    states.then.put("versions", document(1, **stage), "page", "en-us", 1)
    assert states.body(ONE) == document(1, _workflow={"uid": "done"})
    states.now.put("entries", document(2), "page", "en-us")
    assert states.body(ONE) == document(1)


def test_the_first_stage_of_all(states: BaseAndNow) -> None:
    """Where no entry had a stage, nothing tells whether versions show one."""
    states.now.put("entries", document(2, _workflow={"uid": "draft"}), "page", "en-us")
    assert states.body(ONE) is None


def test_another_schema(states: BaseAndNow) -> None:
    """Bodies are shown as today's schema has them: when it or a global field changes they are asked for."""
    states.now.put("content_types", {"uid": "page", "schema": [FILE]})
    assert states.body(ONE) is None
    states.now.put("content_types", {"uid": "page", "schema": [], "updated_at": TONIGHT})
    assert states.body(ONE) == document(1)
    states.now.put("global_fields", {"uid": "seo", "schema": []})
    assert states.body(ONE) is None


def test_terms(states: BaseAndNow) -> None:
    """Where a type has terms, none may have come or gone."""
    states.put("terms", {"uid": "t", "taxonomy": "places", "term": {"uid": "oslo", "count": 1}})
    states.put("content_types", {"uid": "page", "schema": [{"uid": "at", "data_type": "taxonomy"}]})
    states.now.put("terms", {"uid": "t", "taxonomy": "places", "term": {"uid": "oslo", "count": 2}})
    assert states.body(ONE) == document(1)
    states.now.put("terms", {"uid": "u", "taxonomy": "places", "term": {"uid": "rome"}})
    assert states.body(ONE) is None


def test_files_in_a_body(states: BaseAndNow) -> None:
    """A body holds its files as they are today: it is believed while each of them is listed as it was."""
    asset: JsonObject = {"uid": "p", "title": "then", "created_at": MADE}
    held = document(1, picture=asset, others=[{"deep": {"uid": "p"}}])
    states.put("content_types", {"uid": "page", "schema": [FILE]})
    states.then.put("versions", held, "page", "en-us", 1)
    states.put("assets", asset)
    assert states.body(ONE) == held
    states.now.put("assets", {**asset, "title": "now"})
    assert states.body(ONE) is None


def test_files_that_are_not_listed(states: BaseAndNow) -> None:
    """Without all assets, then or now, nothing is known of the files in a body."""
    assert states.body(ONE, whole=False, assets=False) == document(1)
    states.put("content_types", {"uid": "page", "schema": [FILE]})
    assert states.body(ONE) == document(1)
    assert states.body(ONE, whole=False) is None
    assert states.body(ONE, assets=False) is None
    assert states.body(ONE, limit=3) is None


def test_a_file_that_is_back(states: BaseAndNow) -> None:
    """An asset from the trash may belong where the base shows nothing; one made since the version does not."""
    states.put("content_types", {"uid": "page", "schema": [FILE]})
    states.now.put("assets", {"uid": "p", "created_at": TONIGHT})
    assert states.body(ONE) == document(1)
    states.now.put("assets", {"uid": "q", "created_at": MADE})
    assert states.body(ONE) is None


def test_fields_that_are_not_localized(states: BaseAndNow) -> None:
    """They come from the master document: when that has a new version, localized bodies are asked for."""
    french = RecordKey(PAGE._replace(locale="fr-fr"), "a", 1)
    states.put("content_types", {"uid": "page", "schema": [FIXED]})
    states.put("entries", document(2), "page", "fr-fr")
    states.then.put("versions", document(1), "page", "fr-fr", 1)
    assert states.body(french) == document(1)
    assert (
        states.body(french._replace(number=2)) is None
    )  # of the latest it is not known what it was saved with
    states.now.put("entries", document(3), "page", "en-us")
    assert states.body(french) is None
    assert states.body(ONE) == document(1)


@pytest.mark.parametrize(
    "fresh",
    [
        document(1),
        document(2, updated_at=TONIGHT),
        document(2, created_at=TONIGHT),
        document(5, created_at=TONIGHT),
    ],
    ids=["fewer", "another second", "as many", "more"],
)
def test_a_document_made_anew(states: BaseAndNow, fresh: JsonObject) -> None:
    """After a deletion versions count from 1 again, and they are others."""
    states.now.put("entries", fresh, "page", "en-us")
    assert states.body(ONE) is None


def test_the_versions_list_has_the_last_word(states: BaseAndNow) -> None:
    """Where the list of versions is at hand, a version must have its time there."""
    listed: Any = [{"_version": 2, "updated_at": EDITED}, {"_version": 1, "updated_at": EDITED}]
    states.now.put("history", {"uid": "a", "versions": listed}, "page", "en-us", 2)
    assert states.body(ONE) == document(1)
    listed[1]["updated_at"] = MADE
    assert states.body(ONE) is None


def test_a_body_that_bears_its_name(states: BaseAndNow) -> None:
    """Names change without a trace: a body that shows one is asked for."""
    states.then.put("versions", document(1, _version_name={"title": "x"}), "page", "en-us", 1)
    assert states.body(ONE) is None


def test_versions_lists_are_believed_only_on_demand(states: BaseAndNow) -> None:
    """A list is taken over where that was asked for, it is short, and nothing at all has happened to the document."""
    row = RecordKey(PAGE._replace(kind="history"), "a")
    listed: Any = [{"_version": 2}, {"_version": 1}]
    held: JsonObject = {"uid": "a", "versions": listed}
    states.then.put("history", held, "page", "en-us", 2)
    assert states.body(row) is None
    assert states.body(row, lists=True) == held
    states.then.put("history", {"uid": "a", "versions": [{"_version": 2}] * 100}, "page", "en-us", 2)
    assert states.body(row, lists=True) is None
    states.then.put("history", held, "page", "en-us", 2)
    states.now.put("entries", document(2, publish_details=[]), "page", "en-us")
    assert states.body(row, lists=True) is None


def test_older_versions_of_assets(states: BaseAndNow) -> None:
    """They stand while the asset is as it was; where it is published shows on the latest version alone."""
    row = RecordKey(Stream("asset_versions"), "p", 1)
    asset: JsonObject = {"uid": "p", "_version": 2, "title": "x", "publish_details": [*LIVE]}
    states.put("assets", asset)
    states.then.put("asset_versions", {"uid": "p", "_version": 1}, "", "", 1)
    assert states.body(row) == {"uid": "p", "_version": 1}
    states.now.put("assets", {**asset, "publish_details": []})
    assert states.body(row) == {"uid": "p", "_version": 1}
    states.now.put("assets", {**asset, "title": "y"})
    assert states.body(row) is None


def test_bytes_of_assets(states: BaseAndNow) -> None:
    """The same address, size, name and type are the same bytes, be the version another."""
    file: JsonObject = {"uid": "p", "_version": 1, "url": "https://cdn.example/p/1", "file_size": "9"}
    held: JsonObject = {"uid": "p", "version": 1, "sha256": "ab", "size": 9}
    states.put("assets", file)
    states.then.put("files", held, "", "", 1)
    first, second = RecordKey(Stream("files"), "p", 1), RecordKey(Stream("files"), "p", 2)
    assert states.body(first) == held
    states.now.put("assets", {**file, "_version": 2, "title": "renamed"})
    assert states.body(second) == {**held, "version": 2}
    assert states.body(first) is None  # of which nothing is listed
    states.now.put("assets", {**file, "_version": 2, "url": "https://cdn.example/p/2"})
    assert states.body(second) is None
    states.put("assets", {**file, "file_size": "10"})
    assert states.body(first) is None  # other bytes than announced: that is to be told again
