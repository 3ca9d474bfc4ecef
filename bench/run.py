"""Prints the table of figures: what was measured, its goal, whether it was met, and how far the rounds lay apart.

    python bench/run.py [--only NAME …] [--database sqlite|postgresql|both] [--quick] [--install] [--register FILE]

Ratios of served pages are CPU a request, the kit's over the floor's (bench/floor.py), loaded in turn; ratios near to
one are measured in process, in turn, and the median of the pairs is shown with its middle half.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.figures import main  # noqa: E402 - the checkout is found first

if __name__ == "__main__":
    sys.exit(main())
