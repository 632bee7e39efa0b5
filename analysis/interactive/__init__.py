"""Pictures that can be moved, as plain data, and the scripts that draw them in a browser.

`picture` makes the data of a scenario against a baseline; the files in ``static`` draw it, on the
page of ``reprisal lab`` and in an interactive report alike.
"""
