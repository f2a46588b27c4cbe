"""What running results again found, and what was edited in them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sim.show.tables.plaintext import table
from sim.show.words.words import Pair, say

if TYPE_CHECKING:
    from sim.analysis.reproduce import Again
    from sim.runs.record import Reason

STATES: Mapping[str, Pair] = {
    "same": ("一致", "agrees"),
    "other": ("不一致", "differs"),
    "new": ("原来没有这张表", "was not there before"),
    "lost": ("重做时没有这张表", "does not come out any more"),
}
FAULTS: Mapping[str, Pair] = {
    "edited": ("写成之后改动过", "was edited after it was written"),
    "gone": ("文件不在了", "is gone"),
    "unreadable": ("无法读取", "cannot be read"),
    "otherwise": (
        "与模拟记录算出的不同：模拟记录或清单改动过，或者程序版本不同",
        "is not what the runs give now: the runs or the manifest were edited, or the program is another version",
    ),
}
REASONS: Mapping[str, Pair] = {
    "manifest": ("{name} 写成之后改动过", "{name} was edited after it was written"),
    "evidence": (
        "证据 {name} 与当时不同（当时 {there}，现在 {here}）",
        "the evidence {name} is not what it was (then {there}, now {here})",
    ),
    "evidence_then": (
        "证据 {name} 后来改动过，或不在了；改用与当时内容相同的自带证据 {here}",
        "the evidence {name} was edited or removed since; the bundled {here}, which says the same, was used",
    ),
    "file": (
        "文件 {name} 改动过（当时 {there}，现在 {here}）",
        "the file {name} was edited (then {there}, now {here})",
    ),
    "file_then": (
        "文件 {name} 后来改动过，或不在了；重做的是清单所记的内容，不受影响",
        "the file {name} was edited or removed since; what was run is what the manifest says, as it was then",
    ),
    "model": (
        "模型的源代码不同（当时 {there}，现在 {here}）",
        "the source of the model is another (then {there}, now {here})",
    ),
    "reading": (
        "制表部分的源代码不同（当时 {there}，现在 {here}）",
        "the source of what makes the tables is another (then {there}, now {here})",
    ),
    "parameters": (
        "当时还没有这些参数，取默认值：{name}",
        "these parameters did not exist then and have their defaults: {name}",
    ),
    "version": ("{name}：当时 {there}，现在 {here}", "{name}: then {there}, now {here}"),
    "system": ("操作系统：当时 {there}，现在 {here}", "the system: then {there}, now {here}"),
    "processor": ("处理器：当时 {there}，现在 {here}", "the processor: then {there}, now {here}"),
}
#: What is told, and makes no table differ.
NO_CAUSE = ("file_then", "evidence_then")
AGREES: Pair = ("重做的各表与原表全部一致。", "All tables agree with what was written.")
DIFFERS: Pair = ("{total} 张表中有 {count} 张不一致。", "Tables that differ: {count} of {total}.")
EDITED: Pair = (
    "结果文件夹中的下列文件已不是当时写下的内容：",
    "These files of the folder do not hold what was written:",
)
WHY: Pair = ("与当时不同之处，可能的原因：", "What is not as it was, and may be why:")
CHANGED: Pair = ("与当时不同之处（各表仍然一致）：", "What is not as it was (the tables agree all the same):")
UNKNOWN: Pair = (
    "版本、模型、证据和文件都与当时相同：查不出原因。",
    "Versions, model, evidence and files are what they were: there is no known reason.",
)


def again_lines(found: Again, lang: str) -> Iterator[str]:
    """Say which tables agree, which files were edited, and why tables may differ."""
    rows = [
        (finding.name, say(STATES[finding.state], lang), ", ".join(finding.columns))
        for finding in found.findings
    ]
    yield from table(rows)
    yield ""
    others = sum(finding.state != "same" for finding in found.findings)
    if others:
        yield say(DIFFERS, lang).format(count=others, total=len(rows))
    else:
        yield say(AGREES, lang)
    yield from fault_lines(found.faults, lang)
    if found.reasons:
        yield say(WHY if others else CHANGED, lang)
        for reason in found.reasons:
            yield f"  {reason_line(reason, lang)}"
    if others and all(reason.code in NO_CAUSE for reason in found.reasons):
        yield say(UNKNOWN, lang)


def fault_lines(faults: Mapping[str, str], lang: str) -> Iterator[str]:
    """Name files that do not hold what was written; nothing where all do."""
    if faults:
        yield say(EDITED, lang)
        for file, fault in faults.items():
            yield f"  {file}  {say(FAULTS[fault], lang)}"


def reason_line(reason: Reason, lang: str) -> str:
    """Say one thing that is not as it was."""
    return say(REASONS[reason.code], lang).format(name=reason.name, there=reason.there, here=reason.here)
