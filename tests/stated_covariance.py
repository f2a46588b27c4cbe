"""Evidence whose coefficients have the uncertainty that a test sets."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.evidence.covariance import FILE, write_covariance
from sim.evidence.regression import VARIABLES, entered
from sim.evidence.tables import Evidence, load_evidence, write_made_from
from sim.files.names import evidence_folder

HUBEI = evidence_folder("hubei")
COLUMN = 9
SMALL = 0.04  # a standard error that does next to nothing


def covariance(
    deviations: Mapping[str, float], correlation: float = 0.0, column: int = COLUMN
) -> NDArray[np.float64]:
    """float64 [14, 14] with these standard errors, `SMALL` where none is stated, all equally correlated."""
    evidence = load_evidence(HUBEI)
    sd = np.zeros(len(VARIABLES))
    for variable in ("_cons", *entered(evidence, column)):
        sd[VARIABLES.index(variable)] = deviations.get(variable, SMALL)
    matrix = correlation * np.outer(sd, sd)
    np.fill_diagonal(matrix, sd**2)
    return matrix


def folder_with(to: Path, deviations: Mapping[str, float], correlation: float = 0.0) -> Path:
    """A copy of Hubei's evidence that knows column 9 so well."""
    folder = Path(shutil.copytree(HUBEI, to))
    write_covariance(folder / FILE, {COLUMN: covariance(deviations, correlation)})
    write_made_from(folder)
    return folder


def folder_without(to: Path) -> Path:
    """A copy of Hubei's evidence as it is before calibration."""
    return Path(shutil.copytree(HUBEI, to, ignore=shutil.ignore_patterns("derived")))


def evidence_with(to: Path, deviations: Mapping[str, float], correlation: float = 0.0) -> Evidence:
    """The same, read."""
    return load_evidence(folder_with(to, deviations, correlation))
