import os
import signal
import stat
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest

from sim import files
from sim.errors import InputError

ROOT = Path(__file__).resolve().parents[3]


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
    monkeypatch.setattr(files, "_PACKAGE", package)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return package


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
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "sim")
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    return tmp_path / "cache" / "industrial-upgrading"


def message(error):
    return str(error.value)


def run_python(code):
    """Run a few lines in a fresh interpreter; fail where they fail."""
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True, timeout=60)


# what the program brings


def test_this_checkout_uses_its_own_folders():
    assert files.bundled("experiments") == ROOT / "experiments"


def test_bundled_finds_checkout_and_wheel(package):
    inside = package / "_bundled"
    base = inside if inside.exists() else package.parent
    assert files.bundled("scenarios") == base / "scenarios"
    assert files.scenario_names() == ("baseline", "talent_pool")


def test_top_level_folders_without_pyproject_are_not_the_programs(tmp_path, monkeypatch):
    package = make_package(tmp_path, checkout=True)
    (tmp_path / "pyproject.toml").unlink()
    monkeypatch.setattr(files, "_PACKAGE", package)
    with pytest.raises(InputError, match="lacks its scenarios folder"):
        files.bundled("scenarios")


def test_a_stray_pyproject_beside_an_installed_package_changes_nothing(tmp_path, monkeypatch):
    package = make_package(tmp_path, checkout=False)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "scenarios").mkdir()
    monkeypatch.setattr(files, "_PACKAGE", package)
    assert files.bundled("scenarios") == package / "_bundled" / "scenarios"


@pytest.mark.parametrize("text", ["talent_pool", "talent_pool.yaml"])
def test_scenario_by_name(package, text):
    assert files.find_scenario(text) == files.bundled("scenarios") / "talent_pool.yaml"


def test_scenario_path_comes_before_a_bundled_name(package):
    Path("talent_pool.yaml").write_text("name: mine\n")
    assert files.find_scenario("talent_pool.yaml") == Path("talent_pool.yaml")


def test_folder_of_the_same_name_does_not_hide_a_bundled_scenario(package):
    Path("talent_pool").mkdir()
    assert files.find_scenario("talent_pool").name == "talent_pool.yaml"


@pytest.mark.parametrize("text", ["talent_pol", "talentpool.yaml", "missing/talent_poool.yaml"])
def test_missing_scenario_suggests_the_nearest(package, text):
    with pytest.raises(InputError) as error:
        files.find_scenario(text)
    assert message(error).startswith(f"scenario: {text}\n")
    assert "Did you mean talent_pool?" in message(error)


def test_missing_scenario_unlike_any_lists_all(package):
    with pytest.raises(InputError) as error:
        files.find_scenario("xyzzy")
    assert "Bundled: baseline, talent_pool" in message(error)


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_folder_is_no_scenario(package, text):
    with pytest.raises(InputError, match="folder, not a scenario file"):
        files.find_scenario(text)


@pytest.mark.parametrize("text", ["a\0b", "x" * 5000, ".draft"])
def test_odd_scenario_names_are_refused_in_words(package, text):
    with pytest.raises(InputError):
        files.find_scenario(text)


def test_calibration_by_name_wins_over_a_folder_here(package):
    Path("hubei").mkdir()
    Path("henan").mkdir()
    assert files.calibration_folder("hubei") == files.bundled("calibration") / "hubei"
    assert files.calibration_folder("./hubei") == Path("hubei")
    assert files.calibration_folder("henan") == Path("henan")
    assert files.calibration_folder(os.path.abspath("henan")) == Path("henan").absolute()


def test_missing_calibration_suggests_the_nearest(package):
    with pytest.raises(InputError, match=r"(?s)calibration: hubai\n.*Did you mean hubei\?"):
        files.calibration_folder("hubai")
    Path("table.csv").write_text("")
    with pytest.raises(InputError, match="a file, not a folder"):
        files.calibration_folder("table.csv")


def test_chinese_font_is_truetype_and_its_package_is_not_imported():
    code = """
        import sys
        from sim.files import chinese_font
        assert chinese_font().read_bytes()[:4] == bytes([0, 1, 0, 0])
        assert "zhplot" not in sys.modules
    """
    run_python(code)


def test_missing_font_is_said(monkeypatch):
    monkeypatch.setattr(files.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="zhplot"):
        files.chinese_font()


# what the program writes


def test_results_folder_defaults_to_results_and_creates_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert files.new_results_folder(None, "baseline-1a2b") == Path("results/baseline-1a2b")
    assert files.new_results_folder(Path("some/where"), "ignored") == Path("some/where")
    assert list(tmp_path.iterdir()) == []


def test_empty_folder_may_be_used(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    assert files.new_results_folder(out, "x") == out
    with files.atomic_folder(out) as part:
        (part / "a").write_text("new")
    assert (out / "a").read_text() == "new"
    assert list(tmp_path.iterdir()) == [out]


def refuse_results(path, *, force=False):
    """Both doors must refuse; return the words."""
    with pytest.raises(InputError) as early:
        files.new_results_folder(path, "x", force=force)
    with pytest.raises(InputError) as late, files.atomic_folder(path, force=force):
        pytest.fail("the block must not run")
    assert message(early).startswith(f"output folder: {path}\n")
    assert message(late).startswith(f"output folder: {path}\n")
    return message(early)


def test_non_empty_folder_is_refused_and_kept(tmp_path):
    (tmp_path / "old.txt").write_text("old")
    assert "--force" in refuse_results(tmp_path)
    assert (tmp_path / "old.txt").read_text() == "old"


def test_force_replaces_earlier_results_whole(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / files.MANIFEST).write_text("{}")
    (out / "old.txt").write_text("old")
    refuse_results(out)
    assert files.new_results_folder(out, "x", force=True) == out
    with files.atomic_folder(out, force=True) as part:
        assert (out / "old.txt").exists()  # nothing is lost before the new results are whole
        (part / files.MANIFEST).write_text("[]")
    assert [path.name for path in out.iterdir()] == [files.MANIFEST]
    assert (out / files.MANIFEST).read_text() == "[]"
    assert list(tmp_path.iterdir()) == [out]


def test_force_never_replaces_what_is_not_results(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").write_text("years of work")
    assert files.MANIFEST in refuse_results(home, force=True)
    assert (home / "thesis.tex").read_text() == "years of work"


def test_file_in_the_way_is_refused(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    assert "name a folder" in refuse_results(file)
    assert "is a file" in refuse_results(file / "below" / "it")
    assert list(tmp_path.iterdir()) == [file]


def test_read_only_folder_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(InputError, match="is not writable"):
        files.new_results_folder(tmp_path / "deep" / "out", "x")


def test_folder_that_the_system_refuses(tmp_path):
    too_long = tmp_path / ("x" * 300)
    assert "cannot be written" in refuse_results(too_long)
    assert list(tmp_path.iterdir()) == []


def test_mount_point_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os.path, "ismount", lambda path: True)
    with pytest.raises(InputError, match="mount point"):
        files.new_results_folder(tmp_path / "out", "x")


def test_whole_folder_appears_at_the_end(tmp_path):
    out = tmp_path / "a" / "b" / "out"
    with files.atomic_folder(out) as part:
        (part / "figures").mkdir()
        (part / "figures" / "one.png").write_bytes(b"1")
        assert not out.exists()
        assert part.parent == out.parent  # the same file system, so that renaming works
    assert (out / "figures" / "one.png").read_bytes() == b"1"
    assert list(out.parent.iterdir()) == [out]
    plain = tmp_path / "plain"
    plain.mkdir()
    assert stat.S_IMODE(out.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_failure_leaves_nothing(tmp_path, failure):
    def interrupted():
        with files.atomic_folder(tmp_path / "a" / "b" / "out") as part:
            (part / "half").write_text("half")
            raise failure

    with pytest.raises(failure):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_failure_keeps_the_earlier_results(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / files.MANIFEST).write_text("{}")
    with pytest.raises(ValueError, match="half"), files.atomic_folder(tmp_path / "out", force=True):
        raise ValueError("half")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / files.MANIFEST).read_text() == "{}"


def test_results_that_appeared_meanwhile_are_kept(tmp_path):
    out = tmp_path / "out"

    def overtaken():
        with files.atomic_folder(out):
            out.mkdir()
            (out / "other.txt").write_text("another run was faster")

    with pytest.raises(InputError, match="not empty"):
        overtaken()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (out / "other.txt").exists()


@pytest.mark.parametrize("when", ["before writing", "while writing"])
@pytest.mark.parametrize("taken", [(), ("out-2",)])
def test_results_that_took_long_are_kept_beside(tmp_path, when, taken):
    out = tmp_path / "out"
    for name in taken:
        (tmp_path / name).mkdir()

    def fill():
        out.mkdir()
        (out / "other.txt").write_text("another run was faster")

    def overtaken():
        if when == "before writing":
            fill()
        with files.atomic_folder(out, keep=True) as part:
            (part / "mine.txt").write_text("an hour of work")
            if when == "while writing":
                fill()

    beside = f"out-{2 + len(taken)}"
    with pytest.raises(InputError, match=f"another process put results there.*{tmp_path}/{beside}$"):
        overtaken()
    assert (tmp_path / beside / "mine.txt").read_text() == "an hour of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", *taken, beside]
    assert [path.name for path in out.iterdir()] == ["other.txt"]


def test_results_that_took_long_are_kept_where_nothing_can_be_written_any_more(tmp_path, monkeypatch):
    """As when permissions are lost while the runs are done; root, who runs tests in containers, keeps them."""
    folder, elsewhere = tmp_path / "locked", tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr(files.tempfile, "tempdir", str(elsewhere))
    mkdir, rename = Path.mkdir, Path.rename

    def locked(do):
        def attempt(self, *given, **options):
            if self.parent == folder or folder in (Path(path).parent for path in given if path):
                raise PermissionError(13, "Permission denied", str(self))
            return do(self, *given, **options)

        return attempt

    monkeypatch.setattr(Path, "mkdir", locked(mkdir))
    monkeypatch.setattr(Path, "rename", locked(rename))
    with (
        pytest.raises(InputError, match="Permission denied") as told,
        files.atomic_folder(folder / "out", keep=True) as part,
    ):
        (part / "mine.txt").write_text("an hour of work")
    (kept,) = elsewhere.iterdir()
    assert (kept / "mine.txt").read_text() == "an hour of work"
    assert str(kept) in str(told.value)


def test_what_fails_is_not_kept(tmp_path):
    with pytest.raises(ValueError, match="half"), files.atomic_folder(tmp_path / "out", keep=True):
        raise ValueError("half")
    assert list(tmp_path.iterdir()) == []


def test_earlier_results_return_when_renaming_fails(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / files.MANIFEST).write_text("{}")
    rename = Path.rename

    def failing(self, target):
        if self.name.endswith(".part"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(InputError, match="No space left"), files.atomic_folder(out, force=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (out / files.MANIFEST).read_text() == "{}"


# work that grows


def grown(path):
    """A study that was begun and holds a run."""
    files.growing_folder(path, "mine")
    (path / "runs" / "runs").mkdir(parents=True)
    (path / "runs" / "runs" / "batch-000000.parquet").write_bytes(b"a run")
    return path / "runs" / "runs" / "batch-000000.parquet"


def test_work_is_gone_on_with_only_when_asked(tmp_path):
    run = grown(tmp_path / "out")
    with pytest.raises(InputError, match="--resume"):
        files.growing_folder(tmp_path / "out", "mine")
    assert files.growing_folder(tmp_path / "out", "mine", resume=True) == tmp_path / "out"
    assert run.read_bytes() == b"a run"


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000],
    ids=["missing", "empty", "cut", "a list", "no key", "no text", "deep"],
)
def test_a_manifest_that_is_lost_is_no_obstacle_and_the_runs_stay(tmp_path, content):
    run = grown(tmp_path / "out")
    manifest = tmp_path / "out" / files.MANIFEST
    manifest.unlink()
    if content is not None:
        manifest.write_bytes(content)
    with pytest.raises(InputError, match=r"runs here without a readable manifest\.json.*--resume"):
        files.growing_folder(tmp_path / "out", "mine")
    assert files.growing_folder(tmp_path / "out", "mine", resume=True) == tmp_path / "out"
    assert run.read_bytes() == b"a run"


def test_a_foreign_manifest_says_how_to_go_on(tmp_path):
    run = grown(tmp_path / "out")
    manifest = tmp_path / "out" / files.MANIFEST
    manifest.write_text('{"run": "another"}')
    with pytest.raises(InputError, match=r"another folder; or.*remove it.*--resume"):
        files.growing_folder(tmp_path / "out", "mine", resume=True)
    assert run.exists()


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("name", [".manifest.json.part", "manifest.json"])
def test_a_kill_while_the_manifest_was_written_is_no_obstacle(tmp_path, name, resume):
    (tmp_path / name).write_bytes(b"{")
    files.growing_folder(tmp_path, "mine", resume=resume)
    assert files.identity_of(tmp_path) == "mine"


def test_a_folder_of_something_else_is_not_worked_in(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        files.growing_folder(tmp_path, "mine", resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


# what the program keeps for the next time


def test_cache_folder_follows_xdg_where_it_is_absolute(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert files.cache_folder() == tmp_path / "industrial-upgrading"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(files.sys, "platform", "linux")
    assert files.cache_folder() == tmp_path / "home" / ".cache" / "industrial-upgrading"
    monkeypatch.setattr(files.sys, "platform", "darwin")
    assert files.cache_folder() == tmp_path / "home" / "Library" / "Caches" / "industrial-upgrading"


def test_kernel_cache_is_named_by_every_source_of_the_model(cache, tmp_path):
    first = files.kernel_cache_folder()
    assert first.parent == cache / "numba"
    assert files.kernel_cache_folder() == first
    helper = tmp_path / "sim" / "model" / "draws.py"
    helper.write_text("y = 1\n")
    second = files.kernel_cache_folder()
    helper.write_text("y = 2\n")
    third = files.kernel_cache_folder()
    helper.rename(helper.with_name("numerics.py"))
    assert len({first, second, third, files.kernel_cache_folder()}) == 4


def test_kernel_cache_depends_on_settings_that_change_code(cache, monkeypatch):
    plain = files.kernel_cache_folder()
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert files.kernel_cache_folder() == plain
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    assert files.kernel_cache_folder() != plain


def test_use_kernel_cache_sets_the_environment(cache):
    folder = files.use_kernel_cache()
    assert folder == files.kernel_cache_folder()
    assert folder.is_dir()
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder)


def test_use_kernel_cache_leaves_the_users_folder_alone(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert files.use_kernel_cache() == tmp_path / "mine"
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "mine")
    assert not any((tmp_path / "mine").iterdir())
    assert not cache.exists()


def test_a_child_under_other_settings_does_not_inherit_the_parents_cache(cache, monkeypatch):
    parent = files.use_kernel_cache()
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    assert files.use_kernel_cache() != parent


def test_numba_imported_before_is_told(cache):
    code = """
        import numba
        from sim.files import use_kernel_cache
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
    current = files.use_kernel_cache()
    kept = {path.name for path in (cache / "numba").iterdir()}
    assert kept == {current.name, *(f"{age:016x}" for age in range(4))}


def test_unwritable_cache_is_replaced_by_a_private_folder(cache, monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file where the cache folder should be")
    folder = files.use_kernel_cache()
    assert folder.is_dir()
    assert tmp_path not in folder.parents
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder)
    # The same one for all of this process, and for those that it starts.
    assert files.use_kernel_cache() == folder
    assert str(tmp_path / "cache") in files.kernel_cache_trouble()
    assert "Not a directory" in files.kernel_cache_trouble()


def test_unwritable_folder_of_the_users_is_replaced_by_the_usual_one(cache, monkeypatch, tmp_path):
    (tmp_path / "mine").write_text("a file where the folder should be")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert files.use_kernel_cache() == files.kernel_cache_folder()
    assert files.kernel_cache_trouble() is None


def test_a_cache_that_can_be_written_is_no_trouble(cache):
    assert files.kernel_cache_trouble() is None


@pytest.mark.parametrize("own", [False, True], ids=["usual", "of the user"])
def test_only_the_end_of_a_run_makes_the_kernels_complete(cache, monkeypatch, tmp_path, own):
    if own:
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    folder = files.use_kernel_cache()
    (folder / "model").mkdir()
    (folder / "model" / "births.first_firms.nbi").write_bytes(b"what an interrupted command left")
    assert not files.kernels_kept()
    files.note_kernels_kept.cache_clear()
    files.note_kernels_kept()
    assert files.kernels_kept()
    # Other sources are other kernels, even in a folder that the user has named.
    (tmp_path / "sim" / "model" / "quarter.py").write_text("x = 2\n")
    assert not files.kernels_kept()


def test_kernels_of_another_numba_or_python_are_others(cache, monkeypatch):
    first = files.kernel_cache_folder()
    monkeypatch.setattr("importlib.metadata.version", lambda name: "9.9")
    second = files.kernel_cache_folder()
    monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-999")
    assert len({first, second, files.kernel_cache_folder()}) == 3


# ---------------------------------------------------------------------------------------------------------
# Ctrl-C that a library swallows
# ---------------------------------------------------------------------------------------------------------


def swallow():
    """Ctrl-C where the exception is dropped, as in a finaliser."""
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def disguise():
    """Ctrl-C while a C extension is imported."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise ImportError("initialization failed") from None


@pytest.mark.parametrize("lose", [swallow, disguise])
def test_lost_interrupt_leaves_nothing(tmp_path, lose):
    with pytest.raises(KeyboardInterrupt), files.atomic_folder(tmp_path / "out"):
        lose()
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_errors_without_interrupt_stay_what_they_are(tmp_path):
    with pytest.raises(ImportError, match="no such"), files.atomic_folder(tmp_path / "out"):
        raise ImportError("no such")
