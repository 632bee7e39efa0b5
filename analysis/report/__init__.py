"""One page that a colleague without the software reads: a results folder as HTML and Markdown.

`content` puts the sections together from blocks, `rendering` writes them.
"""
