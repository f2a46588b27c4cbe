"""Broken files: bundled and generated ones, changed at random, always the same for the same number."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
EXPERIMENTS = sorted((ROOT / "experiments").glob("*.yaml"))
HUBEI = ROOT / "calibration" / "hubei"
BIG = "derived/survey.csv"  # read line by line once it is broken, which takes a second

#: Values that readers trip over, as they are written in YAML or in a cell.
NASTY: Sequence[str] = (
    *("", "~", "null", "true", "no", ".nan", ".inf", "-.inf", "-0", "0", "1", "-1", "0x1f", "0o17", "1_000"),
    *("1e999", "-1e999", "1e-999", "1e300", "9" * 400, "9" * 5000, "-" + "9" * 30, "0." + "0" * 500 + "1"),
    *(
        "1,5",
        "1/0",
        "1/3",
        "１２",
        "٣",
        "²",
        "−5",
        "5 %",
        "500 %",
        "-5 %",
        "％",
        "1 bn yuan",
        "1 bn",
        "亿元",
        "15 万元/家",
    ),
    *("2024Q1", "2024Q5", "9999Q1", "2024-01-01", "2024-99-99", "2024年一季度", "12:30:45"),
    *(
        "baseline",
        "baseline.yaml",
        "hubei",
        "./hubei",
        "../..",
        "/dev/zero",
        "/",
        ".",
        "a" * 5000,
        "a/b",
        "con",
    ),
    *("Wuhan", "武汉", "420100", "[420100]", "all", "core", "random", "range", "V", "selective", "two_stage"),
    *("[]", "{}", "[[]]", "[~]", "{a: b}", "{a: {b: c}}", "[1, 2, 3]", "{low: 1, high: 0}", "{? [a]: b}"),
    *(
        '"\\UFFFFFFFF"',
        '"\\U00110000"',
        '"\\ud800"',
        '"\\0"',
        '"\\x1b[31m"',
        '"\\N"',
        '"\\L"',
        '"\\q"',
        '"\\u12"',
    ),
    *(
        "'",
        '"',
        "`",
        "@",
        "%",
        "&a",
        "*a",
        "&a [*a]",
        "!!int x",
        "!!binary x",
        "!x",
        "!<%zz>",
        "|",
        ">",
        "|9",
        "- -",
    ),
    *(
        "\t",
        "\ufeff",
        "\u2028",
        "\x85",
        "\u200b",
        "\ud7ff",
        "\uffff",
        "😀",
        "é",
        "人",
        "：",
        "，",
        "“a”",
        "　",
        "\x00",
        "\x1b",
    ),
    *(
        "[" * 300,
        "{a: " * 300,
        "- " * 300,
        "? " * 300,
        "#",
        ":",
        "a: b: c",
        "---",
        "...",
        "%YAML 9.9",
        "<<: x",
        "=1+1",
    ),
)
BYTES: Sequence[bytes] = (
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xef\xbb\xbf\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\x00",
    b"\r",
    b"\r\n\r\n",
)

KEYS = (
    *(
        "name",
        "title",
        "description",
        "extends",
        "evidence",
        "horizon",
        "scale",
        "seed",
        "replications",
        "grid",
    ),
    *(
        "difficulty",
        "structure",
        "budget",
        "allocation",
        "levers",
        "shocks",
        "parameters",
        "start",
        "end",
        "column",
    ),
    *(
        "causal_reading",
        "coefficients",
        "regions",
        "firms",
        "share_of_budget",
        "strength",
        "lag",
        "for",
        "levels",
    ),
    *(
        "industries",
        "min_staff",
        "max_staff",
        "amount",
        "capacity",
        "match_reach",
        "kind",
        "size",
        "zh",
        "en",
    ),
    *(
        "talent_pool",
        "rd_subsidy",
        "platforms",
        "talent_support",
        "auto_delivery",
        "energy_relief",
        "rho",
        "tau_2",
    ),
    *(
        "scenarios",
        "settings",
        "uncertainties",
        "outcomes",
        "design",
        "method",
        "low",
        "high",
        "distribution",
    ),
    *(
        "choices",
        "rows",
        "trajectories",
        "precision",
        "keep",
        "most",
        "Name",
        "naem",
        "levres",
        "",
        "1",
        "~",
        "X3",
    ),
)


@cache
def text_of(path: Path) -> str:
    """Text of a bundled file."""
    return path.read_text(encoding="utf-8-sig")


def scenario(number: int) -> bytes:
    """Scenario file `number`: a bundled or generated one, changed."""
    luck = random.Random(f"scenario {number}")
    text = text_of(luck.choice(SCENARIOS)) if luck.random() < 0.5 else _written(luck, _scenario(luck))
    return _changed(luck, text, _yaml_line)


def experiment(number: int) -> bytes:
    """Experiment file `number`."""
    luck = random.Random(f"experiment {number}")
    text = text_of(luck.choice(EXPERIMENTS)) if luck.random() < 0.5 else _written(luck, _experiment(luck))
    return _changed(luck, text, _yaml_line)


def evidence(number: int) -> tuple[str, bytes]:
    """Edit `number` of Hubei's evidence: the name of a file and what it holds afterwards."""
    luck = random.Random(f"evidence {number}")
    names = sorted(
        path.relative_to(HUBEI).as_posix() for kind in ("csv", "yaml") for path in HUBEI.rglob(f"*.{kind}")
    )
    name = luck.choice(names)
    if name == BIG and luck.random() < 0.8:
        name = "derived/covariance.csv"
    return name, _changed(luck, text_of(HUBEI / name), _cell if name.endswith(".csv") else _yaml_line)


def _changed(luck: random.Random, text: str, aware: Callable[[random.Random, str], str]) -> bytes:
    """Change a text a few times, knowing its structure or not; now and then its bytes."""
    for _ in range(luck.choice((0, 1, 1, 1, 2, 3, 8))):
        text = aware(luck, text) if luck.random() < 0.7 else _raw(luck, text)
    content = text.encode("utf-8", "surrogatepass")
    if luck.random() < 0.15:
        at = luck.randint(0, len(content))
        content = content[:at] + luck.choice(BYTES) + content[at:]
    if luck.random() < 0.05 and content:
        at = luck.randrange(len(content))
        content = content[:at] + bytes([content[at] ^ (1 << luck.randrange(8))]) + content[at + 1 :]
    if luck.random() < 0.05:
        content = text.encode(luck.choice(("gb18030", "utf-16", "utf-8-sig", "latin-1")), "replace")
    return content


def _raw(luck: random.Random, text: str) -> str:
    """Cut, repeat, move or replace a piece of a text, whatever it means."""
    a, b = sorted((luck.randint(0, len(text)), luck.randint(0, len(text))))
    b = min(b, a + luck.choice((1, 3, 30, len(text))))
    kind = luck.randrange(6)
    if kind == 0:
        return text[:a] + text[b:]
    if kind == 1:
        return text[:b] + text[a:b] * luck.randint(1, 3) + text[b:]
    if kind == 2:
        return text[:a] + luck.choice(NASTY) + text[a:]
    if kind == 3:
        return text[:a]
    if kind == 4:
        return text.replace(
            *luck.choice(
                (("\n", "\r\n"), ("  ", "\t"), (": ", "："), (",", "，"), (" ", "\u00a0"), ("\n", "\r"))
            )
        )
    lines = text.split("\n")
    luck.shuffle(lines)
    return "\n".join(lines)


def _yaml_line(luck: random.Random, text: str) -> str:
    """Change a key, a value, the indentation or the number of one line of YAML."""
    lines = text.split("\n")
    keyed = [at for at, line in enumerate(lines) if ":" in line and not line.lstrip().startswith("#")]
    if not keyed:
        return _raw(luck, text)
    at = luck.choice(keyed)
    key, _, value = lines[at].partition(":")
    kind = luck.randrange(7)
    if kind < 3:
        lines[at] = f"{key}: {luck.choice(NASTY)}"
    elif kind == 3:
        lines[at] = f"{key[: len(key) - len(key.lstrip())]}{luck.choice(KEYS)}:{value}"
    elif kind == 4:
        lines[at] = luck.choice(("", " ", "   ", "\t", "- ")) + lines[at]
    elif kind == 5:
        lines.insert(luck.randint(0, len(lines)), lines[at])
    else:
        del lines[at]
    return "\n".join(lines)


def _cell(luck: random.Random, text: str) -> str:
    """Change a cell, a row or a column of a table."""
    lines = text.split("\n")
    if len(lines) > 1000 and luck.random() < 0.9:  # one line of a large table, without parsing all of it
        at = luck.randrange(len(lines))
        cells = lines[at].split(",")
        cells[luck.randrange(len(cells))] = luck.choice(NASTY)
        lines[at] = ",".join(cells)
        return "\n".join(lines)
    try:
        rows = [row for row in csv.reader(io.StringIO(text.replace("\0", ""))) if row]
    except csv.Error:
        return _raw(luck, text)
    if len(rows) < 2:
        return _raw(luck, text)
    kind, row, other = luck.randrange(8), luck.choice(rows[1:]), luck.choice(rows)
    at = luck.randrange(len(row))
    if kind < 3:
        row[at] = luck.choice(NASTY)
    elif kind == 3:
        row[at] = other[at] if at < len(other) else ""
    elif kind == 4:
        rows.remove(row)
    elif kind == 5:
        rows.insert(luck.randint(1, len(rows)), list(row))
    elif kind == 6:
        rows[1:] = luck.sample(rows[1:], len(rows) - 1)
    else:
        for each in rows:
            if at < len(each):
                each.insert(0, each.pop(at)) if luck.random() < 0.95 else each.pop(at)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n", delimiter=luck.choice(",,,,;\t")).writerows(rows)
    return written.getvalue()


def _written(luck: random.Random, document: dict[str, Any]) -> str:
    """Write a document as YAML, one key a line below the top, after changing values in it."""
    for _ in range(luck.choice((0, 0, 1, 1, 2, 4))):
        _spoil(luck, document)
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in document.items()]
    return "\n".join(lines) + "\n"


def _spoil(luck: random.Random, node: Any) -> None:
    """Change one thing somewhere in a document."""
    while isinstance(node, dict | list) and node:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = luck.choice(keys)
        if isinstance(node[key], dict | list) and node[key] and luck.random() < 0.7:
            node = node[key]
            continue
        wrong = luck.choice(
            (None, True, -1, 0, 3.7, 1e308, "", "x", [], {}, [node[key]], {"a": 1}, "2024Q1", 10**400)
        )
        kind = luck.randrange(4)
        if kind == 0 and isinstance(node, dict):
            node[luck.choice(KEYS)] = node.pop(key)
        elif kind == 1:
            del node[key]
        else:
            node[key] = luck.choice(NASTY) if luck.random() < 0.5 else wrong
        return


def _scenario(luck: random.Random) -> dict[str, Any]:
    """A scenario, mostly a valid one, with a bit of everything."""
    levers = luck.sample(
        ("talent_pool", "rd_subsidy", "platforms", "talent_support", "energy_relief"), luck.randint(0, 4)
    )
    first = luck.randint(2020, 2026)
    return {
        "name": luck.choice(("a", "b_1", "x-y")),
        "title": {"zh": "标题", "en": "Title"},
        "extends": luck.choice(("baseline.yaml", "baseline", "talent_pool")),
        "horizon": {"start": "2020Q1", "end": f"{luck.randint(2027, 2050)}Q4"},
        "scale": luck.choice((0.001, 0.01, "1 %", 1)),
        "seed": luck.randint(0, 2**32 - 1),
        "difficulty": {
            "column": luck.randint(1, 9),
            "causal_reading": luck.choice(("selective", "naive", {"X3": 0.5})),
        },
        "structure": luck.choice("VD"),
        "budget": luck.choice(("1 bn yuan", 5e8, "20 亿元")),
        "allocation": {"regions": "gdp", "firms": "random"},
        "levers": {
            name: {
                "start": f"{first}Q{luck.randint(1, 4)}",
                "share_of_budget": luck.choice((0.2, "20 %")),
                "regions": luck.choice(("all", "core", ["Wuhan", 420500], ["襄阳"])),
                "lag": luck.randint(0, 2),
            }
            for name in levers
        },
        "shocks": [
            {
                "kind": luck.choice(("demand", "energy_price")),
                "start": f"{first}Q1",
                "end": f"{first}Q4",
                "size": "-6 %",
            }
            for _ in range(luck.randint(0, 2))
        ],
        "parameters": {
            name: value
            for name, value in (("rho", 0.8), ("exit", "8 %"), ("tau_2", 0.2))
            if luck.random() < 0.5
        },
    }


def _experiment(luck: random.Random) -> dict[str, Any]:
    """An experiment, mostly a valid one."""
    method = luck.choice(("grid", "latin_hypercube", "morris", "sobol", "two_stage"))
    return {
        "name": "e",
        "scenarios": luck.sample(("baseline", "talent_pool", "subsidies", "platforms"), luck.randint(1, 3)),
        "settings": {"scale": 0.002, "horizon": {"end": "2028Q4"}},
        "uncertainties": {
            "structure": {"choices": ["V", "D"]},
            "rho": "range",
            "tau_2": {"low": 0.15, "high": 0.3},
        },
        "levers": {
            "budget": {
                "low": "0.25 bn yuan",
                "high": "4 bn yuan",
                "distribution": luck.choice(("log_uniform", "uniform")),
            }
        },
        "outcomes": luck.sample(("climbs", "quality_firms", "value_added"), luck.randint(1, 2)),
        "design": {"method": method, "size": luck.choice((4, 8, 10**7))},
        "replications": luck.choice((1, 4)),
    }
