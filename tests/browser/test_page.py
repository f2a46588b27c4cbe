"""What a class does on the page: play, move levers, ask why, upload and download scenarios."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

import sim
from sim.browser.controls import controls_of
from sim.world.scenario import load_scenario
from tests.browser.conftest import LOOPBACK, ROOT, Server, Visitor, free_port, running

pytestmark = pytest.mark.browser

QUARTERS = 52
LEVELS = range(5)


@pytest.fixture
def page(server: Server, visitor: Visitor) -> Iterator[Page]:
    opened = visitor.open(server.url)
    expect(opened.locator("canvas").first).to_be_visible()
    yield opened
    opened.wait_for_timeout(100)  # what goes wrong last is heard of only while somebody listens


def control(page: Page, name: str) -> Locator:
    return page.locator(f"[data-control='{name}']")


def unfold(page: Page, title: str) -> None:
    page.locator(".panel summary", has_text=title).click()


def at(page: Page, quarter: str) -> None:
    """Wait for a quarter, in the bar and in the drawings, which follow it."""
    expect(page.locator(".at")).to_contain_text(quarter)
    year, q = quarter.split("Q")
    done = 4 * (int(year) - 2020) + int(q)
    expect(page.locator("svg.time-paths")).to_have_attribute("data-done", str(done))


def step(page: Page, quarters: int) -> None:
    for done in range(1, quarters + 1):
        page.locator(".act-step").click()
        expect(page.locator("svg.time-paths")).to_have_attribute("data-done", str(done))


def play_to_the_end(page: Page) -> None:
    choose(page, ".act-speed", "as fast as possible")
    page.locator(".act-play").click()
    at(page, "2032Q4")


def choose(page: Page, name: str, text: str) -> None:
    page.locator(f"{name} .v-select__slot").click()
    page.locator(".menuable__content__active .v-list-item", has_text=text).click()


def set_slider(page: Page, name: str, place: int) -> None:
    """Move a slider and let it go."""
    control(page, name).evaluate(
        """(slider, place) => {
            slider.value = place;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            slider.dispatchEvent(new Event('change', { bubbles: true }));
        }""",
        place,
    )


def stocks(page: Page) -> list[int]:
    return [int(word) for word in page.locator("svg.ladder-flows").get_attribute("data-stock").split()]


def download(page: Page, text: str, folder: Path) -> Path:
    with page.expect_download() as started:
        page.get_by_role("button", name=text).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def upload(page: Page, name: str, content: str | bytes) -> None:
    raw = content.encode() if isinstance(content, str) else content
    page.locator(".upload input").set_input_files({"name": name, "mimeType": "text/yaml", "buffer": raw})


def expected_stocks(run: sim.Results, quarter: str) -> list[int]:
    table = run.quarters[run.quarters["quarter"] == quarter].set_index("metric")["value"]
    return [int(table[f"firms_level_{level}"]) for level in LEVELS]


def test_a_step_is_a_quarter_and_reset_goes_back(page: Page) -> None:
    expect(page.locator(".at")).to_contain_text("2019Q4")
    step(page, 3)
    at(page, "2020Q3")
    page.locator(".act-reset").click()
    expect(page.locator(".at")).to_contain_text("2019Q4")
    expect(page.locator("svg.time-paths")).to_have_attribute("data-done", "0")


def test_play_goes_on_until_paused_or_at_the_end(page: Page) -> None:
    page.locator(".act-play").click()
    expect(page.locator("svg.time-paths")).to_have_attribute("data-done", re.compile("^[2-9]$"))
    page.locator(".act-play").click()
    expect(page.locator(".act-play")).to_have_text(re.compile("play", re.IGNORECASE))
    play_to_the_end(page)
    expect(page.locator(".act-play")).to_be_disabled()
    expect(page.locator(".act-step")).to_be_disabled()


def test_numbers_are_those_of_the_command_line(page: Page, tmp_path: Path) -> None:
    control(page, "scenario").select_option("subsidies")
    expect(page.locator(".panel summary", has_text="R&D subsidy")).to_contain_text("100 %")
    control(page, "seed").fill("7")
    control(page, "seed").press("Enter")
    play_to_the_end(page)
    scenario = download(page, "Download the scenario", tmp_path)
    expected = sim.run(load_scenario(scenario), replications=1)
    assert expected.seed == 7
    assert stocks(page) == expected_stocks(expected, "2032Q4")
    table = pd.read_csv(download(page, "Download this run", tmp_path))
    policy = table[table["run"] == "policy"].drop(columns=["run", "seed", "changed"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(policy, expected.quarters, check_dtype=False)
    baseline = sim.run(load_scenario("baseline", seed=7), replications=1).quarters
    assert list(table[table["run"] == "baseline"]["value"]) == list(baseline["value"])


def chosen(page: Page, name: str) -> str:
    return control(page, name).evaluate("box => box.options[box.selectedIndex].text")


def test_the_box_names_the_scenario_that_is_in_force(page: Page) -> None:
    control(page, "scenario").select_option("classroom_treadmill")
    expect(page.locator(".panel")).to_contain_text("Only for: Wuhan")
    named = chosen(page, "scenario")
    assert named.endswith("treadmill")
    control(page, "levers.talent_support").uncheck()
    expect(control(page, "scenario")).to_have_value("")
    assert chosen(page, "scenario") == f"{named} (changed)"
    control(page, "levers.talent_support").check()
    expect(control(page, "scenario")).to_have_value("classroom_treadmill")
    assert chosen(page, "scenario") == named


def test_a_scale_from_a_file_is_named_too(page: Page) -> None:
    upload(page, "mine.yaml", "name: mine\nextends: baseline\nscale: 1/300\n")
    expect(control(page, "scale")).to_have_value("300")
    assert "1/300" in chosen(page, "scale")
    control(page, "scale").select_option("1000")
    expect(page.locator("[data-control=scale] option[value='300']")).to_have_count(0)
    assert "0.001" in chosen(page, "scale")


def test_what_is_refused_does_not_stand_in_its_box(page: Page) -> None:
    """Nothing that the panel offers is refused today; here it offers what is."""
    control(page, "structure").evaluate(
        """box => {
            box.add(new Option("nowhere", "X"));
            box.value = "X";
            box.dispatchEvent(new Event("change"));
        }"""
    )
    expect(page.locator(".problems")).to_contain_text("structure")
    expect(control(page, "structure")).to_have_value("V")
    assert chosen(page, "structure") == "V via difficulty"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_help_of_a_reading_names_it(page: Page, lang: str) -> None:
    if lang == "zh":
        page.locator(".act-language").click()
    for name, readings in (
        ("structure", {"zh": ("V 经由转型难：", "D 直接作用："), "en": ("V via difficulty: ", "D direct: ")}),
        ("causal_reading", {"zh": ("选择性：", "朴素："), "en": ("selective: ", "naive: ")}),
    ):
        box = page.locator(".control", has=control(page, name))
        box.locator(".ask").click()
        for reading in readings[lang]:
            expect(box.locator(".help")).to_contain_text(reading)


def test_downloads_tell_seed_and_change(page: Page, tmp_path: Path) -> None:
    control(page, "scenario").select_option("classroom_luck")
    control(page, "seed").fill("3")
    control(page, "seed").press("Enter")
    step(page, 2)
    plain = download(page, "Download this run", tmp_path)
    assert plain.name == "classroom_luck-seed3.csv"
    control(page, "structure").select_option("D")
    scenario = download(page, "Download the scenario", tmp_path)
    table = download(page, "Download this run", tmp_path)
    assert (scenario.name, table.name) == (
        "classroom_luck-seed3-changed.yaml",
        "classroom_luck-seed3-changed.csv",
    )
    kept = pd.concat([pd.read_csv(plain, keep_default_na=False), pd.read_csv(table)])
    assert set(kept["seed"]) == {3}
    assert set(kept["changed"]) == {"", "structure"}
    assert "种子 seed: 3; 设置改动 settings changed: structure" in scenario.read_text(encoding="utf-8")
    again = load_scenario(scenario)
    assert (again.seed, again.structure) == (3, "D")


def test_what_is_typed_or_moved_stays_whatever_is_answered_meanwhile(page: Page) -> None:
    """A scenario's answer may come while the next box is being filled in: its number stays and is taken."""
    seed, budget = control(page, "seed"), control(page, "budget")
    seed.fill("3")
    control(page, "scenario").evaluate(
        """box => { box.value = 'classroom_luck'; box.dispatchEvent(new Event('change', { bubbles: true })); }"""
    )
    expect(page.locator(".panel summary", has_text="R&D subsidy")).to_contain_text("100 %")
    expect(seed).to_have_value("3")
    seed.press("Enter")
    step(page, 1)
    control(page, "scenario").select_option("baseline")
    expect(control(page, "scenario")).to_have_value("baseline")
    expect(seed).to_have_value("3")
    first = int(budget.input_value())
    for presses in range(1, 4):
        budget.press("ArrowRight")
        expect(budget).to_have_value(str(first + presses))
    box = budget.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.2 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], middle, steps=6)
    dragged = budget.input_value()
    assert int(dragged) > first + 3
    page.mouse.up()
    page.locator("h1").click()  # its answer decides from now on what stands there
    page.wait_for_timeout(500)
    expect(budget).to_have_value(dragged)


#: `upgrading view` that carries out the changes in the panel one by one, each when a file of its number is there.
HELD = """
import itertools, pathlib, runpy, time
from sim.browser import panel

carry_out, numbers = panel.move, itertools.count(1)

def move(*change):
    number = next(numbers)
    while not pathlib.Path(f"carry-out-{number}").exists():
        time.sleep(0.01)
    carry_out(*change)

panel.move = move
runpy.run_module("sim", run_name="__main__")
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, "--no-browser", "--lang", "en", program=("-c", HELD, "view"))
    try:
        yield server
    finally:
        server.stop()


def test_an_answer_releases_only_what_was_sent_before_it(
    held: Server, visitors: Callable[[], Visitor], tmp_path: Path
) -> None:
    """Who presses keys faster than the server answers loses no step, and no box takes another's answer for its own."""

    def answer(*numbers: int) -> None:
        for number in numbers:
            (tmp_path / f"carry-out-{number}").touch()

    def stays(box: Locator, value: str) -> None:
        page.wait_for_timeout(500)  # what would replace it comes no later than what was waited for
        assert box.input_value() == value

    page = visitors().open(held.url)
    seed, budget, structure = (control(page, name) for name in ("seed", "budget", "structure"))
    first = int(budget.input_value())
    control(page, "scenario").select_option("subsidies")  # 1
    budget.press("ArrowRight")  # 2
    budget.press("ArrowRight")  # 3
    structure.select_option("D")  # 4
    answer(1)
    expect(page.locator(".panel summary", has_text="R&D subsidy")).to_contain_text("100 %")
    stays(budget, str(first + 2))
    assert structure.input_value() == "D"
    budget.press("ArrowRight")  # 5
    assert budget.input_value() == str(first + 3)

    control(page, "levers.rd_subsidy").uncheck()  # 6
    control(page, "levers.rd_subsidy").check()  # 7
    seed.fill("-1")
    seed.press("Enter")  # 8: refused
    budget.press("ArrowLeft")  # 9
    answer(2, 3, 4, 5, 6)
    expect(page.locator(".panel summary", has_text="R&D subsidy")).not_to_contain_text("100 %")
    stays(budget, str(first + 2))
    expect(control(page, "levers.rd_subsidy")).to_be_checked()
    expect(seed).to_have_value("-1")  # left, but not answered yet
    answer(7, 8)
    expect(page.locator(".problems")).to_contain_text("seed")
    expect(seed).to_have_value("2024")
    stays(budget, str(first + 2))
    answer(9)
    expect(page.locator(".problems")).to_have_count(0)
    scenario = load_scenario(download(page, "Download the scenario", tmp_path))
    assert (scenario.name, scenario.structure, scenario.seed) == ("subsidies", "D", 2024)
    assert [use.name for use in scenario.levers] == ["rd_subsidy"]
    assert scenario.budget == pytest.approx(controls_of(scenario).budget.stops[first + 2])
    stays(budget, str(first + 2))


def test_a_lever_takes_the_same_province_another_way(page: Page, tmp_path: Path) -> None:
    play_to_the_end(page)
    before = stocks(page)
    unfold(page, "R&D subsidy")
    control(page, "levers.rd_subsidy").check()
    control(page, "levers.rd_subsidy.start").select_option("2021Q1")
    set_slider(page, "budget", 20)
    expect(page.locator("svg.ladder-flows")).not_to_have_attribute("data-stock", " ".join(map(str, before)))
    scenario = load_scenario(download(page, "Download the scenario", tmp_path))
    (use,) = [use for use in scenario.levers if use.name == "rd_subsidy"]
    assert use.start == 4 * 2021
    assert scenario.budget != load_scenario("baseline").budget
    assert stocks(page) == expected_stocks(sim.run(scenario, replications=1), "2032Q4")
    control(page, "levers.rd_subsidy").uncheck()
    expect(page.locator("svg.ladder-flows")).to_have_attribute("data-stock", " ".join(map(str, before)))


def test_readings_and_scale_are_changed_like_in_a_file(page: Page, tmp_path: Path) -> None:
    control(page, "structure").select_option("D")
    control(page, "causal_reading").select_option("naive")
    control(page, "scale").select_option("500")
    expect(page.locator(".panel option:checked", has_text="0.002")).to_have_count(1)
    scenario = load_scenario(download(page, "Download the scenario", tmp_path))
    assert (scenario.structure, scenario.causal_reading, scenario.weight) == ("D", "naive", 500)


def test_a_wrong_seed_is_told_and_changes_nothing(page: Page) -> None:
    step(page, 2)
    control(page, "seed").fill("-1")
    control(page, "seed").press("Enter")
    expect(page.locator(".problems")).to_contain_text("seed")
    at(page, "2020Q2")


def test_the_page_speaks_both_languages(page: Page) -> None:
    step(page, 1)
    page.locator(".act-language").click()
    expect(page.locator(".act-step")).to_contain_text("单步")
    expect(page.locator(".at")).to_contain_text("第 1 / 52 季")
    expect(page.locator("h1")).to_contain_text("产业升级")
    assert "转型难" in page.locator("svg.time-paths").text_content()
    page.locator(".act-language").click()
    expect(page.locator(".act-step")).to_contain_text(re.compile("step", re.IGNORECASE))


def test_a_firm_on_the_map_tells_why(page: Page) -> None:
    step(page, 4)
    canvas = page.locator("canvas").first
    box = canvas.bounding_box()
    why = page.locator(".why")
    # Around Wuhan, where firms stand close together.
    for across in (0.74, 0.75, 0.76, 0.77):
        canvas.click(position={"x": box["width"] * across, "y": box["height"] * 0.55})
        expect(why).to_be_visible()
        if why.locator("tbody tr").count():
            break
    assert why.locator("tbody tr").count() == 14
    parts = [float(text) for text in why.locator("tbody tr td:nth-child(6)").all_inner_texts() if text]
    total, chance = why.locator("tfoot th").last.inner_text().split(" → ")
    assert sum(parts) == pytest.approx(float(total), abs=0.0006 * len(parts))
    assert why.locator(".verdict").inner_text().startswith(f"Probability {chance}")


def test_a_region_can_be_chosen_without_a_mouse_on_the_map(page: Page) -> None:
    choose(page, ".act-region", "Yichang")
    expect(page.locator(".reasons")).to_contain_text("first quarter")
    step(page, 1)
    expect(page.locator(".why h3")).to_have_text("Yichang")
    expect(page.locator(".why")).to_contain_text("2 High-tech")


def test_every_layer_of_the_map_has_its_legend(page: Page) -> None:
    step(page, 4)
    legend = page.locator(".province-map-legend")
    legends = {legend.inner_text()}
    for layer in ("difficulty", "alent", "latform", "nowledge"):
        before = legend.text_content()
        choose(page, ".act-layer", layer)
        expect(page.locator(".act-layer .v-select__selection")).to_contain_text(layer)
        # The list shows the choice before the server has drawn the map.
        page.wait_for_function(
            "before => document.querySelector('.province-map-legend').textContent !== before", arg=before
        )
        legends.add(legend.inner_text())
    assert len(legends) == 5


def test_a_good_file_is_played(page: Page, tmp_path: Path) -> None:
    content = (
        "name: mine\nextends: platforms.yaml\nseed: 11\nscale: 0.005\nhorizon: {start: 2020Q1, end: 2026Q4}\n"
    )
    upload(page, "mine.yaml", content)
    expect(control(page, "seed")).to_have_value("11")
    page.locator(".act-step").click()
    expect(page.locator(".at")).to_contain_text("quarter 1 of 28")
    (tmp_path / "mine.yaml").write_text(content)
    expected = sim.run(load_scenario(tmp_path / "mine.yaml"), replications=1)
    at(page, "2020Q1")
    assert stocks(page) == expected_stocks(expected, "2020Q1")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "name: bad\nextends: baseline.yaml\nlevers: {talent_pol: {start: 2024Q1}}\n",
            "Did you mean talent_pool?",
        ),
        ("name: bad\nextends: baseline.yaml\nseed: -3\n", "bad.yaml:3:7"),
        ("name: bad\nextends: /etc/passwd\n", "bundled"),
        ("name: bad\nextends: baseline.yaml\nscale: 1\n", "lower the scale"),
        ("name: [bad\n", "bad.yaml"),
        ("!!python/object/apply:os.system ['true']\n", "bad.yaml"),
        (b"\xff\xfe\x00", "bad.yaml"),
        (b"# \n" * 40_000, "too large"),
    ],
    ids=["lever", "number", "extends", "scale", "syntax", "tag", "bytes", "size"],
)
def test_a_bad_file_is_told_and_changes_nothing(page: Page, content: str | bytes, told: str) -> None:
    step(page, 2)
    upload(page, "bad.yaml", content)
    expect(page.locator(".problems")).to_contain_text(told)
    assert "root:" not in page.locator(".problems").inner_text()
    at(page, "2020Q2")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".problems")).to_have_count(0)


def test_two_sessions_do_not_disturb_each_other(server: Server, visitors: Callable[[], Visitor]) -> None:
    one, other = (visitors().open(server.url) for _ in range(2))
    step(one, 3)
    control(one, "seed").fill("99")
    control(one, "seed").press("Enter")
    step(other, 5)
    at(one, "2020Q3")
    at(other, "2021Q1")
    expect(control(other, "seed")).to_have_value("2024")
    expect(control(one, "seed")).to_have_value("99")
    expected = sim.run(load_scenario("baseline"), replications=1)
    assert stocks(other) == expected_stocks(expected, "2021Q1")


def test_the_drawings_stand_in_mesas_own_page(tmp_path: Path, visitors: Callable[[], Visitor]) -> None:
    port = free_port()
    words = (
        "run",
        str(ROOT / "docs" / "mesa_page.py"),
        "--production",
        "--host",
        LOOPBACK,
        "--port",
        str(port),
    )
    ready = rf"Solara server is starting at (http://{LOOPBACK}:{port})"
    server = Server(tmp_path, *words, program=("-m", "solara"), ready=ready)
    try:
        visitor = visitors()
        page = visitor.page
        page.goto(server.url)
        page.get_by_role("button", name="Step").click()
        expect(page.locator("svg.time-paths")).to_have_attribute("data-done", "1")
        expect(page.locator(".province-map-quarter")).to_have_text("2020Q1")
        visitor.leave()
    finally:
        server.stop()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, "talent_pool") as started:
        yield started


@pytest.mark.slow
def test_five_hundred_quarters_leave_the_memory_flat(own: Server, visitors: Callable[[], Visitor]) -> None:
    page = visitors().open(own.url)
    heights = []
    for _ in range(10):
        play_to_the_end(page)
        page.locator(".act-reset").click()
        expect(page.locator("svg.time-paths")).to_have_attribute("data-done", "0")
        heights.append(own.memory())
    print([round(height) for height in heights], "MB")
    # The first rounds fill caches; after them nothing may pile up.
    assert heights[-1] < heights[2] + 10


def test_nothing_lies_outside_the_window(page: Page) -> None:
    step(page, 1)
    choose(page, ".act-region", "Yichang")
    expect(page.locator(".why h3")).to_have_text("Yichang")
    page.mouse.move(1350, 600)
    page.mouse.wheel(0, 800)
    assert page.evaluate("[scrollY, document.documentElement.scrollHeight <= innerHeight]") == [0, True]


def test_whom_a_lever_is_for_is_told_and_kept(page: Page, tmp_path: Path) -> None:
    control(page, "scenario").select_option("classroom_treadmill")
    expect(page.locator(".panel")).to_contain_text("Only for: Wuhan")
    before = load_scenario(download(page, "Download the scenario", tmp_path))
    control(page, "levers.talent_support").uncheck()
    expect(page.locator(".panel")).not_to_contain_text("Only for: Wuhan")
    expect(control(page, "levers.talent_support")).to_be_visible()
    control(page, "levers.talent_support").check()
    expect(page.locator(".panel")).to_contain_text("Only for: Wuhan")
    after = load_scenario(download(page, "Download the scenario", tmp_path))
    assert after.digest == before.digest
