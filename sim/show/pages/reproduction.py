"""What reproducing results found, and which files were edited, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sim.show.tables.plaintext import table
from sim.words import Words, name_table

if TYPE_CHECKING:
    from sim.analysis.reproduce import Again
    from sim.runs.record import Reason

STATES = name_table("names.reproduction_state")
FAULTS = name_table("names.reproduction_fault")
REASONS = name_table("names.reproduction_reason")
#: Differences that are reported although they cannot change a table.
NO_CAUSE = ("file_then", "evidence_then")


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
        yield words("command.tables_differ", count=others, total=len(rows))
    else:
        yield words("command.tables_agree")
    yield from fault_lines(found.faults, words)
    if found.reasons:
        yield words("command." + ("why_differ" if others else "changed_since"))
        for reason in found.reasons:
            yield f"  {reason_line(reason, words)}"
    if others and all(reason.code in NO_CAUSE for reason in found.reasons):
        yield words("command.why_unknown")


def fault_lines(faults: Mapping[str, str], words: Words) -> Iterator[str]:
    """Name the files whose content is no longer what was written; empty if there are none."""
    if faults:
        yield words("command.files_edited")
        for file, fault in faults.items():
            yield f"  {file}  {words.pick(FAULTS[fault])}"


def reason_line(reason: Reason, words: Words) -> str:
    """Describe one difference from the original run."""
    return words.pick(REASONS[reason.code]).format(name=reason.name, there=reason.there, here=reason.here)
