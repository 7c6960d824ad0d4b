"""Random numbers: their operations, used directly, give Theano's very numbers."""

import numpy as np
import theano
import theano.tensor as T
from theano.sandbox import rng_mrg
from theano.sandbox.multinomial import ChoiceFromUniform, MultinomialFromUniform
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.raw_random import *  # noqa: F403
from theano.tensor.raw_random import RandomFunction, choice, permutation_helper, random_state_type

# Theano's modules give these to `import *`.
assert np.ones(1).sum() == 1 and callable(theano.function)

state = random_state_type()


def draw(function, *inputs):
    after, drawn = function(state, *inputs)
    compute = theano.function(
        [theano.In(state, value=np.random.RandomState(3), update=after, mutable=True)],
        drawn,
        accept_inplace=True,
    )
    return [compute(), compute()]


rng = np.random.RandomState(3)
uniform = RandomFunction(np.random.RandomState.uniform, T.dvector, inplace=True)
assert uniform.inplace and uniform.destroy_map == {0: [0]}
assert not RandomFunction("uniform", T.dvector).inplace
np.testing.assert_array_equal(draw(uniform, (4,), -1.0, 1.0), rng.uniform(-1, 1, (2, 4)))
rng = np.random.RandomState(3)
permutations = RandomFunction(permutation_helper, T.imatrix, ndim_added=1)
wanted = [[rng.permutation(5) for _ in range(2)] for _ in range(2)]
np.testing.assert_array_equal(draw(permutations, (2,), 5), wanted)
for wrong in (0, 2):
    try:
        draw(RandomFunction(permutation_helper, T.imatrix, ndim_added=wrong), (2,), 5)
    except ValueError:
        pass
    else:
        raise AssertionError(wrong)
rng = np.random.RandomState(3)
wanted = [rng.choice(10, (3,)) for _ in range(2)]
np.testing.assert_array_equal(draw(lambda s: choice(s, (3,), 10, 1, 0)), wanted)

# MRG31k3p, of states that the program keeps.
states = np.array([[12345] * 6, rng_mrg.ff_2p72(np.array([12345] * 6, "int32"))], "int32")
kept = theano.shared(states)
after, numbers = rng_mrg.mrg_uniform.new(kept, None, "float64", (4,))
compute = theano.function([], numbers, updates=[(kept, after)])
streams = MRG_RandomStreams(12345)
np.testing.assert_array_equal(streams.get_substream_rstates(2, "float64", False), states)
other = theano.function([], streams.uniform((4,), nstreams=2, dtype="float64", target="cpu"))
for _ in range(2):
    np.testing.assert_array_equal(compute(), other())
assert [rng_mrg.guess_n_streams(size) for size in ((3,), (60, 10), T.lscalar())] == [3, 100, 15360]
halves = theano.function([], MRG_RandomStreams(234).uniform((20000,), dtype="float16"))()
assert halves.min() > 0 and halves.max() < 1
few = theano.function([], MRG_RandomStreams(234).uniform((7,), dtype="float16"))()
np.testing.assert_allclose(few[:4], [0.912, 0.457, 0.7354, 0.8125], rtol=1e-3)
for size in ((0, 3), (-1,)):
    try:
        streams.uniform(size)
    except ValueError:
        pass
    else:
        raise AssertionError(size)

# Choices by numbers that are given.
chances = np.array([[0.25, 0.75, 0.0], [0.5, 0.0, 0.5]])
u = np.array([0.1, 0.6, 0.3, 0.4, 0.9, 0.999])
counted = MultinomialFromUniform("auto")(chances, u, 3)
assert counted.dtype == "float64" and counted.eval().tolist() == [[1, 2, 0], [1, 0, 2]]
chosen = ChoiceFromUniform("auto")(chances, u[:4], 2)
assert chosen.dtype == "int64" and chosen.eval().tolist() == [[0, 1], [2, 0]]
assert MultinomialFromUniform("int32")(chances, u[:2]).dtype == "int32"
