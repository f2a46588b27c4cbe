"""`discover` step by step: read a comparison, search where policies lead, write and print what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sim.command.conclusion import Conclusion, concluding
from sim.command.options import How
from sim.command.progress import Meter
from sim.command.reproduce import check_free, make_folder, say_faults
from sim.command.terminal import console, say_where, stoppable
from sim.errors import InputError, Message, Problem
from sim.files.names import evidence_folder
from sim.show.attempts import FIGURES, REPORT, write_text
from sim.words import LANGUAGES

if TYPE_CHECKING:
    from sim.analysis.comparison.compare import Comparison
    from sim.analysis.doubt.leading import Lead
    from sim.runs.record import Record
    from sim.show.pages.discovery import Discovered
    from sim.show.texts.account import Answer

FOLDER = "discover"  # below the results


def do_discover(record: Record, how: How, policy: str | None, reading: str | None) -> None:
    """Search in which settings of a comparison policies lead, by default under each reading the one that mostly does.

    Raises
    ------
    InputError
        If the results are not of a comparison over enough settings, policy or reading are unknown, the library is
        missing, or the folder is not free.
    """
    with stoppable(how.words):
        from sim.analysis.doubt.leading import leader
        from sim.analysis.saved import read_comparison
        from sim.show.pages.discovery import Discovered
        from sim.show.texts.account import Answer
        from sim.world.parameters import load_parameters

        if record.kind != "compare":
            raise _refused("no_comparison", str(record.folder))
        comparison, saved = read_comparison(record)
        _check_settings(comparison, str(record.folder))
        answer = Answer(comparison, how.words)
        readings = _readings(answer, reading)
        chosen = _policies(answer, readings, policy)
        folder = record.folder / FOLDER if how.out is None else how.out
        check_free(folder, force=how.force)
        say_faults(record, saved, how.words)
        leads = _search(comparison, {name: chosen or leader(comparison, name) for name in readings}, how)
        registry = load_parameters(evidence_folder(comparison.base.evidence))
        make_folder(folder)
        with concluding(folder, how) as conclusion:
            _answer(Discovered(answer, leads, readings, registry), conclusion)


def _refused(key: str, value: str, option: str = "results", **parts: object) -> InputError:
    return InputError(Problem(Message(f"discovery.{key}", **parts), key=option, value=value))


def _check_settings(comparison: Comparison, folder: str) -> None:
    """Refuse a comparison without doubt, or over few settings."""
    from sim.analysis.doubt.discovery import LEAST

    if comparison.base.doubt == "none" or not len(comparison.settings) or not len(comparison.by_setting):
        raise _refused("no_doubt", folder)
    members = len(comparison.settings)
    if members < LEAST:
        raise _refused("few_members", folder, members=members, least=LEAST)


def _readings(answer: Answer, given: str | None) -> dict[str, str]:
    """Name the readings to search: one that was asked for by its key or name, else all, those that are alike once."""
    from sim.show.tables.rows import named_readings, readings_in
    from sim.show.texts.names import READING_NAMES, SHORT_READINGS
    from sim.world.fields import did_you_mean

    comparison = answer.comparison
    if given is None:
        columns = ["reading", "scenario", "replication", "climbs", "climbs_per_bn_yuan"]
        return named_readings(answer, comparison.by_setting[columns], comparison.ranking)
    there = readings_in(comparison.by_setting)
    called = {name: (name, *READING_NAMES[name], *SHORT_READINGS[name]) for name in there}
    name = _named(given, called)
    if name is None:
        raise _refused("no_such_reading", given, "--reading", hint=did_you_mean(given, tuple(there)))
    return {name: answer.reading(name)}


def _policies(answer: Answer, readings: dict[str, str], given: str | None) -> str | None:
    """Keep the readings under which policies can lead; return the policy that was asked for by its name or title."""
    from sim.analysis.doubt.leading import rivals
    from sim.world.fields import did_you_mean

    comparison = answer.comparison
    called = {
        name: (name, *(comparison.titles[name][lang] for lang in LANGUAGES)) for name in answer.scenarios
    }
    policy = None if given is None else _named(given, called)
    if given is not None and policy is None:
        raise _refused("no_such_policy", given, "--policy", hint=did_you_mean(given, tuple(called)))
    ranked = {reading: rivals(comparison, reading) for reading in readings}
    for reading, there in ranked.items():
        if len(there) < 2 or (policy is not None and policy not in there):
            del readings[reading]
    if readings:
        return policy
    names = tuple(dict.fromkeys(name for each in ranked.values() for name in each))
    if given is not None and len(names) > 1:
        raise _refused("not_ranked", given, "--policy", names=names)
    raise _refused("one_policy", str(names[0]) if names else "–", "policies")


def _named(given: str, called: Mapping[str, Sequence[str]]) -> str | None:
    """Find what goes by a name, in either language."""
    wanted = given.strip().casefold()
    return next((key for key, names in called.items() if wanted in {name.casefold() for name in names}), None)


def _search(comparison: Comparison, asked: Mapping[str, str], how: How) -> list[Lead]:
    """Search under each reading, and show progress."""
    from sim.analysis.doubt.discovery import workbench
    from sim.analysis.doubt.leading import find_lead

    leads: list[Lead] = []
    with Meter(how.words, how.quiet, part=how.words("discovery.searching")) as meter:
        workbench()  # takes seconds
        for place, (reading, policy) in enumerate(asked.items()):

            def progress(done: int, total: int, before: int = place) -> None:
                meter(before * total + done, len(asked) * total)

            leads.append(find_lead(comparison, reading, policy, progress))
    return leads


def _answer(found: Discovered, conclusion: Conclusion) -> None:
    """Draw the figures, write the report, print what was found."""
    from sim.show.tables.printing import print_blocks

    folder, how = conclusion.folder, conclusion.how
    drawn = []
    if how.figures:
        with conclusion.attempt(FIGURES):
            from sim.show.pages.discovery import draw_discoveries

            drawn = draw_discoveries(found, folder / FIGURES, conclusion.failed)
    with conclusion.attempt(REPORT):
        from sim.show.pages.discovery import discovery_markdown

        write_text(folder / REPORT, discovery_markdown(found, {path.stem for path in drawn}))
    if not how.quiet:
        with conclusion.attempt(how.words("command.answer")):
            print_blocks(found.blocks(), found.answer, console())
        say_where(folder, drawn, how.words)
