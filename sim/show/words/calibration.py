"""The words of the report on calibration, Chinese beside English."""

from __future__ import annotations

from collections.abc import Mapping

from sim.show.words.words import Pair, say

WORDS: Mapping[str, Pair] = {
    "title": ("校准报告：{evidence}", "Calibration of {evidence}"),
    "source": (
        "来源：upgrading calibrate。证据 {evidence}（{digest}）；重建的调查 {firms} 家企业；历史：重复 "
        "{replications} 次，1 个主体代表 {weight} 家企业。",
        "Source: upgrading calibrate. Evidence {evidence} ({digest}); rebuilt survey of {firms} firms; history: "
        "{replications} replications, 1 agent = {weight} firms.",
    ),
    "what": (
        "本报告说明：模拟所用的数怎样由已发表的证据（{evidence}，{digest}）得出，又在多大程度上再现已知的事实。",
        "This report shows how the simulation's numbers follow from the published evidence ({evidence}, "
        "{digest}), and how far they reproduce what is known.",
    ),
    "what_fitted": (
        "拟合的，再现它们不算检验：由表 5 的 {coefficients} 个系数、{columns} 个似然比统计量和 {marks} 个显著性标"
        "记重建的调查，以及对 {points} 个记录点拟合的 {free} 个参数。",
        "Fitted, so to reproduce them is no test: the survey, rebuilt from Table 5's {coefficients} coefficients, "
        "{columns} likelihood-ratio statistics and {marks} significance marks, and {free} parameters that meet "
        "{points} recorded points.",
    ),
    "what_held_out": (
        "留出的，拟合时没有用到，所以是检验：计分卡中标 H 的 {total} 行；{inside} 行符合，{outside} 行不符，"
        "{none} 行无记录。",
        "Held out of the fit, so a test: the {total} lines marked H in the scorecard; {inside} inside their "
        "target, {outside} outside, {none} without a record.",
    ),
    "what_assumed": (
        "假定的：表 5 没有印出的样本特征与先验，表 5 系数中有多少算因果，以及登记表中等级为“假定”的数；它们变了，"
        "结论可能随之改变。",
        "Assumed: what Table 5 does not print of the sample, and the prior that fills the gap; how much of a "
        "coefficient is cause; every number graded “assumed” in the registry. Conclusions may change with them.",
    ),
    # headings of columns
    "variable": ("变量", "Variable"),
    "column": ("列", "Column"),
    "kind": ("数值", "Value"),
    "printed": ("印出", "printed"),
    "refit": ("复算", "refit"),
    "likelihood": ("似然比 χ²", "LR χ²"),
    "answer": ("回答", "Answer"),
    "line": ("项目", "Line"),
    "use": ("用途", "Use"),
    "unit": ("单位", "Unit"),
    "record": ("记录", "Record"),
    "target": ("目标", "Target"),
    "simulated": ("模拟", "Simulated"),
    "runs": ("单次模拟 95 %", "Single runs, 95 %"),
    "direct": ("解读 D", "Reading D"),
    "verdict": ("判定", "Verdict"),
    "standard_error": ("标准误", "Standard error"),
    "from_to": ("{low} 至 {high}", "{low} to {high}"),
    "nothing": ("无", "none"),
    # 1. Table 5
    "table5_chapter": ("表 5：印出的与复算的", "Table 5, printed and refitted"),
    "table5_note": (
        "每个变量上行为印出的系数，下行为在重建的调查（survey.csv）上由独立程序库复算的系数；* 10 %，** 5 %，*** "
        "1 %（双侧）。",
        "Above, the coefficient as printed; below, as an independent library refits it on the rebuilt survey "
        "(survey.csv). * 10 %, ** 5 %, *** 1 %, two-sided.",
    ),
    "agree_coefficients": (
        "{total} 个系数：{rounding} 个在印出位数的四舍五入之内，{near} 个在 ±{large} 之内；最大差异 {worst}。",
        "{total} coefficients: {rounding} within rounding of the print, {near} within ±{large}; largest "
        "difference {worst}.",
    ),
    "agree_likelihood": (
        "{total} 个似然比统计量：{rounding} 个在印出位数的四舍五入之内；最大差异 {worst}。",
        "{total} likelihood-ratio statistics: {rounding} within rounding of the print; largest difference {worst}.",
    ),
    "agree_marks": (
        "{total} 个显著性标记：{same} 个与印出的相同。",
        "{total} significance marks: {same} as printed.",
    ),
    "found": ("没有印出而推得的数", "Not printed, and found"),
    "found_firms": ("企业数 N：{value}", "Number of firms N: {value}"),
    "found_y": (
        "自报转型难的企业占比：{value}",
        "Share of firms that report a transition difficulty: {value}",
    ),
    "found_x2": ("优质中小企业占比：{value}", "Share of quality SMEs: {value}"),
    "table5_figure": (
        "表 5 的系数：印出的点与重建调查的 95 % 区间",
        "Coefficients of Table 5: as printed, with 95 % intervals of the rebuilt survey",
    ),
    "table5_figure_subtitle": (
        "每幅小图一个变量；横轴为表 5 的列（第 1 至 9 个模型）",
        "One chart for each variable; across, the columns of Table 5 (models 1 to 9)",
    ),
    "log_odds": ("对数优势", "log-odds"),
    "as_printed": ("印出的系数", "coefficient as printed"),
    "as_refitted": ("复算的系数与 95 % 区间", "refit with 95 % interval"),
    "survey_intervals": (
        "表 5 没有印出标准误；区间来自重建的调查（复算 ± 1.96 标准误），取决于所选的先验。",
        "Table 5 prints no standard errors; the intervals (refit ± 1.96 standard errors) are the rebuilt survey's "
        "and hang on its prior.",
    ),
    # 2. standard errors
    "entering_chapter": ("标准误的旁证", "Standard errors, checked another way"),
    "implied": ("|b| / √ΔLR", "|b| / √ΔLR"),
    "ratio": ("前者/后者", "Ratio"),
    "entering_note": (
        "一列比前一列只多一个变量时，似然比约增加 (b/标准误)²，所以 |b|/√ΔLR 只凭印出的数就给出标准误。比值接近 1"
        "，说明重建的调查没有编造或丢失信息。",
        "Where a column adds one variable to the one before, LR rises by about (b/s.e.)², so |b|/√ΔLR gives the "
        "standard error from printed numbers alone. Ratios near 1: the rebuilt survey neither invents nor loses "
        "information.",
    ),
    # 3. stars
    "stars_chapter": ("显著性标记透露了什么", "What the significance marks reveal"),
    "stars_missing": (
        "这一部分没有做，因为它要算很久；要做，请运行：upgrading calibrate --stars",
        "This part was not made, because it takes long. To make it: upgrading calibrate --stars",
    ),
    "prior": ("先验", "Prior"),
    "equations_met": ("能满足方程的点", "Points, equations met"),
    "marks_met": ("得全部标记的点", "Points, all marks"),
    "most_marks": ("未作要求时最多吻合的标记数", "Marks unasked, most"),
    "where_y": ("其中转型难占比", "there: in difficulty"),
    "where_x2": ("其中优质占比", "there: quality SMEs"),
    "stars_note": (
        "对问卷记录的企业数，在“转型难占比 × 优质中小企业占比”的平面上逐点重建调查：表 5 的数能否成立，{total} 个"
        "标记能否全部得出；对其他企业数 N，两个占比由方程自定，只有一点。末两列为能得出全部标记的范围。",
        "At the recorded number of firms the survey is rebuilt point by point over the plane of both shares: can "
        "Table 5's numbers hold, can all {total} marks come out? At other N the equations choose the shares: one "
        "point. The last two columns are the range with all marks.",
    ),
    "bounds_title": ("与先验无关的界限", "Bounds whatever the prior"),
    "difficulty_share": ("转型难占比", "In difficulty"),
    "quality_share": ("优质中小企业占比", "Quality SMEs"),
    "firms_range": ("N 的范围", "Range of N"),
    "bounds_note": (
        "证明如下：在这些范围之外，没有任何一份调查能满足得分方程与似然比的增量（占比按该 N 计，系数按印出的位数计；"
        "四舍五入会使范围略宽）。",
        "Proved: outside these ranges no survey meets the score equations and the rises of the likelihood (the shares "
        "at that N, coefficients as exact as printed; rounding widens the ranges somewhat).",
    ),
    "stars_chosen": (
        "所用的调查：N = {firms}，转型难占比 {share_y}，优质占比 {share_x2}。",
        "The survey in use: N = {firms}, {share_y} in difficulty, {share_x2} quality SMEs.",
    ),
    "stars_figure": (
        "哪些样本能产生表 5：方程与显著性标记",
        "Which samples can produce Table 5: equations and significance marks",
    ),
    "stars_figure_subtitle": (
        "横轴：优质中小企业占比；纵轴：转型难占比",
        "Across: share of quality SMEs; up: share of firms in difficulty",
    ),
    "possible_marks": ("全部标记能得出", "all marks can come out"),
    "possible_equations": ("只有方程能满足", "equations only"),
    "impossible": ("未找到", "none found"),
    "in_use": ("所用的调查", "survey in use"),
    "share_x2_axis": ("优质中小企业占比，%", "quality SMEs, %"),
    "share_y_axis": ("转型难占比，%", "in difficulty, %"),
    # 4. population
    "population_chapter": ("样本与全省", "The sample and the province"),
    "survey": ("调查", "Survey"),
    "survey_judgement": ("调查（判断先验）", "Survey (judgement prior)"),
    "below_quality": ("全省，优质以下", "Province, below quality"),
    "quality": ("全省，优质", "Province, quality"),
    "province": ("全省", "Province"),
    "answers_title": ("各项回答的企业占比，%", "Share of firms by answer, %"),
    "answers_note": (
        "样本几乎都是优质中小企业，全省不是：用同一解法把调查倾斜到全省的规模、层级与上云边际。优质以下企业在样本"
        "中只有十来家，其余回答按判断（survey_margins.csv，假定）；此外保持调查原样。前两列之差表明先验填了多少。",
        "The sample is almost all quality SMEs, the province is not: the same solver tilts the survey to the "
        "province's margins of size, ladder and cloud. Below quality level the sample has a dozen firms, so the "
        "other answers there are our judgement (survey_margins.csv, assumed); all else is as the survey has it. "
        "The gap between the first two columns shows how much the prior fills in.",
    ),
    "moved_title": ("全省的各项边际把调查移动了多远", "How far each margin of the province moves the survey"),
    "margin": ("边际", "Margin"),
    "alone": ("单独，纳特", "Alone, nats"),
    "added": ("依次增加，纳特", "Added in turn, nats"),
    "moved_note": (
        "库尔贝克–莱布勒散度：0 为不动；企业的权重平均变为 e 倍时约为 1 纳特。",
        "Kullback–Leibler divergence: 0 where nothing moves; 1 nat where the typical firm's weight changes by a "
        "factor e.",
    ),
    "answers_figure": ("调查样本与全省：各项回答的占比", "Survey sample and province: shares by answer"),
    "answers_figure_subtitle": (
        "每幅小图一个变量；横轴为表 4 的编码",
        "One chart for each variable; across, the codes of Table 4",
    ),
    "of_firms": ("占企业 %", "% of firms"),
    # 5. the refit on simulated firms
    "refit_chapter": ("对模拟企业重做回归", "The regression on simulated firms"),
    "all_readings": ("四种解读相同", "the same under all readings"),
    "refit_title": ("{moment}：第 9 列的系数", "{moment}: coefficients of column 9"),
    "refit_note": (
        "对模拟的企业重做第 9 列，按调查中规模与优质与否的份额加权；方括号为均值的 95 % 区间；! 表示偏离印出值超"
        "过 2 个调查标准误。期初应当一致，因为人口就是这样设定的。此后可以移动：选择性解读下，回答的变化只有一部分"
        "算数；在 V 之下，没有转型难的企业先升级而去。",
        "Column 9 estimated again on simulated firms, weighted to the survey's shares by size and quality; "
        "brackets: 95 % interval of the mean; ! more than 2 of the survey's standard errors from print. At "
        "quarter zero it should agree, because the population is built so. Later it may move: under selective "
        "readings only a share of a changed answer counts, and under V firms without difficulty climb away.",
    ),
    "refit_far": (
        "{moment}，{reading}：{total} 个系数中 {far} 个偏离印出值超过 2 个调查标准误。",
        "{moment}, {reading}: {far} of {total} coefficients more than 2 of the survey's standard errors from "
        "print.",
    ),
    "refit_figure": (
        "对模拟企业重做第 9 列：与印出值的偏离",
        "Column 9 on simulated firms: distance from print",
    ),
    "refit_figure_subtitle": (
        "横轴以调查的标准误为单位；阴影为 ±2；横线为 95 % 区间",
        "Across, in the survey's standard errors; shaded, ±2; bars are 95 % intervals",
    ),
    "refit_axis": ("标准误", "standard errors"),
    "beyond": ("箭头与数字：超出图幅的值。", "Arrow and number: a value beyond the chart."),
    # 6. history
    "history_chapter": ("历史", "History"),
    "scorecard_title": ("计分卡", "Scorecard"),
    "failed_title": ("没有达到目标的", "What missed its target"),
    "failed": (
        "{use} {name}：模拟 {simulated}，目标 {low} 至 {high}（{unit}）",
        "{use} {name}: simulated {simulated}, target {low} to {high} ({unit})",
    ),
    "failed_none": ("没有：每一行都符合目标。", "Nothing: every line is inside its target."),
    "failed_count": (
        "有目标的 {total} 行中 {failed} 行不符（拟合 {fitted} 行，留出 {held_out} 行）。",
        "{failed} of {total} lines with a target missed it ({fitted} fitted, {held_out} held out).",
    ),
    "scorecard_note": (
        "F：拟合，不是检验；H：留出。判定看各次重复的均值（解读 V，选择性）；解读 D 并列，不评判。每行的来源与说明"
        "见 scorecard.csv。",
        "F: fitted, no test; H: held out. The verdict is on the mean over replications (reading V, selective); D "
        "stands beside it, not judged. Sources and notes of every line are in scorecard.csv.",
    ),
    "naive_title": ("模型与朴素预测", "The model beside naive forecasts"),
    "model": ("模型", "Model"),
    "closest": ("最接近", "Closest"),
    "bracketed": ("{text}（{more}）", "{text} ({more})"),
    "naive_note": (
        "括号内为对记录的误差。朴素预测只用同一序列此前的记录；拟合的点模型看过，朴素预测没有。",
        "In brackets the error against the record. Naive forecasts see only earlier points of the same series; "
        "points marked fitted were seen by the model and not by them.",
    ),
    "naive_none": (
        "没有一个记录点有更早的记录可供朴素预测。",
        "No recorded point has earlier ones to forecast from.",
    ),
    "tables_note": (
        "表 1 至表 3 只定规模、冲击与趋势，地区生产总值按构造再现，都不算检验；与模型的对照见 history.csv。",
        "Tables 1 to 3 set sizes, shocks and trends, and GDP is reproduced by construction: none of them is a "
        "test. They are beside the model in history.csv.",
    ),
    "contradictions_title": ("记录自相矛盾之处", "Where the record contradicts itself"),
    "contradictions_none": ("没有发现。", "None found."),
    "fit_title": ("拟合了什么", "What was fitted"),
    "fit_points_title": ("拟合的记录点", "The points that were fitted"),
    "parameter": ("参数", "Parameter"),
    "start": ("起始值", "Start"),
    "fitted_value": ("拟合值", "Fitted"),
    "range": ("范围", "Range"),
    "pulled": ("来自牵引", "From the pull"),
    "at_bound": ("在边界上", "At the bound"),
    "yes": ("是", "yes"),
    "apart": ("相差，标准差", "Apart, s.d."),
    "pulled_note": (
        "来自牵引：关于该参数所知的一切中，向起始值的牵引所占份额；接近 100 % 表示记录点对它什么也没说。标准误含牵"
        "引，仅供参考。",
        "From the pull: how much of what is known about a parameter is the pull to its start; near 100 % the "
        "points say nothing. Standard errors include the pull: indicative.",
    ),
    "not_fitted": (
        "用的是起始值：没有做过拟合。要拟合，请运行：upgrading calibrate --refit-history",
        "The starting values are in force: nothing was fitted. To fit: upgrading calibrate --refit-history",
    ),
    "unidentified": ("记录点定不下来的组合：{names}", "Not settled by the points: {names}"),
    "history_figure": ("全省与它的记录", "The province and its record"),
    "history_figure_subtitle": (
        "年末存量或当年流量；线为各次重复的均值，阴影为其 95 % 区间",
        "At the end of the year, or within it; lines are means over replications, shaded their 95 % interval",
    ),
    "model_mean": ("模型（解读 V）", "model (reading V)"),
    "record_start": ("记录：起点", "record: start value"),
    "record_fitted": ("记录：拟合", "record: fitted"),
    "record_held_out": ("记录：留出", "record: held out"),
    "record_shown": ("记录：并列，不评判", "record: shown, not judged"),
    "thousand": ("千{unit}", "thousand {unit}"),
    "naive_key": (
        "朴素预测从最近的记录点起；延续上次增速可超出图幅。",
        "Naive forecasts begin at the last recorded point; the growth forecast may leave the chart.",
    ),
    "scorecard_figure": ("计分卡：模拟与目标", "Scorecard: simulated against target"),
    "scorecard_figure_subtitle": (
        "以目标区间的一半为单位，0 为目标中点，阴影（±1）为目标；细线为单次模拟的 95 % 范围，竖划为解读 D",
        "In halves of the target's width: 0 is its middle, the shade (±1) the target; thin lines are 95 % of "
        "single runs, the stroke is reading D",
    ),
    "scorecard_axis": ("与目标中点之差，目标半宽", "distance from the target's middle, half-widths"),
    "inside": ("符合目标", "inside the target"),
    "outside": ("不符", "outside the target"),
    "fitted_lines": ("F 拟合，不是检验", "F fitted, no test"),
    "held_out_lines": ("H 留出，是检验", "H held out, a test"),
    # terminal
    "in_short": ("表 5 的复算", "Table 5 refitted"),
}


def tell(key: str, lang: str, **parts: object) -> str:
    """Give the text of a key of `WORDS`, with its parts filled in."""
    return say(WORDS[key], lang).format(**parts)
