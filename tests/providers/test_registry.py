"""Which systems there are, how each reads a place, and whose options are whose."""

from __future__ import annotations

from typing import Any

import pytest

from stackferry.errors import UsageError
from stackferry.model import Place
from stackferry.providers.contentstack.connection import REGIONS
from stackferry.providers.contentstack.options import ContentstackReadOptions, ContentstackWriteOptions
from stackferry.providers.options import as_own
from stackferry.providers.registry import system_of, system_options
from stackferry.providers.selection import Selection
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions


@pytest.mark.parametrize(
    ("parts", "host", "branch"),
    [
        (("blt1", "eu", "dev"), REGIONS["eu"], "dev"),
        (("blt1", "na", ""), REGIONS["na"], "main"),
        (("blt1", "127.0.0.1:8777", "main"), "127.0.0.1:8777", "main"),
    ],
)
def test_a_contentstack_place_is_a_branch_at_a_region_or_a_host(
    parts: tuple[str, str, str], host: str, branch: str
) -> None:
    found = system_of("contentstack").parse_place(*parts, secure=True)
    assert found == Place(system="contentstack", key="blt1", host=host, name=branch)


@pytest.mark.parametrize("parts", [("", "eu", "main"), ("blt1", "", "main"), ("", "", "")])
def test_a_place_without_key_or_host_is_answered_with_the_form_of_its_system(
    parts: tuple[str, str, str],
) -> None:
    with pytest.raises(UsageError, match="contentstack://API_KEY@REGION_OR_HOST/BRANCH"):
        system_of("contentstack").parse_place(*parts, secure=True)


def test_an_unknown_scheme_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="places begin with contentstack://, contentful://, azure-devops://"):
        system_of("ftp")


def test_each_system_has_a_table_of_options_with_fields_of_its_classes() -> None:
    for table in system_options():
        system = system_of(table.system)
        assert system.name == table.heading
        read, write = system.read_options(ReadOptions()), system.write_options(WriteOptions())
        assert [row.field for row in table.read if not hasattr(read, row.field)] == []
        assert [row.field for row in table.write if not hasattr(write, row.field)] == []


def test_neutral_options_get_the_defaults_of_the_system() -> None:
    own = as_own(
        WriteOptions(versions="all", only=frozenset({"assets"})), ContentstackWriteOptions, "Contentstack"
    )
    assert own == ContentstackWriteOptions(versions="all", only=frozenset({"assets"}))
    assert as_own(own, ContentstackWriteOptions, "Contentstack") is own


def test_the_manifest_records_own_and_neutral_options_of_an_export_alike() -> None:
    """Byte for byte: the schedules are not a choice of the user."""
    assert [*ContentstackReadOptions().as_json().items()] == [*ReadOptions().as_json().items()]


def test_the_options_of_another_system_are_refused() -> None:
    class OtherOptions(WriteOptions):
        """Of a system of the test."""

    with pytest.raises(UsageError, match="OtherOptions are not options of Contentstack"):
        system_of("contentstack").write_options(OtherOptions())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ReadOptions(versions="some"), "versions='some'"),
        (WriteOptions(publish="maybe"), "publish='maybe'"),
        (WriteOptions(on_conflict="overwrite"), "on_conflict='overwrite'"),
        (ReadOptions(limit=-5), "limit=-5"),
        (WriteOptions(selection=Selection(limit=-1)), "limit=-1"),
    ],
)
def test_a_value_that_no_option_has_is_refused(options: ReadOptions | WriteOptions, message: str) -> None:
    system = system_of("contentstack")
    check: Any = system.read_options if isinstance(options, ReadOptions) else system.write_options
    with pytest.raises(UsageError, match=message):
        check(options)
