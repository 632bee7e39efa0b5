"""Sentences that stand below figures and tables: what was run and what bands mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis import intervals, uncertainty, wording
from analysis.frames import Frames, by_scenario
from analysis.tables import observed
from sim.units import format_duration

MANY = 4
RUN_IS_UNIT = "Intervals are 95 % Monte-Carlo intervals with the run as the unit."
MARKS = "Filled marker: median with its 95 % interval; open markers: 5 and 95 % quantiles."
ROWS = (
    "Right: histogram; the line below each row spans the 5 to 95 % quantiles, its marker is the"
    " median."
)
FAN = (
    "Line: median; dark band: middle 50 % of runs; light band: middle 90 %; dots: mean with its"
    " 95 % interval. Local calendar days; the first and the last may be incomplete. The two panels"
    " on the left end on the day by which 95 % of all engagements have happened."
    " Numbered lines: median times of the orders and events below, where a bar spans the middle"
    " 90 % of the runs that have it, and a percentage says how many do."
)
TILES = (
    "In each tile: the estimate and its 95 % interval (none for killed where no run has any)."
    " Tiles lie roughly as the provinces do. Colours of killed follow log(1 + x), so that few and"
    " many can be told apart."
)
OUTLINES = (
    "In each province: the estimate and its 95 % interval (none for killed where no run has any)."
    " Colours of killed follow log(1 + x), so that few and many can be told apart."
)
CHAINS = (
    "A chain is a root engagement and all that go back to it; an engagement on its own is a chain"
    " of one. Left: all engagements of a chain; right: those along its longest line."
)
CHAIN_BAND = "Shaded: 95 % interval of each point, with the run as the unit."
CHAIN_LAW = (
    "Dotted: chains if every engagement caused a Poisson number of others with the same mean"
    " (Borel's law and a Galton-Watson process), with the branching ratio estimated from the"
    " scenario: {ratios}. Chains beyond it show that engagements do not all cause alike."
)
TREE = (
    "Replicate {replicate}, whose killed lie nearest to the median of {baseline}; the same"
    " replicate of another scenario has the same random numbers. A mark is an engagement with the"
    " look of the attacking group, larger with more killed; a line leads back to the engagement"
    " that caused it, black where it crosses provinces. Each line of a lane is a chain. One run is"
    " one of many courses."
)
LONGEST = (
    "The chains of all runs with the longest lines of answers, the longest on top. A mark is an"
    " engagement with the look of the attacking group, larger with more killed; a line leads back"
    " to the engagement that caused it, black where it crosses provinces. Most chains are shorter:"
    " see the figure of chains."
)
REPORTED = (
    "As reported: engagements are those with a report, dated by when they happened; killed are"
    " the best numbers of the reports, low and high their lowest and highest."
)
DIFFERENCE = (
    "Difference: scenario minus {baseline}, paired by replicate where that is more precise."
)


def runs(frames: Frames, scenarios: Sequence[str] | None = None) -> str:
    """Tell how many runs of which seed, model and length there are, and how many are missing."""
    shown = list(frames.scenarios) if scenarios is None else list(scenarios)
    table = frames.runs[frames.runs["scenario"].isin(shown)]
    counts = table["scenario"].value_counts()[shown]
    if counts.nunique() == 1:
        each = " per scenario" if len(shown) > 1 else ""
        text = f"{wording.plural(int(counts.iloc[0]), 'run')}{each}"
    else:
        text = ", ".join(f"{name}: {wording.plural(int(counts[name]), 'run')}" for name in shown)
    seeds = sorted(int(seed) for seed in table["seed"].unique())
    word = "seed" if len(seeds) == 1 else "seeds"
    text += f"; {word} {', '.join(str(seed) for seed in seeds)}."
    drawn = {uncertainty.draws(frames, name) for name in shown} - {0}
    if drawn:
        listed = " or ".join(map(str, sorted(drawn)))
        text += f" Numbers that are not known are drawn, {listed} times."
    own = [f"{name} with {frames.models[name].name}" for name in shown if name in frames.models]
    if own:
        text += f" Not of the stock model: {', '.join(own)}."
    gone = {name: frames.missing.get(name, 0) for name in shown if frames.missing.get(name)}
    if gone:
        listed = ", ".join(f"{name} {amount:,}" for name, amount in gone.items())
        text += f" Runs asked for and not there (failed or not yet run): {listed}."
    lengths = {
        name: format_duration(frames.scenarios[name].scenario.clock.length) for name in shown
    }
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        text += f" Runs differ in length: {listed}."
    return text


def not_shown(frames: Frames, shown: Sequence[str]) -> str:
    """Say how many scenarios of some results are not drawn; nothing where all are."""
    whole = len(frames.scenarios)
    if len(shown) == whole:
        return ""
    return (
        f"{len(shown)} of {wording.plural(whole, 'scenario')} drawn, {whole - len(shown)} left out."
    )


def single(frames: Frames, scenarios: Sequence[str] | None = None) -> str:
    """Say that bands are left out where a scenario has a single run; else nothing."""
    shown = list(frames.scenarios) if scenarios is None else list(scenarios)
    counts = {name: len(rows) for _, name, rows in by_scenario(frames.runs) if name in shown}
    alone = [name for name, runs in counts.items() if runs == 1]
    if not alone:
        return ""
    return f"A single run has no bands and no interval of a mean: {', '.join(alone)}."


def quiet(frames: Frames, scenarios: Sequence[str]) -> str:
    """Tell how many runs have no engagement; nothing where every run has one."""
    parts = []
    for _, name, rows in by_scenario(frames.runs):
        calm = int((rows["engagements"] == 0).sum())
        if calm and name in scenarios:
            parts.append(f"{name} {calm:,} of {len(rows):,}")
    return f"Runs without an engagement: {'; '.join(parts)}." if parts else ""


def left_out(outcomes: Sequence[str]) -> str:
    """Name outcomes that are not drawn because every run of a scenario has the same value."""
    listed = ", ".join(wording.title(name).lower() for name in outcomes)
    return f"Not drawn, since all runs of a scenario agree: {listed}." if outcomes else ""


def gaps(table: pd.DataFrame, outcomes: Sequence[str]) -> str:
    """Tell how many runs lack a value of each outcome, and how many ended before it."""
    parts: dict[str, list[str]] = {"lacking": [], "ended": []}
    for name in outcomes:
        counts: dict[str, dict[str, str]] = {"lacking": {}, "ended": {}}
        for _, scenario, rows in by_scenario(table):
            absent, beyond = int(rows[name].isna().sum()), int(np.isinf(observed(rows, name)).sum())
            if absent:
                counts["lacking"][scenario] = f"{absent:,} of {len(rows):,}"
            if beyond:
                counts["ended"][scenario] = f"{beyond:,} of {len(rows):,}"
        for kind, found in counts.items():
            if found:
                parts[kind].append(f"{wording.title(name).lower()} {_listed(found)}")
    text = f"Runs without a value: {'; '.join(parts['lacking'])}." if parts["lacking"] else ""
    if parts["ended"]:
        text += f" Runs that ended first: {'; '.join(parts['ended'])}."
    return text.strip()


def _listed(found: Mapping[str, str]) -> str:
    if len(found) > MANY:
        return f"in {len(found)} scenarios, see summary.csv"
    return ", ".join(f"{amount} ({scenario})" for scenario, amount in found.items())


def curve_band(frames: Frames, drawn: bool) -> str:
    """Explain the band of cumulative curves, or give its width where it is not drawn."""
    fewest = int(frames.runs["scenario"].value_counts().min())
    kind = "95 % band for the whole curve (Dvoretzky-Kiefer-Wolfowitz)"
    if fewest < 2:
        return ""
    if drawn:
        return f"Shaded: {kind}."
    return f"The {kind} is ±{intervals.curve_margin(fewest):.2f}, left out for legibility."
