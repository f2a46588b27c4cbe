"""Write the tables of the documentation that come from the code and the evidence.

    python docs/generate.py                write them into the pages, between their markers
    python docs/generate.py --check        change nothing; fail if a page is out of date
    python docs/generate.py grades zh      print one table (zh or en)

A table stands between ``<!-- generated: NAME -->`` and ``<!-- end of generated -->``. The tests run the
check, so a page cannot drift from the program.
"""

from __future__ import annotations

import csv
import inspect
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from sim.analysis.outcomes import OUTCOMES
from sim.analysis.record.estimates import AGENTS, REPLICATIONS, Estimates
from sim.analysis.record.history import scale_of
from sim.analysis.record.scores import GROUPS, scores_by_use
from sim.evidence.scorecard import USES
from sim.evidence.tables import load_evidence
from sim.files.names import evidence_folder
from sim.model.outputs import INDUSTRY_METRICS, METRICS
from sim.model.state import Firms, People, Province, specs
from sim.runs.results import DERIVED_UNITS
from sim.show.tables.estimates import estimates_block
from sim.show.texts.calibration import NAIVES
from sim.show.texts.meanings import FIRM_RULES, READING_PARTS, REGION_RULES, metric_meaning
from sim.show.texts.names import GRADE_NAMES, LEVEL_NAMES
from sim.show.texts.numbers import percent
from sim.words import LANGUAGES, Words
from sim.world import levers as levers_room
from sim.world.levers import CHANNELS, LEVERS, TERMS
from sim.world.parameters import load_parameters
from sim.world.quantities import amount_text, number_text

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "README.zh.md", "docs/odd.md", "docs/calibration.md", "docs/tutorial.md")
BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end of generated -->)", re.DOTALL)
FOLDER = evidence_folder("hubei")
REGISTRY = load_parameters(FOLDER)
EVIDENCE = load_evidence(FOLDER)
COLUMN = 9  # the column of Table 5 that scenarios use unless they say otherwise

GRADES = ("seed", "official", "literature", "derived", "recalled", "assumed")
GRADE_MEANINGS = {
    "seed": ("五份原始文献之一", "in one of the five documents the project started from"),
    "official": (
        "转载统计公报、普查或政府报告的网页",
        "a page that reprints a communiqué, census or government report",
    ),
    "literature": ("已发表的研究，多不在本省", "published research, mostly from outside the province"),
    "derived": ("由以上推算", "computed from the former"),
    "recalled": ("合理，凭记忆，未核实", "plausible, from memory, not confirmed"),
    "assumed": ("我们的判断", "our judgement"),
}


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write a Markdown table."""
    lines = [list(head), ["---"] * len(head)]
    lines += [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def code(text: object) -> str:
    """Write a name as code."""
    return f"`{text}`"


def evidence_rows() -> dict[str, Counter[str]]:
    """Count the graded rows of each file of evidence by grade, without the registry and what the model is judged by."""
    counts = {}
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        if path.name not in ("parameters.csv", "scorecard.csv", "estimates.csv") and "grade" in rows[0]:
            counts[path.name] = Counter(row["grade"] for row in rows)
    return counts


def grades(lang: str) -> str:
    """Show how much of what the model stands on has which grade."""
    head = {
        "en": ("Grade", "Meaning", "Numbers of the model", "Rows of evidence"),
        "zh": ("等级", "含义", "模型参数（个）", "证据（行）"),
    }
    ours = Counter(parameter.grade for parameter in REGISTRY.values())
    theirs = sum(evidence_rows().values(), Counter())
    rows: list[tuple[object, ...]] = [
        (
            Words(lang).pick(GRADE_NAMES[grade]),
            Words(lang).pick(GRADE_MEANINGS[grade]),
            ours[grade],
            theirs[grade],
        )
        for grade in GRADES
    ]
    total = ("**合计**", "") if lang == "zh" else ("**Total**", "")
    rows.append((*total, f"**{ours.total()}**", f"**{theirs.total()}**"))
    return table(head[lang], rows)


def evidence(lang: str) -> str:
    """Show the files of evidence with their rows by grade."""
    rows = [
        (code(name), counts.total(), *(counts[grade] or "" for grade in GRADES))
        for name, counts in evidence_rows().items()
    ]
    return table(("File", "Rows", *GRADES), rows)


def patterns(lang: str) -> str:
    """Show the patterns that the baseline is compared with: the scorecard that calibration writes."""
    path = FOLDER / "derived" / "scorecard.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    rows = [
        (
            line["en"],
            line["unit"],
            short(line["recorded"]),
            f"{short(line['low'])} – {short(line['high'])}",
            line["grade"],
            USES[line["use"]].replace("_", " "),
            short(line["simulated"]),
            line["verdict"],
            line["relative"] and percent(float(line["relative"]), 1),
        )
        for line in lines
        if line["low"]  # without a target it is no pattern to meet
    ]
    return table(
        ("Pattern", "Unit", "Record", "Target", "Grade", "Use", "Simulated", "Verdict", "CRPS"), rows
    )


def scores(lang: str) -> str:
    """Show the mean CRPS of the baseline beside that of naive forecasts, over the same lines."""
    found = scores_by_use(pd.read_csv(FOLDER / "derived" / "scorecard.csv", encoding="utf-8-sig"))
    rows = [
        (
            " and ".join(USES[use].replace("_", " ") for use in GROUPS[row.use]),
            Words(lang).pick(NAIVES[row.forecast]),
            row.lines,
            percent(row.model, 1),
            percent(row.naive, 1),
        )
        for row in found.itertuples()
    ]
    return table(("Lines", "Naive forecast", "Count", "Model", "Naive forecast's"), rows)


def estimates(lang: str) -> str:
    """Show the model beside published estimates, as calibration writes them."""
    found = pd.read_csv(FOLDER / "derived" / "estimates.csv", encoding="utf-8-sig")
    scale = REPLICATIONS, scale_of("hubei", AGENTS)
    block = estimates_block(Estimates("hubei", EVIDENCE.digest, found, *scale), Words(lang))
    return table(block.headings, block.rows)


def short(number: str) -> str:
    """Round a number of a table to whole ones or three digits; an empty cell stays empty."""
    return number and (f"{float(number):.0f}" if abs(float(number)) >= 100 else f"{float(number):.3g}")


def levels(lang: str) -> str:
    """Show the ladder."""
    rows = [
        (k, en.removeprefix(f"{k} "), zh.removeprefix(f"{k} 级 ")) for k, (zh, en) in enumerate(LEVEL_NAMES)
    ]
    return table(("Level", "English", "中文"), rows)


def arrays(kind: type[Any]) -> str:
    """Show the register of arrays of firms or people."""
    rows = []
    for name, spec in specs(kind).items():
        low = "" if spec.low is None else f"≥ {number_text(spec.low)}"
        high = "" if spec.high is None else f"≤ {number_text(spec.high)}"
        shape = " × ".join(map(str, spec.tail))
        rows.append((code(name), spec.meaning, spec.unit, spec.dtype, shape, f"{low} {high}".strip()))
    return table(("Array", "Meaning", "Unit", "Type", "Per agent", "Bounds"), rows)


def firms(lang: str) -> str:
    """Show the state of a firm."""
    return arrays(Firms)


def people(lang: str) -> str:
    """Show the state of a person."""
    return arrays(People)


def commented(room: Any, pattern: str, names: Sequence[str]) -> dict[str, str]:
    """Read what the source says beside each name.

    Raises
    ------
    ValueError
        If a name has no comment.
    """
    comments = dict(re.findall(pattern, inspect.getsource(room)))
    if missing := [name for name in names if name not in comments]:
        raise ValueError(f"{room.__name__} says nothing beside {', '.join(missing)}")
    return {name: comments[name] for name in names}


def province(lang: str) -> str:
    """Show the state that belongs to no single firm or person."""
    comments = commented(Province, r"    (\w+): Array  # (.*)", Province._fields)
    rows = []
    for name, text in comments.items():
        kind, _, meaning = text.partition("]")
        rows.append((code(name), code(f"{kind}]"), meaning.removeprefix(", ")))
    return table(("Array", "Type and shape", "Meaning"), rows)


def variables(lang: str) -> str:
    """Show the survey variables with their coefficients and stipulated causal shares."""
    rows = []
    for variable in EVIDENCE.variables:
        if variable.name == "Y":
            continue
        b = EVIDENCE.logit.b.get(variable.name, {}).get(COLUMN)
        stars = EVIDENCE.logit.stars.get(variable.name, {}).get(COLUMN, "")
        kappa = REGISTRY.get(f"kappa_{variable.name[1:]}")
        first, last = (f"{variable.codes[k]} = {variable.labels_en[k]}" for k in (0, -1))
        rows.append(
            (
                variable.name,
                f"{variable.en} {variable.zh}",
                f"{first} … {last}",
                "" if b is None else f"{b:g}{stars}",
                "" if kappa is None else number_text(kappa.default),
            )
        )
    constant = EVIDENCE.logit.b["_cons"][COLUMN]
    rows.append(("const", "", "", f"{constant:g}", ""))
    return table(("", "Variable", "Codes", f"β, column {COLUMN}", "κ, selective"), rows)


def readings(lang: str) -> str:
    """Show the readings of the evidence."""
    return table(
        ("Reading", "Meaning"), [(code(name), Words("en").pick(pair)) for name, pair in READING_PARTS.items()]
    )


def parameters(lang: str) -> str:
    """Show the registry."""
    rows = [
        (
            code(p.name),
            p.meaning_en,
            p.unit,
            number_text(p.default),
            f"{number_text(p.low)} – {number_text(p.high)}",
            p.grade,
            p.source,
        )
        for p in REGISTRY.values()
    ]
    return table(("Parameter", "Meaning", "Unit", "Default", "Range", "Grade", "Source"), rows)


def levers(lang: str) -> str:
    """Show the programme table at the registry's defaults."""
    rows = []
    for lever in LEVERS:
        effects = lever.effects(REGISTRY.defaults())
        cost = REGISTRY[lever.unit_cost]
        moved = ", ".join(f"{code(c)} {effects[c]:g}" for c in CHANNELS if effects.get(c))
        own = ", ".join(f"{code(key)} → {code(name)}" for key, name in lever.settings.items())
        whom = "people" if "hold" in effects else "firms"
        if lever.builds:
            whom = "firms that its units serve" if "serves" in lever.terms else "regions"
        whom += " that want a platform and have none" if lever.needs_wish else ""
        whom += " that employ talent" if lever.needs_talent else ""
        price = f"{code(cost.name)}: {amount_text(cost.default, cost.unit)}"
        rows.append((code(lever.name), f"{lever.en} {lever.zh}", lever.instrument, price, whom, moved, own))
    head = ("Lever", "", "Instrument", "Unit cost", "Supports", "Moves, at strength 1", "Own settings")
    return table(head, rows)


def channels(lang: str) -> str:
    """Show what a lever can move."""
    comments = commented(levers_room, r'    "(\w+)",  # (.*)', CHANNELS)
    rows = [(code(name), text) for name, text in comments.items()]
    return table(("Channel", "Meaning of the magnitude"), rows)


def terms(lang: str) -> str:
    """Show the numbers that some levers have besides cost and channels, and who has them."""
    rows = [
        (
            code(term.name),
            term.meaning,
            term.unit,
            ", ".join(
                f"{code(lever.name)}: {code(lever.terms[term.name])}"
                if term.name in lever.terms
                else f"{code(lever.name)}: {lever.nature[term.name]:g}"
                for lever in LEVERS
                if term.name in lever.terms or term.name in lever.nature
            ),
        )
        for term in TERMS
    ]
    return table(("Term", "Meaning", "Unit", "Parameter"), rows)


def rules(lang: str) -> str:
    """Show the rules that share out money."""
    both = (("regions", REGION_RULES), ("firms", FIRM_RULES))
    rows = [
        (over, code(name), Words("en").pick(pair)) for over, pair_of in both for name, pair in pair_of.items()
    ]
    return table(("Over", "Rule", "Meaning"), rows)


def metrics(lang: str) -> str:
    """Show every reported number; names that differ in the level only share a line."""
    units = {metric.name: metric.unit for metric in METRICS} | DERIVED_UNITS
    industry = {*INDUSTRY_METRICS, *DERIVED_UNITS}
    rows = []
    for _, group in groupby(units, key=lambda name: re.sub(r"_\d$", "_", name)):
        names = list(group)
        meaning = Words("en").pick(metric_meaning(names[0]))
        if len(names) > 1:
            meaning = re.sub(r"\d \(.*\)$", f"{names[0][-1]} to {names[-1][-1]}", meaning)
        name = code(names[0]) + (f" … {code(names[-1])}" if len(names) > 1 else "")
        kind = "of the quarter" if units[names[0]].endswith("/quarter") else "at its end"
        rows.append((name, meaning, units[names[0]], kind, "yes" if names[0] in industry else ""))
    return table(("Metric", "Meaning", "Unit", "Kind", "By industry"), rows)


def outcomes(lang: str) -> str:
    """Show what can be asked of a replication."""
    kinds = {"level": "at the end", "flow": "over the horizon"}
    rows = [
        (
            code(name),
            each.meaning_en,
            each.unit,
            kinds[each.kind],
            "yes" if each.regional else "",
            "" if each.floor is None else amount_text(each.floor, each.unit),
        )
        for name, each in OUTCOMES.items()
    ]
    return table(("Outcome", "Meaning", "Unit", "Kind", "By region", "Floor of precision"), rows)


TABLES: dict[str, Callable[[str], str]] = {
    make.__name__: make
    for make in (
        *(
            grades,
            evidence,
            patterns,
            scores,
            estimates,
            levels,
            firms,
            people,
            province,
            variables,
            readings,
            parameters,
        ),
        *(levers, channels, terms, rules, metrics, outcomes),
    )
}


def filled(text: str, lang: str) -> str:
    """Give a page with its generated tables as they should be now."""
    return BLOCK.sub(lambda found: f"{found[1]}{TABLES[found[2]](lang)}\n{found[4]}", text)


def language(page: str) -> str:
    """Tell the language of a page from its name."""
    return "zh" if page.endswith(".zh.md") else "en"


def outdated() -> list[str]:
    """List the pages that differ from what would be generated."""
    texts = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
    return [page for page, text in texts.items() if filled(text, language(page)) != text]


def main(arguments: Sequence[str]) -> int:
    """Write, check or print, as the arguments say; returns the exit code."""
    if arguments == ["--check"]:
        for page in outdated():
            print(f"{page} is out of date: run python docs/generate.py")
        return 1 if outdated() else 0
    if arguments and arguments[0] in TABLES and set(arguments[1:]) <= set(LANGUAGES):
        print(TABLES[arguments[0]]((*arguments, "en")[1]))
        return 0
    if arguments:
        print(__doc__)
        return 2
    for page in PAGES:
        path = ROOT / page
        path.write_text(filled(path.read_text(encoding="utf-8"), language(page)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
