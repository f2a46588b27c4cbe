import os
import tempfile

import pytest

from sim.browser.uploads import MAX_BYTES, MAX_VALUES, read_upload
from sim.errors import InputError
from sim.files.folders import bundled
from sim.world.scenario import load_scenario

SECRET = "hunter2"


def problems(text, name="mine.yaml", most_firms=2000):
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(InputError) as error:
        read_upload(name, content, most_firms=most_firms)
    return error.value.problems


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path, monkeypatch):
    """What an upload writes lies in a folder that is empty again afterwards."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("path", sorted(bundled("scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_bundled_file_is_taken_as_the_command_line_takes_it(path):
    scenario = read_upload(path.name, path.read_bytes(), most_firms=2000)
    assert scenario.digest == load_scenario(path).digest
    assert scenario.source == path.name


def test_mistakes_are_placed_in_the_file_as_the_visitor_calls_it(tmp_path):
    text = "name: a\nextends: talent_pool\nseed: -1\nlevers: {platfroms: {start: 2024Q1}}\n"
    (tmp_path / "same.yaml").write_text(text)
    with pytest.raises(InputError) as on_the_command_line:
        load_scenario(tmp_path / "same.yaml")
    found = problems(text, "我的 情景.yaml")
    assert {problem.file for problem in found} == {"我的 情景.yaml"}
    assert [(p.message, p.line, p.column, p.key, p.value) for p in found] == [
        (p.message, p.line, p.column, p.key, p.value) for p in on_the_command_line.value.problems
    ]
    assert [(p.line, p.column) for p in found] == [(3, 7), (4, 10)]


def test_a_mistake_that_shows_in_a_base_tells_no_path():
    (problem,) = problems("name: a\nextends: talent_pool\nhorizon: {end: 2023Q4}\n")
    assert problem.file == "talent_pool.yaml"
    assert "outside the horizon" in problem.message


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/cron.d/x.yaml", "x.yaml"),
        ("C:\\Users\\me\\x.yaml", "x.yaml"),
        ("a\x1b[31m\nb.yaml", "a[31mb.yaml"),
        ("x" * 1000, "x" * 80),
        ("", "scenario.yaml"),
        ("a/", "scenario.yaml"),
    ],
)
def test_names_are_harmless(name, shown):
    assert {problem.file for problem in problems("seed: 1\n", name)} == {shown}
    assert read_upload(name, b"name: a\n", most_firms=2000).source == shown


# Nothing here is looked at -------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path, monkeypatch):
    """A server's working folder with private files, one of them called like a bundled scenario."""
    folder = tmp_path / "server"
    (folder / "private" / "deep").mkdir(parents=True)
    for name in ("private.yaml", "baseline.yaml", ".hidden.yaml", "private/base.yaml"):
        (folder / name).write_text(f"name: a\nseed: 99\nparameters: {{{SECRET}: 1}}\n")
    (folder / "private" / "parameters.csv").write_text(f"{SECRET}\n")
    (folder / "hubei").mkdir()
    (folder / "hubei" / "parameters.csv").write_text(f"{SECRET}\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("key", ["extends", "evidence"])
@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "private.yaml",
        "private",
        "./private",
        "./baseline.yaml",
        "../server/private.yaml",
        "private/base.yaml",
        ".hidden",
        ".upload",
        "..",
        ".",
        "~",
        "baseline/../private",
        "hubei/",
        "hubei/../../private",
        " baseline",
        "BASELINE",
        "{folder}/private.yaml",
        "file:///etc/passwd",
    ],
)
def test_nothing_beside_the_server_is_read(key, path, secret):
    path = path.replace("{folder}", str(secret))
    found = problems(f'name: a\n{key}: "{path}"\n')
    assert [(problem.line, problem.column, problem.key) for problem in found] == [(2, len(key) + 3, key)]
    assert "only what is bundled here" in found[0].message
    text = "\n".join(map(str, found))
    assert SECRET not in text
    assert "root:" not in text
    assert str(secret) not in found[0].message


@pytest.mark.parametrize("key", ["extends", "evidence"])
def test_a_name_with_a_zero_byte_is_no_text(key, secret):
    (problem,) = problems(f'name: a\n{key}: "baseline.yaml\\0"\n')
    assert (problem.line, problem.column, problem.key) == (2, len(key) + 3, key)
    assert "control character" in problem.message


def test_a_bundled_name_means_the_bundled_file(secret):
    for base in ("baseline", "baseline.yaml", "baseline.yml"):
        scenario = read_upload("baseline.yaml", f"name: a\nextends: {base}\n".encode(), most_firms=2000)
        assert scenario.seed == 2024
    assert (
        read_upload("x.yaml", b"name: a\nevidence: hubei\n", most_firms=2000).parameters["firms_2019"] == 1e5
    )


def test_names_that_are_no_text_are_judged_as_usual(secret):
    found = problems("name: a\nextends: [private.yaml]\nevidence: {a: 1}\n")
    assert [problem.message for problem in found] == ["text is expected", "text is expected"]


# Nothing runs, nothing grows -----------------------------------------------------------------------------


def bomb():
    lines = ["a0: &a0 [lol, lol, lol]"] + [f"a{k}: &a{k} [{f'*a{k - 1}, ' * 9}]" for k in range(1, 9)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: a\nseed: !!python/object/apply:os.system ['touch ran']\n", "tags"),
        ("name: a\nseed: !!python/name:os.system\n", "tags"),
        ("name: a\nseed: !!int 3\n", "tags"),
        (bomb(), "anchors"),
        ("name: &a x\ntitle: *a\n", "anchors"),
        ("name: a\ntitle: " + "[" * 30_000, "nested too deeply"),
        ("name: a\ntitle: " + "{a: " * 10_000, "nested too deeply"),
        ("name: a\nname: b\n", "stands twice"),
        ("name: a\n---\nname: b\n", "second document"),
        (b"name: \xff\n", "UTF-8"),
        ("name: a\n".encode("utf-16"), "UTF-8"),
        (b"name: a\x00\n", "control character"),
        (b"", "empty"),
        (b"PK\x03\x04", "control character"),
        (
            "name: a\nparameters: {" + ", ".join(f"a{k}: 1" for k in range(MAX_VALUES)) + "}",
            "too many values",
        ),
        ("name: a\nparameters: [" + "a," * 30_000 + "]", "too many values"),
        ("#" * (MAX_BYTES + 1), "too large"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_what_is_no_plain_small_file_is_refused(text, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = problems(text)
    assert len(found) == 1
    assert words in found[0].message
    assert found[0].file == "mine.yaml"
    assert not os.path.exists("ran")


def test_the_largest_file_is_taken():
    text = "name: a\n#"
    content = text + "." * (MAX_BYTES - len(text) - 1) + "\n"
    assert read_upload("a.yaml", content.encode(), most_firms=2000).name == "a"


@pytest.mark.parametrize("scale", ["0.5", "50 %", "1/3", "0.021"])
def test_a_simulation_too_large_is_refused_with_a_scale_that_is_not(scale):
    (problem,) = problems(f"name: a\nscale: {scale}\n")
    assert (problem.line, problem.column, problem.key) == (2, 8, "scale")
    assert "lower the scale to 0.02" in problem.message
    assert "allowed here: 2,000" in problem.message
    assert read_upload("a", b"name: a\nscale: 0.02\n", most_firms=2000).weight == 50


def test_a_province_with_more_firms_needs_a_smaller_scale():
    (problem,) = problems("name: a\nparameters: {firms_2019: 200000}\n", most_firms=1500)
    assert (problem.line, problem.key) == (None, "scale")
    assert "would simulate 2,000 firms" in problem.message
    assert "lower the scale to 1/134" in problem.message


@pytest.mark.parametrize("horizon", ["{end: 2051Q1}", "{start: 2019Q4}", "{start: 2030Q1, end: 2029Q4}"])
def test_the_horizon_is_that_of_scenarios(horizon):
    (problem,) = problems(f"name: a\nhorizon: {horizon}\n")
    assert problem.key.startswith("horizon")
