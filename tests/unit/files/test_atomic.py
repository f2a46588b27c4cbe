"""Folders and files appear whole or not at all; work that grows is resumed only when asked."""

import signal
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.files import atomic


def message(error):
    return str(error.value)


def test_results_folder_defaults_to_results_and_creates_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert atomic.new_results_folder(None, "baseline-1a2b") == Path("results/baseline-1a2b")
    assert atomic.new_results_folder(Path("some/where"), "ignored") == Path("some/where")
    assert list(tmp_path.iterdir()) == []


def test_empty_folder_may_be_used(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    assert atomic.new_results_folder(out, "x") == out
    with atomic.atomic_folder(out) as part:
        (part / "a").write_text("new")
    assert (out / "a").read_text() == "new"
    assert list(tmp_path.iterdir()) == [out]


def refuse_results(path, *, force=False):
    """Both doors must refuse; return the words."""
    with pytest.raises(InputError) as early:
        atomic.new_results_folder(path, "x", force=force)
    with pytest.raises(InputError) as late, atomic.atomic_folder(path, force=force):
        pytest.fail("the block must not run")
    assert message(early).startswith(f"--out: {path}\n")
    assert message(late).startswith(f"--out: {path}\n")
    return message(early)


def test_non_empty_folder_is_refused_and_kept(tmp_path):
    (tmp_path / "old.txt").write_text("old")
    assert "--force" in refuse_results(tmp_path)
    assert (tmp_path / "old.txt").read_text() == "old"


def test_force_replaces_earlier_results_whole(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / atomic.MANIFEST).write_text("{}")
    (out / "old.txt").write_text("old")
    refuse_results(out)
    assert atomic.new_results_folder(out, "x", force=True) == out
    with atomic.atomic_folder(out, force=True) as part:
        assert (out / "old.txt").exists()  # nothing is lost before the new results are whole
        (part / atomic.MANIFEST).write_text("[]")
    assert [path.name for path in out.iterdir()] == [atomic.MANIFEST]
    assert (out / atomic.MANIFEST).read_text() == "[]"
    assert list(tmp_path.iterdir()) == [out]


def test_force_never_replaces_what_is_not_results(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").write_text("years of work")
    assert atomic.MANIFEST in refuse_results(home, force=True)
    assert (home / "thesis.tex").read_text() == "years of work"


def test_file_in_the_way_is_refused(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    assert "name a folder" in refuse_results(file)
    assert "is a file" in refuse_results(file / "below" / "it")
    assert list(tmp_path.iterdir()) == [file]


def test_read_only_folder_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic.os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(InputError, match="is not writable"):
        atomic.new_results_folder(tmp_path / "deep" / "out", "x")


def test_folder_that_the_system_refuses(tmp_path):
    too_long = tmp_path / ("x" * 300)
    assert "cannot be written" in refuse_results(too_long)
    assert list(tmp_path.iterdir()) == []


def test_mount_point_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic.os.path, "ismount", lambda path: True)
    with pytest.raises(InputError, match="mount point"):
        atomic.new_results_folder(tmp_path / "out", "x")


def test_whole_folder_appears_at_the_end(tmp_path):
    out = tmp_path / "a" / "b" / "out"
    with atomic.atomic_folder(out) as part:
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
        with atomic.atomic_folder(tmp_path / "a" / "b" / "out") as part:
            (part / "half").write_text("half")
            raise failure

    with pytest.raises(failure):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_failure_keeps_the_earlier_results(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / atomic.MANIFEST).write_text("{}")
    with pytest.raises(ValueError, match="half"), atomic.atomic_folder(tmp_path / "out", force=True):
        raise ValueError("half")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / atomic.MANIFEST).read_text() == "{}"


def test_results_that_appeared_meanwhile_are_kept(tmp_path):
    out = tmp_path / "out"

    def overtaken():
        with atomic.atomic_folder(out):
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
        with atomic.atomic_folder(out, keep=True) as part:
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
    monkeypatch.setattr(atomic.tempfile, "tempdir", str(elsewhere))
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
        atomic.atomic_folder(folder / "out", keep=True) as part,
    ):
        (part / "mine.txt").write_text("an hour of work")
    (kept,) = elsewhere.iterdir()
    assert (kept / "mine.txt").read_text() == "an hour of work"
    assert str(kept) in str(told.value)


def test_what_fails_is_not_kept(tmp_path):
    with pytest.raises(ValueError, match="half"), atomic.atomic_folder(tmp_path / "out", keep=True):
        raise ValueError("half")
    assert list(tmp_path.iterdir()) == []


def test_earlier_results_return_when_renaming_fails(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / atomic.MANIFEST).write_text("{}")
    rename = Path.rename

    def failing(self, target):
        if self.name.endswith(".part"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(InputError, match="No space left"), atomic.atomic_folder(out, force=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (out / atomic.MANIFEST).read_text() == "{}"


# work that grows


def grown(path):
    """A study that was begun and holds a run."""
    atomic.growing_folder(path, "mine")
    (path / "runs" / "runs").mkdir(parents=True)
    (path / "runs" / "runs" / "batch-000000.parquet").write_bytes(b"a run")
    return path / "runs" / "runs" / "batch-000000.parquet"


def test_work_is_gone_on_with_only_when_asked(tmp_path):
    run = grown(tmp_path / "out")
    with pytest.raises(InputError, match="--resume"):
        atomic.growing_folder(tmp_path / "out", "mine")
    assert atomic.growing_folder(tmp_path / "out", "mine", resume=True) == tmp_path / "out"
    assert run.read_bytes() == b"a run"


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000],
    ids=["missing", "empty", "cut", "a list", "no key", "no text", "deep"],
)
def test_a_manifest_that_is_lost_is_no_obstacle_and_the_runs_stay(tmp_path, content):
    run = grown(tmp_path / "out")
    manifest = tmp_path / "out" / atomic.MANIFEST
    manifest.unlink()
    if content is not None:
        manifest.write_bytes(content)
    with pytest.raises(InputError, match=r"runs here without a readable manifest\.json.*--resume"):
        atomic.growing_folder(tmp_path / "out", "mine")
    assert atomic.growing_folder(tmp_path / "out", "mine", resume=True) == tmp_path / "out"
    assert run.read_bytes() == b"a run"


def test_a_foreign_manifest_says_how_to_go_on(tmp_path):
    run = grown(tmp_path / "out")
    manifest = tmp_path / "out" / atomic.MANIFEST
    manifest.write_text('{"run": "another"}')
    with pytest.raises(InputError, match=r"another folder; or.*remove it.*--resume"):
        atomic.growing_folder(tmp_path / "out", "mine", resume=True)
    assert run.exists()


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("name", [".manifest.json.part", "manifest.json"])
def test_a_kill_while_the_manifest_was_written_is_no_obstacle(tmp_path, name, resume):
    (tmp_path / name).write_bytes(b"{")
    atomic.growing_folder(tmp_path, "mine", resume=resume)
    assert atomic.identity_of(tmp_path) == "mine"


def test_a_folder_of_something_else_is_not_worked_in(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        atomic.growing_folder(tmp_path, "mine", resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


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
    with pytest.raises(KeyboardInterrupt), atomic.atomic_folder(tmp_path / "out"):
        lose()
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_errors_without_interrupt_stay_what_they_are(tmp_path):
    with pytest.raises(ImportError, match="no such"), atomic.atomic_folder(tmp_path / "out"):
        raise ImportError("no such")
