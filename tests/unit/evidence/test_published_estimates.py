"""estimates.csv: what a line may say, and what is said of a line that cannot be."""

from __future__ import annotations

import shutil

import pytest

from sim.errors import InputError
from sim.evidence.tables import load_evidence
from sim.files.names import evidence_folder

HUBEI = evidence_folder("hubei")


def test_every_line_says_what_it_is_to_the_model():
    lines = load_evidence(HUBEI).estimates
    assert len({line.name for line in lines}) == len(lines) >= 14
    assert {line.use for line in lines} == {"B", "S", "H"}
    assert all(line.source and line.grade == "literature" for line in lines)
    assert all(line.note for line in lines if line.interval != "published")


def test_a_province_may_have_none(tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(HUBEI, folder)
    (folder / "estimates.csv").unlink()
    assert load_evidence(folder).estimates == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2016,P01,grant", "2016,P99,grant", "instruments"),
        ("2016,P01,grant", "2016,P01,gift", "trial"),
        ("own_research,2,3", "own_research,3,2", "to_year"),
        ("own_research,2,3", "own_research,2,9", "to_year"),
        ("P10,,additional", "P10,grant,additional", "outcome"),
        ("P08,platform,output_per_head", "P08,more_graduates,output_per_head", "outcome"),
        ("P20,plant", "P20;,plant", "instruments"),
        ("S,,-0.25,0.25,assumed", "S,0.5,-0.25,0.25,assumed", "estimate"),
        ("S,,-0.25,0.25,assumed", "S,,,,assumed", "low"),
        ("H,,0.01,,assumed,proportional change", "H,,0.01,,assumed,share", "unit"),
        ("S,,-0.25,0.25,assumed", "S,,-0.25,0.25,guessed", "interval"),
    ],
)
def test_a_line_that_cannot_be_is_refused(old, new, said, tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(HUBEI, folder)
    file = folder / "estimates.csv"
    text = file.read_text(encoding="utf-8-sig")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8-sig")
    with pytest.raises(InputError) as error:
        load_evidence(folder)
    assert [(problem.file, problem.key) for problem in error.value.problems] == [(str(file), said)]
