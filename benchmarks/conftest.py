"""`benchmarks` is found wherever pytest is started; what is installed goes first."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
