"""The passes that make loops smaller, in the order in which they run.

Each examines every scan once; later passes handle what earlier ones leave.
"""

from symgraph.ops.scan import Scan
from symgraph.rewrite.engine import node_pass
from symgraph.rewrite.loops.accumulation import sum_behind
from symgraph.rewrite.loops.dead_outputs import drop_unused, keep_last
from symgraph.rewrite.loops.horizontal_fusion import MERGE_BESIDE
from symgraph.rewrite.loops.loop_invariants import move_invariant
from symgraph.rewrite.loops.merging import MERGE_EQUAL_SCANS
from symgraph.rewrite.loops.pushing_out import compute_ahead, compute_behind
from symgraph.rewrite.loops.saved_residuals import keep_computed

PASSES = (
    MERGE_EQUAL_SCANS,
    node_pass("drop_unused", Scan, drop_unused),
    node_pass("keep_computed", Scan, keep_computed),
    node_pass("move_invariant", Scan, move_invariant),
    node_pass("compute_ahead", Scan, compute_ahead),
    node_pass("compute_behind", Scan, compute_behind),
    node_pass("sum_behind", Scan, sum_behind),
    node_pass("drop_what_became_unused", Scan, drop_unused),
    node_pass("keep_last", Scan, keep_last),
    MERGE_BESIDE,
)
