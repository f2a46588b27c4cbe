"""`run`, `compare`, `calibrate`, `estimates`, step by step. Import it once the command is at work: it takes a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.analysis.comparison import compare as comparison
from sim.analysis.comparison.cautions import cautions_of_run
from sim.analysis.comparison.compare import Comparison
from sim.analysis.record import calibrate as calibration
from sim.analysis.record.calibration import Calibration
from sim.analysis.record.estimates import REPLICATIONS, Estimates, published_estimates
from sim.analysis.saved import comparison_name, write_comparison
from sim.command.answers import answer_calibration, answer_comparison, answer_estimates, answer_run
from sim.command.conclusion import Conclusion
from sim.command.options import How, Job
from sim.command.progress import Meter, Parts
from sim.files.atomic import MANIFEST
from sim.runs.caution import Caution
from sim.runs.record import note_cautions
from sim.runs.results import Results, run_hash, write_results
from sim.runs.run import evidence_of, run
from sim.show.pages.calibration_folder import report_name, write_estimates, write_tables
from sim.world.scenario_record import Scenario


@dataclass(frozen=True, slots=True)
class Run:
    """One scenario, run."""

    scenario: Scenario

    @property
    def name(self) -> str:
        """The scenario's name and a hash of all that its tables depend on."""
        chosen = self.scenario
        return f"{chosen.name}-{run_hash([chosen], evidence_of(chosen), chosen.seed)}"

    def work(self, how: How) -> Results:
        """Run every replication."""
        with Meter(how.words, how.quiet) as meter:
            return run(self.scenario, workers=how.workers, progress=meter)

    def kept(self, found: Results) -> int | None:
        """How many replications were done when Ctrl-C came."""
        return found.replications if found.interrupted else None

    def write(self, found: Results, folder: Path) -> None:
        """Write tables and manifest."""
        write_results(found, folder)

    def tell(self, found: Results, conclusion: Conclusion) -> None:
        """Note the run's cautions in the manifest, draw its figures, print where the province stands."""
        cautions: tuple[Caution, ...] = ()
        with conclusion.attempt(MANIFEST):
            cautions = tuple(cautions_of_run(found))
            note_cautions(conclusion.folder, cautions)
        answer_run(found, cautions, conclusion)


@dataclass(frozen=True, slots=True)
class Compare:
    """Policies compared with a baseline.

    Attributes
    ----------
    job
        The baseline, the policies, and the shocks they share.
    prepared
        The same scenarios with the shocks laid over them.
    response, shapley, shares
        Whether to run policies at multiples of their budgets too, with channels switched off, and for shares of
        variance.
    allowed
        Keys in which policies may differ from the baseline.
    """

    job: Job
    prepared: Sequence[Scenario]
    response: bool
    shapley: bool
    shares: bool
    allowed: Sequence[str]

    @property
    def name(self) -> str:
        """The policies' names and a hash of all that the tables depend on."""
        base, *policies = self.prepared
        return comparison_name(base, policies, base.seed)

    def work(self, how: How) -> Comparison:
        """Run baseline and policies with the same luck."""
        base, *policies = self.job.scenarios
        with Meter(how.words, how.quiet) as meter:
            return comparison.compare(
                base,
                policies,
                workers=how.workers,
                until=self.job.until,
                response=self.response,
                shapley=self.shapley,
                shares=self.shares,
                doubt=base.doubt,
                allow_different=self.allowed,
                under=self.job.under,
                progress=meter,
            )

    def kept(self, found: Comparison) -> int | None:
        """How many replications were done when Ctrl-C came."""
        return found.replications if found.interrupted else None

    def write(self, found: Comparison, folder: Path) -> None:
        """Write tables and manifest."""
        write_comparison(found, folder)

    def tell(self, found: Comparison, conclusion: Conclusion) -> None:
        """Write the report, draw the figures, print the answer."""
        answer_comparison(found, conclusion)


@dataclass(frozen=True, slots=True)
class Calibrate:
    """Evidence calibrated.

    Attributes
    ----------
    folder
        The evidence, as an absolute path; derived files can be written there.
    stars, refit_history, members
        As `sim.analysis.record.calibrate` explains them.
    """

    folder: Path
    stars: bool
    refit_history: bool
    members: int

    @property
    def name(self) -> str:
        """The evidence and a hash of its files."""
        return report_name(self.folder)

    def work(self, how: How) -> Calibration:
        """Rebuild all that is derived from the evidence."""
        with Parts(how.words, how.quiet) as progress:
            return calibration.calibrate(
                str(self.folder),
                stars=self.stars,
                refit_history=self.refit_history,
                members=self.members,
                workers=how.workers,
                progress=progress,
            )

    def kept(self, found: Calibration) -> int | None:
        """None: after Ctrl-C nothing is written."""
        return None

    def write(self, found: Calibration, folder: Path) -> None:
        """Write tables and manifest."""
        write_tables(found, folder)

    def tell(self, found: Calibration, conclusion: Conclusion) -> None:
        """Put the derived files into the evidence, then write the report and print the answer."""
        derived = calibration.write_derived(self.folder, found)
        answer_calibration(found, derived, conclusion)


@dataclass(frozen=True, slots=True)
class AskEstimates:
    """The model asked what published experiments found.

    Attributes
    ----------
    folder
        The evidence, as an absolute path.
    only
        Names of lines; none for all.
    replications
        None for the usual number.
    """

    folder: Path
    only: tuple[str, ...]
    replications: int | None

    @property
    def name(self) -> str:
        """The evidence and a hash of its files."""
        return report_name(self.folder, "estimates")

    def work(self, how: How) -> Estimates:
        """Repeat the experiments."""
        with Meter(how.words, how.quiet) as meter:
            return published_estimates(
                str(self.folder),
                only=self.only,
                replications=self.replications or REPLICATIONS,
                workers=how.workers,
                progress=meter,
            )

    def kept(self, found: Estimates) -> int | None:
        """None: after Ctrl-C nothing is written."""
        return None

    def write(self, found: Estimates, folder: Path) -> None:
        """Write the table and the manifest."""
        write_estimates(found, folder)

    def tell(self, found: Estimates, conclusion: Conclusion) -> None:
        """Draw the figure and print the table."""
        answer_estimates(found, conclusion)
