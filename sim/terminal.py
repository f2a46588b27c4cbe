"""What commands say while they work, in two languages: progress, notices, mistakes, the end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sim.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

FAILED = 1
WRONG_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT
WIDE = 130  # columns
KILOBYTE, MEGABYTE = 1e3, 1e6
LINE_EVERY = 10.0  # seconds between progress lines where there is no terminal
MOST_PROBLEMS = 20  # that are printed; a broken file may hold thousands

WORDS: Mapping[str, tuple[str, str]] = {
    "compiling": (
        "首次使用：编译模型，约一分钟，只此一次……",
        "First use: compiling the model, about a minute, this once ...",
    ),
    "compiled": (
        "模型已编译，用时 {seconds} 秒：{folder}",
        "The model is compiled, in {seconds} s: {folder}",
    ),
    "ready": ("模型早已编译：{folder}", "The model is compiled already: {folder}"),
    "runs": ("模拟", "runs"),
    "pace": ("{done}/{total}，每秒 {rate} 次", "{done}/{total}, {rate}/s"),
    "left": ("剩余 {time}", "{time} left"),
    "part_took": ("{part}：用时 {time}", "{part}: {time}"),
    "took": ("模拟 {total} 次，用时 {time}", "runs: {total}, in {time}"),
    "stopped": ("已中断，没有写下任何结果。", "Interrupted: no results were written."),
    "kept": (
        "已中断：写下已完成的 {done} 次重复……",
        "Interrupted: writing the {done} replications that are done ...",
    ),
    "preview": (
        "计划：{runs} 次模拟，约 {time}，磁盘至多 {disk} MB（可用 {free} GB）",
        "Planned: {runs} runs, about {time}, at most {disk} MB of disk ({free} GB are free)",
    ),
    "from_to": ("{least} 至 {most}", "{least} to {most}"),
    "unknown": ("时间未知", "unknown time"),
    "stage": ("阶段 {name}：{runs} 次模拟", "Stage {name}: {runs} runs"),
    "detail": ("失败 {failed}，内存 {memory} MB", "{failed} failed, {memory} MB of memory"),
    "stopped_study": (
        "已中断：已完成的模拟都已保存，可用 --resume 继续：{folder}",
        "Interrupted: every finished run is kept; go on with --resume: {folder}",
    ),
    "out_of_time": (
        "时间预算已用完：已完成的模拟都已保存，可用 --resume 继续：{folder}",
        "The budget of hours is spent: every finished run is kept; go on with --resume: {folder}",
    ),
    "some_failed": (
        "{failed} 次模拟失败（共 {total} 次）：",
        "{failed} of {total} runs failed:",
    ),
    "log": ("日志：{path}", "Log: {path}"),
    "at_cap": (
        "做到 {count} 次重复仍未达到所要求的精度：",
        "Not resolved to the precision asked for with {count} replications:",
    ),
    "stale": (
        "注意：{folder} 中的证据在校准之后改动过，派生文件可能已不相符。请运行：upgrading calibrate {folder}",
        "Note: the evidence in {folder} was edited after it was calibrated; what is derived from it may no longer "
        "follow. Run: upgrading calibrate {folder}",
    ),
    "more_problems": ("……另有 {more} 处错误未列出。", "... and {more} more."),
    "written": ("结果：{folder}", "Results: {folder}"),
    "figures": ("图：{names}（PNG 与 SVG）", "Figures: {names} (PNG and SVG)"),
    "derived": ("供各次模拟使用：{path}", "For all runs to use: {path}"),
    "replaced": ("已替换：{path}", "replaced: {path}"),
    "copied": (
        "已复制到 {folder}：scenarios、calibration、experiments。\n"
        "情景要用这份证据，就在其中写 evidence: ../calibration/hubei",
        "Copied to {folder}: scenarios, calibration, experiments.\n"
        "A scenario that is to stand on this evidence says evidence: ../calibration/hubei",
    ),
}

#: Parts of a calibration, as `sim.analysis.calibrate` names them.
PARTS: Mapping[str, tuple[str, str]] = {
    "survey": ("重建调查", "the survey, rebuilt"),
    "stars": ("显著性标记", "significance marks"),
    "population": ("全省的回答", "the province's answers"),
    "fit": ("拟合历史", "fit to history"),
    "refit": ("对模拟企业重做回归", "the regression on simulated firms"),
    "history": ("与记录对照", "held against the record"),
}


def default_language(environment: Mapping[str, str] = os.environ) -> str:
    """Language of the user's locale: ``zh`` or, for all others, ``en``."""
    given = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, given), "").lower().startswith("zh") else "en"


def text(key: str, lang: str, **parts: object) -> str:
    """Give a text of `WORDS` in a language."""
    return WORDS[key][lang == "en"].format(**parts)


def notice(line: str) -> None:
    """Say something about the work itself: on stderr, so that stdout holds what was asked for."""
    print(line, file=sys.stderr, flush=True)


def console() -> Console:
    """Where tables are printed; wide enough where stdout is a file or a pipe, which has no width."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=WIDE)


def say_where(folder: Path, figures: Sequence[Path], lang: str) -> None:
    """Name the folder of the results and the figures in it."""
    print(f"\n{text('written', lang, folder=folder)}")
    if figures:
        names = " ".join(dict.fromkeys(figure.stem for figure in figures))
        print(text("figures", lang, names=names))


def duration(seconds: float) -> str:
    """Write a time as 0:07, 12:30 or 3:05:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Meter:
    """Progress with rate and time left: a bar on a terminal, now and then a line elsewhere, nothing if quiet.

    Called with (done, total, detail); a call with fewer done than before begins another round of runs.

    Parameters
    ----------
    lang
        Language.
    quiet
        Say nothing.
    clock
        Gives seconds.
    part
        What is done; by default runs.
    """

    def __init__(
        self,
        lang: str,
        quiet: bool,
        clock: Callable[[], float] = time.monotonic,
        part: str | None = None,
    ) -> None:
        self._lang, self._quiet, self._clock, self._part = lang, quiet, clock, part
        self._label = part or text("runs", lang)
        self._begun = self._first = self._line = clock()
        self._done = self._all = self._start = 0
        self._called = False
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            self._bar = _bar(self._label)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._called and kind is None and not self._quiet:
            key = "part_took" if self._part else "took"
            passed = duration(self._clock() - self._begun)
            notice(text(key, self._lang, part=self._part, total=self._all, time=passed))

    def __call__(self, done: int, total: int, detail: str = "") -> None:
        """Take note of how many are done; where nobody knows the total (0), the detail says how far it is."""
        now = self._clock()
        if done < self._done or not self._called:
            # What is loaded or compiled before the first run says nothing about the pace.
            self._first, self._start, self._done = now, done, 0
        self._called = True
        self._all += done - self._done
        self._done = done
        pace = f"{self._pace(done, total, now) if total else ''}  {detail}".strip()
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total or None, pace=pace)
        elif not self._quiet and now - self._line >= LINE_EVERY:
            self._line = now
            notice(f"{self._label} {pace}".rstrip())

    def _pace(self, done: int, total: int, now: float) -> str:
        rate = (done - self._start) / (now - self._first) if now > self._first else 0.0
        if not rate:
            return f"{done}/{total}"
        pace = text("pace", self._lang, done=done, total=total, rate=f"{rate:.3g}")
        return f"{pace}  {text('left', self._lang, time=duration((total - done) / rate))}"


class Parts:
    """Progress of work in named parts, one after the other: a `Meter` for each.

    Called with (part, done, total). A total of 0 is not known; then what follows a colon in the name of the part says
    how far it is.

    Parameters
    ----------
    lang, quiet, clock
        As for `Meter`.
    """

    def __init__(self, lang: str, quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._lang, self._quiet, self._clock = lang, quiet, clock
        self._part: str | None = None
        self._meters = ExitStack()
        self._meter: Meter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._meters.__exit__(kind, error, trace)

    def __call__(self, part: str, done: int, total: int) -> None:
        """Take note of how far a part is."""
        key, _, detail = part.partition(": ")
        if self._meter is None or key != self._part:
            self._meters.close()
            name = PARTS.get(key, (key, key))[self._lang == "en"]
            self._part = key
            self._meter = self._meters.enter_context(Meter(self._lang, self._quiet, self._clock, name))
        self._meter(done, total, detail)


def memory() -> float:
    """Memory that this process holds now, MB; its peak where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
    except (OSError, ValueError, IndexError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTE


def _bar(label: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn(label), BarColumn(), TextColumn("{task.fields[pace]}"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task(label, total=None, pace="")
    return bar


def announce_compilation(lang: str, quiet: bool) -> bool:
    """Let numba use the kernel cache; say that the first run will take a minute where the cache is empty.

    Returns
    -------
    bool
        Whether the model must be compiled.
    """
    from sim.files import use_kernel_cache

    empty = next(use_kernel_cache().rglob("*.nbi"), None) is None
    if empty and not quiet:
        notice(text("compiling", lang))
    return empty


@contextmanager
def stoppable(lang: str) -> Iterator[None]:
    """End the program at once on Ctrl-C; threads in the midst of a run are not waited for."""
    try:
        yield
    except KeyboardInterrupt:
        notice("\n" + text("stopped", lang))
        leave(INTERRUPTED)


def leave(code: int) -> None:
    """End the program without waiting for its threads; everything said is said."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def first_problems(error: InputError) -> str:
    """Print the first mistakes, as many as a person can read, and how many there are besides."""
    shown, more = error.problems[:MOST_PROBLEMS], len(error.problems) - MOST_PROBLEMS
    rest = [text("more_problems", default_language(), more=more)] if more > 0 else []
    return "\n".join([*map(str, shown), *rest])


@contextmanager
def for_people() -> Iterator[None]:
    """Turn what was wrong with the input into a message and exit code 2, never a traceback."""
    # A terminal that cannot show a character shows a question mark; it does not end the program.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        yield
    except InputError as error:
        notice(first_problems(error))
        sys.exit(WRONG_INPUT)
    except OverflowError as error:
        notice(f"The model stopped, and no results were written: {error}")
        sys.exit(FAILED)
