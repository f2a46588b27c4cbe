from __future__ import annotations

import pytest

from sim.files import folders


def make_package(folder, *, checkout):
    """Lay out a package as it lies in a checkout or in site-packages; return the folder of `sim`."""
    package = folder / "sim"
    data = folder if checkout else package / "_bundled"
    (data / "scenarios").mkdir(parents=True)
    for name in ("baseline", "talent_pool"):
        (data / "scenarios" / f"{name}.yaml").write_text(f"name: {name}\n")
    (data / "scenarios" / "README.md").write_text("what these are\n")
    (data / "scenarios" / ".draft.yaml").write_text("name: draft\n")
    (data / "calibration" / "hubei").mkdir(parents=True)
    (data / "calibration" / "README.md").write_text("what these are\n")
    package.mkdir(exist_ok=True)
    if checkout:
        (folder / "pyproject.toml").write_text("")
    return package


@pytest.fixture(params=["checkout", "wheel"])
def package(request, tmp_path, monkeypatch):
    package = make_package(tmp_path / "program", checkout=request.param == "checkout")
    monkeypatch.setattr(folders, "_PACKAGE", package)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return package
