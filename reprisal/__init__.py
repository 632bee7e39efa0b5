"""The command line ``reprisal``; everything it does is a function of ``sim`` or ``analysis``."""
