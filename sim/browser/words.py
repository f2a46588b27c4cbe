"""What the page says, Chinese beside English."""

from __future__ import annotations

from collections.abc import Mapping

from sim.show.words.words import Pair

PAGE: Mapping[str, Pair] = {
    "title": ("产业升级模拟：湖北", "Industrial upgrading: Hubei"),
    "full_title": ("现在人已满", "All places are taken"),
    "full": (
        "这台机器同时只接待 {most} 位访客。请稍后再打开本页。",
        "This machine serves {most} visitors at a time. Please open the page again later.",
    ),
    "broken_title": ("页面出错了", "Something went wrong"),
    "broken": (
        "请重新载入本页；出错的经过已告知服务器的管理者。",
        "Please load the page again; whoever runs the server can see what happened.",
    ),
    "language": ("English", "中文"),
    # scenario
    "scenario": ("情景", "Scenario"),
    "bundled": ("自带情景", "Bundled scenario"),
    "changed": ("（已改动）", " (changed)"),
    "upload": ("上传情景文件（YAML）", "Upload a scenario file (YAML)"),
    "download_yaml": ("下载情景（YAML）", "Download the scenario (YAML)"),
    "download_csv": ("下载本次模拟（CSV）", "Download this run (CSV)"),
    "problems": ("这样不行，原样保留：", "This cannot be; everything stays as it was:"),
    "more_problems": ("另有 {more} 处。", "And {more} more."),
    "close": ("知道了", "Close"),
    # run
    "run": ("模拟", "Run"),
    "seed": ("随机种子", "Seed"),
    "seed_help": (
        "换种子就是换运气；政策与基准总是同一份运气。整数，0 至 4294967295。",
        "Another seed is other luck; policy and baseline always share it. Whole number, 0 to 4294967295.",
    ),
    "scale": ("规模", "Scale"),
    "scale_choice": ("{share}（约 {agents} 个企业主体）", "{share} (some {agents} firm agents)"),
    "readings": ("解读", "Reading of the evidence"),
    "structure": ("结构解读", "Structural reading"),
    "causal_reading": ("因果解读", "Causal reading"),
    "readings_help": (
        "四种解读都与证据相容；结论若随解读而变，就还没有定论。",
        "All four readings fit the evidence; a conclusion that changes with them is not settled.",
    ),
    "own": ("自定份额", "own shares"),
    "own_help": (
        "每个系数算作因果的份额，按所打开情景文件中写明的",
        "of each coefficient, the share counts as cause that the opened scenario file states",
    ),
    # money and levers
    "money": ("资金", "Money"),
    "levers_help": (
        "改动会从 2020Q1 起用同样的运气重放到现在；基准是同一情景去掉政策工具。",
        "A change replays the run from 2020Q1 to now with the same luck; the baseline is the scenario without levers.",
    ),
    # playing
    "reset": ("重置", "Reset"),
    "step": ("单步", "Step"),
    "play": ("播放", "Play"),
    "pause": ("暂停", "Pause"),
    "speed": ("每秒几季", "Quarters a second"),
    "speed_free": ("尽快", "all it can"),
    "beginning": ("2019Q4，开始之前", "2019Q4, before the first quarter"),
    "at_quarter": ("{quarter} · 第 {done} / {quarters} 季", "{quarter} · quarter {done} of {quarters}"),
    "at_end": ("（结束）", " (the end)"),
    "layer": ("地图显示", "On the map"),
    # why
    "why": ("为什么？", "Why?"),
    "why_hint": (
        "点地图上的企业或市州，或从列表中选市州。",
        "Click a firm or a prefecture on the map, or choose a prefecture from the list.",
    ),
    "why_gone": (
        "这家企业已经退出，或在这条路径上不存在。",
        "This firm has closed, or does not exist on this path.",
    ),
    "why_later": (
        "走一步以后才有市州的数字。",
        "Take a step: prefectures have numbers from the first quarter on.",
    ),
    "prefecture": ("市州", "Prefecture"),
    "firm": ("企业（职工多的在前）", "Firm (the largest first)"),
    "staff_of": ("{staff} 人", "{staff} staff"),
    "nothing_picked": ("（不选）", "(none)"),
    "stands_for": ("代表 {weight} 家企业", "stands for {weight} firms"),
    "founded": ("成立", "founded"),
    "before_2020": ("2020 年以前", "before 2020"),
    "staff": ("职工", "staff"),
    "talent": ("研发人才：在岗 / 需要", "R&D talent: employed / wanted"),
    "enough": ("在岗占需要多少才自认充足", "calls its talent sufficient from (employed / wanted)"),
    "platform": ("用数字化平台", "uses a digital platform"),
    "cash": ("现金", "cash"),
    "support": ("累计财政支持（全部所代表企业）", "public money so far (all firms it stands for)"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "question": ("调查问题", "Survey question"),
    "before": ("起初", "At first"),
    "now": ("现在", "Now"),
    "beta": ("β（表 5）", "β (Table 5)"),
    "kappa": ("算作因果", "Cause"),
    "part": ("对数几率", "Log-odds"),
    "constant": ("常数项", "constant"),
    "sum": ("合计 → 转型难的概率", "Sum → probability of difficulty"),
    "not_estimated": ("表 5 未给系数", "no coefficient in Table 5"),
    "hard_line": (
        "概率 {p}；这家企业的运气 {luck}，{verdict}。",
        "Probability {p}; this firm's luck is {luck}, so it is {verdict}.",
    ),
    "hard": ("低于概率：处在转型难", "in transition difficulty (luck below probability)"),
    "not_hard": ("不低于概率：没有转型难", "not in difficulty (luck not below probability)"),
    "part_note": (
        "每行 = β ×（起初 + 算作因果的份额 ×（现在 − 起初））；各行与常数项之和即对数几率。",
        "Each row is β × (at first + share taken as cause × (now − at first)); with the constant they add up to the "
        "log-odds.",
    ),
    "against": ("{value}（基准 {base}）", "{value} (baseline {base})"),
    "against_note": (
        "括号内：同样运气、没有政策工具时的数。",
        "In brackets: with the same luck, without the levers.",
    ),
    "since": ("自 {start} 起", "since {start}"),
    "only": ("只用于：{what}", "Only for: {what}"),
    "levels_of": ("{levels} 级企业", "firms of level {levels}"),
    "staff_from": ("职工 {n} 人以上", "{n} staff or more"),
    "staff_to": ("职工 {n} 人以下", "{n} staff or fewer"),
    "until": ("到 {end} 为止", "until {end}"),
    "last_1": ("本季", "this quarter"),
    "last_2": ("近两季", "last two quarters"),
    "last_3": ("近三季", "last three quarters"),
    "last_4": ("近四季", "last four quarters"),
}
