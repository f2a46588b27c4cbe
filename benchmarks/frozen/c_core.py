"""Compile `core.c` with gcc and call it on the same arrays as `core.run`."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.frozen.world import Numbers, Sizes, State, Tables

SOURCE = Path(__file__).with_name("core.c")
FLAGS = ("-O3", "-march=native", "-ffp-contract=off")


@lru_cache(maxsize=4)
def library(flags: tuple[str, ...] = FLAGS) -> ctypes.CDLL:
    """Compile the C core (about two seconds, once per process) and load it.

    Raises
    ------
    RuntimeError
        If there is no gcc, or it refuses the source.
    """
    gcc = shutil.which("gcc")
    if gcc is None:
        raise RuntimeError(
            "the C yardstick needs gcc, and none was found: install it (Debian: apt install gcc)"
        )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "core.so"
        done = subprocess.run(
            [gcc, *flags, "-std=gnu17", "-shared", "-fPIC", "-o", str(target), str(SOURCE), "-lm"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"gcc did not compile {SOURCE}:\n{done.stderr}")
        return ctypes.CDLL(str(target))  # loaded, it outlives its file


def _pointers(arrays: tuple[Any, ...]) -> Any:
    """Return a C struct of pointers to the arrays, in their order."""
    for array in arrays:
        if not array.flags.c_contiguous:
            raise ValueError("the C core needs contiguous arrays")
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))


def run(
    state: State,
    tables: Tables,
    sizes: Sizes,
    numbers: Numbers,
    quarters: int,
    flags: tuple[str, ...] = FLAGS,
) -> None:
    """Advance a state by so many quarters, in place: `core.run` in C."""
    flat = np.concatenate([np.ravel(number) for number in numbers])
    whole = np.array(sizes, np.int64)
    library(flags).run(
        _pointers(state),
        _pointers(tables),
        ctypes.c_void_p(whole.ctypes.data),
        ctypes.c_void_p(flat.ctypes.data),
        ctypes.c_int64(quarters),
    )
