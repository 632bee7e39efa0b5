"""Tables of events: read, described, forecast, and the parameters of a scenario found from them.

`reading` reads exports of ACLED, UCDP GED and plain tables, `statistics` describes a log of
events, `calibration` finds the parameters that a log or targets leave possible, and `forecast`
predicts what follows a log. Nothing else in `analysis` uses this package; only the command line
does.
"""
