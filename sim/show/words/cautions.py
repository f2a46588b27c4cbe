"""What must be said before the first number, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sim.runs.caution import Caution
from sim.show.words.numbers import money, percent
from sim.show.words.units import number, unit_scale
from sim.show.words.words import READING_NAMES, Pair, say

#: Gives the title of a scenario by its name.
Titles = Callable[[str], str]

SENTENCES: Mapping[str, Pair] = {
    "allowed": (
        "各情景在 {key} 上不同，按要求放行：下面的差异不只是政策带来的。",
        "The scenarios differ in {key}, which was allowed on request: the differences below are not the "
        "policies' alone.",
    ),
    "under": (
        "压力测试：基准与各政策同受冲击（{shocks}）{left}。",
        "A stress test: the same shock was laid over baseline and policies ({shocks}){left}.",
    ),
    "interrupted": (
        "已中断：要求 {asked} 次重复，只完成了 {done} 次。",
        "Interrupted: {done} of the {asked} replications asked for are done.",
    ),
    "what_if": (
        "“{policy}”不含政策工具，是假设情景，不是政策{differs}：单独列出，不参加排名。",
        "{policy} uses no lever: it is a what-if, not a policy{differs}, and is shown apart and not ranked.",
    ),
    "seed": (
        "“{policy}”写的种子是 {here}；比较一律用基准的种子。",
        "{policy} says seed {here}; all scenarios ran with the baseline's luck.",
    ),
    "replications": (
        "“{policy}”写的重复次数是 {here}；比较一律用基准的次数。",
        "{policy} says {here} replications; all scenarios ran as often as the baseline says.",
    ),
    "reading": (
        "“{policy}”写的是 {key}: {here}；比较时每个情景都按全部解读运行。",
        "{policy} says {key}: {here}; here every scenario ran under every reading.",
    ),
    "base_levers": (
        "基准“{policy}”自己使用政策工具（{levers}）：各政策的效果是在它之外的，花费也只算多出的部分。",
        "The baseline, {policy}, uses levers itself ({levers}): effects are on top of it, and costs are of the money "
        "beyond its own.",
    ),
    "base_lever_missing": (
        "“{policy}”没有用基准的{levers}：它的效果里含有去掉这一工具的损益。",
        "{policy} lacks {levers}, which the baseline uses: its effect includes what taking that away does.",
    ),
    "base_lever_changed": (
        "“{policy}”的{lever}与基准不同（{keys}）：它的效果包含这一改动。",
        "{policy} uses {lever} otherwise than the baseline ({keys}): its effect includes that of the change.",
    ),
    "budget": (
        "“{policy}”授权 {here}；按基准的预算，同样的季度可授权 {there}。",
        "{policy} authorises {here}; over the same quarters the baseline's budget would be {there}.",
    ),
    "money": (
        "各政策的授权资金不同：{amounts}。",
        "The policies authorise different money: {amounts}.",
    ),
    "start": ("各政策开始的季度不同：{values}。", "The policies start at different times: {values}."),
    "end": ("各政策结束的季度不同：{values}。", "The policies end at different times: {values}."),
    "lag": (
        "各政策从资金到位到见效的时滞不同（季度）：{values}。",
        "The policies have different lags, in quarters: {values}.",
    ),
    "strength": ("各政策的力度不同：{values}。", "The policies differ in strength: {values}."),
    "regions": ("各政策的实施地区不同：{values}。", "The policies act in different places: {values}."),
    "allocation": (
        "各政策在地区间分配资金的规则不同：{values}。",
        "The policies share money over prefectures by different rules: {values}.",
    ),
    "firms": (
        "各政策挑选企业的规则不同：{values}。",
        "The policies pick firms by different rules: {values}.",
    ),
    "for": ("各政策面向的企业不同：{values}。", "The policies are for different firms: {values}."),
    "owned": (
        "“{policy}”改动了政策工具自身的数 {name}：{here}，基准为 {there}。",
        "{policy} changes {name}, a number of the lever itself: {here} instead of {there}.",
    ),
    "per_yuan": (
        "因此名次按每元实际支出的新增升级排，不按升级总数排。",
        "Policies are therefore ranked by extra climbs per yuan spent, not by extra climbs.",
    ),
    "few_replications": (
        "只有 {count} 次重复（至少要 {fewest} 次）：不给区间，不排名。",
        "Only {count} replications (at least {fewest} are needed): no intervals are given and nothing is ranked.",
    ),
    "few_for_shares": (
        "只有 {count} 次重复：不足 {fewest} 次，不给领先比例与配对倍数。",
        "Only {count} replications: below {fewest}, no share of 'ahead in' and no gain from pairing is given.",
    ),
    "quota": (
        "“{policy}”只面向 3 级及以上的企业，而每年升到 4 级的家数由名额决定：它能改变的是谁升级，"
        "不是升级多少，所以不排名。",
        "{policy} is only for firms at level 3 or above, and a yearly quota decides how many climb from there: it can "
        "change who climbs, not how many, and is not ranked.",
    ),
    "nobody": (
        "“{policy}”的{lever}没有任何对象符合条件（在第 1 次重复中）。",
        "Nobody is eligible for {lever} in {policy} (in the first replication).",
    ),
    "few_agents": (
        "“{policy}”的{lever}最多只有 {agents} 个模拟企业符合条件，每个代表 {weight} 家：多一个少一个都是运气。"
        "请增大 scale。",
        "For {lever} in {policy} at most {agents} simulated firms are eligible, each standing for {weight}: "
        "one more or "
        "less is luck. Take a larger scale.",
    ),
    "few_people": (
        "“{policy}”的{lever}最多只有 {agents} 个模拟的人符合条件，每个代表 {weight} 人：多一个少一个都是运气。"
        "请增大 scale。",
        "For {lever} in {policy} at most {agents} simulated people are eligible, each standing for "
        "{weight}: one more or "
        "less is luck. Take a larger scale.",
    ),
    "unspent": (
        "“{policy}”有 {share} 的授权资金没有花出去：{why}。",
        "{policy} leaves {share} of its money unspent: {why}.",
    ),
    "unmoved": (
        "“{policy}”的升级数在每次重复中都与基准相同（{readings}）：没有变化，不排名。",
        "Climbs under {policy} equal the baseline's in every replication ({readings}): nothing moves, and it is not "
        "ranked.",
    ),
    "alike": (
        "“{policy}”的效果在每次重复中都一样（{readings}）：这不是精确，而是模拟的对象太少；不给区间，不排名。",
        "The effect of {policy} is the same in every replication ({readings}): that is no precision but too "
        "few agents; no "
        "interval is given and it is not ranked.",
    ),
    "same": (
        "“{policy}”与{others}在每次重复、每种解读下的升级数都相同：它们是同一项政策，或差别不起作用。",
        "Climbs under {policy} and {others} are the same in every replication and reading: they are one "
        "policy, or what "
        "they differ in does nothing.",
    ),
    "idle": (
        "“{policy}”什么也不做：{key} 为 0。",
        "{policy} does nothing: {key} is 0.",
    ),
    "base_shock": (
        "基准“{policy}”本身承受冲击（{shocks}）。",
        "The baseline, {policy}, carries a shock itself ({shocks}).",
    ),
    "base_numbers": (
        "基准“{policy}”的参数与登记表不同：{numbers}。",
        "The baseline, {policy}, changes numbers of the registry: {numbers}.",
    ),
    "response": (
        "另按 1/4 至 4 倍预算各运行了一遍，只用于花费图与 response.csv；名次是各政策自身预算下的。",
        "Policies also ran at 1/4 to 4 times their budgets, for the cost figure and response.csv; ranks are "
        "at their own "
        "budgets.",
    ),
    # of experiments
    "varies_budget": (
        "实验有意改变预算，对各政策一样：每一行中各政策资金相同，效果最大也就是每元效果最大。",
        "The experiment varies the budget on purpose, for all policies alike: in each row they have the "
        "same money, so the "
        "largest effect is also the largest per yuan.",
    ),
    "varies_lever": (
        "实验有意改变 {key}：各行中政策的资金、时间、地区或工具自身的数不同。",
        "The experiment varies {key} on purpose: within a row policies differ in money, time, place or a "
        "number of their "
        "levers.",
    ),
    "not_ranked": (
        "因此不给“效果最大”的比例，也不给一项政策领先另一项多少。",
        "No share of 'largest effect' and no lead of one policy over another is therefore given.",
    ),
    "counted_once": (
        "{key} 中重复写的值（{values}）只算一次。",
        "{key}: values that stand there twice ({values}) are counted once.",
    ),
    "renamed": (
        "{key}：{earlier} 现在称为 {now}。",
        "{key}: {earlier} is called {now} now.",
    ),
    "one_run": (
        "这里只有一次模拟、一份运气：曲线之差不是政策效果的估计。要估计，请用 upgrading compare。",
        "This is one run with one luck: the gap between the curves is no estimate of the effect. For one, "
        "use upgrading "
        "compare.",
    ),
}

WHY: Mapping[str, Pair] = {
    "nobody": ("{lever}没有任何对象符合条件", "nobody is eligible for {lever}"),
    "coarse": (
        "一个模拟企业代表的企业太多，有的市州一年的钱不够支持一个（{lever}）；请增大 scale",
        "an agent stands for so many firms that in some prefectures a year's money for {lever} does not pay "
        "for one; take "
        "a larger scale",
    ),
    "capacity": ("{lever}的容量已满", "the capacity of {lever} is full"),
    "people": (
        "{lever}养得起的人多于没有岗位的人",
        "{lever} could hold more people than are without a post",
    ),
    "bill": (
        "{lever}的补助不超过企业用能账单的规定比例",
        "{lever} pays no more than a share of a firm's energy bill",
    ),
    "firms": (
        "在有的市州，符合{lever}条件的企业比资金够支持的少",
        "in some prefectures fewer firms are eligible for {lever} than the money pays for",
    ),
}


def caution_text(caution: Caution, title: Titles, lang: str) -> str:
    """Say a caution in a sentence.

    Parameters
    ----------
    title
        Gives the title of a scenario by its name.
    lang
        ``zh`` or ``en``.
    """
    facts = dict(caution.facts)
    parts = {name: _said(value, title, lang) for name, value in facts.items()}
    parts |= {"key": caution.key, "policy": title(caution.scenario) if caution.scenario else ""}
    if caution.code == "owned":
        parts |= {name: _amount(float(facts[name]), str(facts["unit"]), lang) for name in ("here", "there")}
    elif caution.code == "unspent":
        low, high = percent(facts["low"]), percent(facts["high"])
        parts["share"] = low if low == high else say((f"{low} 至 {high}", f"{low} to {high}"), lang)
        parts["why"] = say(WHY[facts["why"]], lang).format(lever=parts["lever"])
    elif "readings" in facts:
        named = [say(READING_NAMES[name], lang) for name in facts["readings"]]
        every = say(("每种解读下都如此", "under every reading"), lang)
        parts["readings"] = every if len(named) == len(READING_NAMES) else _listed(named, lang)
    return say(SENTENCES[caution.code], lang).format(**parts)


def caution_lines(cautions: Iterable[Caution], title: Titles, lang: str) -> list[str]:
    """Say cautions, a sentence each, in their order."""
    return [caution_text(caution, title, lang) for caution in cautions]


def _said(value: object, title: Titles, lang: str) -> str:
    if isinstance(value, Mapping):
        if "by" in value:
            joint = "；" if lang == "zh" else "; "
            return joint.join(
                f"{title(name)} {_said(part, title, lang)}" for name, part in value["by"].items()
            )
        if "names" in value:
            return _listed((title(name) for name in value["names"]), lang)
        return money(float(value["yuan"]), lang) if "yuan" in value else str(value[lang])
    return number(value) if isinstance(value, float) else str(value)


def _amount(value: float, unit: str, lang: str) -> str:
    size, name = unit_scale(unit, value, lang)
    return f"{number(value / size)} {name}".rstrip()


def _listed(texts: Iterable[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(texts)
