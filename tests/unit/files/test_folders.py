"""Where bundled files lie in a checkout and in a wheel, and where the compiled model is kept."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.files import folders, names
from tests.unit.files.conftest import make_package

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder of the test's own, with no setting of numba in the environment."""
    for name in [name for name in os.environ if name.startswith("NUMBA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")  # so that what the code sets is undone after the test
    model = tmp_path / "sim" / "model"
    model.mkdir(parents=True)
    (model / "quarter.py").write_text("x = 1\n")
    (tmp_path / "sim" / "world").mkdir()
    for name in folders.COMPILED_IN:
        (tmp_path / "sim" / name).write_text("z = 1\n")
    monkeypatch.setattr(folders, "_PACKAGE", tmp_path / "sim")
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    return tmp_path / "cache" / "industrial-upgrading"


def run_python(code):
    """Run a few lines in a fresh interpreter; fail where they fail."""
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True, timeout=60)


# what the program brings


def test_this_checkout_uses_its_own_folders():
    assert folders.bundled("experiments") == ROOT / "experiments"


def test_bundled_finds_checkout_and_wheel(package):
    inside = package / "_bundled"
    base = inside if inside.exists() else package.parent
    assert folders.bundled("scenarios") == base / "scenarios"
    assert names.scenario_names() == ("baseline", "talent_pool")


def test_top_level_folders_without_pyproject_are_not_the_programs(tmp_path, monkeypatch):
    package = make_package(tmp_path, checkout=True)
    (tmp_path / "pyproject.toml").unlink()
    monkeypatch.setattr(folders, "_PACKAGE", package)
    with pytest.raises(InputError, match="lacks its scenarios folder"):
        folders.bundled("scenarios")


def test_a_stray_pyproject_beside_an_installed_package_changes_nothing(tmp_path, monkeypatch):
    package = make_package(tmp_path, checkout=False)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "scenarios").mkdir()
    monkeypatch.setattr(folders, "_PACKAGE", package)
    assert folders.bundled("scenarios") == package / "_bundled" / "scenarios"


def test_chinese_font_is_truetype_and_its_package_is_not_imported():
    code = """
        import sys
        from sim.files.folders import chinese_font
        assert chinese_font().read_bytes()[:4] == bytes([0, 1, 0, 0])
        assert "zhplot" not in sys.modules
    """
    run_python(code)


def test_missing_font_is_said(monkeypatch):
    monkeypatch.setattr(folders.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="zhplot"):
        folders.chinese_font()


# what the program keeps for the next time


def test_cache_folder_follows_xdg_where_it_is_absolute(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert folders.cache_folder() == tmp_path / "industrial-upgrading"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(folders.sys, "platform", "linux")
    assert folders.cache_folder() == tmp_path / "home" / ".cache" / "industrial-upgrading"
    monkeypatch.setattr(folders.sys, "platform", "darwin")
    assert folders.cache_folder() == tmp_path / "home" / "Library" / "Caches" / "industrial-upgrading"


def test_kernel_cache_is_named_by_every_source_of_the_model(cache, tmp_path):
    first = folders.kernel_cache_folder()
    assert first.parent == cache / "numba"
    assert folders.kernel_cache_folder() == first
    helper = tmp_path / "sim" / "model" / "draws.py"
    helper.write_text("y = 1\n")
    second = folders.kernel_cache_folder()
    helper.write_text("y = 2\n")
    third = folders.kernel_cache_folder()
    helper.rename(helper.with_name("numerics.py"))
    fourth = folders.kernel_cache_folder()
    (tmp_path / "sim" / folders.COMPILED_IN[0]).write_text("z = 2\n")
    assert len({first, second, third, fourth, folders.kernel_cache_folder()}) == 5


def test_kernel_cache_depends_on_settings_that_change_code(cache, monkeypatch):
    plain = folders.kernel_cache_folder()
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert folders.kernel_cache_folder() == plain
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    assert folders.kernel_cache_folder() != plain


def test_use_kernel_cache_sets_the_environment(cache):
    folder = folders.use_kernel_cache()
    assert folder == folders.kernel_cache_folder()
    assert folder.is_dir()
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder)


def test_use_kernel_cache_leaves_the_users_folder_alone(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert folders.use_kernel_cache() == tmp_path / "mine"
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "mine")
    assert not any((tmp_path / "mine").iterdir())
    assert not cache.exists()


def test_a_child_under_other_settings_does_not_inherit_the_parents_cache(cache, monkeypatch):
    parent = folders.use_kernel_cache()
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    assert folders.use_kernel_cache() != parent


def test_numba_imported_before_is_told(cache):
    code = """
        import numba
        from sim.files.folders import use_kernel_cache
        folder = use_kernel_cache()
        assert numba.config.CACHE_DIR == str(folder)
    """
    run_python(code)


def test_old_kernel_caches_go(cache):
    for age in range(8):
        folder = cache / "numba" / f"{age:016x}"
        folder.mkdir(parents=True)
        (folder / "kernel.nbc").write_bytes(b"")
        os.utime(folder, (1e9 - age, 1e9 - age))
    current = folders.use_kernel_cache()
    kept = {path.name for path in (cache / "numba").iterdir()}
    assert kept == {current.name, *(f"{age:016x}" for age in range(4))}


def test_unwritable_cache_is_replaced_by_a_private_folder(cache, monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file where the cache folder should be")
    folder = folders.use_kernel_cache()
    assert folder.is_dir()
    assert tmp_path not in folder.parents
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder)
    # The same one for all of this process, and for those that it starts.
    assert folders.use_kernel_cache() == folder
    assert str(tmp_path / "cache") in str(folders.kernel_cache_trouble())
    assert "Not a directory" in str(folders.kernel_cache_trouble())


def test_unwritable_folder_of_the_users_is_replaced_by_the_usual_one(cache, monkeypatch, tmp_path):
    (tmp_path / "mine").write_text("a file where the folder should be")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert folders.use_kernel_cache() == folders.kernel_cache_folder()
    assert folders.kernel_cache_trouble() is None


def test_a_cache_that_can_be_written_is_no_trouble(cache):
    assert folders.kernel_cache_trouble() is None


@pytest.mark.parametrize("own", [False, True], ids=["usual", "of the user"])
def test_only_the_end_of_a_run_makes_the_kernels_complete(cache, monkeypatch, tmp_path, own):
    if own:
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    folder = folders.use_kernel_cache()
    (folder / "model").mkdir()
    (folder / "model" / "births.first_firms.nbi").write_bytes(b"what an interrupted command left")
    assert not folders.kernels_kept()
    folders.note_kernels_kept.cache_clear()
    folders.note_kernels_kept()
    assert folders.kernels_kept()
    # Other sources are other kernels, even in a folder that the user has named.
    (tmp_path / "sim" / "model" / "quarter.py").write_text("x = 2\n")
    assert not folders.kernels_kept()


def test_kernels_of_another_numba_or_python_are_others(cache, monkeypatch):
    first = folders.kernel_cache_folder()
    monkeypatch.setattr("importlib.metadata.version", lambda name: "9.9")
    second = folders.kernel_cache_folder()
    monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-999")
    assert len({first, second, folders.kernel_cache_folder()}) == 3
