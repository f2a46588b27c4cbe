"""The model in Mesa's own page: `pip install -e '.[view]' 'mesa[network,viz]'`, then `solara run docs/mesa_page.py`.

`upgrading view` shows more: two languages, a paired baseline, levers on the way, a model for every visitor. This one
is for those who build pages with `SolaraViz` and want its map and paths among their own components.
"""

from functools import partial

import solara
from mesa.visualization import SolaraViz

from sim.browser.drawings import province_map, time_paths
from sim.browser.model import IndustryModel


@solara.component
def Page() -> None:
    """A model for each visitor: one that stood outside this function would be shared by all."""
    model = solara.use_memo(lambda: IndustryModel("talent_pool"), [])
    components = [partial(draw, lang="en") for draw in (province_map, time_paths)]
    SolaraViz(model, components=components, name="Hubei", play_interval=1)
