"""Where both ``python -m reprisal`` and the command ``reprisal`` begin."""

import os
import sys

from reprisal.shadowed import shadow

BAD_INPUT = 2


def main() -> None:
    """Run the command line, unless a file of the user hides a package that it needs."""
    in_the_way = shadow()
    if in_the_way:
        print(in_the_way, file=sys.stderr)
        raise SystemExit(BAD_INPUT)
    # To look for plugins pydantic reads about every installed package, a seventh of `validate`.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from reprisal.app import main as run

    run()


if __name__ == "__main__":
    main()
