"""Groups of options that commands share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from sim.command.arguments import grouped


@dataclass(frozen=True)
class Pace:
    speed: Annotated[str | None, typer.Option(metavar="N", help="How fast.")] = None
    slow: Annotated[bool, typer.Option("--slow")] = False


@pytest.fixture
def asked():
    """A command with a group of options, and what it was called with."""
    app, found = typer.Typer(rich_markup_mode=None), []

    @app.command()
    @grouped
    def walk(where: str, pace: Pace, far: bool = False) -> None:
        """Walk somewhere."""
        found.append((where, pace, far))

    def run(*words):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        return found[-1] if found else done.output

    return run


def test_options_of_a_group_arrive_together(asked):
    assert asked("home", "--speed", "3", "--slow", "--far") == ("home", Pace("3", True), True)


def test_what_is_not_given_has_the_default_of_the_group(asked):
    assert asked("home") == ("home", Pace(), False)


def test_help_lists_every_option_of_a_group(asked):
    said = asked("--help")
    assert "Walk somewhere." in said
    assert "--speed N" in said
    assert "How fast." in said
    assert "--slow" in said
    assert "--pace" not in said
