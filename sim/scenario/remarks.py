"""What a scenario that is right may still not be meant to say."""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.designs.uncertainty import switched_off
from sim.scenario.loading import Loaded
from sim.scenario.places import Place, nearest_node


def remarks(loaded: Loaded) -> Iterator[str]:
    """Tell of changes without an effect, and of rivalries that a file changes one way only."""
    yield from _idle(loaded)
    yield from _half_changed(loaded)


def _idle(loaded: Loaded) -> Iterator[str]:
    """Options that change a value of what is switched off."""
    for text in loaded.overrides:
        path = text.partition("=")[0].strip()
        if not path.endswith(".enabled") and switched_off(path, loaded.resolved):
            yield f"{text} changes nothing, since what it belongs to is switched off"


def _half_changed(loaded: Loaded) -> Iterator[str]:
    """Levels of rivalry that a later file or option gives in one direction alone.

    Where one direction is given, it holds both ways; where a parent gives the other, it does not.
    """
    rivalry, tree = loaded.scenario.rivalry, loaded._tree
    files = [str(loaded.path), *map(str, loaded.parents)]

    def rank(place: Place) -> int:
        return files.index(place.file) if place.file in files else -1

    for attacker, targets in rivalry.items():
        for target, level in targets.items():
            back = rivalry.get(target, {}).get(attacker)
            if tree is None or back is None or back == level:
                continue
            here, there = (
                nearest_node(tree, ("rivalry", *pair))[0].place
                for pair in ((attacker, target), (target, attacker))
            )
            if rank(here) < rank(there):
                yield (
                    f"rivalry.{attacker}.{target} is {level:g} ({here}) and the other way still"
                    f" {back:g} ({there}); give rivalry.{target}.{attacker} too"
                )
