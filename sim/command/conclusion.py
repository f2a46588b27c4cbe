"""How a command ends: its tables are in place, and no error in a figure, report or printed answer can cost one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sim.command.options import How
from sim.command.terminal import FAILED, INTERRUPTED, leave, notice
from sim.show.attempts import attempted


class Conclusion:
    """Reports, one line each, what could not be made from finished results.

    Attributes
    ----------
    folder
        Where the results are.
    how
        In whose words to report, and whether to draw and print.
    complete
        Whether everything tried so far was made.
    """

    def __init__(self, folder: Path, how: How) -> None:
        self.folder, self.how = folder, how
        self.complete = True

    def attempt(self, name: str) -> AbstractContextManager[None]:
        """Let an exception end the block, not the command."""
        return attempted(name, self.failed)

    def failed(self, name: str, error: Exception) -> None:
        """Note that something could not be made, and say why."""
        self.complete = False
        reason = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
        notice(self.how.words("command.not_made", name=name, reason=reason))


@contextmanager
def concluding(folder: Path, how: How) -> Iterator[Conclusion]:
    """Make what people look at once the tables are in place; the exit code says whether all of it was made.

    Parameters
    ----------
    folder
        Where the tables are; Ctrl-C leaves them there and says so.
    """
    conclusion = Conclusion(folder, how)
    try:
        yield conclusion
    except KeyboardInterrupt:
        notice("\n" + how.words("command.tables_kept", folder=folder))
        leave(INTERRUPTED)
    if not conclusion.complete:
        leave(FAILED)
