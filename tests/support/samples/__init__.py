"""A sample of every public function; the table in the documentation is of these."""

from support.samples import (
    class_costs,
    elementwise,
    fourier,
    joined,
    linalg,
    nnet,
    reductions,
    selection,
    shapes,
    sparse,
)
from support.samples.sample import Sample

SAMPLES: dict[str, Sample] = {
    **elementwise.SAMPLES,
    **joined.SAMPLES,
    **shapes.SAMPLES,
    **reductions.SAMPLES,
    **selection.SAMPLES,
    **nnet.SAMPLES,
    **class_costs.SAMPLES,
    **linalg.SAMPLES,
    **fourier.SAMPLES,
    **sparse.SAMPLES,
}
