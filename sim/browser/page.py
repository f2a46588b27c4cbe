"""The page: map, time paths, levers and reasons of one session. It only shows; `Session` does the work."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable
from typing import Any

import reacton.ipyvuetify as rv
import solara

from sim.browser import limits
from sim.browser.charts import ladder_frame, money_frame, paths_frame
from sim.browser.drawings import Ladder, ProvinceMap, TimePaths
from sim.browser.frames import geography_of, map_frame
from sim.browser.layers import LAYERS
from sim.browser.opening import opening
from sim.browser.panel import panel_groups
from sim.browser.session import Session
from sim.browser.telling import firm_names, region_names, told
from sim.browser.uploads import MAX_BYTES
from sim.browser.view import FREE, SPEEDS, View
from sim.show.texts.cautions import caution_lines
from sim.words import LANGUAGES, Words
from sim.world.scenario import Scenario

MOST_PROBLEMS = 12  # problems shown at once


def warm(scenario: Scenario) -> None:
    """Do once what the first visitor would otherwise wait for."""
    session = Session(scenario)
    session.step()
    geography_of(session.policy.evidence, scenario.grid)
    panel_groups(session, Words(opening().lang))


@solara.component
def Page() -> None:
    """What a visitor sees: the page of the class, or a message that all places are taken."""
    error, _ = solara.use_exception()
    if error is not None:
        # Errors of the program are shown to whoever runs the server; a visitor learns nothing about the machine.
        traceback.print_exception(error)
        Notice("broken_title", "broken")
    elif limits.admitted():
        Classroom()
    else:
        Notice("full_title", "full", most=limits.places.most)
        # Its kernel ends soon; a reload gives a page that needs no kernel and retries by itself.
        rv.Html(tag="meta", attributes={"http-equiv": "refresh", "content": "5"})


@solara.component
def Notice(title: str, text: str, **parts: object) -> None:
    """Say something in both languages instead of showing the page."""
    solara.Title(Words("en")("page.title"))
    with solara.Column(align="center", style={"padding": "20vh 1rem"}):
        for lang in LANGUAGES:
            rv.Html(tag="h2", children=[Words(lang)(f"page.{title}")])
            solara.Text(Words(lang)(f"page.{text}", **parts))


@solara.component
def Classroom() -> None:
    """One session."""
    view = solara.use_memo(lambda: View(Session(opening().scenario), solara.reactive(opening().lang)), [])
    words = view.words

    def player() -> Callable[[], None]:
        stop = threading.Event()
        if view.playing.value:
            threading.Thread(target=view.play, args=(stop,), daemon=True).start()
        return stop.set

    solara.use_effect(player, [view.playing.value])
    solara.Title(words("page.title"))
    solara.Style(STYLE)
    with solara.Div(classes=["classroom"]):
        with solara.Div(classes=["side"]):
            Panel(view)
        with solara.Div(classes=["middle"]):
            Bar(view)
            Problems(view)
            with solara.Div(classes=["map"]):
                Map(view)
            Why(view)
        with solara.Div(classes=["right"]):
            Cautions(view)
            Paths(view)


@solara.component
def Bar(view: View) -> None:
    """Step, play, reset, speed, the layer of the map, the language."""
    view.frame.value  # noqa: B018  what is read is waited for
    session, words, playing = view.session, view.words, view.playing.value
    walk = session.policy.walk

    at = words("page.beginning")
    if walk.done:
        quarter = session.policy.quarter
        at = words("page.at_quarter", quarter=quarter, done=walk.done, quarters=walk.quarters)
        at += words("page.at_end") if walk.finished else ""
    with solara.Div(classes=["bar"]):
        solara.Button(
            words("page.reset"), on_click=view.reset, icon_name="mdi-restart", classes=["act-reset"]
        )
        solara.Button(
            words("page.step"),
            on_click=view.step,
            icon_name="mdi-skip-next",
            disabled=session.finished,
            classes=["act-step"],
        )
        solara.Button(
            words("page." + ("pause" if playing else "play")),
            on_click=view.turn,
            icon_name="mdi-pause" if playing else "mdi-play",
            color="primary",
            disabled=session.finished,
            classes=["act-play"],
        )
        Choice(
            words("page.speed"),
            [
                *((n, str(n)) for n in SPEEDS),
                (FREE, words("page.speed_free")),
            ],
            view.speed.value,
            view.set_speed,
            "act-speed",
        )
        Choice(
            words("page.layer"),
            [(name, words.pick(pair)) for name, pair in LAYERS.items()],
            view.layer.value,
            view.set_layer,
            "act-layer",
        )
        rv.Html(tag="strong", class_="at", attributes={"aria-live": "polite"}, children=[at])


@solara.component
def Choice(
    label: str,
    choices: list[tuple[Any, str]],
    value: Any,
    on_value: Callable[[Any], None],
    name: str,
) -> None:
    """A short list to choose from; other values are ignored."""
    allowed = {item for item, _ in choices}

    def chosen(item: Any) -> None:
        if isinstance(item, int | str) and item in allowed:
            on_value(item)

    rv.Select(
        label=label,
        items=[{"text": text, "value": item} for item, text in choices],
        v_model=value,
        on_v_model=chosen,
        dense=True,
        hide_details=True,
        outlined=True,
        class_=name,
    )


@solara.component
def Problems(view: View) -> None:
    """What was wrong with the visitor's last request."""
    words = view.words
    if not view.problems.value:
        return
    shown, more = view.problems.value[:MOST_PROBLEMS], len(view.problems.value) - MOST_PROBLEMS
    with rv.Html(tag="div", class_="problems", attributes={"role": "alert"}):
        solara.Text(words("page.problems"))
        for problem in shown:
            solara.Preformatted(problem.text(words))
        if more > 0:
            solara.Text(words("page.more_problems", more=more))
        solara.Button(words("page.close"), on_click=view.forgive, text=True)


@solara.component
def Map(view: View) -> None:
    """The map of the province."""
    view.frame.value  # noqa: B018
    layer = view.layer.value

    def frames(s: Session) -> tuple[Any, dict[str, Any]]:
        geography = geography_of(s.policy.evidence, s.scenario.grid)
        return geography, map_frame(s.policy.walk, geography, layer, s.slot, s.code)

    geography, frame = view.session.look(frames)
    ProvinceMap(geography, frame, view.lang.value, event_pick=view.pick)


@solara.component
def Paths(view: View) -> None:
    """Time paths, ladder and money."""
    view.frame.value  # noqa: B018
    words = view.words

    def frames(s: Session) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        policy, baseline = s.policy.walk, s.baseline.walk
        return (
            paths_frame(s.scenario, policy.regions, baseline.regions, policy.done),
            ladder_frame(s.scenario, policy.regions, baseline.regions, policy.done),
            money_frame(s.scenario, policy.compiled.programme, policy.regions, policy.done),
        )

    paths, ladder, money = view.session.look(frames)
    TimePaths(paths, words.lang)
    Ladder(ladder, money, words.lang)


@solara.component
def Cautions(view: View) -> None:
    """What a reader must know before comparing the curves below."""
    view.settings.value, view.calm.value  # noqa: B018
    session, words = view.session, view.words
    lines = caution_lines(session.cautions(), lambda name: session.scenario.title[words.lang], words)
    with rv.Html(tag="ul", class_="cautions", attributes={"role": "note"}):
        for line in lines:
            rv.Html(tag="li", children=[line])


@solara.component
def Why(view: View) -> None:
    """Why the picked firm or region stands where it does."""
    view.calm.value  # noqa: B018
    session, words = view.session, view.words
    evidence, code, slot, firms, story, baseline, lost = session.look(
        lambda s: (s.policy.evidence, s.code, s.slot, s.firms(), s.story(), s.baseline_story(), s.lost)
    )
    with solara.Div(classes=["reasons"]):
        with solara.Div(classes=["picks"]):
            rv.Html(tag="h2", children=[words("page.why")])
            Choice(
                words("page.region"),
                [(0, words("page.nothing_picked")), *region_names(evidence.regions, words)],
                code or 0,
                view.pick_region,
                "act-region",
            )
            if code is not None:
                Choice(
                    words("page.firm"),
                    [(-1, words("page.nothing_picked")), *firm_names(firms, evidence, words)],
                    -1 if slot is None else slot,
                    view.pick_firm,
                    "act-firm",
                )
        if lost:
            solara.Text(words("page.why_gone"))
        elif story is not None:
            WhyTable(text=json.dumps(told(story, baseline, session.scenario.weight, words)))
        else:
            solara.Text(words("page." + ("why_later" if code else "why_hint")))


@solara.component
def Panel(view: View) -> None:
    """Scenario, run, money and levers."""
    view.settings.value  # noqa: B018
    session, words = view.session, view.words

    solara.Button(
        words("page.language"),
        on_click=view.set_lang,
        icon_name="mdi-translate",
        text=True,
        classes=["act-language"],
    )
    rv.Html(tag="h1", children=[words("page.title")])
    groups = json.dumps(session.look(lambda s: panel_groups(s, words)))
    # Read without waiting for it: the settings change with every answer, after its number.
    PanelOf(text=groups, lang=words.lang, answered=view.answered.peek(), event_set=view.move)
    Upload(label=words("page.upload"), most=MAX_BYTES, event_upload=view.upload)
    name = session.file_name
    solara.FileDownload(
        session.yaml,
        filename=f"{name}.yaml",
        label=words("page.download_yaml"),
        mime_type="application/yaml",
    )
    solara.FileDownload(
        view.csv,
        filename=f"{name}.csv",
        label=words("page.download_csv"),
        mime_type="text/csv",
    )


@solara.component_vue("vue/why.vue", vuetify=False)
def WhyTable(text: str) -> None:
    """A story as a table; JSON, because Solara would compare every value of a nested prop at every change."""


@solara.component_vue("vue/panel.vue", vuetify=False)
def PanelOf(text: str, lang: str, answered: int, event_set: Callable[[dict[str, Any]], None]) -> None:
    """Groups of switches, choices and sliders, as JSON; `answered` is the number of the last change they show."""


@solara.component_vue("vue/upload.vue", vuetify=False)
def Upload(label: str, most: int, event_upload: Callable[[dict[str, Any]], None]) -> None:
    """A field that takes a file."""


STYLE = """
.classroom { display: grid; grid-template-columns: 272px minmax(0, 1fr) minmax(340px, 33vw); }
.classroom { height: 100vh; overflow: hidden; }
.classroom > div { position: relative; }
.classroom .side, .classroom .right { height: 100vh; overflow-y: auto; padding: 8px 10px; }
.classroom .side { background: #fafafa; border-right: 1px solid #dcdcdc; }
.classroom .side h1 { font-size: 1.05rem; margin: 2px 0 6px; }
.classroom .middle { display: flex; flex-direction: column; height: 100vh; overflow-y: auto; padding: 8px; }
.classroom .map { flex: 0 0 50vh; min-height: 320px; }
.classroom .side .v-btn { white-space: normal; height: auto !important; min-height: 36px; max-width: 100%; }
.classroom .side .v-btn__content { white-space: normal; flex-shrink: 1; }
.classroom .bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.classroom .bar .v-btn { padding: 0 10px !important; min-width: 0 !important; }
.classroom .bar .v-select { flex: 0 1 200px; }
.classroom .bar .act-speed { flex-basis: 130px; }
.classroom .bar .at { margin-left: auto; font-variant-numeric: tabular-nums; }
.classroom .problems { background: #fdecea; border-left: 4px solid #b3261e; padding: 6px 10px; margin: 6px 0; }
.classroom .problems pre { white-space: pre-wrap; margin: 2px 0; background: none; }
.classroom .cautions { background: #fff6e0; border-left: 4px solid #b07d00; padding: 4px 8px 4px 22px; }
.classroom .cautions { margin: 0 0 6px; font-size: 0.8rem; line-height: 1.35; }
.classroom .reasons { flex: 0 0 auto; padding: 4px 2px; }
.classroom .picks { display: flex; gap: 8px; align-items: center; margin-bottom: 4px; }
.classroom .picks .v-select { flex: 1 1 0; min-width: 0; }
.classroom .picks .act-firm { flex-grow: 1.6; }
.classroom .reasons h2 { font-size: 1.05rem; margin: 0; }
@media (max-width: 1000px) {
  .classroom { grid-template-columns: 1fr; height: auto; overflow: visible; }
  .classroom > div { height: auto !important; }
}
"""
