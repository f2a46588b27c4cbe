"""The words of the report on a study, Chinese beside English."""

from __future__ import annotations

from collections.abc import Mapping

from sim.show.words.words import Pair, say

#: Units of outcomes.
OUTCOME_UNITS: Mapping[str, Pair] = {"firms": ("家", "firms"), "pp": ("百分点", "pp"), "index": ("", "")}

#: Words that units of the registry are made of, in Chinese; English units stand as they are.
UNIT_WORDS: Mapping[str, str] = {
    "yuan": "元",
    "firm": "家",
    "firms": "家",
    "person": "人",
    "people": "人",
    "staff^0.8": "职工^0.8",
    "placement": "次入职",
    "year": "年",
    "quarter": "季度",
    "quarters": "季度",
    "km": "公里",
    "class": "级",
    "share": "份额",
    "probability": "概率",
    "factor": "倍数",
    "ratio": "比值",
    "proportional": "比例",
    "elasticity": "弹性",
    "switch": "开关",
    "log": "对数",
    "log-hazard": "对数风险率",
    "cell sides": "格边长",
    "decay lengths": "衰减长度",
}

#: Keys of a scenario file that are no parameters.
FACTORS: Mapping[str, Pair] = {
    "budget": ("每年的追加资金", "extra public money a year"),
    "structure": ("结构解读：V 经由转型难，D 直接作用", "structural reading: V via difficulty, D direct"),
    "grid": ("空间网格", "grid of cells"),
    "difficulty.column": ("采用表 5 的哪一列", "column of Table 5 in use"),
    "difficulty.causal_reading": ("因果解读：选择性或朴素", "causal reading: selective or naive"),
    "difficulty.coefficients": ("表 5 的系数：固定或抽取", "coefficients of Table 5: held or drawn"),
    "allocation.regions": ("资金在市州间的分配规则", "rule that shares money over prefectures"),
    "allocation.firms": ("挑选企业的规则", "rule that picks firms"),
}

#: What a factor rests on that has no grade, for a table.
BASES: Mapping[str, Pair] = {
    "lever": ("政策选择", "policy choice"),
    "reading": ("对证据的解读", "reading of the evidence"),
    "setting": ("情景设置", "setting of the scenario"),
    "mixed": ("不一", "mixed"),
}
ROLES: Mapping[str, Pair] = {"uncertainty": ("不确定", "uncertainty"), "lever": ("政策选择", "lever")}

METHODS: Mapping[str, Pair] = {
    "grid": ("网格，全部组合", "grid, all combinations"),
    "list": ("逐行列出", "list of rows"),
    "latin_hypercube": ("拉丁超立方", "Latin hypercube"),
    "morris": ("Morris 筛选", "Morris screening"),
    "sobol": ("Sobol 指数", "Sobol indices"),
    "shapley": ("沙普利效应", "Shapley effects"),
    "two_stage": ("两阶段：先 Morris 筛选，后 Sobol 指数", "two stages: Morris screens, Sobol follows"),
}
STAGES: Mapping[str, Pair] = {
    "runs": ("模拟", "runs"),
    "screening": ("筛选", "screening"),
    "sobol": ("Sobol", "Sobol"),
}
INDICES: Mapping[str, Pair] = {
    "ST": ("总效应指数", "total index"),
    "S1": ("一阶指数", "first-order index"),
    "S2": ("交互指数", "interaction index"),
    "mu_star": ("μ*", "μ*"),
    "mu": ("μ", "μ"),
    "sigma": ("σ", "σ"),
    "shapley": ("沙普利份额", "Shapley share"),
    "delta": ("δ", "δ"),
    "pawn": ("PAWN", "PAWN"),
}

#: Of which the sum is spoken of.
INDEX_SUMS: Mapping[str, Pair] = {
    "ST": ("总效应指数", "total indices"),
    "mu_star": ("μ*", "μ*"),
    "shapley": ("沙普利份额", "Shapley shares"),
    "delta": ("δ", "δ"),
}

WORDS: Mapping[str, Pair] = {
    # names
    "title": ("研究报告：{title}", "Study: {title}"),
    "source": (
        "来源：{name}，{runs} 次模拟（每行每情景 {replications} 次），种子 {seed}。",
        "Source: {name}, {runs} runs ({replications} × each scenario in each row), seed {seed}.",
    ),
    "origin": (
        "证据 {evidence}（{digest}），1 个主体代表 {weight} 家企业，{start}–{end}。",
        " Evidence {evidence} ({digest}), 1 agent = {weight} firms, {start}–{end}.",
    ),
    "from_to": ("{low} 至 {high}", "{low} to {high}"),
    "log_uniform": ("{ends}，按比例均匀", "{ends}, every ratio alike"),
    "triangular": ("{ends}，最可能 {mode}", "{ends}, most likely {mode}"),
    "normal": ("{ends}，正态，均值 {mean}，标准差 {sd}", "{ends}, normal, mean {mean}, s.d. {sd}"),
    "of_lever": ("{lever}：{what}", "{lever}: {what}"),
    "group_of": ("一同变动：{names}", "moved together: {names}"),
    "half_choice": ("{name} 为 {values} 时", "with {name} {values}"),
    "half_low": ("{name} 低于 {middle} 时", "with {name} below {middle}"),
    "half_high": ("{name} 高于 {middle} 时", "with {name} above {middle}"),
    "response_level": ("{policy}的{outcome}", "{policy}, {outcome}"),
    "response_effect": ("{policy}对{outcome}的效果", "effect of {policy} on {outcome}"),
    "response_margin": (
        "{policy}对{rival}的领先幅度（{outcome}）",
        "lead of {policy} over {rival} ({outcome})",
    ),
    "interval": ("{value} [{low}, {high}]", "{value} [{low}, {high}]"),
    # what was asked
    "asked": ("问的是什么，变动了什么", "What was asked, and what was varied"),
    "asked_policies": (
        "{policies}，各与基准“{base}”相比（同样的随机数）：对{outcomes}的效果。居首的结果：{lead}。",
        "{policies}, each against the baseline “{base}” with the same luck: effects on {outcomes}. The outcome that "
        "leads: {lead}.",
    ),
    "asked_baseline": (
        "只有一个情景“{base}”：{outcomes}。居首的结果：{lead}。",
        "One scenario, “{base}”: {outcomes}. The outcome that leads: {lead}.",
    ),
    "asked_design": (
        "设计：{method}。每个情景在每一行重复 {replications} 次；所有各行用同样的随机数。",
        "Design: {method}. Each scenario is run {replications} times in each row; all rows have the same luck.",
    ),
    "asked_once": (
        "设计：{method}。每个情景在每一行做 1 次；所有各行用同样的随机数。",
        "Design: {method}. Each scenario is run once in each row; all rows have the same luck.",
    ),
    "factor": ("因素", "Factor"),
    "meaning": ("含义", "Meaning"),
    "role": ("角色", "Role"),
    "values": ("取值", "Values"),
    "unit": ("单位", "Unit"),
    "grade": ("依据", "Rests on"),
    "group": ("组", "Group"),
    "row": ("行", "Row"),
    "row_number": ("第 {row} 行", "row {row}"),
    "asked_note": (
        "依据：登记表中该数的等级，或它不是登记表中的数。不确定：没有人知道；政策选择：由人决定。取值未注明分布的，"
        "各值同样可能。",
        "Rests on: the grade of the registry's number, or what it is instead. Uncertainty: nobody knows it; lever: "
        "somebody decides it. Values are equally likely where nothing else is said.",
    ),
    # runs
    "ran": ("做了什么", "What was run"),
    "stage": ("阶段", "Stage"),
    "design": ("设计", "Design"),
    "rows": ("行", "Rows"),
    "echoes": ("其中回声", "of these echoes"),
    "runs": ("模拟", "Runs"),
    "done": ("完成", "Done"),
    "failed": ("失败", "Failed"),
    "ran_note": (
        "回声：用另一组随机数重做的一行，用来看单凭运气会怎样。",
        "Echoes: rows done again with other luck, to see what luck alone does.",
    ),
    "failures_none": ("没有一次模拟失败。", "No run failed."),
    "failures": (
        "{failed} 次模拟失败（共 {total} 次），在第 {rows} 行（{stage}）。",
        "{failed} of {total} runs failed, in rows {rows} ({stage}).",
    ),
    "failures_dropped": (
        "因此整块舍去：计算指数时用了 {used} 块，舍去 {dropped} 块（{response}）。",
        "Blocks with a failed run are left out whole: indices rest on {used} blocks, {dropped} were dropped "
        "({response}).",
    ),
    "failure": (
        "第 {row} 行，{scenario}，第 {replication} 次重复：{error}",
        "row {row}, {scenario}, replication {replication}: {error}",
    ),
    "failures_more": ("另有 {count} 次，见 failures.csv。", "{count} more in failures.csv."),
    "unfinished_interrupted": (
        "没有做完：中途被中断，{total} 次模拟做了 {done} 次。以下只凭已做完的部分；用 --resume 可继续。",
        "Not finished: interrupted after {done} of {total} runs. What follows rests on what is done; --resume goes on.",
    ),
    "unfinished_hours": (
        "没有做完：时间预算已用完，{total} 次模拟做了 {done} 次。以下只凭已做完的部分；用 --resume 可继续。",
        "Not finished: the budget of hours was spent after {done} of {total} runs. What follows rests on what is done; "
        "--resume goes on.",
    ),
    "unfinished_stage": (
        "第二阶段（Sobol）还没有开始：以下只是筛选的结果。",
        "The second stage (Sobol) has not begun: what follows is the screening only.",
    ),
    # verdict
    "verdict": ("结论", "In short"),
    "verdict_standing": (
        "对{outcome}效果最大的政策，按所占行数：{parts}（共 {rows} 行）。",
        "Largest effect on {outcome}, by share of the {rows} rows: {parts}.",
    ),
    "verdict_share": ("{policy} {share}", "{policy} {share}"),
    "verdict_tied": (
        "另有 {share} 的行并列第一，不计入任何一项政策。",
        "In {share} of the rows policies share the first place; these count for none of them.",
    ),
    "verdict_margin": (
        "{policy}与{rival}相比：在 {share} 的行中领先；各行平均领先 {mean}（5 % 至 95 % 的行：{low} 至 {high}）。",
        "{policy} against {rival}: ahead in {share} of the rows, on average over all rows by {mean} (5 to 95 % of the "
        "rows: {low} to {high}).",
    ),
    "verdict_effect": (
        "各行平均，{policy}对{outcome}的效果为 {mean}（5 % 至 95 % 的行：{low} 至 {high}），在 {share} 的行中为正。",
        "On average over the rows the effect of {policy} on {outcome} is {mean} (5 to 95 % of the rows: {low} to "
        "{high}); it is above 0 in {share} of them.",
    ),
    "verdict_level": (
        "各行平均，{policy}的{outcome}为 {mean}（5 % 至 95 % 的行：{low} 至 {high}）。",
        "On average over the rows {policy} has {mean} ({outcome}; 5 to 95 % of the rows: {low} to {high}).",
    ),
    "hangs_margin": (
        "{policy}对{rival}的领先幅度，最取决于 {first}{others}。",
        "The lead of {policy} over {rival} hangs most on {first}{others}.",
    ),
    "hangs_effect": (
        "{policy}对{outcome}的效果，最取决于 {first}{others}。",
        "The effect of {policy} on {outcome} hangs most on {first}{others}.",
    ),
    "hangs_level": (
        "{policy}的{outcome}，最取决于 {first}{others}。",
        "{policy}, {outcome}: hangs most on {first}{others}.",
    ),
    "hangs_first": ("{name}（{index} {value}；{basis}）", "{name} ({index} {value}; {basis})"),
    "hangs_next": ("，其次是 {name}（{value}；{basis}）", ", then {name} ({value}; {basis})"),
    "nothing_loud": (
        "{response}：没有一个因素超出噪声线。在这样多的模拟之下，没有一个因素的影响能与运气区分。",
        "{response}: nothing stands above the noise floor. With this many runs no factor can be told from luck.",
    ),
    "by_basis": (
        "在得到解释的敏感度（噪声线以上的{index}之和）中，{parts}。",
        "Of the explained sensitivity (sum of the {index} above the noise floor), {parts}.",
    ),
    "by_basis_first": ("{share} 取决于{basis}", "{share} rests on {basis}"),
    "by_basis_next": ("，{share} 取决于{basis}", ", {share} on {basis}"),
    "on_grade": ("等级为“{grade}”的数", "numbers of grade {grade}"),
    "on_lever": ("政策选择", "policy choices"),
    "on_reading": ("对证据的解读", "stated readings of the evidence"),
    "on_setting": ("情景设置", "settings of the scenario"),
    "on_mixed": ("等级不一的组", "groups of mixed grade"),
    "is_grade": ("等级：{grade}", "grade {grade}"),
    "is_lever": ("政策选择", "a policy choice"),
    "is_reading": ("对证据的解读，没有数字", "a stated reading of the evidence, no number"),
    "is_setting": ("情景设置，不是登记表中的数", "a setting of the scenario, no number of the registry"),
    "is_mixed": ("成员等级不一", "members of mixed grade"),
    "swing": (
        "{policy}效果最大的行：{low_half}占 {low}，{high_half}占 {high}。",
        "Largest effect with {policy}: in {low} of the rows {low_half}, in {high} {high_half}.",
    ),
    "swing_none": (
        "没有一个因素使各政策领先的行数有超出偶然的变化。",
        "No factor moves the shares of rows in which policies lead by more than chance would.",
    ),
    "screened": (
        "筛选中落选的因素：{names}。它们在第二阶段取情景中的值，不再变动。",
        "Screened out: {names}. In the second stage they stand at the scenarios' values and are not varied.",
    ),
    "screened_part": ("{name}（μ* {value}）", "{name} (μ* {value})"),
    "precision_reached": (
        "所要求的精度达到了：总效应指数最宽的半宽 {widest}（要求 {asked}），{size} 个基点。",
        "The precision asked for was reached: widest half-width of a total index {widest} (asked: {asked}), "
        "with {size} base points.",
    ),
    "precision_missed": (
        "所要求的精度没有达到：总效应指数最宽的半宽 {widest}（要求 {asked}），{size} 个基点。",
        "The precision asked for was not reached: widest half-width of a total index {widest} (asked: {asked}), with "
        "{size} base points.",
    ),
    "precision_unknown": (
        "所要求的精度（{asked}）没有达到：{size} 个基点还得不出区间。",
        "The precision asked for ({asked}) was not reached: {size} base points give no intervals yet.",
    ),
    "precision_fixed": (
        "总效应指数最宽的半宽为 {widest}，{size} 个基点。",
        "The widest half-width of a total index is {widest}, with {size} base points.",
    ),
    "no_rows": (
        "还没有一行做完了全部情景：无从比较。",
        "No row has run all its scenarios yet: nothing can be compared.",
    ),
    "few_trajectories": (
        "{response}：完整的轨迹不足 {fewest} 条（{used} 条），得不出指数。",
        "{response}: no indices, because fewer than {fewest} whole trajectories are there ({used}).",
    ),
    "few_base_points": (
        "{response}：完整的基点不足 {fewest} 个（{used} 个），得不出指数。",
        "{response}: no indices, because fewer than {fewest} whole base points are there ({used}).",
    ),
    "few_permutations": (
        "{response}：完整的排列不足 {fewest} 个（{used} 个），得不出指数。",
        "{response}: no indices, because fewer than {fewest} whole permutations are there ({used}).",
    ),
    "few_rows": (
        "{response}：完整的行不足 {fewest} 行（{used} 行），得不出指数。",
        "{response}: no indices, because fewer than {fewest} whole rows are there ({used}).",
    ),
    "constant": (
        "{response}：各行都一样，没有什么可归因的。",
        "{response}: the same in every row, so there is nothing to be explained.",
    ),
    "more_is_worse": (
        "注意：居首的结果是{outcome}，“效果最大”在这里不是“最好”。",
        "Note: the outcome that leads is the {outcome}; the largest effect on it is not the best one.",
    ),
    # results
    "results": ("效果", "Effects"),
    "policy": ("政策", "Policy"),
    "outcome": ("结果", "Outcome"),
    "mean_head": ("各行平均", "Mean of rows"),
    "range_head": ("5 % 至 95 % 的行", "5 to 95 % of rows"),
    "positive_head": ("为正的行", "Rows above 0"),
    "largest_head": ("效果最大的行", "Rows where largest"),
    "results_note": (
        "各行之间的差别是所变动因素造成的，也含运气；基准一行是水平，其余为政策减基准。其余各表见 summary.csv。",
        "Rows differ by what was varied, and by luck. The baseline's line is a level, the others are policy minus "
        "baseline. Every row is in summary.csv.",
    ),
    "listed_rows": ("各行的效果：{outcome}", "Effects by row: {outcome}"),
    "listed_note": (
        "方括号：各次重复的 95 % t 区间，只含运气。",
        "Brackets: 95 % t intervals over replications; luck only.",
    ),
    # luck
    "luck": ("运气占多少", "How much is luck"),
    "luck_run": ("单次模拟", "Single runs"),
    "luck_mean": ("{count} 次重复的均值", "Means of {count}"),
    "response": ("什么的", "Of what"),
    "luck_note": (
        "各行之间的方差中，运气而非因素所占的份额。–：只有一次重复，或没有变动，无从知道。",
        "Share of the variance between rows that is luck and not the factors. –: not known, with one replication or "
        "where nothing varies.",
    ),
    # indices
    "indices_title": ("取决于什么：{response}", "What it hangs on: {response}"),
    "above": ("超出噪声线", "Above the floor"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "dummy": ("（运气）", "(luck)"),
    "reading_them": ("这些指数是什么意思", "How to read the indices"),
    "note_sobol": (
        "一阶指数：若知道这一个因素，方差平均会减少的份额。总效应指数：若知道其余所有因素，方差平均还剩的份额。一个"
        "交互作用计入参与它的每个因素，所以各总效应指数有重叠，其和不必为 1；与一阶指数之差就是交互作用。",
        "First-order index: the share of the variance that knowing this factor would remove. Total index: the share "
        "that would remain if all other factors were known. An interaction counts at every factor that takes part in "
        "it, so total indices overlap and need not sum to one; what they exceed first-order indices by is interaction.",
    ),
    "note_morris": (
        "μ*：因素走完其取值范围时，结果平均变动多少（不计正负）；μ：计正负；σ：这种变动因其他因素而异的程度。用来"
        "筛选，不分解方差。",
        "μ*: by how much the result moves on average, up or down, as the factor goes through its whole range; μ: with "
        "its sign; σ: how much that differs with the other factors. For screening; shares no variance out.",
    ),
    "note_shapley": (
        "沙普利份额把方差分给各因素，交互作用平分给参与者，所以其和为 1。",
        "Shapley shares split the variance among the factors, interactions evenly among those that take part; they "
        "sum to one.",
    ),
    "note_latin_hypercube": (
        "δ：知道这个因素时，结果的分布平均改变多少（0 至 1）；PAWN：分布函数之间最大距离的中位数（0 至 1）；一阶指数："
        "方差中可由它单独解释的份额。各因素的值有重叠，其和不必为 1。",
        "δ: by how much knowing this factor changes the distribution of the result on average (0 to 1). PAWN: the "
        "median of the largest distances between distribution functions (0 to 1). First-order index: the share of the "
        "variance that it explains alone. They overlap and need not sum to one.",
    ),
    "note_dummy": (
        "噪声线：每一块都有一行用另一组随机数重做（回声），仿佛运气也是一个因素（dummy）；其指数区间的上端就是单凭运气"
        "能有的大小。运气使各行同样变动的部分在行与行之间抵消，不计在内。不超出它的因素，对结果的影响不比换一组随机数更"
        "大；这不是说它没有影响。",
        "Noise floor: in every block one row is done again with other luck (an echo), as if luck were one more "
        "factor, the dummy; the upper end of its interval is what luck alone may give. What luck does to all rows "
        "alike cancels between them and is left out of it. A factor that does not exceed the floor moves the result "
        "no more than other luck would; that is not to say that it has no influence.",
    ),
    "note_dummy_given": (
        "噪声线：一个不属于模型的因素（dummy），反复另行抽取；其指数的 97.5 % 在此以下。不超出它的因素与不起作用的因素"
        "无从区分；这不是说它没有影响。",
        "Noise floor: a factor that is no part of the model (the dummy), drawn again and again; 97.5 % of its indices "
        "lie below. A factor that does not exceed it cannot be told from one that does nothing; that is not to say "
        "that it has no influence.",
    ),
    "note_intervals": (
        "方括号：95 % 自助区间，对{blocks}重抽；取值范围是所给的，换一个范围指数就不同。",
        "Brackets: 95 % bootstrap intervals over {blocks}. The ranges are as given above; with others the indices "
        "differ.",
    ),
    "blocks_morris": ("轨迹", "trajectories"),
    "blocks_sobol": ("基点", "base points"),
    "blocks_shapley": ("排列", "permutations"),
    "blocks_latin_hypercube": ("行", "rows"),
    "indices_more": (
        "其余结果的指数见 indices.csv。",
        "Indices of all other responses are in indices.csv.",
    ),
    "indices_chapter": ("取决于什么", "What it hangs on"),
    "with_unit": ("{name}，{unit}", "{name}, {unit}"),
    "few_trajectories_short": ("完整的轨迹太少，得不出指数。", "Too few whole trajectories for indices."),
    "few_base_points_short": ("完整的基点太少，得不出指数。", "Too few whole base points for indices."),
    "few_permutations_short": ("完整的排列太少，得不出指数。", "Too few whole permutations for indices."),
    "few_rows_short": ("完整的行太少，得不出指数。", "Too few whole rows for indices."),
    "constant_short": ("各行都一样。", "The same in every row."),
    # hinges
    "hinges": ("哪项政策领先，取决于什么", "What it takes for a policy to lead"),
    "hinge_low": ("低的一半", "Lower half"),
    "hinge_high": ("高的一半", "Upper half"),
    "hinges_note": (
        "在因素的低半与高半的行中，该政策效果最大的份额；每个因素只列变化最大的政策。*：变化超出偶然。其余见 "
        "hinges.csv。",
        "In what share of the rows in either half of a factor the policy has the largest effect; for each factor the "
        "policy that changes most. *: more than by chance. All are in "
        "hinges.csv.",
    ),
    # figures
    "indices_figure": (
        "取决于什么：各因素的指数与噪声线",
        "What it hangs on: indices of the factors, and the noise floor",
    ),
    "indices_figure_subtitle": (
        "居首的结果：{outcome}。每行一个因素，横线为 95 % 自助区间",
        "The outcome that leads: {outcome}. A row for each factor; lines are 95 % bootstrap intervals",
    ),
    "bars_note": (
        "灰底：单凭运气能有的大小（噪声线）；空心条：没有超出它。箭头：超出图幅。因素名后为其依据或等级。",
        "Grey ground: what luck alone may give (the noise floor); hollow bars do not exceed it. Arrows: beyond the "
        "chart. "
        "After the name of a factor stands its grade, or what else it rests on.",
    ),
    "screening_figure": (
        "Morris 筛选：影响的大小与是否因其他因素而异",
        "Morris screening: size of influence, and whether it differs",
    ),
    "screening_figure_subtitle": (
        "横轴：μ*，因素走完其取值范围时结果平均变动多少；纵轴：σ，这种变动因其他因素而异的程度",
        "Across: μ*, the mean movement of the result over the factor's range; up: σ, how it differs with the others",
    ),
    "screening_note": (
        "竖虚线与灰底：单凭运气能有的 μ*；空心：没有超出它。斜线：σ = μ*，其上的因素主要与其他因素一同起作用。",
        "Dashed line and grey ground: the μ* that luck alone may give; hollow: does not exceed it. Slanted: σ = μ*; "
        "factors above it act mainly together with others.",
    ),
    "unlabelled": ("没有写出名称的点：{names}。", "Points without a name: {names}."),
    "convergence_figure": (
        "精度：总效应指数的区间随基点数变窄",
        "Precision: intervals of total indices narrow with base points",
    ),
    "convergence_figure_subtitle": (
        "各响应中最宽的 95 % 半宽，居首的结果：{outcome}",
        "Widest 95 % half-width for each response; the outcome that leads: {outcome}",
    ),
    "convergence_axis": ("最宽的半宽", "widest half-width"),
    "target": ("所要求的精度", "precision asked for"),
    "interactions_figure": ("两个因素的交互作用（S2）", "Interactions of two factors (S2)"),
    "interactions_figure_subtitle": (
        "{response}：方差中只由两个因素共同解释的份额",
        "{response}: share of the variance that two factors explain only together",
    ),
    "interactions_note": (
        "粗框：超出噪声线。负值是估计误差。",
        "Framed: above the noise floor. Values below 0 are errors of estimation.",
    ),
    "best_figure": (
        "哪项政策的效果最大，占多少行",
        "Which policy has the largest effect, in what share of the rows",
    ),
    "best_figure_subtitle": (
        "{outcome}；上为所有各行（{rows} 行），其下为各因素的低半与高半",
        "{outcome}; above all {rows} rows, below the lower and the upper half of each factor",
    ),
    "best_figure_alone": ("{outcome}，共 {rows} 行", "{outcome}, {rows} rows"),
    "best_note": (
        "因素按其重要的程度排列；各半以中位数为界，只有几个取值的因素按取值。",
        "Factors in the order of what hangs on them; halves meet at the median, or hold half of the values.",
    ),
    "all_rows": ("所有各行", "all rows"),
    "floor": ("噪声线以下", "what luck alone may give"),
    "index_axis": ("指数", "index"),
    "luck_point": ("（运气）", "(luck)"),
    "base_points_axis": ("基点数", "base points"),
    "tie": ("并列", "shared first place"),
    "share_axis": ("占行数 %", "% of rows"),
    "below": ("< {middle}", "< {middle}"),
    "above_middle": ("> {middle}", "> {middle}"),
    "responses_figure": ("结果随因素的变化", "Results along a factor"),
    "responses_figure_subtitle": (
        "{outcome}，政策减基准；竖线为各次重复的 95 % t 区间，只含运气",
        "{outcome}, policy minus baseline; bars are 95 % t intervals over replications, luck only",
    ),
    "level_figure_subtitle": (
        "{outcome}，基准的水平；竖线为各次重复的 95 % t 区间，只含运气",
        "{outcome}, level of the baseline; bars are 95 % t intervals over replications, luck only",
    ),
    "heatmap_figure": ("两个因素下的结果", "Results over two factors"),
    "heatmap_figure_subtitle": ("{outcome}，政策减基准，{unit}", "{outcome}, policy minus baseline, {unit}"),
    "heatmap_level_subtitle": ("{outcome}，基准的水平，{unit}", "{outcome}, level of the baseline, {unit}"),
    "heatmap_note": (
        "每格为各次重复的均值；斜线：效果为负；括号：95 % t 区间含 0。",
        "Each cell is a mean over replications; stripes: below 0; brackets: the 95 % t interval covers 0.",
    ),
    "heatmap_level_note": ("每格为各次重复的均值。", "Each cell is a mean over replications."),
    "scatter_figure": ("各因素取值下的结果", "Results against each factor"),
    "scatter_figure_subtitle": (
        "{outcome}，政策减基准；每点一行，线为分段均值",
        "{outcome}, policy minus baseline; a point for each row, lines are means of slices",
    ),
    "scatter_level_subtitle": (
        "{outcome}，基准的水平；每点一行，线为分段均值",
        "{outcome}, level of the baseline; a point for each row, lines are means of slices",
    ),
    "rows_figure": ("各行的结果", "Results by row"),
    "scatter_more": ("另有 {count} 个因素没有画出。", "{count} more factors are not drawn."),
    # screening and convergence
    "screening_title": ("筛选：{response}", "Screening: {response}"),
    "kept": ("留下", "Kept"),
    "convergence": ("精度", "Precision"),
    "base_points": ("基点", "Base points"),
    "widest_head": ("最宽的半宽", "Widest half-width"),
    "convergence_note": (
        "居首结果的所有总效应指数中最宽的 95 % 半宽。",
        "Widest 95 % half-width of all total indices of the leading outcome.",
    ),
    "not_yet": ("还没有", "none yet"),
    # files
    "files": ("文件", "Files"),
    "files_line": (
        "summary.csv、indices.csv、luck.csv、best.csv、hinges.csv、convergence.csv、failures.csv：以上各表的全部内容；"
        "每个阶段的文件夹中，design.parquet 是各行的取值，runs.parquet 是每一次模拟。",
        "summary.csv, indices.csv, luck.csv, best.csv, hinges.csv, convergence.csv, failures.csv: the whole of these "
        "tables, where there are any; in the folder of each stage, design.parquet has the values of the rows and "
        "runs.parquet every run.",
    ),
    "details": (
        "详情见结果文件夹中的 report.md、report.html 与 figures/。",
        "Details: report.md, report.html and figures/ in the folder of the results.",
    ),
}


def tell(key: str, lang: str, **parts: object) -> str:
    """Give the text of a key of `WORDS`, with its parts filled in."""
    return say(WORDS[key], lang).format(**parts)
