"""Arguments and options that commands share: each is described once, and some come in groups."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer


def from_home(text: str) -> str:
    """Read a file's name or a bundled name; expand ``~``, because shells do not in ``--out=~/x``."""
    return os.path.expanduser(text)


def at_home(text: str) -> Path:
    """Read a folder like `from_home`."""
    return Path(from_home(text))


Workers = Annotated[str | None, typer.Option(metavar="N", help="Threads; by default one per processor.")]
Seed = Annotated[str | None, typer.Option(metavar="N", help="Seed of the random draws.")]
Lang = Annotated[str | None, typer.Option(metavar="zh|en", help="Language; by default that of the locale.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what is wrong.")]
Figures = Annotated[bool, typer.Option(help="Draw figures.")]
Experiment = Annotated[
    str, typer.Argument(help="An experiment file, or the name of a bundled experiment.", parser=from_home)
]
Evidence = Annotated[
    str,
    typer.Argument(
        metavar="[FOLDER|NAME]",
        help="A folder of evidence, or the name of a bundled one.",
        parser=from_home,
    ),
]
Results = Annotated[
    Path, typer.Argument(metavar="RESULTS", help="A folder that a command has written.", parser=at_home)
]


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go and how they are reported, as typed."""

    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the results go.", parser=at_home)
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Replace earlier results in that folder.")] = False
    lang: Lang = None
    quiet: Quiet = False


@dataclass(frozen=True, slots=True)
class Overrides:
    """What overrides the scenario files, as typed."""

    seed: Seed = None
    scale: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Simulated share of all firms, 0.001 to 1.")
    ] = None
    replications: Annotated[str | None, typer.Option(metavar="N", help="How often each scenario is run.")] = (
        None
    )
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Another value for a parameter, or for a key such as difficulty.coefficients; may be repeated.",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Comparing:
    """What is compared, besides the scenarios, as typed."""

    until: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Add replications until intervals are that tight, such as 5%."),
    ] = None
    response: Annotated[
        bool, typer.Option("--response", help="Run every policy at 1/4, 1/2, 2 and 4 times its budget too.")
    ] = False
    shapley: Annotated[
        bool,
        typer.Option(
            "--shapley",
            help="Check the channels by Shapley values too: switch them off set by set; many runs.",
        ),
    ] = False
    shares: Annotated[
        bool,
        typer.Option(
            "--shares",
            help="With --doubt record or ranges: say how much of the variance of effects is luck, how much is numbers "
            "that the record informs, and how much numbers that nothing informs; four times the runs.",
        ),
    ] = False
    doubt: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="What intervals hold besides luck: record (the default: settings of the doubtful numbers that fit the "
            "record, one for each replication), ranges (settings within their ranges), none (luck only).",
        ),
    ] = None
    under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCENARIO", help="A stress test: lay its shocks over baseline and policies alike."
        ),
    ] = None
    allow_different: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="Compare although policies differ from the baseline in this key; may be repeated.",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Resuming:
    """How the runs of an experiment are done, as typed."""

    resume: Annotated[bool, typer.Option("--resume", help="Go on with the runs that are in the folder.")] = (
        False
    )
    retry: Annotated[bool, typer.Option("--retry", help="With --resume: do runs that failed again.")] = False
    preview: Annotated[
        bool, typer.Option("--preview", help="Say what it takes (runs, time, disk) and stop.")
    ] = False
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Work at a Dask scheduler, such as tcp://host:8786.")
    ] = None


@dataclass(frozen=True, slots=True)
class Serving:
    """Where the page is offered, and to how many, as typed."""

    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Where to listen; by default 127.0.0.1, this machine."),
    ] = None
    port: Annotated[
        str | None, typer.Option(metavar="N", help="By default the first free one from 8765 on.")
    ] = None
    sessions: Annotated[
        str | None, typer.Option(metavar="N", help="Most visitors at once; by default 40.")
    ] = None
    idle: Annotated[
        str | None,
        typer.Option(metavar="MINUTES", help="How long a page may be left alone; by default 60."),
    ] = None


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of options: typer sees each field of a dataclass as an option of its own."""
    kinds = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in kinds.items() if is_dataclass(kind)}
    parameters: list[Parameter] = []
    for name, parameter in signature(command).parameters.items():
        if name in groups:
            options = get_type_hints(groups[name], include_extras=True)
            parameters += [
                Parameter(
                    field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=options[field.name]
                )
                for field in fields(groups[name])
            ]
        else:
            parameters.append(parameter.replace(annotation=kinds[name], kind=Parameter.KEYWORD_ONLY))

    @wraps(command)
    def called(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    called.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called
