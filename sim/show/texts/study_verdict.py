"""The verdict of a study in sentences: which policy leads how often, what that depends on, what remains open."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from sim.analysis.studies.importance import Hanging, Weight
from sim.analysis.studies.indices import METHODS
from sim.analysis.studies.tables import contenders
from sim.analysis.studies.verdict import Spread, spreads
from sim.show.pages.markdown import code
from sim.show.texts.cautions import caution_lines
from sim.show.texts.names import GRADE_NAMES
from sim.show.texts.numbers import percent, plain
from sim.show.texts.outcomes import record_of
from sim.show.texts.study import INDEX_SUMS, INDICES
from sim.show.texts.study_account import StudyAccount
from sim.show.texts.study_names import amount, amounts, halves, outcome_name

NAMED = 3  # factors named in a sentence, and sentences of one kind


def warnings(account: StudyAccount) -> list[str]:
    """Say what comes before everything else: cautions, and that runs are missing."""
    study = account.study
    said = caution_lines(study.experiment.cautions, account.title, account.words)
    if not study.unfinished:
        return said
    done, total = (sum(getattr(stage.tally, key) for stage in study.stages) for key in ("done", "total"))
    lines = [account.words(f"study.unfinished_{study.unfinished}", done=plain(done), total=plain(total))]
    if study.experiment.design.method == "two_stage" and len(study.stages) < 2:
        lines.append(account.words("study.unfinished_stage"))
    return [*lines, *said]


def sentences(account: StudyAccount) -> list[str]:
    """Say what a study found about its leading outcome, one sentence a line."""
    lines = [*_standing(account), *_sizes(account)]
    for hanging in account.verdict.hanging[:NAMED]:
        lines += _hangs(account, hanging)
    lines += [*_swings(account), *_screened(account), *_precision(account)]
    return [account.sentence(line) for line in lines]


def _standing(account: StudyAccount) -> Iterator[str]:
    standing, outcome = account.verdict.standing, account.leading
    if standing is None:
        if len(contenders(account.verdict.stage)) > 1:
            yield account.words("study.no_rows")
        return
    shares = [
        account.words("study.verdict_share", policy=account.title(case), share=percent(share))
        for case, share in standing.shares.items()
    ]
    yield account.words(
        "study.verdict_standing", outcome=outcome, parts=account.words.listed(shares), rows=standing.rows
    )
    if standing.tied > 0:
        yield account.words("study.verdict_tied", share=percent(standing.tied))
    record = record_of(account.verdict.outcome)
    if record is not None and record.more_is_worse:
        yield account.words("study.more_is_worse", outcome=outcome)


def _sizes(account: StudyAccount) -> Iterator[str]:
    found = [each for each in spreads(account.verdict.stage) if each.outcome == account.verdict.outcome]
    for spread in [each for each in found if each.kind == account.verdict.kind][:NAMED]:
        yield _size(account, spread)


def _size(account: StudyAccount, spread: Spread) -> str:
    signed = spread.kind != "level"
    (low, high), unit = amounts(spread.outcome, (spread.low, spread.high), account.words, signed=signed)
    return account.words(
        f"study.verdict_{spread.kind}",
        policy=account.title(spread.scenario),
        rival=account.title(spread.rival),
        outcome=outcome_name(spread.outcome, account.words),
        mean=amount(spread.outcome, spread.mean, account.words, signed=spread.kind == "effect"),
        low=low,
        high=f"{high} {unit}".rstrip(),
        share=percent(spread.positive),
    )


def _hangs(account: StudyAccount, hanging: Hanging) -> Iterator[str]:
    response = account.response_of(hanging)
    if hanging.note:
        fewest = METHODS[account.verdict.stage.experiment.design.method][1]
        yield account.words(f"study.{hanging.note}", response=response, used=hanging.used, fewest=fewest)
        return
    if not hanging.loud:
        yield account.words("study.nothing_loud", response=response)
        return
    first, *others = hanging.loud[:NAMED]
    yield account.words(
        f"study.hangs_{hanging.kind}",
        policy=account.title(hanging.scenario),
        rival=account.title(hanging.rival),
        outcome=outcome_name(hanging.outcome, account.words),
        first=account.words(
            "study.hangs_first",
            name=code(first.name),
            index=account.words.pick(INDICES[hanging.index]),
            value=index_text(account, hanging, first, bare=False),
            basis=_is(account, first.basis),
        ),
        others="".join(
            account.words(
                "study.hangs_next",
                name=code(each.name),
                value=index_text(account, hanging, each),
                basis=_is(account, each.basis),
            )
            for each in others
        ),
    )
    yield _by_basis(account, hanging)


def _by_basis(account: StudyAccount, hanging: Hanging) -> str:
    parts = [
        account.words(
            "study." + ("by_basis_next" if k else "by_basis_first"),
            share=percent(share),
            basis=_on(account, name),
        )
        for k, (name, share) in enumerate(hanging.by_basis.items())
    ]
    return account.words(
        "study.by_basis", index=account.words.pick(INDEX_SUMS[hanging.index]), parts="".join(parts)
    )


def _is(account: StudyAccount, basis: str) -> str:
    if basis in GRADE_NAMES:
        return account.words("study.is_grade", grade=account.words.pick(GRADE_NAMES[basis]))
    return account.words(f"study.is_{basis}")


def _on(account: StudyAccount, basis: str) -> str:
    if basis in GRADE_NAMES:
        return account.words("study.on_grade", grade=account.words.pick(GRADE_NAMES[basis]))
    return account.words(f"study.on_{basis}")


def index_text(account: StudyAccount, hanging: Hanging, weight: Weight, *, bare: bool = True) -> str:
    """Write an index: a share with two decimals, or μ* in the unit of the outcome; with its interval unless bare."""
    numbers = (weight.value, weight.low, weight.high)
    if hanging.index == "mu_star":
        texts, unit = amounts(hanging.outcome, numbers, account.words)
        value = f"{texts[0]} {unit}".rstrip()
    else:
        texts = [plain(number, 2) for number in numbers]
        value = texts[0]
    if bare or not isfinite(weight.low):
        return value
    return account.words("study.interval", value=value, low=texts[1], high=texts[2])


def _swings(account: StudyAccount) -> Iterator[str]:
    clear = [swing for swing in account.verdict.swings if swing.clear][:NAMED]
    for swing in clear:
        low, high = halves(swing.factor, account.words)
        yield account.words(
            "study.swing",
            policy=account.title(swing.scenario),
            low=percent(swing.low),
            high=percent(swing.high),
            low_half=low,
            high_half=high,
        )
    if account.verdict.swings and not clear:
        yield account.words("study.swing_none")


def _screened(account: StudyAccount) -> Iterator[str]:
    if not account.verdict.screened:
        return
    names = [
        account.words(
            "study.screened_part",
            name=code(each.name),
            value=amount(account.verdict.outcome, each.value, account.words),
        )
        if isfinite(each.value)
        else code(each.name)
        for each in account.verdict.screened
    ]
    yield account.words("study.screened", names=account.words.listed(names))
    still = [code(each.name) for each in account.verdict.screened if each.value == 0]
    if still:
        yield account.words("study.screened_still", names=account.words.listed(still))


def _precision(account: StudyAccount) -> Iterator[str]:
    precision = account.verdict.precision
    if precision is None:
        return
    size, asked = list(precision.steps)[-1], precision.asked
    known = isfinite(precision.widest)
    if asked is None and not known:
        return
    key = "fixed" if asked is None else "reached" if precision.reached else "missed" if known else "unknown"
    yield account.words(
        f"study.precision_{key}",
        widest=plain(precision.widest, 2),
        asked="" if asked is None else plain(asked, 2),
        size=size,
    )
