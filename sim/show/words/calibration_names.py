"""Names in the report on calibration, Chinese beside English: survey variables, series, units, margins."""

from __future__ import annotations

from collections.abc import Mapping

from sim.show.words.words import Pair, say

#: What a figure or a table calls the variables of Table 4, and what their first and last code mean.
VARIABLES: Mapping[str, Pair] = {
    "_cons": ("常数项", "Constant"),
    "X1": ("X1 职工人数", "X1 Staff"),
    "X2": ("X2 优质中小企业", "X2 Quality SME"),
    "X3": ("X3 人才储备充足", "X3 Talent suffices"),
    "X4": ("X4 需要创新平台", "X4 Needs a platform"),
    "X5": ("X5 利润变化", "X5 Profit change"),
    "X6": ("X6 交易成本负担", "X6 Transaction costs"),
    "X7": ("X7 用能成本负担", "X7 Energy costs"),
    "X8": ("X8 研发投入充足", "X8 R&D suffices"),
    "X9": ("X9 享受研发补贴", "X9 Had R&D support"),
    "X10": ("X10 财政专项资金", "X10 Fiscal funds"),
    "X11": ("X11 当地人才政策", "X11 Talent policies"),
    "X12": ("X12 知识产权保护", "X12 IP protection"),
    "X13": ("X13 所获惠企政策", "X13 Support received"),
}
_NO_YES: Pair = ("0 否，1 是", "0 no, 1 yes")
_BURDEN: Pair = ("0 明显改善 … 4 明显变差", "0 far better … 4 far worse")
CODES: Mapping[str, Pair] = dict.fromkeys(VARIABLES, _NO_YES) | {
    "X1": ("0 至多 50 人 … 4 超过 500 人", "0 up to 50 … 4 above 500"),
    "X5": ("0 降 30 % 以上 … 4 升 30 % 以上", "0 down 30 % … 4 up 30 %"),
    "X6": _BURDEN,
    "X7": _BURDEN,
    "X13": ("0 四项及以上 … 4 没有", "0 four or more … 4 none"),
}

#: Recorded series; one that is not here goes by its name in records.csv.
SERIES: Mapping[str, Pair] = {
    "hightech_firms": ("高新技术企业", "High-tech firms"),
    "tech_smes": ("科技型中小企业", "Technology SMEs"),
    "little_giants": ("“小巨人”企业", "Little giants"),
    "cloud_share": ("上云企业占比", "Share on the cloud"),
    "cloud_firms": ("上云企业", "Firms on the cloud"),
    "industrial_firms": ("工业企业", "Industrial firms"),
    "rd_staff_per_hightech_firm": ("户均研发人员", "R&D staff per firm"),
    "rd_staff_hightech": ("高新企业研发人员", "R&D staff, high-tech"),
    "rd_staff_hightech_growth": ("其增速", "Growth of that staff"),
    "rd_staff_total": ("全部研发人员", "R&D staff, all firms"),
    "above_scale_entry": ("规上企业进入率", "Entry, above scale"),
    "above_scale_exit": ("规上企业退出率", "Exit, above scale"),
    "wuhan_hightech_firms": ("武汉高新技术企业", "Wuhan, high-tech firms"),
    "little_giants_yichang_circle": ("宜荆荆恩“小巨人”", "Yichang circle, giants"),
    "little_giants_xiangyang_circle": ("襄十随神“小巨人”", "Xiangyang circle, giants"),
}

#: Units of records and scorecard: how many of the unit shown make one of the evidence's, and its name.
UNITS: Mapping[str, tuple[float, Pair]] = {
    "firms": (1.0, ("家", "firms")),
    "persons": (1.0, ("人", "persons")),
    "persons per firm": (1.0, ("人/家", "persons per firm")),
    "share": (100.0, ("%", "%")),
    "share per year": (100.0, ("%/年", "% a year")),
    "per year": (100.0, ("%/年", "% a year")),
    "elasticity": (1.0, ("弹性", "elasticity")),
    "ratio": (1.0, ("比值", "ratio")),
    "standard errors": (1.0, ("标准误", "standard errors")),
}

MARGINS: Mapping[str, Pair] = {
    "ladder": ("优质企业占比（X2）", "Share of quality firms (X2)"),
    "size": ("层级内的规模（X1 × X2）", "Size within levels (X1 × X2)"),
    "cloud": ("需要平台的占比（X4）", "Share that needs a platform (X4)"),
    "ordinary": ("优质以下企业的其他回答", "Other answers below quality level"),
}

PRIORS: Mapping[str, Pair] = {
    "uniform": ("均匀先验", "uniform prior"),
    "judgement": ("判断先验", "judgement prior"),
}

MOMENTS: Mapping[str, Pair] = {
    "quarter_zero": ("期初", "Quarter zero"),
    "ten_years": ("十年之后", "After ten years"),
}

NAIVES: Mapping[str, Pair] = {
    "last_growth": ("延续上次增速", "last growth goes on"),
    "linear_trend": ("线性趋势", "linear trend"),
    "random_walk": ("保持不变", "no change"),
}


def name_in(names: Mapping[str, Pair], key: str, lang: str) -> str:
    """Name something, by its key where it has no other name (another province's series, a new margin)."""
    return say(names.get(key, (key, key)), lang)


def unit_of(unit: str, lang: str) -> tuple[float, str]:
    """Return by how much numbers of a unit are multiplied to be shown, and the name of the unit shown."""
    factor, name = UNITS.get(unit, (1.0, (unit, unit)))
    return factor, say(name, lang)
