"""What the names mean that a scenario, a table or a figure uses, Chinese beside English.

Parameters and survey variables carry their meaning in the evidence folder; all other names are here.
"""

from __future__ import annotations

from collections.abc import Mapping

from sim.show.words.words import LEVEL_NAMES, Pair
from sim.world.levers import LEVERS

#: Reported metrics; ``{level}`` and ``{lever}`` stand for the end of the name.
METRICS: Mapping[str, Pair] = {
    "firms": ("企业数", "firms"),
    "firms_level_{level}": ("企业数：{level}", "firms at level {level}"),
    "firms_incumbent_{level}": (
        "期初已有的企业数：{level}",
        "firms there from quarter zero, at level {level}",
    ),
    "firms_entrant_{level}": ("后来新办的企业数：{level}", "firms founded since, at level {level}"),
    "quality_firms": ("优质企业数（2 级及以上）", "quality firms: level 2 or above"),
    "difficulty": ("存在转型难的企业数", "firms with a transition difficulty"),
    "difficulty_level_{level}": (
        "存在转型难的企业数：{level}",
        "firms with a transition difficulty at level {level}",
    ),
    "difficulty_incumbent_{level}": (
        "期初已有、存在转型难的企业数：{level}",
        "firms there from quarter zero, with a transition difficulty, at level {level}",
    ),
    "difficulty_entrant_{level}": (
        "后来新办、存在转型难的企业数：{level}",
        "firms founded since, with a transition difficulty, at level {level}",
    ),
    "value_added": ("企业增加值", "value added of firms"),
    "profit": ("企业利润", "profit of firms"),
    "rd": ("企业研发支出", "R&D spending of firms"),
    "staff": ("企业职工人数", "staff of firms"),
    "platforms": ("用上数字化平台的企业数", "firms with a digital platform"),
    "talent_quality_firms": ("优质企业的研发人员", "R&D staff of quality firms"),
    "vacancies": ("空缺的研发岗位", "open R&D posts"),
    "graduates": ("尚未入职的毕业生", "graduates without a post yet"),
    "seeking": ("求职的研发人才", "R&D people seeking work"),
    "employed": ("在企业就业的研发人才", "R&D people employed in firms"),
    "pooled": ("人才池内的人才", "people held in the pool"),
    "public_sector": ("公共部门与高校的人才", "R&D people in the public sector and universities"),
    "climbs": ("首次升级的企业数", "first climbs: firms that reach a level they never had"),
    "climbs_{level}": ("首次升到该级的企业数：{level}", "first climbs to level {level}"),
    "reclimbs": ("降级后重新升级的企业数", "climbs back to a level held before"),
    "slides": ("降级的企业数", "firms that lose a level"),
    "entries": ("新办企业数", "firms founded"),
    "exits": ("退出企业数", "firms closed"),
    "adoptions": ("新用上数字化平台的企业数", "firms that adopt a digital platform"),
    "people_in": ("留在本省的新毕业生", "graduates who enter and stay in the province"),
    "people_out": ("离开本省的研发人才", "people who leave the province after searching in vain"),
    "moved_in": ("从省内他市迁入的人才", "people who move in from another prefecture"),
    "moved_out": ("迁往省内他市的人才", "people who move to another prefecture"),
    "separations": ("离职", "people who leave a firm"),
    "hires": ("入职", "people whom a firm hires"),
    "pool_placements": ("经人才池入职", "people placed from the pool"),
    "pool_placements_own_region": (
        "经人才池在本市入职",
        "people placed from the pool in their own prefecture",
    ),
    "pool_displacing": (
        "经人才池入职、而当地同领域仍有人求职的人次",
        "people placed from the pool where others of the field were still looking",
    ),
    "pool_refused": ("人才池已满而未能进入的人", "people whom the full pool turns away"),
    "rest_value_added": ("工业以外的增加值（按自身趋势）", "value added outside industry, on its own trend"),
    "rest_staff": ("工业以外的就业（按自身趋势）", "people employed outside industry, on their own trend"),
    "spent_{lever}": ("实际支出：{lever}", "public money spent: {lever}"),
}

READINGS: Mapping[str, Pair] = {
    "V": (
        "结构解读：政策经由转型难起作用；转型难减慢升级，人才与平台没有直接作用（研发、知识、资金两种解读下都有）",
        "structural reading: policy works via difficulty, which slows climbing; talent and platforms have no "
        "direct effect (R&D, knowledge and finance have one in both readings)",
    ),
    "D": (
        "结构解读：政策直接起作用；人才与平台加快升级，转型难不减慢升级",
        "structural reading: policy works directly; talent and platforms speed climbing, difficulty does not "
        "slow it",
    ),
    "selective": (
        "因果解读：每个系数只有约定的份额（kappa_k）算作因果；是约定，不是估计",
        "causal reading: only a stipulated share of each coefficient (kappa_k) counts as cause; stipulated, "
        "never estimated",
    ),
    "naive": (
        "因果解读：表 5 的系数全部算作因果",
        "causal reading: the coefficients of Table 5 count as causes throughout",
    ),
}

#: What `difficulty.coefficients` may be.
COEFFICIENTS: Mapping[str, Pair] = {
    "held": (
        "表 5 的系数取印出的值，各次重复相同",
        "the coefficients of Table 5 as printed, the same in every replication",
    ),
    "drawn": (
        "每次重复从 N(b, V) 另抽一组表 5 的系数，相比较的情景相同；V 由 upgrading calibrate 算出",
        "coefficients of Table 5 drawn anew in every replication from N(b, V), the same for compared scenarios; "
        "V comes from upgrading calibrate",
    ),
}

REGION_RULES: Mapping[str, Pair] = {
    "equal": ("各市州平分", "the same for every prefecture"),
    "gdp": ("按 2022 年地区生产总值", "by GDP of 2022"),
    "need": ("按人口除以人均生产总值", "by population over GDP per head"),
    "core": (
        "只给核心城市（湖北：武汉、襄阳、宜昌），按生产总值",
        "the leading cities only (in Hubei Wuhan, Xiangyang, Yichang), by GDP",
    ),
}

FIRM_RULES: Mapping[str, Pair] = {
    "random": ("随机", "at random"),
    "need": ("转型难概率高者优先", "those most likely in difficulty first"),
    "small_first": ("职工少者优先", "those with fewest staff first"),
    "best_first": ("研发强度高者优先", "those with the highest R&D intensity first"),
    "ladder": ("层级高者优先", "those highest on the ladder first"),
}

#: Keys that every lever takes.
SETTINGS: Mapping[str, Pair] = {
    "start": ("政策的第一个季度，如 2024Q1；必填", "first quarter of the policy, such as 2024Q1; required"),
    "end": (
        "政策的最后一个季度；不写则到期末",
        "last quarter of the policy; the horizon's end if left out",
    ),
    "strength": (
        "对受支持企业的作用强度，0 到 1",
        "how much of its full effect on a supported firm the lever has, 0 to 1",
    ),
    "share_of_budget": (
        "占年度资金的份额，0 到 1 或百分数；同时生效的工具合计不超过 100 %",
        "share of the yearly budget, 0 to 1 or a percentage; levers active together sum to 100 % at most",
    ),
    "regions": (
        "实施地区：all、core，或市州名称、代码的列表",
        "where: all, core, or a list of prefectures by name or code",
    ),
    "allocation": (
        "资金在市州间的分配规则；不写则用情景的规则",
        "rule that shares its money over prefectures; the scenario's if left out",
    ),
    "firms": ("挑选企业的规则；不写则用情景的规则", "rule that picks firms; the scenario's if left out"),
    "for": (
        "哪些企业可以享受：levels、industries、min_staff、max_staff",
        "which firms are eligible: levels, industries, min_staff, max_staff",
    ),
    "lag": (
        "从开始计提资金到首次发放的季度数，0 到 8",
        "quarters from the start, when money begins to accrue, to first support, 0 to 8",
    ),
}


def metric_meaning(name: str) -> Pair:
    """Say what a reported metric is.

    Raises
    ------
    KeyError
        If nothing is said about it.
    """
    if name in METRICS:
        return METRICS[name]
    for lever in LEVERS:
        if name == f"spent_{lever.name}":
            zh, en = METRICS["spent_{lever}"]
            return zh.format(lever=lever.zh), en.format(lever=lever.en)
    stem, level = name[:-1], name[-1:]
    if not level.isdigit():
        raise KeyError(name)
    zh, en = METRICS[stem + "{level}"]
    level_zh, level_en = LEVEL_NAMES[int(level)]
    return zh.format(level=level_zh), en.format(level=f"{level} ({level_en.partition(' ')[2]})")
