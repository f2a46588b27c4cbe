"""The survey as published: Table 4 (variables and codes), Table 5 (nine regressions), and our margins."""

from __future__ import annotations

from collections.abc import Sequence

from sim.errors import Message
from sim.evidence.cells import SOURCED, count, filled, number, one_of, share
from sim.evidence.csv_rows import Row
from sim.evidence.reader import TIMED, Reader, whole_rows
from sim.evidence.records import COLUMNS, GROUPS, VARIABLES, SurveyVariable, Table5

_COVARIATES = VARIABLES[1:]
_ANSWERED = ("Y", *_COVARIATES)
_TESTS = ("LR_chi2", "prob_chi2")

#: The others: X1 and X2 follow from staff and ladder level; X8, X9 and X12 enter no regression.
_MARGINS = ("X3", "X4", "X5", "X6", "X7", "X10", "X11", "X13")


def read_variables(reader: Reader) -> tuple[SurveyVariable, ...]:
    """Read table4_variables.csv: Y, then X1 to X13; the codes of a variable run from 0 without gaps."""
    texts = {"variable": one_of(*_ANSWERED), "zh": filled, "en": filled}
    group = {"group": one_of("outcome", "firm", "internal", "external")}
    label = {"code": count, "label_zh": filled, "label_en": filled}
    name, key = "table4_variables.csv", ("variable", "code")
    rows = reader.rows(name, {**texts, **group, **label, **SOURCED}, *key)
    reader.complete(name, rows, ("variable",), [(variable,) for variable in _ANSWERED])
    good = whole_rows(rows)
    if len(good) < len(rows):
        return ()  # the codes around an unreadable row would look wrong too
    members: dict[str, list[Row]] = {}
    for row in good:
        members.setdefault(row["variable"], []).append(row)
    return tuple(_variable(reader, members[name]) for name in _ANSWERED if name in members)


def _variable(reader: Reader, rows: list[Row]) -> SurveyVariable:
    """Make one variable from its rows, which must agree in all but code and label."""
    rows.sort(key=lambda row: int(row["code"]))
    first, codes = rows[0], tuple(row["code"] for row in rows)
    for row in rows[1:]:
        for name in ("zh", "en", "group"):
            if row[name] != first[name]:
                message = Message("errors_evidence.line_differs", line=first.line, other=first[name])
                reader.problems.append(row.problem(name, message))
    if codes != tuple(range(len(codes))) or len(codes) < 2:
        reader.problems.append(rows[-1].problem("code", Message("errors_evidence.code_gaps", given=codes)))
    return SurveyVariable(
        name=first["variable"],
        zh=first["zh"],
        en=first["en"],
        group=first["group"],
        codes=codes,
        labels_zh=tuple(row["label_zh"] for row in rows),
        labels_en=tuple(row["label_en"] for row in rows),
    )


def read_logit(reader: Reader) -> Table5:
    """Read table5_logit.csv; every column must have a constant and a likelihood-ratio test."""
    name, key = "table5_logit.csv", ("variable", "column")
    columns = {
        "variable": one_of(*_COVARIATES, "_cons", *_TESTS),
        "column": one_of(*(str(column) for column in COLUMNS)),
        "b": number,
        "stars": one_of("", "*", "**", "***"),
        **TIMED,
    }
    rows = reader.rows(name, columns, *key)
    needed = [(variable, str(column)) for variable in ("_cons", *_TESTS) for column in COLUMNS]
    reader.complete(name, rows, key, needed)
    b: dict[str, dict[int, float]] = {}
    stars: dict[str, dict[int, str]] = {}
    for row in whole_rows(rows):
        variable, column = row["variable"], int(row["column"])
        b.setdefault(variable, {})[column] = row["b"]
        if variable not in _TESTS and abs(row["b"]) > _LARGEST:
            reader.problems.append(row.problem("b", Message("errors_evidence.large_log_odds", most=_LARGEST)))
        if variable not in _TESTS:
            stars.setdefault(variable, {})[column] = row["stars"]
        elif row["b"] < 0 or (variable == "prob_chi2" and row["b"] > 1):
            outside = Message("errors_evidence.between", low=0, high=1)
            message = outside if variable == "prob_chi2" else Message("errors_evidence.negative")
            reader.problems.append(row.problem("b", message))
    return Table5(lr_chi2=b.pop("LR_chi2", {}), prob_chi2=b.pop("prob_chi2", {}), b=b, stars=stars)


_LARGEST = 20  # odds of half a billion to one


def read_margins(
    reader: Reader, variables: Sequence[SurveyVariable]
) -> dict[tuple[str, str], tuple[float, ...]]:
    """Read survey_margins.csv: shares of firms by code, for each variable and group of firms."""
    name, key = "survey_margins.csv", ("variable", "group", "code")
    columns = {"variable": filled, "group": one_of(*GROUPS), "code": count, "share": share, **SOURCED}
    rows = reader.rows(name, columns, *key)
    codes = {variable.name: variable.codes for variable in variables}
    reader.known(rows, "variable", codes, "table4_variables.csv")
    reader.sums_to_one(rows, ("variable", "group"), "share")
    needed = [(v, g, c) for v in _MARGINS for g in ("below_quality", "quality") for c in codes.get(v, ())]
    reader.complete(name, rows, key, needed)
    shares: dict[tuple[str, str], dict[int, float]] = {}
    for row in whole_rows(rows):
        if row["code"] in codes.get(row["variable"], (row["code"],)):
            shares.setdefault((row["variable"], row["group"]), {})[row["code"]] = row["share"]
        else:
            message = Message("errors_evidence.no_such_code", variable=row["variable"])
            reader.problems.append(row.problem("code", message))
    return {pair: tuple(by_code[code] for code in sorted(by_code)) for pair, by_code in shares.items()}
