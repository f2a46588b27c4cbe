"""The page: a map, time paths, levers and reasons of one session. It only shows; `Session` does."""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import reacton.ipyvuetify as rv
import solara

from sim.browser import limits
from sim.browser.drawings import Ladder, ProvinceMap, TimePaths
from sim.browser.frames import geography_of, ladder_frame, map_frame, money_frame, paths_frame
from sim.browser.layers import LAYERS
from sim.browser.limits import MOST_FIRMS
from sim.browser.panel import move, panel_groups
from sim.browser.server import opening
from sim.browser.session import Session
from sim.browser.telling import page, prefecture_names, told
from sim.browser.uploads import MAX_BYTES, read_upload
from sim.errors import InputError
from sim.show.words import say
from sim.world.scenario import Scenario

SPEEDS = (1, 2, 5, 10)  # quarters a second; 0 is as fast as it goes
FREE = 0
CALM = 0.25  # seconds between looks at the reasons while the run plays


@dataclass(frozen=True, slots=True)
class View:
    """The session and what of it is on the screen; a change of a reactive draws what depends on it anew."""

    session: Session
    lang: solara.Reactive[str]
    frame: solara.Reactive[int] = field(default_factory=lambda: solara.reactive(0))
    """Counts what the map and the paths show."""
    calm: solara.Reactive[int] = field(default_factory=lambda: solara.reactive(0))
    """Counts likewise, but seldom while the run plays."""
    settings: solara.Reactive[int] = field(default_factory=lambda: solara.reactive(0))
    """Counts what the panel shows."""
    layer: solara.Reactive[str] = field(default_factory=lambda: solara.reactive("level"))
    playing: solara.Reactive[bool] = field(default_factory=lambda: solara.reactive(False))
    speed: solara.Reactive[int] = field(default_factory=lambda: solara.reactive(2))
    problems: solara.Reactive[tuple[str, ...]] = field(default_factory=lambda: solara.reactive(()))

    def drawn(self) -> None:
        """Draw everything anew."""
        self.calm.value += 1
        self.frame.value += 1

    def act(self, action: Callable[[], None]) -> None:
        """Do what the visitor asks for; say what is wrong with it where something is."""
        limits.touch()
        try:
            action()
        except InputError as error:
            self.problems.value = tuple(str(problem) for problem in error.problems)
        else:
            self.problems.value = ()
        self.drawn()

    def change(self, action: Callable[[], None]) -> None:
        """Do what the visitor asks for, if it is about the scenario itself."""
        self.act(action)
        self.settings.value += 1

    def turn(self) -> None:
        """Play, or pause."""
        limits.touch()
        self.playing.value = not self.playing.value and not self.session.finished

    def step(self) -> None:
        """Stop playing and go on by one quarter."""
        self.playing.value = False
        self.act(self.session.step)

    def reset(self) -> None:
        """Go back to the beginning."""
        self.playing.value = False
        self.act(self.session.reset)

    def pick(self, what: dict[str, int]) -> None:
        """Look at the firm or the prefecture that was clicked on."""
        if "slot" in what:
            self.act(lambda: self.session.pick_firm(int(what["slot"])))
        else:
            self.pick_prefecture(int(what["region"]))

    def pick_prefecture(self, code: int) -> None:
        """Look at a prefecture; 0 is none."""
        self.act(lambda: self.session.pick_prefecture(code or None))

    def move(self, what: dict[str, Any]) -> None:
        """Do what was moved in the panel."""
        self.change(lambda: move(self.session, str(what.get("id")), what.get("value")))

    def upload(self, file: dict[str, Any]) -> None:
        """Play a scenario that the visitor brings."""

        def taken() -> None:
            try:
                content = base64.b64decode(file["content"], validate=True)
                size = int(file["size"])
            except (binascii.Error, ValueError, TypeError, KeyError):
                content, size = b"", 0
            # A file that was too large to send is refused for its size, like one that was sent.
            content = content or b" " * min(size, MAX_BYTES + 1)
            self.session.open(read_upload(str(file.get("name", "")), content, most_firms=MOST_FIRMS))

        self.playing.value = False
        self.change(taken)

    def csv(self) -> str:
        """The quarters done, as a table."""
        text: str = self.session.table().to_csv(index=False, lineterminator="\n")
        return text

    def play(self, stop: threading.Event) -> None:
        """Step until stopped or at the end."""
        seen = time.monotonic()
        while not stop.is_set() and not self.session.finished:
            began = time.monotonic()
            self.session.step()
            self.frame.value += 1
            if began - seen > CALM:
                self.calm.value += 1
                seen = began
            if self.speed.value != FREE:
                stop.wait(max(1 / self.speed.value - (time.monotonic() - began), 0))
        if not stop.is_set():
            self.playing.value = False
            self.drawn()


def warm(scenario: Scenario) -> None:
    """Do once what the first visitor would wait for."""
    session = Session(scenario)
    session.step()
    geography_of(session.policy.evidence, scenario.grid)
    panel_groups(session, opening().lang)


@solara.component
def Page() -> None:
    """What a visitor sees: the class's page, or a word that all places are taken."""
    if limits.admitted():
        Classroom()
    else:
        Full()


@solara.component
def Full() -> None:
    """Say that all places are taken, in both languages."""
    solara.Title(page("title", "en"))
    with solara.Column(align="center", style={"padding": "20vh 1rem"}):
        for lang in ("zh", "en"):
            solara.HTML(tag="h2", unsafe_innerHTML=page("full_title", lang))
            solara.Text(page("full", lang, most=limits.places.most))


@solara.component
def Classroom() -> None:
    """One session."""
    view = solara.use_memo(lambda: View(Session(opening().scenario), solara.reactive(opening().lang)), [])
    lang = view.lang.value

    def player() -> Callable[[], None]:
        stop = threading.Event()
        if view.playing.value:
            threading.Thread(target=view.play, args=(stop,), daemon=True).start()
        return stop.set

    solara.use_effect(player, [view.playing.value])
    solara.Title(page("title", lang))
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
            Paths(view)


@solara.component
def Bar(view: View) -> None:
    """Step, play, reset, speed, the layer of the map, the language."""
    view.frame.value  # noqa: B018  what is read is waited for
    session, lang, playing = view.session, view.lang.value, view.playing.value
    walk = session.policy.walk

    at = page("beginning", lang)
    if walk.done:
        quarter = f"{walk.quarter // 4}Q{walk.quarter % 4 + 1}"
        at = page("at_quarter", lang, quarter=quarter, done=walk.done, quarters=walk.quarters)
        at += page("at_end", lang) if walk.finished else ""
    with solara.Div(classes=["bar"]):
        solara.Button(
            page("reset", lang), on_click=view.reset, icon_name="mdi-restart", classes=["act-reset"]
        )
        solara.Button(
            page("step", lang),
            on_click=view.step,
            icon_name="mdi-skip-next",
            disabled=session.finished,
            classes=["act-step"],
        )
        solara.Button(
            page("pause" if playing else "play", lang),
            on_click=view.turn,
            icon_name="mdi-pause" if playing else "mdi-play",
            color="primary",
            disabled=session.finished,
            classes=["act-play"],
        )
        Choice(
            page("speed", lang),
            [
                *((n, page("speed_choice", lang, n=n)) for n in SPEEDS),
                (FREE, page("speed_free", lang)),
            ],
            view.speed.value,
            view.speed.set,
            "act-speed",
        )
        Choice(
            page("layer", lang),
            [(name, say(pair, lang)) for name, pair in LAYERS.items()],
            view.layer.value,
            view.layer.set,
            "act-layer",
        )
        solara.HTML(tag="strong", unsafe_innerHTML=at, classes=["at"])


@solara.component
def Choice(
    label: str,
    choices: list[tuple[Any, str]],
    value: Any,
    on_value: Callable[[Any], None],
    name: str,
) -> None:
    """A short list to choose from."""
    rv.Select(
        label=label,
        items=[{"text": text, "value": item} for item, text in choices],
        v_model=value,
        on_v_model=on_value,
        dense=True,
        hide_details=True,
        outlined=True,
        class_=name,
    )


@solara.component
def Problems(view: View) -> None:
    """What was wrong with what the visitor asked for."""
    lang = view.lang.value
    if not view.problems.value:
        return
    with solara.Div(classes=["problems"]):
        solara.Text(page("problems", lang))
        for problem in view.problems.value:
            solara.Preformatted(problem)
        solara.Button(page("close", lang), on_click=lambda: view.problems.set(()), text=True)


@solara.component
def Map(view: View) -> None:
    """The map of the province."""
    view.frame.value  # noqa: B018
    session = view.session
    geography = geography_of(session.policy.evidence, session.scenario.grid)

    frame = session.look(lambda s: map_frame(s.policy.walk, geography, view.layer.value, s.slot, s.code))
    ProvinceMap(geography, frame, view.lang.value, event_pick=view.pick)


@solara.component
def Paths(view: View) -> None:
    """Time paths, ladder and money."""
    view.frame.value  # noqa: B018
    lang = view.lang.value

    def frames(s: Session) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        policy, baseline = s.policy.walk, s.baseline.walk
        return (
            paths_frame(s.scenario, policy.regions, baseline.regions, policy.done),
            ladder_frame(s.scenario, policy.regions, baseline.regions, policy.done),
            money_frame(s.scenario, policy.ground.programme, policy.regions, policy.done),
        )

    paths, ladder, money = view.session.look(frames)
    TimePaths(paths, lang)
    Ladder(ladder, money, lang)


@solara.component
def Why(view: View) -> None:
    """Why the picked firm or prefecture stands where it does."""
    view.calm.value  # noqa: B018
    session, lang = view.session, view.lang.value
    regions = session.policy.evidence.regions
    with solara.Div(classes=["reasons"]):
        with solara.Row(style={"align-items": "center"}):
            solara.HTML(tag="h2", unsafe_innerHTML=page("why", lang))
            Choice(
                page("prefecture", lang),
                [(0, page("nothing_picked", lang)), *prefecture_names(regions, lang)],
                session.code or 0,
                view.pick_prefecture,
                "act-prefecture",
            )
        story, baseline = session.look(lambda s: (s.story(), s.baseline_story()))
        if story is not None:
            WhyTable(text=json.dumps(told(story, baseline, session.scenario.weight, lang)))
        elif session.firm is not None:
            solara.Text(page("why_gone", lang))
        else:
            solara.Text(page("why_later" if session.code else "why_hint", lang))


@solara.component
def Panel(view: View) -> None:
    """Scenario, run, money and levers."""
    view.settings.value  # noqa: B018
    session, lang = view.session, view.lang.value

    name = session.scenario.name
    solara.Button(
        page("language", lang),
        on_click=lambda: view.lang.set("en" if lang == "zh" else "zh"),
        icon_name="mdi-translate",
        text=True,
        classes=["act-language"],
    )
    solara.HTML(tag="h1", unsafe_innerHTML=page("title", lang))
    PanelOf(text=json.dumps(panel_groups(session, lang)), event_set=view.move)
    Upload(label=page("upload", lang), most=MAX_BYTES, event_upload=view.upload)
    solara.FileDownload(
        session.yaml,
        filename=f"{name}.yaml",
        label=page("download_yaml", lang),
        mime_type="application/yaml",
    )
    solara.FileDownload(
        view.csv,
        filename=f"{name}.csv",
        label=page("download_csv", lang),
        mime_type="text/csv",
    )


@solara.component_vue("vue/why.vue", vuetify=False)
def WhyTable(text: str) -> None:
    """A story as a table; JSON, because Solara would look at every value of a nested prop at every change."""


@solara.component_vue("vue/panel.vue", vuetify=False)
def PanelOf(text: str, event_set: Callable[[dict[str, Any]], None]) -> None:
    """Groups of switches, choices and sliders, as JSON."""


@solara.component_vue("vue/upload.vue", vuetify=False)
def Upload(label: str, most: int, event_upload: Callable[[dict[str, Any]], None]) -> None:
    """A field that takes a file."""


STYLE = """
.classroom { display: grid; grid-template-columns: 272px minmax(0, 1fr) minmax(340px, 33vw); height: 100vh; }
.classroom .side, .classroom .right { overflow-y: auto; padding: 8px 10px; }
.classroom .side { background: #fafafa; border-right: 1px solid #dcdcdc; }
.classroom .side h1 { font-size: 1.05rem; margin: 2px 0 6px; }
.classroom .middle { display: flex; flex-direction: column; min-height: 0; overflow-y: auto; padding: 8px; }
.classroom .map { flex: 1 0 46vh; min-height: 320px; }
.classroom .bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.classroom .bar .v-btn { padding: 0 10px !important; min-width: 0 !important; }
.classroom .bar .v-select { flex: 0 1 170px; }
.classroom .bar .at { margin-left: auto; font-variant-numeric: tabular-nums; }
.classroom .problems { background: #fdecea; border-left: 4px solid #b3261e; padding: 6px 10px; margin: 6px 0; }
.classroom .problems pre { white-space: pre-wrap; margin: 2px 0; background: none; }
.classroom .reasons { flex: 0 0 auto; padding: 4px 2px; }
.classroom .reasons h2 { font-size: 1.05rem; margin: 0; }
@media (max-width: 1000px) { .classroom { grid-template-columns: 1fr; height: auto; } }
"""
