"""What users install: the metadata of one version, and (torture) wheel and sdist, built, checked and run.

The slow one needs a package index, so it is run before a release: `pytest -m torture -s tests/test_installed.py`.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
import tomllib
import venv
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

import stackferry
from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_version_is_one_everywhere() -> None:
    assert PROJECT["version"] == stackferry.__version__
    released = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert released[0] in ("Unreleased", PROJECT["version"])
    assert (ROOT / "tests" / "golden" / PROJECT["version"]).is_dir()


def test_the_metadata_say_what_a_page_of_the_package_shows() -> None:
    wanted = {
        "name",
        "version",
        "description",
        "readme",
        "license",
        "requires-python",
        "keywords",
        "classifiers",
    }
    assert wanted <= PROJECT.keys()
    assert PROJECT["scripts"]["stackferry"] == "stackferry.__main__:main"
    for minor in (11, 12, 13):
        assert f"Programming Language :: Python :: 3.{minor}" in PROJECT["classifiers"]


def run(*words: object, codes: tuple[int, ...] = (0,), **options: Any) -> str:
    done = subprocess.run(  # noqa: S603 - our own programs
        [str(word) for word in words], capture_output=True, text=True, check=False, timeout=600, **options
    )
    assert done.returncode in codes, f"{words}: {done.stdout}{done.stderr}"
    return str(done.stdout)


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_wheel_and_sdist_are_built_checked_and_run(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    venv.create(tools, with_pip=True)
    run(tools / "bin" / "pip", "install", "-q", "build", "twine", "check-wheel-contents")
    run(tools / "bin" / "python", "-m", "build", "-o", tmp_path / "dist", ROOT)
    wheel, sdist = (next((tmp_path / "dist").glob(f"stackferry-*{ending}")) for ending in (".whl", ".tar.gz"))
    run(tools / "bin" / "twine", "check", "--strict", wheel, sdist)
    # The samples are content: two of them share pictures (W002), and folders are named as places are (W004).
    run(tools / "bin" / "check-wheel-contents", "--ignore", "W002,W004", wheel)
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {
        "stackferry",
        f"stackferry-{stackferry.__version__}.dist-info",
    }
    assert "stackferry/py.typed" in names
    assert any(name.startswith("stackferry/sample_exports/harbour-guide/") for name in names)
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "pyproject.toml",
        "src/stackferry/py.typed",
    } <= held
    for number, file in enumerate((wheel, sdist)):
        fresh = tmp_path / str(number)
        venv.create(fresh, with_pip=True)
        run(fresh / "bin" / "pip", "install", "-q", file)
        program = fresh / "bin" / "stackferry"
        home: Any = {"env": {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, "cwd": tmp_path}
        assert "export" in run(program, "--help", **home)
        assert stackferry.__version__ in run(program, "--version", **home)
        for system in ((), ("contentful",), ("azure-devops",)):
            # What a target has no place for is a gap: 3. Triggers of releases are off in it.
            run(program, "demo", *system, codes=(0, 3), **home)
        run(fresh / "bin" / "python", "-c", "from stackferry import sync; sync.export", **home)
