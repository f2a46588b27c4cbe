"""The verdict of a study in sentences: who leads how often, on what it hangs, what cannot be said."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from sim.analysis.studies.importance import Hanging, Weight
from sim.analysis.studies.indices import METHODS
from sim.analysis.studies.tables import contenders
from sim.analysis.studies.verdict import Spread, Verdict, spreads
from sim.show.pages.markdown import code
from sim.show.texts.cautions import caution_lines
from sim.show.texts.names import GRADE_NAMES
from sim.show.texts.numbers import percent, plain
from sim.show.texts.outcomes import record_of
from sim.show.texts.study import INDEX_SUMS, INDICES
from sim.show.texts.study_names import (
    View,
    amount,
    amounts,
    halves,
    listed,
    outcome_name,
    response_name,
    sentence,
)

NAMED = 3  # factors that a sentence names, and sentences of a kind


def warnings(view: View) -> list[str]:
    """Say what stands before everything else: what makes the comparison unsafe to read, and that runs are missing."""
    study = view.study
    said = caution_lines(study.experiment.cautions, view.title, view.words)
    if not study.unfinished:
        return said
    done, total = (sum(getattr(stage.tally, key) for stage in study.stages) for key in ("done", "total"))
    lines = [view.words(f"study.unfinished_{study.unfinished}", done=plain(done), total=plain(total))]
    if study.experiment.design.method == "two_stage" and len(study.stages) < 2:
        lines.append(view.words("study.unfinished_stage"))
    return [*lines, *said]


def sentences(view: View, verdict: Verdict) -> list[str]:
    """Say what a study found about its leading outcome, a sentence a line."""
    lines = [*_standing(view, verdict), *_sizes(view, verdict)]
    for hanging in verdict.hanging[:NAMED]:
        lines += _hangs(view, verdict, hanging)
    lines += [*_swings(view, verdict), *_screened(view, verdict), *_precision(view, verdict)]
    return [sentence(line) for line in lines]


def _standing(view: View, verdict: Verdict) -> Iterator[str]:
    standing, outcome = verdict.standing, outcome_name(verdict.outcome, view.words)
    if standing is None:
        if len(contenders(verdict.stage)) > 1:
            yield view.words("study.no_rows")
        return
    shares = [
        view.words("study.verdict_share", policy=view.title(case), share=percent(share))
        for case, share in standing.shares.items()
    ]
    yield view.words(
        "study.verdict_standing", outcome=outcome, parts=listed(shares, view.words), rows=standing.rows
    )
    if standing.tied > 0:
        yield view.words("study.verdict_tied", share=percent(standing.tied))
    record = record_of(verdict.outcome)
    if record is not None and record.more_is_worse:
        yield view.words("study.more_is_worse", outcome=outcome)


def _sizes(view: View, verdict: Verdict) -> Iterator[str]:
    found = [each for each in spreads(verdict.stage) if each.outcome == verdict.outcome]
    for spread in [each for each in found if each.kind == verdict.kind][:NAMED]:
        yield _size(view, spread)


def _size(view: View, spread: Spread) -> str:
    signed = spread.kind != "level"
    (low, high), unit = amounts(spread.outcome, (spread.low, spread.high), view.words, signed=signed)
    return view.words(
        f"study.verdict_{spread.kind}",
        policy=view.title(spread.scenario),
        rival=view.title(spread.rival),
        outcome=outcome_name(spread.outcome, view.words),
        mean=amount(spread.outcome, spread.mean, view.words, signed=spread.kind == "effect"),
        low=low,
        high=f"{high} {unit}".rstrip(),
        share=percent(spread.positive),
    )


def _hangs(view: View, verdict: Verdict, hanging: Hanging) -> Iterator[str]:
    response = response_name(view, hanging.kind, hanging.scenario, hanging.rival, hanging.outcome)
    if hanging.note:
        fewest = METHODS[verdict.stage.experiment.design.method][1]
        yield view.words(f"study.{hanging.note}", response=response, used=hanging.used, fewest=fewest)
        return
    if not hanging.loud:
        yield view.words("study.nothing_loud", response=response)
        return
    first, *others = hanging.loud[:NAMED]
    yield view.words(
        f"study.hangs_{hanging.kind}",
        policy=view.title(hanging.scenario),
        rival=view.title(hanging.rival),
        outcome=outcome_name(hanging.outcome, view.words),
        first=view.words(
            "study.hangs_first",
            name=code(first.name),
            index=view.words.pick(INDICES[hanging.index]),
            value=index_text(view, hanging, first, bare=False),
            basis=_is(view, first.basis),
        ),
        others="".join(
            view.words(
                "study.hangs_next",
                name=code(each.name),
                value=index_text(view, hanging, each),
                basis=_is(view, each.basis),
            )
            for each in others
        ),
    )
    yield _by_basis(view, hanging)


def _by_basis(view: View, hanging: Hanging) -> str:
    parts = [
        view.words(
            "study." + ("by_basis_next" if k else "by_basis_first"),
            share=percent(share),
            basis=_on(view, name),
        )
        for k, (name, share) in enumerate(hanging.by_basis.items())
    ]
    return view.words(
        "study.by_basis", index=view.words.pick(INDEX_SUMS[hanging.index]), parts="".join(parts)
    )


def _is(view: View, basis: str) -> str:
    if basis in GRADE_NAMES:
        return view.words("study.is_grade", grade=view.words.pick(GRADE_NAMES[basis]))
    return view.words(f"study.is_{basis}")


def _on(view: View, basis: str) -> str:
    if basis in GRADE_NAMES:
        return view.words("study.on_grade", grade=view.words.pick(GRADE_NAMES[basis]))
    return view.words(f"study.on_{basis}")


def index_text(view: View, hanging: Hanging, weight: Weight, *, bare: bool = True) -> str:
    """Write an index: a share with two decimals, or μ* in the unit of the outcome; with its interval unless bare."""
    numbers = (weight.value, weight.low, weight.high)
    if hanging.index == "mu_star":
        texts, unit = amounts(hanging.outcome, numbers, view.words)
        value = f"{texts[0]} {unit}".rstrip()
    else:
        texts = [plain(number, 2) for number in numbers]
        value = texts[0]
    if bare or not isfinite(weight.low):
        return value
    return view.words("study.interval", value=value, low=texts[1], high=texts[2])


def _swings(view: View, verdict: Verdict) -> Iterator[str]:
    clear = [swing for swing in verdict.swings if swing.clear][:NAMED]
    for swing in clear:
        low, high = halves(swing.factor, view.words)
        yield view.words(
            "study.swing",
            policy=view.title(swing.scenario),
            low=percent(swing.low),
            high=percent(swing.high),
            low_half=low,
            high_half=high,
        )
    if verdict.swings and not clear:
        yield view.words("study.swing_none")


def _screened(view: View, verdict: Verdict) -> Iterator[str]:
    if not verdict.screened:
        return
    names = [
        view.words(
            "study.screened_part", name=code(each.name), value=amount(verdict.outcome, each.value, view.words)
        )
        if isfinite(each.value)
        else code(each.name)
        for each in verdict.screened
    ]
    yield view.words("study.screened", names=listed(names, view.words))


def _precision(view: View, verdict: Verdict) -> Iterator[str]:
    precision = verdict.precision
    if precision is None:
        return
    size, asked = list(precision.steps)[-1], precision.asked
    known = isfinite(precision.widest)
    if asked is None and not known:
        return
    key = "fixed" if asked is None else "reached" if precision.reached else "missed" if known else "unknown"
    yield view.words(
        f"study.precision_{key}",
        widest=plain(precision.widest, 2),
        asked="" if asked is None else plain(asked, 2),
        size=size,
    )
