"""What commands say while they work, in two languages: progress, notices, mistakes, the end."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sim.errors import InputError
from sim.interrupts import exit_code, heeding_stops, was_stopped
from sim.runs.executor import default_workers
from sim.runs.machine import out_of_memory  # now: when memory is refused nothing can be imported any more

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

FAILED = 1
WRONG_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT; `leave` makes it that of the signal that came
WIDE = 130  # columns
KILOBYTE, MEGABYTE = 1e3, 1e6
#: MB that a command needs, and more of them for each processor: limits that the shell sets, by the word that sets them.
#: Measured: on two processors runs succeed from about 1,500 of address space and 600 of data on.
LEAST_MEMORY = {"ulimit -v": ("RLIMIT_AS", 1300, 100), "ulimit -d": ("RLIMIT_DATA", 400, 100)}
LINE_EVERY = 10.0  # seconds between progress lines where there is no terminal
MOST_PROBLEMS = 20  # that are printed; a broken file may hold thousands

WORDS: Mapping[str, tuple[str, str]] = {
    "compiling": (
        "首次使用：编译模型，约一分钟，只此一次……",
        "First use: compiling the model, about a minute, this once ...",
    ),
    "compiling_unkept": (
        "编译模型，约一分钟……编译结果保存不下来，所以每条命令都要重新编译：{why}。"
        "把环境变量 XDG_CACHE_HOME 设为可写的文件夹即可避免。",
        "Compiling the model, about a minute ... It cannot be kept, so every command compiles it again: {why}. "
        "Set XDG_CACHE_HOME to a folder that can be written.",
    ),
    "unkept": (
        "编译结果保存不下来：{why}。请把环境变量 XDG_CACHE_HOME 设为可写的文件夹。",
        "The compiled model could not be kept: {why}. Set XDG_CACHE_HOME to a folder that can be written.",
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
    "tables_kept": (
        "已中断：表格已全部写好，图和报告可能不全：{folder}",
        "Interrupted: the tables are whole; figures and report may be missing: {folder}",
    ),
    "not_made": (
        "没有做成：{name}（{reason}）。表格不受影响。",
        "Could not be made: {name} ({reason}). The tables are whole.",
    ),
    "answer": ("打印的结果", "the printed answer"),
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
    "no_memory": (
        "内存不足。请允许使用更多内存（ulimit -v，或作业系统的限额），或减少 --workers，或缩小 --scale。",
        "Not enough memory. Allow more of it (ulimit -v, or what the job may use), take fewer --workers, or a smaller "
        "--scale.",
    ),
    "small_memory": (
        "{limit} 只允许本程序使用 {given} MB 内存，而在 {cores} 个处理器上至少需要 {least} MB。"
        "请放宽限制：{limit} unlimited，或向作业系统申请更多内存。",
        "{limit} allows this program {given} MB of memory, and it needs at least {least} MB on {cores} processors. "
        "Allow more: {limit} unlimited, or ask the job system for it.",
    ),
    "unsaid": (
        "无法输出文字：{reason}。结果已经写好：{folder}",
        "Nothing more could be printed: {reason}. The results are written: {folder}",
    ),
    "unprinted": ("无法输出文字：{reason}。", "Nothing more could be printed: {reason}."),
    "machine": ("{file}：{reason}。", "{file}: {reason}."),
    "damaged": ("已损坏，移入 aside 并重新模拟", "damaged; set aside and done again"),
    "unreadable": ("无法读取，移入 aside 并重新模拟", "cannot be read; set aside and done again"),
    "foreign": (
        "属于另一项研究或另一批次，移入 aside 并重新模拟",
        "of another study or batch; set aside and done again",
    ),
    "unplanned": (
        "内容与现在的计划不同，移入 aside 并重新模拟",
        "holds other runs than planned; set aside and done again",
    ),
    "stray": ("不是本研究写下的文件，移入 aside", "no file of this study; set aside"),
    "rebuilt": ("缺失或已损坏，已重建", "was missing or damaged; made anew"),
    "more_damage": ("……另有 {rest} 项，见 {log}", "... and {rest} more, see {log}"),
    "log": ("日志：{path}", "Log: {path}"),
    "at_cap": (
        "做到 {count} 次重复仍未达到所要求的精度：",
        "Not resolved to the precision asked for with {count} replications:",
    ),
    "own_file": ("使用文件：{path}（{digest}）", "File used: {path} ({digest})"),
    "own_evidence": ("使用证据：{path}", "Evidence used: {path}"),
    "caution": ("注意：{said}", "Note: {said}"),
    "stale": (
        "注意：{folder} 中的证据在校准之后改动过，派生文件可能已不相符。请运行：upgrading calibrate {folder}",
        "Note: the evidence in {folder} was edited after it was calibrated; what is derived from it may no longer "
        "follow. Run: upgrading calibrate {folder}",
    ),
    "unreadable_name": (
        "有文件夹或文件的名称在本系统的编码（{encoding}）中读不出来。请先设置 PYTHONUTF8=1 再运行：{name}",
        "The name of a folder or file cannot be read in this system's encoding ({encoding}). "
        "Set PYTHONUTF8=1 and run again: {name}",
    ),
    "more_problems": ("……另有 {more} 处错误未列出。", "... and {more} more."),
    "written": ("结果：{folder}", "Results: {folder}"),
    "figures": ("图：{names}（PNG 与 SVG）", "Figures: {names} (PNG and SVG)"),
    "derived": ("供各次模拟使用：{path}", "For all runs to use: {path}"),
    "replaced": ("已替换：{path}", "replaced: {path}"),
    "copied": (
        "已复制到 {folder}：scenarios、calibration、experiments。\n"
        "其中的情景都用这份证据（evidence: ../calibration/hubei），其中的实验都用这些情景：改动即生效。",
        "Copied to {folder}: scenarios, calibration, experiments.\n"
        "The scenarios there stand on the evidence there (evidence: ../calibration/hubei), the experiments on the "
        "scenarios there: what you edit counts.",
    ),
}

#: Parts of a calibration, as `sim.analysis.record.calibrate` names them.
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
    with suppress(OSError):  # what nobody can read costs no result
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
    """Let numba use the kernel cache; say that the first run will take a minute where the model is not compiled yet.

    Returns
    -------
    bool
        Whether the model must be compiled.
    """
    from sim.files.folders import kernel_cache_trouble, kernels_kept

    if kernels_kept():
        return False
    if not quiet:
        trouble = kernel_cache_trouble()
        notice(text("compiling_unkept" if trouble else "compiling", lang, why=trouble))
    return True


@dataclass(slots=True)
class Command:
    """A command at work.

    Attributes
    ----------
    written
        Where its results are, once they are whole; nothing that happens later can cost them.
    """

    written: Path | None = None


@contextmanager
def stoppable(lang: str) -> Iterator[Command]:
    """End the program at once on Ctrl-C; threads in the midst of a run are not waited for.

    Where the results are written and what they say cannot be printed (a full disk, a closed pipe), say where they are.
    """
    command = Command()
    try:
        yield command
        sys.stdout.flush()
    except KeyboardInterrupt:
        key = "stopped" if command.written is None else "written"
        notice("\n" + text(key, lang, folder=command.written))
        leave(INTERRUPTED)
    except (OSError, SystemExit) as error:
        if command.written is None or getattr(error, "filename", None):
            raise
        # A library that prints ends the program by itself where nobody reads on.
        reason = error.strerror if isinstance(error, OSError) else os.strerror(errno.EPIPE)
        notice(text("unsaid", lang, reason=reason, folder=command.written))
        leave(FAILED)


def leave(code: int) -> None:
    """End the program without waiting for its threads; everything said is said."""
    code = exit_code() if code == INTERRUPTED else code
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or FAILED
    os._exit(code)


def first_problems(error: InputError) -> str:
    """Print the first mistakes, as many as a person can read, and how many there are besides."""
    shown, more = error.problems[:MOST_PROBLEMS], len(error.problems) - MOST_PROBLEMS
    rest = [text("more_problems", default_language(), more=more)] if more > 0 else []
    return "\n".join([*map(str, shown), *rest])


@contextmanager
def for_people() -> Iterator[None]:
    """Turn what was wrong with the input, or what the machine refused, into a message; never a traceback."""
    _open_streams()
    _check_memory()
    try:
        _check_names()
        with heeding_stops():
            yield
            sys.stdout.flush()
    except InputError as error:
        notice(first_problems(error))
        sys.exit(WRONG_INPUT)
    except OverflowError as error:
        notice(f"The model stopped, and no results were written: {error}")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        leave(INTERRUPTED)
    except SystemExit:
        if was_stopped():  # while options were read: then the library that reads them says "Aborted!"
            leave(INTERRUPTED)
        _flush_or_leave()
        raise
    except Exception as error:
        lang = default_language()
        if out_of_memory(error):
            notice(text("no_memory", lang))
        elif isinstance(error, OSError) and error.filename:
            notice(text("machine", lang, file=error.filename, reason=error.strerror))
        elif isinstance(error, OSError):
            notice(text("unprinted", lang, reason=error.strerror))
        else:
            raise
        leave(FAILED)


def _open_streams() -> None:
    """Have somewhere to write to, whatever the shell gave and whatever characters it can show."""
    if sys.stdout is None:  # closed by >&-
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  for as long as the program runs
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    # A terminal that cannot show a character shows a question mark; it does not end the program.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _flush_or_leave() -> None:
    """Say in a sentence, not at the very end by a traceback, that what was printed did not arrive."""
    try:
        sys.stdout.flush()
    except OSError as error:
        notice(text("unprinted", default_language(), reason=error.strerror))
        leave(FAILED)


def _check_memory() -> None:
    """Refuse to begin with so little memory that a library waits for more for ever, or is killed without a word.

    What is needed grows with the processors: the libraries start threads for each of them.
    """
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    cores = default_workers()
    for limit, (name, base, each) in LEAST_MEMORY.items():
        given, _ = resource.getrlimit(getattr(resource, name))
        least = base + each * cores
        if given != resource.RLIM_INFINITY and given < least * MEGABYTE:
            said = {"limit": limit, "given": round(given / MEGABYTE), "least": least, "cores": cores}
            notice(text("small_memory", default_language(), **said))
            leave(FAILED)


def _check_names() -> None:
    """Refuse names that only some of the libraries can handle, before anything is computed.

    Raises
    ------
    InputError
        If the program, the working folder or an argument has a name that is not text in the system's encoding.
    """
    encoding = sys.getfilesystemencoding()
    if encoding == "utf-8":  # then every library handles what is no text as well as what is
        return
    names = [str(Path(__file__)), *sys.argv[1:]]
    with suppress(OSError):  # the working folder may have been deleted
        names.append(str(Path.cwd()))
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            readable = os.fsencode(name).decode(errors="replace")
            words = text("unreadable_name", default_language(), encoding=encoding, name=readable)
            raise InputError(words) from None
