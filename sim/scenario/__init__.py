"""Scenario files: read, check, inherit, write, and explain what is wrong with them."""

from sim.parameters import Scenario
from sim.scenario.catalogue import Parameter, parameters_table
from sim.scenario.jsonschema import json_schema
from sim.scenario.leftout import LeftOut, left_out
from sim.scenario.loading import Loaded, diff, diff_between, dump, from_resolved, load
from sim.scenario.priors import narrower, with_prior
from sim.scenario.problems import Problem, ScenarioError

__all__ = [
    "LeftOut",
    "Loaded",
    "Parameter",
    "Problem",
    "Scenario",
    "ScenarioError",
    "diff",
    "diff_between",
    "dump",
    "from_resolved",
    "json_schema",
    "left_out",
    "load",
    "narrower",
    "parameters_table",
    "with_prior",
]
