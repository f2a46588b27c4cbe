"""Build the documents as a site, in the folder site/: ``python docs/site/build.py``.

The pages keep the places that they have in the repository, so their links lead to the same pages on GitHub, on the disk
and on the site. A link that leads nowhere fails the build.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("mkdocs.yml")
PAGES = ROOT / "build" / "pages"
#: Pages, and what they link to.
SHOWN = (
    "*.md",
    "LICENSE",
    "CITATION.cff",
    "docs/*.md",
    "docs/*.py",
    "docs/figures/*",
    "scenarios/*",
    "experiments/*",
    "calibration/*.md",
    "calibration/hubei/*",
    "benchmarks/**/*.md",
)
#: The line that leads from a page to its other language. The site has a switch for that, and every link there leads to
#: the page in the reader's language.
OTHER_LANGUAGE = re.compile(r"^\[(?:中文|English)\]\([\w.]+\)\n\n", re.MULTILINE)


def lay_out() -> None:
    """Copy the pages to where MkDocs reads them."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for path in (path for pattern in SHOWN for path in ROOT.glob(pattern) if path.is_file()):
        copy = PAGES / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            text = OTHER_LANGUAGE.sub("", path.read_text(encoding="utf-8"))
            copy.write_text(text.replace(".zh.md)", ".md)"), encoding="utf-8")
        else:
            shutil.copyfile(path, copy)


if __name__ == "__main__":
    lay_out()
    # Not --quiet: what is not said does not count as a warning either, and --strict would let it pass.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(CONFIG)]
    sys.exit(subprocess.run(command, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, check=False).returncode)
