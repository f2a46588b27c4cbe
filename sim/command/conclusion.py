"""How a command ends: its tables are in place, and neither the printed answer nor a figure or report can cost one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sim.command.options import How
from sim.command.terminal import FAILED, INTERRUPTED, leave, notice
from sim.show.attempts import attempted


class Conclusion:
    """Reports in a line what could not be made of finished results.

    Attributes
    ----------
    folder
        Where the results are.
    how
        In whose words they are told, whether they are drawn and printed.
    complete
        Whether everything tried so far was made.
    """

    def __init__(self, folder: Path, how: How) -> None:
        self.folder, self.how = folder, how
        self.complete = True

    def attempt(self, name: str) -> AbstractContextManager[None]:
        """End the block, not the command, where it throws."""
        return attempted(name, self.failed)

    def failed(self, name: str, error: Exception) -> None:
        """Take note that something could not be made, and say why."""
        self.complete = False
        reason = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
        notice(self.how.words("command.not_made", name=name, reason=reason))


@contextmanager
def concluding(folder: Path, how: How) -> Iterator[Conclusion]:
    """Make what people look at from results whose tables are in place; the exit code says whether all was made.

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
