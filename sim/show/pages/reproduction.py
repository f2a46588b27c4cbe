"""What running results again found, and what was edited in them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sim.show.tables.plaintext import table
from sim.words import Pair, Words, name_table

if TYPE_CHECKING:
    from sim.analysis.reproduce import Again
    from sim.runs.record import Reason

STATES = name_table("names.reproduction_state")
FAULTS = name_table("names.reproduction_fault")
REASONS = name_table("names.reproduction_reason")
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


def again_lines(found: Again, words: Words) -> Iterator[str]:
    """Say which tables agree, which files were edited, and why tables may differ."""
    rows = [
        (finding.name, words.pick(STATES[finding.state]), ", ".join(finding.columns))
        for finding in found.findings
    ]
    yield from table(rows)
    yield ""
    others = sum(finding.state != "same" for finding in found.findings)
    if others:
        yield words.pick(DIFFERS).format(count=others, total=len(rows))
    else:
        yield words.pick(AGREES)
    yield from fault_lines(found.faults, words)
    if found.reasons:
        yield words.pick(WHY if others else CHANGED)
        for reason in found.reasons:
            yield f"  {reason_line(reason, words)}"
    if others and all(reason.code in NO_CAUSE for reason in found.reasons):
        yield words.pick(UNKNOWN)


def fault_lines(faults: Mapping[str, str], words: Words) -> Iterator[str]:
    """Name files that do not hold what was written; nothing where all do."""
    if faults:
        yield words.pick(EDITED)
        for file, fault in faults.items():
            yield f"  {file}  {words.pick(FAULTS[fault])}"


def reason_line(reason: Reason, words: Words) -> str:
    """Say one thing that is not as it was."""
    return words.pick(REASONS[reason.code]).format(name=reason.name, there=reason.there, here=reason.here)
