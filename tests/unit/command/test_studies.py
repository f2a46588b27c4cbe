"""What a study says while it runs."""

import logging

import pytest

from sim.command.studies import Progress
from sim.words import Words


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "筛选阶段：12 次模拟\n"), ("en", "Stage screening: 12 runs\n")]
)
def test_stage_is_named_in_the_readers_language(lang, said, capsys):
    progress = Progress(Words(lang), False, logging.getLogger("test_studies"))
    progress.begin("screening", 12)
    progress.end_meter()
    assert capsys.readouterr().err.startswith(said)
