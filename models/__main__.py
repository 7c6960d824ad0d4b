"""`python -m symgraph.models` is `symgraph`."""

import sys

from .cli import main

sys.exit(main())
