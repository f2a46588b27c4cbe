"""The command `upgrading`: what can be asked for.

Slow imports happen where they are used, so that `--help` and small commands feel instant.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.command.answers import say_cautions
from sim.command.arguments import (
    Comparing,
    Evidence,
    Experiment,
    Figures,
    Lang,
    Output,
    Overrides,
    Quiet,
    Results,
    Resuming,
    Seed,
    Serving,
    Workers,
    at_home,
    from_home,
    grouped,
)
from sim.command.checks import check as check_scenario
from sim.command.checks import foreseen
from sim.command.conduct import conduct
from sim.command.options import (
    find_folder,
    prepared,
    read,
    read_evidence,
    read_job,
    read_question,
    read_words,
)
from sim.command.studies import do_study
from sim.command.terminal import announce_compilation, for_people, outlive_aborts, stoppable
from sim.errors import InputError, Message

if TYPE_CHECKING:
    from sim.command.tasks import AskEstimates, Calibrate, Compare, Run

app = typer.Typer(
    name="upgrading",
    help="Simulation of industrial upgrading in Hubei: compare policies for the same extra public money.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # its panels take longer to load than all else that --help needs
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line: exit code 0 only on success, 2 for wrong input, 130 after Ctrl-C, else 1.

    SIGTERM and SIGHUP do what Ctrl-C does, and give 143 and 129.
    """
    with for_people():
        outlive_aborts()
        app()


@app.command()
@grouped
def run(
    scenario: Annotated[
        str, typer.Argument(help="A scenario file, or the name of a bundled scenario.", parser=from_home)
    ],
    overrides: Overrides,
    output: Output,
    workers: Workers = None,
    figures: Figures = True,
) -> None:
    """Run one scenario: summary, figures and tidy tables.

    Results go to results/<name>-<hash>/ unless --out says otherwise. Ctrl-C keeps the replications that are done.
    """
    how, job = read(
        lambda mistakes: read_job(mistakes, [scenario], overrides), output, workers=workers, figures=figures
    )

    def begin() -> Run:
        from sim.command.tasks import Run

        return Run(*job.scenarios)

    conduct(how, job.scenarios, begin)


@app.command()
@grouped
def compare(
    base: Annotated[
        str,
        typer.Argument(help="The baseline: a scenario file or a bundled scenario's name.", parser=from_home),
    ],
    policies: Annotated[list[str], typer.Argument(help="The policies, likewise.", parser=from_home)],
    comparing: Comparing,
    overrides: Overrides,
    output: Output,
    workers: Workers = None,
    figures: Figures = True,
) -> None:
    """Compare policies with a baseline, with the same luck.

    Policies may differ from the baseline in their levers only; any other difference is refused. A scenario without
    levers is shown as a what-if.

    Paired differences with intervals under five readings of the evidence, yuan per climb, who gains where. Results
    go to results/compare-<names>-<hash>/ unless --out says otherwise. Ctrl-C keeps the replications that are done.
    """
    how, job = read(
        lambda mistakes: read_job(mistakes, [base, *policies], overrides, comparing),
        output,
        workers=workers,
        figures=figures,
    )
    allowed = comparing.allow_different or ()
    scenarios = prepared(job, allowed)

    def begin() -> Compare:
        from sim.command.tasks import Compare

        return Compare(job, scenarios, comparing.response, comparing.shapley, comparing.shares, allowed)

    conduct(how, scenarios, begin)


@app.command()
@grouped
def sweep(
    experiment: Experiment,
    resuming: Resuming,
    output: Output,
    seed: Seed = None,
    workers: Workers = None,
    figures: Figures = True,
) -> None:
    """Run every row of an experiment, and tabulate the results.

    Results grow in results/<name>-<hash>/ unless --out says otherwise; Ctrl-C, a kill or a power failure lose at most
    the runs in flight, and --resume continues. Exit code 1 if a run failed; the others still run.
    """
    _study(experiment, resuming, output, seed, workers, figures=figures, with_indices=False)


@app.command()
@grouped
def sensitivity(
    experiment: Experiment,
    resuming: Resuming,
    output: Output,
    seed: Seed = None,
    workers: Workers = None,
    figures: Figures = True,
) -> None:
    """Say which assumptions the answer depends on: sensitivity indices with intervals.

    Runs the experiment like `sweep`; a two-stage design screens by Morris and takes what survives to Sobol.
    """
    _study(experiment, resuming, output, seed, workers, figures=figures, with_indices=True)


def _study(
    experiment: str,
    resuming: Resuming,
    output: Output,
    seed: str | None,
    workers: str | None,
    *,
    figures: bool,
    with_indices: bool,
) -> None:
    how, question = read(
        lambda mistakes: read_question(
            mistakes, experiment, resuming, seed=seed, workers=workers, force=output.force
        ),
        output,
        workers=workers,
        figures=figures,
        grows=True,
    )
    do_study(question, how, resuming, with_indices=with_indices)


@app.command()
@grouped
def again(results: Results, output: Output, workers: Workers = None) -> None:
    """Run the results of a folder again, and compare every table with what was written.

    Exit code 0 if all tables agree, 1 if some differ: then it says which, and what may be the cause (version, model,
    evidence, files, machine). Nothing is written unless --out says where.
    """
    from sim.runs.record import read_record

    how, record = read(lambda mistakes: mistakes.attempt(read_record, results), output, workers=workers)
    from sim.command.reproduce import do_again

    do_again(record, how)


@app.command()
@grouped
def show(results: Results, output: Output, figures: Figures = True) -> None:
    """Write report and figures again from saved tables, in either language; nothing is run.

    They go to a folder named by the language (zh or en) below RESULTS unless --out says otherwise. Edited tables are
    named first.
    """
    from sim.runs.record import read_record

    how, record = read(
        lambda mistakes: mistakes.attempt(read_record, results), output, figures=figures, grows=True
    )
    from sim.command.reproduce import do_show

    do_show(record, how)


@app.command()
@grouped
def discover(
    results: Results,
    output: Output,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Where this policy leads; by default the one that leads most often."
        ),
    ] = None,
    reading: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only under this reading, such as V-selective; by default all."),
    ] = None,
    figures: Figures = True,
) -> None:
    """Say in which settings of the doubtful numbers a policy leads.

    RESULTS is of a comparison with --doubt. Boxes of few numbers are found by PRIM; shown are those that beat what the
    same search finds in shuffled leads. Report and figures go to the folder discover below RESULTS unless --out says
    otherwise. Needs the extra discover.
    """
    from sim.runs.record import read_record

    how, record = read(
        lambda mistakes: mistakes.attempt(read_record, results), output, figures=figures, grows=True
    )
    from sim.command.discoveries import do_discover

    do_discover(record, how, policy, reading)


@app.command()
@grouped
def calibrate(
    output: Output,
    evidence: Evidence = "hubei",
    stars: Annotated[
        bool, typer.Option("--stars", help="Ask too which samples give every significance mark; takes long.")
    ] = False,
    refit_history: Annotated[
        bool, typer.Option("--refit-history", help="Fit the free parameters to the record anew; minutes.")
    ] = False,
    ensemble: Annotated[
        bool,
        typer.Option(
            "--ensemble", help="Find settings of the doubtful numbers that fit the record; minutes."
        ),
    ] = False,
    workers: Workers = None,
) -> None:
    """Rebuild the survey from Table 5 and all that runs derive from the evidence, with a report.

    What runs use goes to derived/ in the evidence folder, all of it or, after Ctrl-C, nothing. The report compares
    Table 5 with its refit and the province with its record; it goes to results/calibrate-<name>-<hash>/ unless --out
    says otherwise.
    """
    how, folder = read(lambda mistakes: mistakes.attempt(read_evidence, evidence), output, workers=workers)

    def begin() -> Calibrate:
        from sim.analysis.record.ensemble import MEMBERS
        from sim.command.tasks import Calibrate

        return Calibrate(folder, stars, refit_history, MEMBERS if ensemble else 0)

    conduct(how, (), begin)


@app.command()
@grouped
def estimates(
    output: Output,
    evidence: Evidence = "hubei",
    only: Annotated[
        list[str] | None, typer.Option("--only", help="A line of estimates.csv by its name; may be repeated.")
    ] = None,
    replications: Annotated[
        int | None, typer.Option(min=2, max=10_000, help="Runs with other luck for each line and reading.")
    ] = None,
    workers: Workers = None,
    figures: Figures = True,
) -> None:
    """Ask the model what published studies found, and print the papers' estimates beside its answers.

    Treated and untreated firms are followed for the paper's years, under three readings. Results go to
    results/estimates-<name>-<hash>/ unless --out says otherwise.
    """
    how, folder = read(
        lambda mistakes: mistakes.attempt(find_folder, evidence), output, workers=workers, figures=figures
    )

    def begin() -> AskEstimates:
        from sim.command.tasks import AskEstimates

        return AskEstimates(folder, tuple(only or ()), replications)

    conduct(how, (), begin)


@app.command()
@grouped
def view(
    serving: Serving,
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="[SCENARIO]",
            help="What the page opens with: a file, or a bundled name.",
            parser=from_home,
        ),
    ] = "baseline",
    browser: Annotated[bool, typer.Option(help="Open the page in a browser on this machine.")] = True,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    """Show the model in a browser page, without internet.

    Every visitor has a model of their own. Ctrl-C ends it.
    """
    from sim.command.page import do_view

    do_view(scenario, serving, lang, browser=browser, quiet=quiet)


@app.command()
def check(
    files: Annotated[
        list[str],
        typer.Argument(help="Scenario or experiment files, or names of bundled ones.", parser=from_home),
    ],
    lang: Lang = None,
) -> None:
    """Check scenarios and experiments, and the evidence they stand on.

    Every mistake is reported with file, line and column. Where a lever is not for everybody, one replication is run
    to count those it is for.
    """
    words = read_words(lang)
    problems = {name: check_scenario(name) for name in files}
    for name, found in problems.items():
        if not found:
            typer.echo(f"{name}: ok")
            said, titles = foreseen(name, words)
            say_cautions(said, words, titles)
    if any(problems.values()):
        raise InputError(dict.fromkeys(problem for found in problems.values() for problem in found))


@app.command()
def schema(
    experiment: Annotated[
        bool, typer.Option("--experiment", help="Of experiment files instead of scenario files.")
    ] = False,
) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim.analysis.studies.surface import experiment_schema
    from sim.world.scenario import json_schema

    form = experiment_schema() if experiment else json_schema()
    typer.echo(json.dumps(form, ensure_ascii=False, indent=1))


@app.command()
def explain(
    name: Annotated[
        str | None, typer.Argument(help="Parameter, lever, setting, instrument, variable, reading, output.")
    ] = None,
    lang: Lang = None,
) -> None:
    """Say what a name means; without a name, list them all."""
    from sim.show.texts.explain import explain as explain_name
    from sim.show.texts.explain import explain_all

    words = read_words(lang)
    typer.echo(explain_all(words) if name is None else explain_name(name, words))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.", parser=at_home)],
    force: Annotated[
        bool, typer.Option("--force", help="Copy into a folder that holds something; say what is replaced.")
    ] = False,
    lang: Lang = None,
) -> None:
    """Copy scenarios and evidence out for editing."""
    from sim.command.copies import copy_out

    words = read_words(lang)
    for path in copy_out(folder, force=force):
        typer.echo(words("command.replaced", path=path))
    typer.echo(words("command.copied", folder=folder))


@app.command()
def warmup(lang: Lang = None, quiet: Quiet = False) -> None:
    """Compile the model; later commands start at once."""
    words = read_words(lang)
    with stoppable(words):
        from sim.files.folders import kernel_cache_trouble, use_kernel_cache

        if trouble := kernel_cache_trouble():
            raise InputError(Message("command.unkept", why=trouble))
        begun = time.monotonic()
        fresh = announce_compilation(words, quiet)
        from sim.runs.run import evidence_of, simulate
        from sim.world.compiled import compile_scenario
        from sim.world.scenario import load_scenario

        least = load_scenario("baseline", scale=0.001)
        simulate(compile_scenario(least, evidence_of(least)), least.seed, 0)
        if not quiet:
            seconds = f"{time.monotonic() - begun:.0f}"
            typer.echo(
                words(
                    "command.compiled" if fresh else "command.ready",
                    seconds=seconds,
                    folder=use_kernel_cache(),
                )
            )
