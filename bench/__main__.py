"""Prints the table of figures: what was measured, its goal, whether it was met, and how far the rounds lay apart.

    python -m bench [--only NAME …] [--database sqlite|postgresql|both] [--quick] [--install] [--register FILE]

Ratios of served pages are CPU a request, the kit's over the floor's (bench/floor.py), loaded in turn; ratios near to
one are measured in process, in turn, and the median of the pairs is shown with its middle half. Run it in the
checkout's own folder.
"""

import sys

from bench.figures import main

sys.exit(main())
