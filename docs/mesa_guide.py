"""给 Mesa 用户的示例. What a user of Mesa can do with the model."""

# %% [markdown]
# # The model for users of Mesa · 给 Mesa 用户
#
# Run it as a script (`python docs/mesa_guide.py`) or cell by cell; it takes a few seconds. It needs the extra `view`.
# 可作脚本运行，也可逐格运行，只需几秒；需要安装附加组件 `view`。

# %%
import sim
from sim.browser.agents import Firm, Government
from sim.browser.model import IndustryModel

# %% [markdown]
# ## A model is one run · 一个模型就是一次运行
#
# Here an agent stands for a hundred real firms. A step is a quarter. The same scenario, seed and replication give the
# same numbers as `upgrading run`. Agents are made when somebody first asks for them.
# 这里一个主体代表一百家企业，一步是一个季度；情景、种子、重复编号相同，结果就与 `upgrading run` 完全相同。

# %%
baseline = sim.load_scenario("baseline", scale=0.01)
model = IndustryModel(baseline, seed=1)
for _ in range(12):
    model.step()
print(model.quarter, len(model.agents), "agents:", {kind.__name__ for kind in model.agent_types})

# %% [markdown]
# ## AgentSet: select, agg, groupby · 选取、汇总、分组
#
# A firm is a view on a row of the kernel's arrays: every array is an attribute (`help(Firm)` lists them).
# 企业是内核数组中一行的视图，每个数组就是一个属性。

# %%
hard = model.firms.select(lambda firm: firm.hard and firm.level >= 2)
print(len(hard), "quality firms in difficulty; staff of all firms:", model.firms.agg("staff", sum))
by_level = model.firms.groupby("level")
print("firms by level:", dict(sorted(by_level.count().items())))
print("staff by region:", model.firms.groupby("region_name").agg("staff", sum))

firm = max(model.firms, key=lambda firm: firm.staff)
print(firm.region_name, firm.industry_name, "answers:", firm.x, "talent:", len(firm.employees))

# %% [markdown]
# ## The map · 地图
#
# Property layers are the kernel's own arrays, in its order of cells.
# 属性图层就是内核自己的数组。

# %%
wuhan = next(cell for cell in model.grid if cell.region == 0 and not cell.is_empty)
print(wuhan.coordinate, len(wuhan.agents), "firms,", len(wuhan.neighborhood), "neighbours")
print("knowledge of car makers at level 0:", model.grid.knowledge_autos_0.data.mean())

# %% [markdown]
# ## DataCollector: frames · 数据表
#
# One row a quarter, in real firms and yuan, the same numbers as the command line's tables.
# 每季度一行，单位为真实企业数与元，与命令行的表相同。

# %%
print(model.datacollector.get_model_vars_dataframe().tail(4).to_string())

# %% [markdown]
# ## Your own reporter, your own step · 自己的指标，自己的一步
#
# What is written goes through to the arrays, and the next quarter takes it from there. Values outside the register's
# bounds are refused, and so is what other arrays must agree with: nobody can be hired by hand.
# 写入的值直接进入数组，下一季度由此继续；超出范围的值会被拒绝。


# %%
class Windfall(IndustryModel):
    """In 2021Q1 every firm in difficulty gets a platform."""

    model_reporters = IndustryModel.model_reporters | {
        "platforms": lambda model: model.numbers["platforms"],
        "in Wuhan": lambda model: len(model.firms.select(lambda firm: firm.region_name == "Wuhan")),
    }
    agenttype_reporters = IndustryModel.agenttype_reporters | {Government: {"vacancy_rate": "vacancy_rate"}}

    def step(self) -> None:
        """Give the platforms, then live the quarter."""
        if self.quarter == "2020Q4":
            for firm in self.firms.select(lambda firm: firm.hard):
                firm.platform = True
        super().step()


windfall = Windfall(baseline, seed=1)
while windfall.steps < model.steps:
    windfall.step()
print(
    windfall.datacollector.get_model_vars_dataframe()[["quarter", "platforms", "in Wuhan"]]
    .tail(2)
    .to_string()
)
print(windfall.datacollector.get_agenttype_vars_dataframe(Government).tail(2))

# %% [markdown]
# ## Policy and luck · 政策与运气
#
# With the same seed two scenarios meet the same luck, and a firm has the same `unique_id` in both. What differs
# is due to the policy.
# 种子相同，运气就相同，同一家企业在两个模型里有同一个 `unique_id`；差别只来自政策。

# %%
policy = IndustryModel(sim.load_scenario("subsidies", scale=0.01), seed=1)
paired = IndustryModel(baseline, seed=1)
for each in (policy, paired):
    each.run_model()

there = {firm.unique_id: firm.level for firm in paired.firms}
higher = [
    firm
    for firm in policy.firms
    if isinstance(firm, Firm) and firm.level > there.get(firm.unique_id, firm.level)
]
print(len(higher), "firms stand higher under the policy than without it")

frames = [each.datacollector.get_model_vars_dataframe().set_index("quarter") for each in (policy, paired)]
columns = ["quality_firms", "climbs", "vacancies", "difficulty_share", "spent"]
difference = (frames[0] - frames[1])[columns]
print("subsidies minus baseline, the same luck:")
print(difference.iloc[3::8].to_string(float_format="{:.4f}".format))

# %% [markdown]
# `mesa.batch_run` repeats a model. The seed here is the scenario's, so repetitions are `replication`s, not
# `iterations`: `batch_run(IndustryModel, {"replication": range(10)})`.
# 用 `mesa.batch_run` 重复时，用 `replication` 而不是 `iterations`：种子属于情景。

# %% [markdown]
# In Mesa's own page: `pip install -e '.[view]' 'mesa[network,viz]'`, then `solara run docs/mesa_page.py`. The page
# of this program: `upgrading view`.
# Mesa 自带的网页：先 `pip install -e '.[view]' 'mesa[network,viz]'`，再 `solara run docs/mesa_page.py`；本程序的网页：
# `upgrading view`。
