"""A type names an app that the target lacks: values are kept where the service takes the field, else each is a gap.

The judge is the emulator's state: what the target holds of each value.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE, TARGET, TOKEN, CommandLine
from workbench import make_workbench

from stackferry.emulators.contentstack import Emulator, Switches, serve
from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

FORMS, COLOURS, OTHER = "blt0000000000app1", "blt0000000000app2", "blt00000000target1"
FORM: JsonObject = {"form": {"id": "f-1", "components": [{"key": "email", "type": "email"}]}}
SHAPE: JsonObject = {"kind": "circle", "r": 3}


def field(uid: str, data_type: str, **more: Any) -> JsonObject:
    return {"uid": uid, "display_name": uid, "data_type": data_type, "field_metadata": {}, **more}


def custom(uid: str, data_type: str, extension: str) -> JsonObject:
    return field(uid, data_type, extension_uid=extension) | {"field_metadata": {"extension": True}}


def fill(stack: Stack) -> None:
    """A note with values of two apps: at the top, in a group, in a block and in a global field."""
    main = stack.main
    main.put_locale({"uid": "bltlocale2", "code": "de-de", "name": "German", "fallback_locale": "en-us"})
    only = custom("only", "json", FORMS)
    panel: Any = {
        "uid": "panel",
        "title": "Panel",
        "schema": [field("text", "text"), custom("chart", "json", FORMS)],
    }
    main.put("global_fields", panel)
    blocks: Any = [
        {"uid": "one", "title": "One", "schema": [field("text", "text"), custom("map", "json", FORMS)]},
        {"uid": "two", "title": "Two", "reference_to": "panel"},
    ]
    schema: Any = [
        field("title", "text", mandatory=True, unique=True) | {"field_metadata": {"_default": True}},
        custom("form", "json", FORMS),
        custom("colour", "text", COLOURS),
        field("g", "group", multiple=True, schema=[custom("shape", "json", FORMS), field("text", "text")]),
        field("all", "group", schema=[only]),
        field("b", "blocks", multiple=True, blocks=blocks),
        field("p", "global_field", reference_to="panel"),
    ]
    note: Any = {"uid": "note", "title": "Note", "schema": schema, "options": {"title": "title"}}
    main.put_content_type(note)
    for locale in ("en-us", "de-de"):
        main.put_entry_version(
            "note",
            locale,
            {
                "uid": "bltentry000000001",
                "_version": 1,
                "locale": locale,
                "title": f"A note {locale}",
                "form": FORM,
                "colour": "#ff8800",
                "g": [{"shape": SHAPE, "text": "kept", "_metadata": {"uid": "cs0000000000001"}}],
                "all": {"only": SHAPE},
                "b": [
                    {"one": {"text": "kept", "map": SHAPE, "_metadata": {"uid": "cs0000000000002"}}},
                    {"two": {"text": "kept", "chart": SHAPE, "_metadata": {"uid": "cs0000000000003"}}},
                ],
                "p": {"text": "kept", "chart": SHAPE},
            },
        )


LOST = ("/all", "/b/0/one/map", "/b/1/two/chart", "/colour", "/form", "/g/0/shape", "/p/chart")


def entry(stack: Stack, locale: str = "en-us") -> JsonObject:
    (only,) = stack.main.entries["note"].values()
    return only.documents[locale].latest


@contextmanager
def served(home: Path, **switches: Any) -> Iterator[CommandLine]:
    emulator = Emulator(switches=Switches(**switches))
    fill(emulator.add_stack(api_key=SOURCE, management_token=TOKEN))
    emulator.add_stack(api_key=TARGET, management_token=TOKEN)
    with serve(emulator) as origin:
        yield CommandLine(emulator, origin, home)


def exported(cli: CommandLine) -> Path:
    snapshot = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    return snapshot


def test_each_value_without_a_field_is_a_gap_by_language_and_path(tmp_path: Path) -> None:
    """A service that refuses a type which names an absent app: what is not an app's arrives, the rest is told."""
    bench = make_workbench(tmp_path, fill)
    snapshot = bench.export()
    gaps = bench.import_snapshot(snapshot).gaps
    for locale in ("en-us", "de-de"):
        held = entry(bench.target, locale)
        assert held["title"] == f"A note {locale}"
        assert {"form", "colour", "all"}.isdisjoint(held)
        assert held["p"] == {"text": "kept"}
        found = {gap["path"] for gap in gaps if (gap["kind"], gap.get("locale")) == ("entries", locale)}
        assert found == {*LOST}
    assert {gap["path"] for gap in gaps if gap["kind"] == "content_types"} >= {
        "form",
        "colour",
        "g.shape",
        "all.only",
        "b.one.map",
    }
    assert {gap["path"] for gap in gaps if gap["kind"] == "global_fields"} == {"chart"}
    assert all("--extension blt0000000000app" in str(gap["reason"]) for gap in gaps)


def test_without_a_place_for_the_values_verify_agrees_with_the_gaps(tmp_path: Path) -> None:
    """Import and verify both end with exit code 3; nothing is left to write, and nothing differs."""
    with served(tmp_path) as cli:
        snapshot = exported(cli)
        assert cli.run("import", snapshot, cli.place(TARGET), *FAST).code == 3
        again = cli.run("import", snapshot, cli.place(TARGET), *FAST)
        assert "nothing was left to write" in again.err
        report = cli.run("verify", snapshot, "--against", cli.place(TARGET), "--json", *FAST).report
        assert (report["exit_code"], report["differences"]) == (3, [])


def test_a_service_that_takes_the_field_keeps_the_values(tmp_path: Path) -> None:
    """The type is tried as it is first: where it is taken, everything arrives and there is nothing to tell."""
    with served(tmp_path, check_schema_references=False) as cli:
        snapshot = exported(cli)
        result = cli.run("import", snapshot, cli.place(TARGET), *FAST)
        assert result.code == 0, result.err
        assert entry(cli.emulator.stacks[TARGET])["form"] == FORM
        assert cli.run("verify", snapshot, "--against", cli.place(TARGET), *FAST).code == 0


def test_an_app_of_the_target_stands_for_one_of_the_source(tmp_path: Path) -> None:
    """`--extension SOURCE=TARGET`: types name the target's app, values arrive, and verify and diff agree."""
    with served(tmp_path) as cli:
        target = cli.emulator.stacks[TARGET]
        for uid in (OTHER, OTHER + "2"):
            extension: Any = {
                "uid": uid,
                "title": uid,
                "type": "field",
                "data_type": "json",
                "src": "https://x.test",
            }
            target.main.put("extensions", extension)
        snapshot = exported(cli)
        words = ("--extension", f"{FORMS}={OTHER}", "--extension", f"{COLOURS}={OTHER}2")
        result = cli.run("import", snapshot, cli.place(TARGET), *words, "--json", *FAST)
        assert (result.code, result.report["gaps"]) == (0, [])
        held = entry(target)
        assert (held["form"], held["colour"], held["all"]) == (FORM, "#ff8800", {"only": SHAPE})
        types = f"{target.main.content_types['note']} {target.main.global_fields['panel']}"
        assert not any(uid in types for uid in (FORMS, COLOURS))
        for more in ((), ("--state", cli.home / "nothing")):
            against = ("verify", snapshot, "--against", cli.place(TARGET), *words, *more, "--json", *FAST)
            verified = cli.run(*against)
            assert (verified.code, verified.report["differences"]) == (0, [])


@pytest.mark.parametrize("layout", ["stackferry", "csdx"])
def test_an_app_that_is_absent_from_the_files_is_linked_to_no_other(tmp_path: Path, layout: str) -> None:
    """The files name its uid alone: an app of the target with its name, or with the name of its field, is another."""
    with served(tmp_path) as cli:
        source, target = cli.emulator.stacks[SOURCE], cli.emulator.stacks[TARGET]
        for number, title in enumerate(("Forms", "form", FORMS)):
            app: Any = {"title": title, "type": "field", "data_type": "json", "src": "https://x.test"}
            if title == "Forms":
                source.main.put("extensions", app | {"uid": FORMS})
            target.main.put("extensions", app | {"uid": f"{OTHER}{number}"})
        files = exported(cli)
        if layout == "csdx":
            assert cli.run("convert", files, tmp_path / "vendor", "--to", "csdx").code in (0, 3)
            files = tmp_path / "vendor"
            (listed,) = files.rglob("extensions.json")
            listed.write_text("{}")
        else:  # as an export of a token that may not read extensions has it
            body = b'{"error_message": "You do not have permission.", "error_code": 161}'
            fault = Fault(path="^/v3/extensions", status=403, body=body, times=ALWAYS, carried_out=False)
            cli.emulator.faults.add(fault)
            files = tmp_path / "without"
            assert cli.run("export", cli.place(SOURCE), files, *FAST).code == 3
            cli.emulator.faults.clear()
        done = cli.run("import", files, cli.place(TARGET), "--json", *FAST)
        assert done.code == 3
        told = {gap.get("path") for gap in done.report["gaps"] if gap["kind"] == "content_types"}
        assert told >= {"form", "g.shape", "all.only", "b.one.map"}
        types = f"{target.main.content_types['note']} {target.main.global_fields['panel']}"
        assert OTHER not in types
        assert FORMS not in types
