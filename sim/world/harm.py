"""How many people attacks kill and wound, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import tables
from sim.parameters import Scenario, Severity
from sim.parameters.violence import CivilianSeverity
from sim.tables import Floats


@dataclass(frozen=True)
class Casualties:
    """Tables of casualties.

    ``target_killed`` and ``attacker_killed`` are cumulative probabilities by mode, shape (modes,
    limit + 1), as is ``civilians_killed``; ``wounded_factors`` has shape (1024,), ``mark`` and
    ``magnitude`` have shape (limit + 1,), as have the severities of the security force's fire and
    losses.
    """

    target_killed: Floats
    attacker_killed: Floats
    civilians_killed: Floats
    wounded_factors: Floats
    mark: Floats
    magnitude: Floats
    security_fire: Floats
    security_losses: Floats


def casualties_of(scenario: Scenario) -> Casualties:
    """Make the tables of casualties."""
    target_killed, attacker_killed, civilians, (fire, losses) = _killed(scenario)
    return Casualties(
        target_killed=target_killed,
        attacker_killed=attacker_killed,
        civilians_killed=civilians,
        wounded_factors=tables.wounded_factors(scenario.engagement.wounded_shape),
        mark=tables.marks(mode_shares(scenario), target_killed, scenario.reprisal.by_severity),
        magnitude=tables.magnitudes(target_killed.shape[1] - 1),
        security_fire=fire,
        security_losses=losses,
    )


def means(scenario: Scenario) -> tuple[float, float]:
    """Give what a mean engagement of mobilised units means to others."""
    shares, (target_killed, attacker_killed, _, _) = mode_shares(scenario), _killed(scenario)
    killed = np.diff(target_killed, prepend=0.0, axis=1)
    magnitudes = tables.magnitudes(killed.shape[1] - 1)
    return float(shares @ killed @ magnitudes), float(1.0 - shares @ attacker_killed[:, 0])


def _killed(scenario: Scenario) -> tuple[Floats, Floats, Floats, Floats]:
    """Severities of the attacked, the attackers, civilians and the security force, padded."""
    modes, third = scenario.modes.values(), scenario.third_side
    sides: tuple[list[Severity], ...] = (
        [mode.target_killed for mode in modes],
        [mode.attacker_killed for mode in modes],
        [mode.civilians_killed for mode in modes],
        [third.killed, third.own_killed],
    )
    limit = max(_most(one) for side in sides for one in side)
    target, attacker, civilians, force = (
        np.array([_padded(one, limit) for one in side]) for side in sides
    )
    return target, attacker, civilians, force


def _most(one: Severity) -> int:
    """Largest number that can be killed; civilians of whom none are killed need no table."""
    unused = isinstance(one, CivilianSeverity) and one.median == 0.0
    return 0 if unused else one.most


def _padded(one: Severity, limit: int) -> Floats:
    most = _most(one)
    table = tables.severity(one.median, one.log_sd, most)
    return np.concatenate([table, np.full(limit - most, table[-1])])


def mode_shares(scenario: Scenario) -> Floats:
    """Give the share of each mode among the engagements of mobilised units."""
    modes = scenario.modes.values()
    weights = np.array([mode.weight * (mode.needs != "clash") for mode in modes])
    fought = np.array([mode.needs == "battle" and mode.weight > 0 for mode in modes])
    if not fought.any():
        return np.asarray(weights / weights.sum())
    exchanges = scenario.stances.mobilised.battle * scenario.battle.enabled
    attacks, fire = np.where(fought, 0.0, weights), np.where(fought, weights, 0.0)
    return np.asarray((1.0 - exchanges) * attacks / attacks.sum() + exchanges * fire / fire.sum())
