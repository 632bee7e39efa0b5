"""The functions of the model, found in their packages: what is compiled, or interpreted."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from inspect import isfunction
from types import FunctionType, ModuleType

from sim import draws, rules, step
from sim.step.layout import Run

# Imported in this order, so that a module comes after those that it imports.
PACKAGES = (rules, step)


def modules() -> list[ModuleType]:
    """List the modules that hold the text: the draws, the rules and the step."""
    names = [
        f"{package.__name__}.{found.name}"
        for package in PACKAGES
        for found in pkgutil.iter_modules(package.__path__)
    ]
    return [draws, *map(import_module, names)]


def functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """Give the functions that a module defines."""
    for name, value in vars(module).items():
        if isfunction(value) and value.__module__ == module.__name__:
            yield name, value


def runs() -> list[type[Run]]:
    """List `Run`, and the classes in the step that declare further parts of it."""
    found = (vars(module).values() for module in modules())
    kinds = [each for values in found for each in values if isinstance(each, type)]
    return list(dict.fromkeys(kind for kind in kinds if issubclass(kind, Run)))


FUNCTIONS: dict[str, FunctionType] = {
    name: function
    for module in modules()
    if module.__name__.startswith(step.__name__)
    for name, function in functions(module)
}
