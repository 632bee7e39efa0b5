"""``python -m reprisal`` is the command ``reprisal``."""

from reprisal.app import main

if __name__ == "__main__":
    main()
