"""Every word that a figure or a table shows, Chinese beside English; the evidence names prefectures."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sim.errors import InputError, Problem
from sim.world.levers import LEVERS

LANGUAGES = ("zh", "en")

#: The readings of the evidence in the order in which they are shown.
READINGS = ("V-selective", "V-naive", "D-selective", "D-naive")

Pair = tuple[str, str]

READING_NAMES: Mapping[str, Pair] = {
    "V-selective": ("V 经由转型难，选择性", "V via difficulty, selective"),
    "V-naive": ("V 经由转型难，朴素", "V via difficulty, naive"),
    "D-selective": ("D 直接作用，选择性", "D direct, selective"),
    "D-naive": ("D 直接作用，朴素", "D direct, naive"),
}

#: For the headings of narrow columns.
SHORT_READINGS: Mapping[str, Pair] = {
    "V-selective": ("V 选择性", "V selective"),
    "V-naive": ("V 朴素", "V naive"),
    "D-selective": ("D 选择性", "D selective"),
    "D-naive": ("D 朴素", "D naive"),
}

LEVEL_NAMES: tuple[Pair, ...] = (
    ("0 级 普通企业", "0 Ordinary firms"),
    ("1 级 科技型中小企业", "1 Technology SMEs"),
    ("2 级 高新技术企业", "2 High-tech enterprises"),
    ("3 级 专精特新企业", "3 Specialised and sophisticated"),
    ("4 级 “小巨人”企业", "4 Little giants"),
)

GRADE_NAMES: Mapping[str, Pair] = {
    "seed": ("原始文献", "seed"),
    "official": ("官方", "official"),
    "literature": ("文献", "literature"),
    "derived": ("推算", "derived"),
    "recalled": ("凭记忆", "recalled"),
    "assumed": ("假定", "assumed"),
}

WORDS: Mapping[str, Pair] = {
    # units
    "firms": ("家", "firms"),
    "thousand_firms": ("千家", "thousand firms"),
    "thousand_people": ("千人", "thousand people"),
    "pp": ("百分点", "pp"),
    "quarter_axis": ("季度末", "end of quarter"),
    "baseline": ("基准", "Baseline"),
    "policy": ("政策", "Policy"),
    "reading": ("解读", "Reading"),
    # figures
    "ranking_title": ("各项政策推动企业升级的效果排名", "Policies ranked by their effect on climbing"),
    "ranking_subtitle": (
        "政策减基准的配对差，四种解读；横线为 95 % 区间",
        "Paired difference, policy minus baseline, under four readings; bars are 95 % intervals",
    ),
    "ranking_title_unranked": ("对企业升级的影响", "Effects on climbing"),
    "ranking_key_climbs": (
        "左侧的数字为该解读下按新增升级的名次；“=”：与其他政策的差距在随机波动之内。",
        "The number at the left is the rank by extra climbs under that reading; =: level with another.",
    ),
    "ranking_key_climbs_per_yuan": (
        "左侧的数字为该解读下按每元新增升级的名次；“=”：与其他政策的差距在随机波动之内。",
        "The number at the left is the rank by extra climbs per yuan under that reading; =: level with another.",
    ),
    "ranking_marks": (
        "圆：增加；方：减少；空心：区间含 0，或没有区间。",
        "Circle: gain; square: loss; hollow: the interval covers 0, or there is none.",
    ),
    "paths_title": ("{outcome}的时间路径", "{outcome} over time"),
    "paths_subtitle": (
        "上：基准与各政策的水平；下：政策减基准的配对差，阴影为 95 % 区间",
        "Above: baseline and policies; below: paired difference from the baseline, shaded 95 % interval",
    ),
    "paths_level": ("{outcome}，千家", "{outcome}, thousands"),
    "paths_difference": ("与基准之差，家", "difference from baseline, firms"),
    "policy_starts": ("政策开始", "policy starts"),
    "map_title": ("各市州的得与失", "Gains and losses by prefecture"),
    "map_subtitle": (
        "每千家企业的新增升级数，政策减基准；{reading}",
        "Extra climbs per thousand firms, policy minus baseline; {reading}",
    ),
    "map_key": ("每千家企业新增升级", "extra climbs per thousand firms"),
    "map_loss": ("减少", "loss"),
    "map_unclear": ("区间含 0", "interval covers 0"),
    "map_missing": ("该比例下没有模拟企业", "no simulated firms at this scale"),
    "map_note": (
        "斜线：减少；圆点、浅色与括号：95 % 区间含 0。圆圈为政府驻地，界线概化到 {degrees}° 网格。",
        "Stripes: loss. Dots, pale colour and brackets: the 95 % interval covers 0. Rings are prefecture "
        "seats; borders are generalised to cells of {degrees}°.",
    ),
    "map_few": (
        "模拟企业不足 {count} 个、多半只反映运气的市州：{names}。",
        "Fewer than {count} simulated firms, so mostly luck: {names}.",
    ),
    "cost_title": ("每新增一次升级的花费", "Public money per extra climb"),
    "cost_subtitle_response": (
        "以不同年度预算的实际支出为横轴；竖线为 95 % 费勒区间",
        "Against the money spent at several yearly budgets; bars are 95 % Fieller intervals",
    ),
    "cost_subtitle_costs": (
        "以比较期内的实际支出为横轴；竖线为 95 % 费勒区间",
        "Against the money spent over the horizon; bars are 95 % Fieller intervals",
    ),
    "cost_x": ("累计实际支出，{unit}", "money spent over the horizon, {unit}"),
    "cost_y": ("每次新增升级，{unit}", "{unit} per extra climb"),
    "cost_undefined": ("不可定义", "undefined"),
    "cost_note": (
        "上方窄条中的空心标记：效应区间含 0 或升级减少，比值不可定义；箭头：区间超出图幅；"
        "各政策的点略为错开。",
        "Hollow marks in the strip: undefined, the effect covers 0 or climbs are lost. Arrows: the interval "
        "goes on. Points are set slightly aside.",
    ),
    "ladder_title": ("各层级企业数", "Firms by ladder level"),
    "run_subtitle": (
        "情景：{title}；线为各次重复的均值",
        "Scenario: {title}; lines are means over replications",
    ),
    "level_3_and_4": ("3–4 级 专精特新及“小巨人”", "3–4 Specialised, little giants"),
    "quality_level": ("2 级及以上", "Level 2 or above"),
    "recorded_note": (
        "菱形：高新技术企业的记录数（年末；含服务业，与“2 级及以上”口径相近而不相同）。",
        "Diamonds: recorded high-tech enterprises at the end of the year; near to level 2 or above, "
        "but with services.",
    ),
    "small_counts": (
        "一个主体代表 {weight} 家企业，几百家的数目不单独报告：3、4 级合并。",
        "An agent stands for {weight} firms, so counts of a few hundred are not shown apart: "
        "levels 3 and 4 together.",
    ),
    "talent_title": ("人才：在岗、求职与空缺", "Talent: employed, seeking, vacancies"),
    "employed": ("在企业就业的研发人员", "R&D staff employed in firms"),
    "seeking": ("求职者", "Seeking work"),
    "vacancies": ("空缺岗位", "Vacancies"),
    "pooled": ("人才池内", "Held in the pool"),
    "coefficients_title": (
        "效果的方差：多少来自表 5 的系数，多少来自随机波动",
        "Variance of the effects: how much is Table 5's coefficients, how much luck",
    ),
    "coefficients_subtitle": (
        "累计升级，政策减基准；系数抽取与系数固定，随机数相同",
        "Cumulated climbs, policy minus baseline; coefficients drawn and held, with the same luck",
    ),
    "coefficients_part": ("表 5 系数的不确定性", "doubt about Table 5's coefficients"),
    "luck_part": ("随机波动", "luck"),
    "coefficients_key": (
        "右侧数字为系数所占份额；横线为其 95 % 自助区间，超出 0–100 % 的部分不画。",
        "The number is the share of the coefficients, the line its 95 % bootstrap interval as far as it lies within "
        "0 to 100 %.",
    ),
    "variance_axis": ("占方差的份额", "share of the variance"),
    # the lines below a figure
    "source": (
        "来源：模拟。证据 {evidence}（{digest}），种子 {seed}，重复 {replications} 次，"
        "1 个主体代表 {weight} 家企业，{start}–{end}。",
        "Source: simulation. Evidence {evidence} ({digest}), seed {seed}, {replications} replications, "
        "1 agent = {weight} firms, {start}–{end}.",
    ),
    "interval_t": (
        "区间：各次重复配对差的 95 % t 区间，只含模拟的随机波动，不含参数的不确定性。",
        "Intervals: 95 % t on paired differences over replications; chance in the simulation only, "
        "not doubt about parameters.",
    ),
    "interval_fieller": (
        "区间：95 % 费勒区间，只含模拟的随机波动，不含参数的不确定性。",
        "Intervals: 95 % Fieller; chance in the simulation only, not doubt about parameters.",
    ),
    "interval_t_drawn": (
        "区间：各次重复配对差的 95 % t 区间；每次重复另抽一组表 5 的系数，所以含随机波动与系数的抽样误差，"
        "不含其他参数与解读的不确定性。",
        "Intervals: 95 % t on paired differences over replications, each with its own draw of Table 5's coefficients: "
        "chance and the survey's sampling error, not doubt about other numbers or the readings.",
    ),
    "interval_fieller_drawn": (
        "区间：95 % 费勒区间；每次重复另抽一组表 5 的系数，所以含随机波动与系数的抽样误差，"
        "不含其他参数与解读的不确定性。",
        "Intervals: 95 % Fieller over replications, each with its own draw of Table 5's coefficients: "
        "chance and the survey's sampling error, not doubt about other numbers or the readings.",
    ),
    "band_runs": (
        "阴影：各次重复的第 5 至第 95 百分位。",
        "Bands: 5th to 95th percentile of the replications.",
    ),
    "readings_explained": (
        "V：人才与平台经由转型难起作用；D：直接起作用；研发、知识与资金在两种解读下都直接影响升级。选择性：只有约定的系数份额算作因果；朴素：全部系数算作因果。",
        "V: talent and platforms work via transition difficulty; D: directly. R&D, knowledge and finance act on "
        "climbing in both. Selective: only stipulated shares of the coefficients count as causes; naive: all do.",
    ),
    # tables
    "compare_title": ("政策比较", "Comparison of policies"),
    "answer": ("结论", "In short"),
    "answer_line": (
        "{reading}：{basis}的是{policy}{ahead}",
        "{reading}: {basis} with {policy}{ahead}",
    ),
    "answer_only": ("{reading}：{policy}", "{reading}: {policy}"),
    "answer_level": (
        "{reading}：{basis}的不止一项，差距在随机波动之内：{policies}",
        "{reading}: {basis} with several, level within luck: {policies}",
    ),
    "answer_ahead": ("；自助抽样中领先的比例 {share}", "; ahead in {share} of bootstrap draws"),
    "policy_effect": ("{policy}（{effect} 家次）", "{policy} ({effect} climbs)"),
    "policy_effect_cost": (
        "{policy}（{effect} 家次，每次 {cost}）",
        "{policy} ({effect} climbs at {cost} each)",
    ),
    "answer_level_somewhere": (
        "有的解读下几项政策不分先后；有单独领先者之处，都是同一项政策。",
        "Under some readings several policies are level; wherever one is ahead alone, it is the same one.",
    ),
    "most_climbs": ("升级最多", "most extra climbs"),
    "most_climbs_per_yuan": ("每元升级最多", "most extra climbs per yuan"),
    "what_if_named": ("假设情景：{title}", "What if: {title}"),
    "apart_table": ("不参加排名的", "Not ranked"),
    "too_few": ("重复次数太少", "too few replications"),
    "all_alike": ("每次重复都一样", "all replications alike"),
    "no_more_money": ("没有多花钱", "no more money than the baseline"),
    "answer_nobody": (
        "{reading}：名列第一的政策，其新增升级也无法与 0 区分",
        "{reading}: not even the first in climbs can be told from no extra climbs",
    ),
    "answer_all_lose": (
        "{reading}：没有一项政策使升级增加",
        "{reading}: no policy adds climbs",
    ),
    "answer_loses": (
        "{reading}：升级减少的政策：{policies}",
        "{reading}: climbs are lost with {policies}",
    ),
    "answer_same": ("四种解读给出同样的第一名。", "Every reading puts the same policy first."),
    "answer_partly": (
        "凡第一名能与 0 区分之处，都是同一项政策。",
        "Wherever the first can be told from no extra climbs, it is the same policy.",
    ),
    "answer_differs": ("第一名随解读而变。", "Which policy comes first depends on the reading."),
    "ranking_table": ("排名 — {reading}", "Ranking — {reading}"),
    "rank": ("名次", "#"),
    "climbs_head": ("新增升级", "Extra climbs"),
    "quality_head": ("优质企业净增", "Quality firms, net"),
    "cost_head": ("每次升级花费，{unit}", "{unit} per climb"),
    "money_table": ("授权与实际支出（{unit}）", "Money authorised and spent ({unit})"),
    "money_note": (
        "各解读下的实际支出，全部重复的均值；未用超过授权 1 % 的以 ! 标出未用比例。",
        "Spent under each reading, mean over replications; ! and a share where more than 1 % is unspent.",
    ),
    "authorised_head": ("授权", "Authorised"),
    "best_head": ("领先比例", "Best in"),
    "base_line": (
        "基准：累计升级 {climbs} 家次，期末优质企业 {quality} 家。",
        "Baseline: {climbs} climbs over the horizon, {quality} quality firms (level 2 or above) at the end.",
    ),
    "ranking_table_note_climbs": (
        "效果单位为家次与家，± 为 95 % 区间半宽；方括号为 95 % 费勒区间。名次 = 1 + 新增升级明显多于它的政策数；“=”："
        "与其他政策的差距在随机波动之内。"
        "领先比例：自助抽样中新增升级最多的比例。",
        "Effects in firms, ± half of the 95 % interval; brackets: 95 % Fieller interval. Rank: 1 + the "
        "number of policies with clearly more extra climbs; "
        "=: level with another, as luck alone may set them apart. Best in: share of bootstrap draws with "
        "the most extra "
        "climbs.",
    ),
    "ranking_table_note_climbs_per_yuan": (
        "效果单位为家，± 为 95 % 区间半宽；方括号为 95 % 费勒区间。名次 = 1 + 每元新增升级明显多于它的政策数；“=”："
        "与其他政策的差距在"
        "随机波动之内。领先比例：自助抽样中每元新增升级最多的比例。",
        "Effects in firms, ± half of the 95 % interval; brackets: 95 % Fieller interval. Rank: 1 + the "
        "number of policies with clearly more extra climbs per "
        "yuan spent; =: level with another, as luck alone may set them apart. Best in: share of bootstrap "
        "draws with the "
        "most extra climbs per yuan.",
    ),
    "undefined": ("不可定义：效应区间含 0", "undefined: the effect covers 0"),
    "climbs_lost": ("不可定义：升级减少", "undefined: climbs are lost"),
    "not_resolved": ("未达到所要求的精度", "not resolved"),
    "difficulty_table": (
        "转型难占比的变化及其分解（期末，百分点）",
        "Change of the share in difficulty, taken apart (end, pp)",
    ),
    "share_head": ("占比", "Share"),
    "difficulty_note": (
        "高层级企业更多地报告转型难，所以单是升级就会推高占比：不可只看占比。",
        "Higher levels report more difficulty, so climbing alone raises the share: "
        "never read the share alone.",
    ),
    "others_table": ("其他结果", "Other outcomes"),
    "value_head": ("增加值（累计）", "Value added (cumulated)"),
    "theil_head": ("泰尔指数", "Theil index"),
    "break_even_table": (
        "打平单价：单位成本为多少时与对手相同（{unit}）",
        "Break-even: the unit cost that draws level with a rival ({unit})",
    ),
    "policy_with_lever": ("{policy}（{lever}）", "{policy} ({lever})"),
    "against": ("对{rival}", "vs {rival}"),
    "break_even_note": (
        "单价低于此值，该政策每次升级的花费就低于对手；–：不可定义，其中一方的效应区间含 0。",
        "At a lower unit cost the lever is cheaper per climb than the rival; –: undefined, "
        "one of the effects covers 0.",
    ),
    "unit_cost_head": ("现单价", "Unit cost"),
    "coefficients_table": (
        "累计升级的效果：表 5 系数的不确定性与随机波动",
        "Extra climbs: doubt about Table 5's coefficients, and luck",
    ),
    "coefficients_drawn_head": ("系数抽取", "Drawn"),
    "coefficients_held_head": ("系数固定", "Held"),
    "coefficients_share_head": ("系数占方差", "Share of variance"),
    "coefficients_range_head": ("单次重复 5–95 %", "Replications, 5–95 %"),
    "from_to": ("{low} 至 {high}", "{low} to {high}"),
    "coefficients_note": (
        "抽取：每次重复从第 {column} 列估计值的分布中另抽一组系数，各政策相同；固定：随机数相同，系数取印出的值。"
        "份额 = 1 − 固定时的方差 / 抽取时的方差 [95 % 自助区间]；负值说明重复次数太少，分不出来。",
        "Drawn: each replication has its own coefficients, drawn from the distribution of column {column}'s estimates, "
        "the same for all policies. Held: the same luck, coefficients as printed. Share: what drawing them adds, 1 − "
        "variance held / variance drawn [95 % bootstrap interval]; below 0: too few replications to tell.",
    ),
    "coefficients_range_note": (
        "重复越多，± 越小；单次重复 5–95 % 的范围不会因此变窄：其中有随机波动，也有调查没有定下来的部分。"
        "主体越多，随机波动越小，系数所占份额就越大；这里 1 个主体代表 {weight} 家企业。",
        "More replications narrow ±, but not the range of single replications: it holds luck and what the survey "
        "leaves open. With more agents luck is smaller and the share larger; here 1 agent = {weight} firms.",
    ),
    "coefficients_direct": (
        "在 D 之下转型难不减慢升级，系数无从影响升级，份额为 0；只有按需要挑选企业时例外。",
        "Under D difficulty slows nothing, so the coefficients cannot move climbs and their share is 0, except where "
        "firms are picked by need.",
    ),
    "pairing_table": (
        "配对使差异的方差缩小多少倍（累计升级）",
        "How many times pairing shrinks the variance (climbs)",
    ),
    "pairing_note": (
        "独立种子的方差除以配对的方差；目标为 20 倍以上。",
        "Variance with independent seeds over variance with paired ones; the aim is 20 or more.",
    ),
    "standing": ("依据", "What it stands on"),
    "grades_line": ("登记表的 {total} 个数字中：{parts}。", "Of {total} numbers in the registry: {parts}."),
    "grade_part": ("{grade} {count} 个", "{count} {grade}"),
    "grade_join": ("，", ", "),
}


def check_language(lang: str) -> str:
    """Return the language if there is one of that name.

    Raises
    ------
    InputError
        If there is no such language.
    """
    if lang not in LANGUAGES:
        raise InputError(
            Problem(f"no such language; there are {', '.join(LANGUAGES)}", key="lang", value=lang)
        )
    return lang


def say(pair: Pair, lang: str) -> str:
    """Take one language of a pair."""
    return pair[LANGUAGES.index(check_language(lang))]


def word(key: str, lang: str, **parts: object) -> str:
    """Give the text of a key of `WORDS`, with its parts filled in."""
    return say(WORDS[key], lang).format(**parts)


def lever_name(name: str, lang: str) -> str:
    """Give what people call a lever of `sim.world.levers.LEVERS`."""
    lever = next(lever for lever in LEVERS if lever.name == name)
    return say((lever.zh, lever.en), lang)


def short_region(zh: str, en: str, lang: str) -> str:
    """Name a prefecture as maps do: 武汉 for 武汉市, 恩施 for 恩施土家族苗族自治州, 神农架 for 神农架林区."""
    if check_language(lang) == "en":
        return en
    return re.sub(r"(?<=..)(?:市|地区|林区|(?:[^族]{1,3}族)*自治州)$", "", zh)
