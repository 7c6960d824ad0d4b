"""A sample of every public function of tensors; the table in the documentation is of these."""

from support.samples import elementwise, linalg, nnet, reductions, selection, shapes
from support.samples.sample import Sample

SAMPLES: dict[str, Sample] = {
    **elementwise.SAMPLES,
    **shapes.SAMPLES,
    **reductions.SAMPLES,
    **selection.SAMPLES,
    **nnet.SAMPLES,
    **linalg.SAMPLES,
}
