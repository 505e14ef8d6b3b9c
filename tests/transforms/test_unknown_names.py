"""A transform that names what is not there is refused: a field that is spelled wrongly would pass through in clear."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from sample_pairs import FAST, SYSTEMS, TOKEN, sample_pair

from stackferry import Monitor, UsageError, sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sample_pairs import SamplePair

HOW: Any = {"token": TOKEN, "speed": FAST}


@pytest.fixture(scope="module")
def pairs() -> Iterator[dict[str, SamplePair]]:
    with (
        sample_pair("contentstack") as stacks,
        sample_pair("contentful") as spaces,
        sample_pair("azure-devops") as projects,
    ):
        yield dict(zip(SYSTEMS, (stacks, spaces, projects), strict=True))


@pytest.fixture(scope="module")
def plain(pairs: dict[str, SamplePair], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("plain")
    return {name: sync.export(pair.source, home / name, **HOW).snapshot.root for name, pair in pairs.items()}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKFERRY_TRANSFORM_KEY", "an invented key of tests")


@pytest.mark.parametrize(
    ("system", "transform", "says"),
    [
        ("contentstack", "anonymise:fields=rolle", "there is no field 'rolle'; did you mean 'role'?"),
        ("contentstack", "anonymise:fields=role,slogn", "'slogn'; did you mean 'slogan'"),
        ("contentstack", "anonymise:fields=slogan;content-types=person", "there is no field 'slogan'"),
        ("contentstack", "anonymise:fields=role;content-types=persons", "no content type 'persons'"),
        ("contentstack", "anonymise:field-types=Text", "there is no type of fields 'Text'"),
        ("contentstack", "anonymise:pattern=nam", "no field's name matches 'nam'"),
        ("contentstack", "drop-field:fields=rolle", "no field 'rolle'"),
        ("contentstack", "drop-field:fields=_version", "'_version' is no field"),
        ("contentstack", "rename-field:from=rolle;to=x;content-types=person", "no field 'rolle'"),
        ("contentstack", "rename-field:from=hours;to=x;content-types=place", "'hours' lies within a group"),
        ("contentstack", "rename-field:from=role;to=My Role;content-types=person", "'My Role' is no name"),
        ("contentstack", "prefix-title:prefix=T;content-types=persn", "did you mean 'person'?"),
        ("contentful", "anonymise:fields=naem", "no field 'naem'; did you mean 'name'?"),
        ("contentful", "anonymise:field-types=symbol", "no type of fields 'symbol'; did you mean 'Symbol'?"),
        ("azure-devops", "prefix-title:prefix=T;content-types=person", "no content type 'person'"),
    ],
)
def test_a_name_that_nothing_has_ends_the_run(
    pairs: dict[str, SamplePair], plain: dict[str, Path], system: str, transform: str, says: str
) -> None:
    before = pairs[system].writes
    with pytest.raises(UsageError, match=re.escape(says)):
        sync.import_(plain[system], pairs[system].target, transforms=[transform], **HOW)
    assert pairs[system].writes == before


def test_an_export_with_one_is_not_sealed(pairs: dict[str, SamplePair], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no field 'naem'"):
        sync.export(pairs["contentful"].source, tmp_path / "new", transforms=["anonymise:fields=naem"], **HOW)
    assert not (tmp_path / "new" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("system", "transform", "says"),
    [
        ("contentstack", "anonymise:fields=role;content-types=persn", "did you mean 'person'?"),
        ("contentstack", "anonymise:field-types=Text", "there is no type of fields 'Text'"),
        ("contentstack", "drop-field:fields=rolle", "no field 'rolle'; did you mean 'role'?"),
        ("contentstack", "rename-field:from=rolle;to=x;content-types=person", "did you mean 'role'?"),
        ("contentstack", "anonymise:pattern=nam", "no field's name matches 'nam'"),
        ("contentful", "anonymise:field-types=symbol", "did you mean 'Symbol'?"),
        ("contentful", "anonymise:fields=naem", "no field 'naem'; did you mean 'name'?"),
        ("azure-devops", "anonymise:fields=descripton", "did you mean 'description' or"),
        ("azure-devops", "drop-field:fields=variabels", "did you mean 'variables' or"),
    ],
)
def test_a_name_that_no_type_has_ends_an_export_when_types_are_known(
    pairs: dict[str, SamplePair], tmp_path: Path, system: str, transform: str, says: str
) -> None:
    """Nothing else is read, and no directory is left."""
    pair, monitor = pairs[system], Monitor()
    with pytest.raises(UsageError, match=re.escape(says)):
        sync.export(pair.source, tmp_path / "new", transforms=[transform], monitor=monitor, **HOW)
    definitions = 14 if system == "azure-devops" else 1  # with their revisions, and no release
    assert monitor.requests["read"] <= 1 + definitions
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "transform", ["drop-field:fields=rolle", "anonymise:fields=titel;content-types=person"]
)
def test_a_wrong_name_ends_an_import_before_the_snapshot_is_checked(
    pairs: dict[str, SamplePair], plain: dict[str, Path], tmp_path: Path, transform: str
) -> None:
    """Of a snapshot of 100 GB no more than its content types is read; so damage elsewhere is not met."""
    snapshot = shutil.copytree(plain["contentstack"], tmp_path / "damaged")
    with (snapshot / "assets.jsonl").open("ab") as file:
        file.write(b"damage")
    monitor = Monitor()
    with pytest.raises(UsageError, match="there is no field"):
        sync.import_(snapshot, pairs["contentstack"].target, transforms=[transform], monitor=monitor, **HOW)
    assert monitor.requests["read"] == 0


@pytest.mark.parametrize("name", ["anonymise", "drop-field"])
def test_a_name_beside_fields_is_given_as_such(
    pairs: dict[str, SamplePair], plain: dict[str, Path], name: str
) -> None:
    """Within a value that no type describes, here JSON: the only names that are looked for in all documents."""
    pair, snapshot = pairs["contentful"], plain["contentful"]
    with pytest.raises(UsageError, match=re.escape("other-fields=sunday)")):
        sync.plan_import(snapshot, pair.target, transforms=[f"{name}:fields=sunday"], **HOW)
    assert sync.plan_import(snapshot, pair.target, transforms=[f"{name}:other-fields=sunday"], **HOW).plan
    with pytest.raises(UsageError, match="there is no field 'sundy'; did you mean 'sunday'"):
        sync.plan_import(snapshot, pair.target, transforms=[f"{name}:other-fields=sundy"], **HOW)


@pytest.mark.parametrize(("system", "field"), [("contentstack", "title"), ("azure-devops", "name")])
def test_what_every_document_needs_is_not_dropped(
    pairs: dict[str, SamplePair], plain: dict[str, Path], tmp_path: Path, system: str, field: str
) -> None:
    """Each of them would be a gap, or made into something else; it is said before anything is read."""
    pair, monitor = pairs[system], Monitor()
    how: Any = {**HOW, "transforms": [f"drop-field:fields={field}"], "monitor": monitor}
    with pytest.raises(UsageError, match=f"takes nothing without '{field}'"):
        sync.import_(plain[system], pair.target, **how)
    with pytest.raises(UsageError, match=f"anonymise:fields={field} replaces it"):
        sync.export(pair.source, tmp_path / "new", **how)
    assert monitor.requests["read"] == 0


@pytest.mark.parametrize(
    ("system", "transforms"),
    [
        (
            "contentstack",
            ["anonymise:fields=filename,hours,heading,tags"],
        ),  # of assets, groups, blocks, all entries
        ("contentstack", ["rename-field:from=role;to=craft;content-types=person", "drop-field:fields=craft"]),
        ("contentful", ["anonymise:fields=fileName;pattern=na.*", "prefix-title:prefix=T "]),
        ("azure-devops", ["drop-field:fields=description"]),
    ],
)
def test_names_that_are_there_are_taken(
    pairs: dict[str, SamplePair], plain: dict[str, Path], system: str, transforms: list[str]
) -> None:
    assert sync.plan_import(plain[system], pairs[system].target, transforms=transforms, **HOW).plan
