"""Scenario files: read, check, inherit, write, and explain what is wrong with them."""

from sim.parameters import Scenario
from sim.scenario.catalogue import Parameter, parameters_table
from sim.scenario.jsonschema import json_schema
from sim.scenario.leftout import LeftOut, left_out
from sim.scenario.loading import (
    Loaded,
    diff,
    diff_between,
    dump,
    from_resolved,
    load,
    load_text,
    with_values,
)
from sim.scenario.movable import Control, controls, values_of, variant, withdrawals
from sim.scenario.outlines import Outlines
from sim.scenario.priors import narrower, with_prior
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.remarks import remarks

__all__ = [
    "Control",
    "LeftOut",
    "Loaded",
    "Outlines",
    "Parameter",
    "Problem",
    "Scenario",
    "ScenarioError",
    "controls",
    "diff",
    "diff_between",
    "dump",
    "from_resolved",
    "json_schema",
    "left_out",
    "load",
    "load_text",
    "narrower",
    "parameters_table",
    "remarks",
    "values_of",
    "variant",
    "with_prior",
    "with_values",
    "withdrawals",
]
