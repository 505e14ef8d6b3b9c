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
class Nights:
    """A stack as the base has it, and as it is listed now: the same, until a test changes one of them."""

    then: MemoryRecords = field(default_factory=MemoryRecords)
    now: MemoryRecords = field(default_factory=MemoryRecords)

    def put(self, kind: str, row: JsonObject, *where: Any) -> None:
        self.then.put(kind, row, *where)
        self.now.put(kind, row, *where)

    def body(
        self, row: RecordKey, *, whole: bool = True, lists: bool = False, **options: Any
    ) -> JsonObject | None:
        """What is believed of a line."""
        known = ContentstackExportPlan().known(
            self.then,
            self.now,
            ReadOptions(**options),
            has_all_assets=whole,
            trust_version_lists=lists,
        )
        line = known(row)
        return None if line is None else line.body


def document(version: int, **facts: Any) -> JsonObject:
    shown: JsonObject = {"created_at": MADE, "updated_at": EDITED, "publish_details": [*LIVE]}
    return {"uid": "a", "_version": version, "title": f"version {version}", **shown, **facts}


@pytest.fixture
def nights() -> Nights:
    """One entry in two versions, the latest of them published."""
    found = Nights()
    found.put("locales", {"code": "en-us", "fallback_locale": None})
    found.put("locales", {"code": "fr-fr", "fallback_locale": "en-us"})
    found.put("content_types", {"uid": "page", "schema": []})
    found.put("entries", document(2), "page", "en-us")
    found.then.put("versions", document(1), "page", "en-us", 1)
    return found


def test_nothing_has_happened(nights: Nights) -> None:
    """A version is what it was where all that it is shown with is what it was; what the base lacks is asked for."""
    assert nights.body(ONE) == document(1)
    assert nights.body(RecordKey(PAGE, "b", 1)) is None
    assert nights.body(RecordKey(PAGE, "a", 7)) is None
    assert nights.body(RecordKey(Stream("webhooks"), "a")) is None


def test_the_latest_version_then_is_an_older_one_now(nights: Nights) -> None:
    """What the base lists as the latest version need not be asked for when there is a newer one."""
    nights.now.put("entries", document(3, updated_at=TONIGHT), "page", "en-us")
    assert nights.body(TWO) == document(2)
    assert nights.body(ONE) == document(1)


def test_published_since(nights: Nights) -> None:
    """Publish details are the entry's: where the base shows that versions bear all of them, they bear the new ones."""
    later = details(("live", "en-us", 2), ("test", "en-us", 1))
    nights.now.put("entries", document(2, publish_details=later), "page", "en-us")
    assert nights.body(ONE) == document(1, publish_details=later)


@pytest.mark.parametrize("own", [[], details(("live", "en-us", 1))], ids=["none", "its own"])
def test_a_service_that_shows_a_version_its_own_details(nights: Nights, own: list[JsonObject]) -> None:
    """A service that shows otherwise is asked as soon as anything is published, and believed until then."""
    shown = details(("live", "en-us", 2), ("test", "en-us", 1))
    nights.put("entries", document(2, publish_details=[*shown, *own]), "page", "en-us")
    nights.then.put("versions", document(1, publish_details=own), "page", "en-us", 1)
    assert nights.body(ONE) == document(1, publish_details=own)
    nights.now.put("entries", document(2, publish_details=shown[:1]), "page", "en-us")
    assert nights.body(ONE) is None


def test_nothing_tells_what_a_version_shows(nights: Nights) -> None:
    """Details of the version itself do not tell whether others would be shown: it is asked for."""
    own = details(("live", "en-us", 1))
    nights.put("entries", document(2, publish_details=own), "page", "en-us")
    nights.then.put("versions", document(1, publish_details=own), "page", "en-us", 1)
    assert nights.body(ONE) == document(1, publish_details=own)
    nights.now.put("entries", document(2), "page", "en-us")
    assert nights.body(ONE) is None


def test_published_while_the_base_was_made(nights: Nights) -> None:
    """A base whose readings disagree is not believed, though all is listed as it was."""
    nights.then.put("versions", document(1, publish_details=details(("x", "en-us", 1))), "page", "en-us", 1)
    assert nights.body(ONE) is None


def test_a_workflow_stage(nights: Nights) -> None:
    """A stage is the entry's too; a service that does not show it on versions is taken at its word."""
    stage: JsonObject = {"_workflow": {"uid": "draft"}}
    nights.then.put("entries", document(2, **stage), "page", "en-us")
    nights.now.put("entries", document(2, _workflow={"uid": "done"}), "page", "en-us")
    assert nights.body(ONE) == document(1)
    nights.then.put("versions", document(1, **stage), "page", "en-us", 1)
    assert nights.body(ONE) == document(1, _workflow={"uid": "done"})
    nights.now.put("entries", document(2), "page", "en-us")
    assert nights.body(ONE) == document(1)


def test_the_first_stage_of_all(nights: Nights) -> None:
    """Where no entry had a stage, nothing tells whether versions show one."""
    nights.now.put("entries", document(2, _workflow={"uid": "draft"}), "page", "en-us")
    assert nights.body(ONE) is None


def test_another_schema(nights: Nights) -> None:
    """Bodies are shown as today's schema has them: when it or a global field changes they are asked for."""
    nights.now.put("content_types", {"uid": "page", "schema": [FILE]})
    assert nights.body(ONE) is None
    nights.now.put("content_types", {"uid": "page", "schema": [], "updated_at": TONIGHT})
    assert nights.body(ONE) == document(1)
    nights.now.put("global_fields", {"uid": "seo", "schema": []})
    assert nights.body(ONE) is None


def test_terms(nights: Nights) -> None:
    """Where a type has terms, none may have come or gone."""
    nights.put("terms", {"uid": "t", "taxonomy": "places", "term": {"uid": "oslo", "count": 1}})
    nights.put("content_types", {"uid": "page", "schema": [{"uid": "at", "data_type": "taxonomy"}]})
    nights.now.put("terms", {"uid": "t", "taxonomy": "places", "term": {"uid": "oslo", "count": 2}})
    assert nights.body(ONE) == document(1)
    nights.now.put("terms", {"uid": "u", "taxonomy": "places", "term": {"uid": "rome"}})
    assert nights.body(ONE) is None


def test_files_in_a_body(nights: Nights) -> None:
    """A body holds its files as they are today: it is believed while each of them is listed as it was."""
    asset: JsonObject = {"uid": "p", "title": "then", "created_at": MADE}
    held = document(1, picture=asset, others=[{"deep": {"uid": "p"}}])
    nights.put("content_types", {"uid": "page", "schema": [FILE]})
    nights.then.put("versions", held, "page", "en-us", 1)
    nights.put("assets", asset)
    assert nights.body(ONE) == held
    nights.now.put("assets", {**asset, "title": "now"})
    assert nights.body(ONE) is None


def test_files_that_are_not_listed(nights: Nights) -> None:
    """Without all assets, then or now, nothing is known of the files in a body."""
    assert nights.body(ONE, whole=False, assets=False) == document(1)
    nights.put("content_types", {"uid": "page", "schema": [FILE]})
    assert nights.body(ONE) == document(1)
    assert nights.body(ONE, whole=False) is None
    assert nights.body(ONE, assets=False) is None
    assert nights.body(ONE, limit=3) is None


def test_a_file_that_is_back(nights: Nights) -> None:
    """An asset from the trash may belong where the base shows nothing; one made since the version does not."""
    nights.put("content_types", {"uid": "page", "schema": [FILE]})
    nights.now.put("assets", {"uid": "p", "created_at": TONIGHT})
    assert nights.body(ONE) == document(1)
    nights.now.put("assets", {"uid": "q", "created_at": MADE})
    assert nights.body(ONE) is None


def test_fields_that_are_not_localized(nights: Nights) -> None:
    """They come from the master document: when that has a new version, localized bodies are asked for."""
    french = RecordKey(PAGE._replace(locale="fr-fr"), "a", 1)
    nights.put("content_types", {"uid": "page", "schema": [FIXED]})
    nights.put("entries", document(2), "page", "fr-fr")
    nights.then.put("versions", document(1), "page", "fr-fr", 1)
    assert nights.body(french) == document(1)
    assert (
        nights.body(french._replace(number=2)) is None
    )  # of the latest it is not known what it was saved with
    nights.now.put("entries", document(3), "page", "en-us")
    assert nights.body(french) is None
    assert nights.body(ONE) == document(1)


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
def test_a_document_made_anew(nights: Nights, fresh: JsonObject) -> None:
    """After a deletion versions count from 1 again, and they are others."""
    nights.now.put("entries", fresh, "page", "en-us")
    assert nights.body(ONE) is None


def test_the_versions_list_has_the_last_word(nights: Nights) -> None:
    """Where the list of versions is at hand, a version must have its time there."""
    listed: Any = [{"_version": 2, "updated_at": EDITED}, {"_version": 1, "updated_at": EDITED}]
    nights.now.put("history", {"uid": "a", "versions": listed}, "page", "en-us", 2)
    assert nights.body(ONE) == document(1)
    listed[1]["updated_at"] = MADE
    assert nights.body(ONE) is None


def test_a_body_that_bears_its_name(nights: Nights) -> None:
    """Names change without a trace: a body that shows one is asked for."""
    nights.then.put("versions", document(1, _version_name={"title": "x"}), "page", "en-us", 1)
    assert nights.body(ONE) is None


def test_versions_lists_are_believed_only_on_demand(nights: Nights) -> None:
    """A list is taken over where that was asked for, it is short, and nothing at all has happened to the document."""
    row = RecordKey(PAGE._replace(kind="history"), "a")
    listed: Any = [{"_version": 2}, {"_version": 1}]
    held: JsonObject = {"uid": "a", "versions": listed}
    nights.then.put("history", held, "page", "en-us", 2)
    assert nights.body(row) is None
    assert nights.body(row, lists=True) == held
    nights.then.put("history", {"uid": "a", "versions": [{"_version": 2}] * 100}, "page", "en-us", 2)
    assert nights.body(row, lists=True) is None
    nights.then.put("history", held, "page", "en-us", 2)
    nights.now.put("entries", document(2, publish_details=[]), "page", "en-us")
    assert nights.body(row, lists=True) is None


def test_older_versions_of_assets(nights: Nights) -> None:
    """They stand while the asset is as it was; where it is published shows on the latest version alone."""
    row = RecordKey(Stream("asset_versions"), "p", 1)
    asset: JsonObject = {"uid": "p", "_version": 2, "title": "x", "publish_details": [*LIVE]}
    nights.put("assets", asset)
    nights.then.put("asset_versions", {"uid": "p", "_version": 1}, "", "", 1)
    assert nights.body(row) == {"uid": "p", "_version": 1}
    nights.now.put("assets", {**asset, "publish_details": []})
    assert nights.body(row) == {"uid": "p", "_version": 1}
    nights.now.put("assets", {**asset, "title": "y"})
    assert nights.body(row) is None


def test_bytes_of_assets(nights: Nights) -> None:
    """The same address, size, name and type are the same bytes, be the version another."""
    file: JsonObject = {"uid": "p", "_version": 1, "url": "https://cdn.example/p/1", "file_size": "9"}
    held: JsonObject = {"uid": "p", "version": 1, "sha256": "ab", "size": 9}
    nights.put("assets", file)
    nights.then.put("files", held, "", "", 1)
    first, second = RecordKey(Stream("files"), "p", 1), RecordKey(Stream("files"), "p", 2)
    assert nights.body(first) == held
    nights.now.put("assets", {**file, "_version": 2, "title": "renamed"})
    assert nights.body(second) == {**held, "version": 2}
    assert nights.body(first) is None  # of which nothing is listed
    nights.now.put("assets", {**file, "_version": 2, "url": "https://cdn.example/p/2"})
    assert nights.body(second) is None
    nights.put("assets", {**file, "file_size": "10"})
    assert nights.body(first) is None  # other bytes than announced: that is to be told again
