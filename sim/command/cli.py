"""The command `upgrading`: what can be asked for, and in which order the rooms below do it.

What takes long to import is imported where it is used, so that `--help` and small commands feel instant.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.command.answers import Telling, answer_comparison, answer_run
from sim.command.conclusion import concluding
from sim.command.options import (
    Mistakes,
    foreseen,
    prepared,
    read_calibration,
    read_job,
    read_results_job,
    read_scenario,
    read_study,
    read_words,
    say_cautions,
    say_files,
)
from sim.command.options import check as check_scenario
from sim.command.studies import StudyOptions, do_study
from sim.command.terminal import (
    INTERRUPTED,
    Meter,
    Parts,
    announce_compilation,
    console,
    for_people,
    leave,
    notice,
    say_where,
    stoppable,
)
from sim.errors import InputError
from sim.words import LANGUAGES, Words

if TYPE_CHECKING:
    from sim.runs.caution import Caution

app = typer.Typer(
    name="upgrading",
    help="Simulation of industrial upgrading in Hubei: compare policies for the same extra public money.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # its panels take longer to load than all else that --help needs
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def from_home(text: str) -> str:
    """Read a file's name or a bundled name; ``~`` is the home folder, which shells leave alone in ``--out=~/x``."""
    return os.path.expanduser(text)


def at_home(text: str) -> Path:
    """Read a folder like `from_home`."""
    return Path(from_home(text))


Seed = Annotated[str | None, typer.Option(metavar="N", help="Seed of the random draws.")]
Workers = Annotated[str | None, typer.Option(metavar="N", help="Threads; by default one per processor.")]
Scale = Annotated[str | None, typer.Option(metavar="SHARE", help="Simulated share of all firms, 0.001 to 1.")]
Replications = Annotated[str | None, typer.Option(metavar="N", help="How often each scenario is run.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Another value for a parameter, or for a key such as difficulty.coefficients; may be repeated.",
    ),
]
Out = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the results go.", parser=at_home)]
Lang = Annotated[str | None, typer.Option(metavar="zh|en", help="Language; by default that of the locale.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what is wrong.")]
Figures = Annotated[bool, typer.Option(help="Draw figures.")]
Force = Annotated[bool, typer.Option("--force", help="Replace earlier results in that folder.")]


def main() -> None:
    """Run the command line: exit code 0 only on success, 2 for wrong input, 130 after Ctrl-C, else 1.

    SIGTERM and SIGHUP do what Ctrl-C does, and give 143 and 129.
    """
    with for_people():
        app()


@app.command()
def run(
    scenario: Annotated[
        str, typer.Argument(help="A scenario file, or the name of a bundled scenario.", parser=from_home)
    ],
    seed: Seed = None,
    workers: Workers = None,
    scale: Scale = None,
    replications: Replications = None,
    settings: Set = None,
    out: Out = None,
    force: Force = False,
    figures: Figures = True,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    """Run one scenario: summary, figures and tidy tables.

    Results go to results/<name>-<hash>/ unless --out says otherwise. Ctrl-C keeps the replications that are done.
    """
    given = {"seed": seed, "workers": workers, "scale": scale, "replications": replications, "lang": lang}
    job = read_job([scenario], **given, settings=settings, out=out, force=force)
    (chosen,) = job.scenarios
    with stoppable(job.words) as command:
        say_files(job.scenarios, job.words, quiet)
        announce_compilation(job.words, quiet)
        from sim.analysis.comparison.cautions import cautions_of_run as run_cautions
        from sim.files.atomic import MANIFEST, atomic_folder, new_results_folder
        from sim.runs.record import note_cautions
        from sim.runs.results import run_hash, write_results
        from sim.runs.run import evidence_of
        from sim.runs.run import run as run_scenario

        name = f"{chosen.name}-{run_hash([chosen], evidence_of(chosen), chosen.seed)}"
        folder = new_results_folder(out, name, force=force)
        with Meter(job.words, quiet) as meter:
            results = run_scenario(chosen, workers=job.workers, progress=meter)
        if results.interrupted:
            notice(job.words("command.kept", done=results.replications))
        with atomic_folder(folder, force=force, keep=True) as part:
            write_results(results, part)
        command.written = folder
        with concluding(folder, job.words) as conclusion:
            cautions: tuple[Caution, ...] = ()
            with conclusion.attempt(MANIFEST):
                cautions = tuple(run_cautions(results))
                note_cautions(folder, cautions)
            answer_run(results, cautions, folder, Telling(conclusion, job.words, figures, quiet))
            if results.interrupted:
                leave(INTERRUPTED)


@app.command()
def compare(
    base: Annotated[
        str,
        typer.Argument(help="The baseline: a scenario file or a bundled scenario's name.", parser=from_home),
    ],
    policies: Annotated[list[str], typer.Argument(help="The policies, likewise.", parser=from_home)],
    until: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Add replications until intervals are that tight, such as 5%."),
    ] = None,
    response: Annotated[
        bool, typer.Option("--response", help="Run every policy at 1/4, 1/2, 2 and 4 times its budget too.")
    ] = False,
    under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCENARIO", help="A stress test: lay its shocks over baseline and policies alike."
        ),
    ] = None,
    allow_different: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="Compare although policies differ from the baseline in this key; may be repeated.",
        ),
    ] = None,
    seed: Seed = None,
    workers: Workers = None,
    scale: Scale = None,
    replications: Replications = None,
    settings: Set = None,
    out: Out = None,
    force: Force = False,
    figures: Figures = True,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    """Compare policies with a baseline, with the same luck.

    Policies may differ from the baseline in their levers only; what else differs is refused, and a scenario without
    levers is shown as a what-if.

    Paired differences with intervals under four readings of the evidence, yuan per climb, who gains where. Results
    go to results/compare-<names>-<hash>/ unless --out says otherwise. Ctrl-C keeps the replications that are done.
    """
    given = {"seed": seed, "workers": workers, "scale": scale, "replications": replications, "lang": lang}
    job = read_job(
        [base, *policies], **given, settings=settings, until=until, under=under, out=out, force=force
    )
    first, *others = prepared(job, allow_different or ())
    with stoppable(job.words) as command:
        say_files((first, *others), job.words, quiet)
        announce_compilation(job.words, quiet)
        from sim.analysis.comparison.compare import compare as compare_scenarios
        from sim.analysis.saved import comparison_name, write_comparison
        from sim.files.atomic import atomic_folder, new_results_folder

        folder = new_results_folder(out, comparison_name(first, others, first.seed), force=force)
        with Meter(job.words, quiet) as meter:
            comparison = compare_scenarios(
                job.scenarios[0],
                job.scenarios[1:],
                workers=job.workers,
                until=job.until,
                response=response,
                allow_different=allow_different or (),
                under=job.under,
                progress=meter,
            )
        if comparison.interrupted:
            notice(job.words("command.kept", done=comparison.replications))
        with atomic_folder(folder, force=force, keep=True) as part:
            write_comparison(comparison, part)
        command.written = folder
        with concluding(folder, job.words) as conclusion:
            answer_comparison(comparison, folder, Telling(conclusion, job.words, figures, quiet))
            if comparison.interrupted:
                leave(INTERRUPTED)


Experiment = Annotated[
    str, typer.Argument(help="An experiment file, or the name of a bundled experiment.", parser=from_home)
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the runs that are in the folder.")]
Retry = Annotated[bool, typer.Option("--retry", help="With --resume: do runs that failed again.")]
Preview = Annotated[bool, typer.Option("--preview", help="Say what it takes (runs, time, disk) and stop.")]
Cluster = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Work at a Dask scheduler, such as tcp://host:8786.")
]


@app.command()
def sweep(
    experiment: Experiment,
    resume: Resume = False,
    retry: Retry = False,
    preview: Preview = False,
    cluster: Cluster = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    figures: Figures = True,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    """Run every row of an experiment, and tabulate what came out.

    Results grow in results/<name>-<hash>/ unless --out says otherwise; Ctrl-C, a kill or a power failure lose at most
    the runs in flight, and --resume goes on. Exit code 1 if a run failed; the others are not held up.
    """
    job = read_study(experiment, seed=seed, workers=workers, lang=lang, cluster=cluster)
    how = StudyOptions(out, force, resume, retry, preview, cluster, figures, quiet)
    do_study(job, how, with_indices=False)


@app.command()
def sensitivity(
    experiment: Experiment,
    resume: Resume = False,
    retry: Retry = False,
    preview: Preview = False,
    cluster: Cluster = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    figures: Figures = True,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    """Say which assumptions the answer hangs on: sensitivity indices with intervals.

    Runs the experiment like `sweep`; a two-stage design screens by Morris and takes what survives to Sobol.
    """
    job = read_study(experiment, seed=seed, workers=workers, lang=lang, cluster=cluster)
    how = StudyOptions(out, force, resume, retry, preview, cluster, figures, quiet)
    do_study(job, how, with_indices=True)


Results = Annotated[
    Path, typer.Argument(metavar="RESULTS", help="A folder that a command has written.", parser=at_home)
]


@app.command()
def again(
    results: Results,
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    """Run what a results folder says of itself, and compare every table with what was written.

    Exit code 0 if all tables agree, 1 if some differ: then it says which, and why they may (version, model, evidence,
    files, machine). Nothing is written unless --out says where.
    """
    job = read_results_job(results, workers=workers, lang=lang, out=out, force=force)
    with stoppable(job.words) as command:
        announce_compilation(job.words, quiet)
        from sim.command.reproduce import do_again

        do_again(job, command, out, force=force, quiet=quiet)


@app.command()
def show(
    results: Results,
    out: Out = None,
    force: Force = False,
    figures: Figures = True,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    """Draw report and figures again from saved tables, in another language too; nothing is run.

    They go to a folder named by the words (zh or en) below RESULTS unless --out says otherwise. Tables that were
    edited are named first.
    """
    job = read_results_job(results, lang=lang)
    with stoppable(job.words):
        from sim.command.reproduce import do_show

        do_show(job, out, force=force, figures=figures, quiet=quiet)


@app.command()
def calibrate(
    evidence: Annotated[
        str,
        typer.Argument(
            metavar="[FOLDER|NAME]",
            help="A folder of evidence, or the name of a bundled one.",
            parser=from_home,
        ),
    ] = "hubei",
    stars: Annotated[
        bool, typer.Option("--stars", help="Ask too which samples give every significance mark; takes long.")
    ] = False,
    refit_history: Annotated[
        bool, typer.Option("--refit-history", help="Fit the free parameters to the record anew; minutes.")
    ] = False,
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    """Rebuild the survey from Table 5 and all that runs derive from the evidence, with a report.

    What runs use goes to derived/ in the folder of the evidence, all of it or, after Ctrl-C, nothing. The report, Table
    5 beside its refit and the province against its record, goes to results/calibrate-<name>-<hash>/ unless --out says
    otherwise.
    """
    job = read_calibration(evidence, workers=workers, lang=lang, out=out, force=force)
    with stoppable(job.words) as command:
        announce_compilation(job.words, quiet)
        from sim.analysis.record.calibrate import calibrate as calibrate_evidence
        from sim.analysis.record.calibrate import write_derived
        from sim.files.atomic import atomic_folder, new_results_folder
        from sim.show.pages.calibration import print_calibration
        from sim.show.pages.calibration_folder import report_name, write_report, write_tables

        folder = new_results_folder(out, report_name(job.folder), force=force)
        with Parts(job.words, quiet) as progress:
            found = calibrate_evidence(
                str(job.folder),
                stars=stars,
                refit_history=refit_history,
                workers=job.workers,
                progress=progress,
            )
        with atomic_folder(folder, force=force, keep=True) as part:
            write_tables(found, part)
        command.written = folder
        with concluding(folder, job.words) as conclusion:
            written = write_derived(job.folder, found)
            drawn = write_report(found, folder, job.words, conclusion.failed)
            if not quiet:
                with conclusion.attempt(job.words("command.answer")):
                    print_calibration(found, job.words, console())
                say_where(folder, drawn, job.words)
                for path in written:
                    typer.echo(job.words("command.derived", path=path))


@app.command()
def view(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="[SCENARIO]",
            help="What the page opens with: a file, or a bundled name.",
            parser=from_home,
        ),
    ] = "baseline",
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Where to listen; by default 127.0.0.1, this machine."),
    ] = None,
    port: Annotated[
        str | None, typer.Option(metavar="N", help="By default the first free one from 8765 on.")
    ] = None,
    sessions: Annotated[
        str | None, typer.Option(metavar="N", help="Most visitors at once; by default 40.")
    ] = None,
    idle: Annotated[
        str | None,
        typer.Option(metavar="MINUTES", help="How long a page may be left alone; by default 60."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser on this machine.")] = True,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    """Show the model in a browser page; needs no internet.

    Every visitor has a model of their own. Ctrl-C ends it.
    """
    from sim.browser import server
    from sim.browser.opening import Opening

    if lacking := server.check():
        raise InputError("\n".join(lacking))
    mistakes = Mistakes()
    words = mistakes.attempt(read_words, lang) or Words(LANGUAGES[0])
    offer = mistakes.attempt(server.read_offer, host, port, sessions, idle)
    chosen = mistakes.attempt(read_scenario, scenario)
    mistakes.refuse()
    assert offer is not None
    assert chosen is not None
    say_files([chosen], words, quiet)
    sock = server.listen(offer)
    url = server.address(offer.host, sock.getsockname()[1])

    def ready() -> None:
        if not quiet:
            typer.echo(words("server.ready", url=url, sessions=offer.sessions))
            sys.stdout.flush()
        if browser and fresh:
            server.open_browser(url)

    with stoppable(words):
        fresh = announce_compilation(words, quiet)
        server.judge(chosen)
        if browser and not fresh:  # it takes its time too, and waits for the answer
            server.open_browser(url)
        if fresh:
            server.load(chosen)
    if offer.public:
        notice(words("server.public", host=offer.host))
    try:
        server.serve(Opening(chosen, words.lang), offer, sock, ready)
    except KeyboardInterrupt:  # the way it is meant to end
        if not quiet:
            notice("\n" + words("server.ended"))
    leave(0)


@app.command()
def check(
    files: Annotated[
        list[str],
        typer.Argument(help="Scenario or experiment files, or names of bundled ones.", parser=from_home),
    ],
    lang: Lang = None,
) -> None:
    """Check scenarios and experiments, and the evidence they stand on.

    Every mistake of every file is told with file, line and column. Where a lever is not for everybody, one replication
    is run to count for how many it is.
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
            raise InputError(words("command.unkept", why=trouble))
        begun = time.monotonic()
        fresh = announce_compilation(words, quiet)
        from sim.runs.run import evidence_of, simulate
        from sim.world.ground import build_ground
        from sim.world.scenario import load_scenario

        least = load_scenario("baseline", scale=0.001)
        simulate(build_ground(least, evidence_of(least)), least.seed, 0)
        if not quiet:
            seconds = f"{time.monotonic() - begun:.0f}"
            typer.echo(
                words(
                    "command.compiled" if fresh else "command.ready",
                    seconds=seconds,
                    folder=use_kernel_cache(),
                )
            )
