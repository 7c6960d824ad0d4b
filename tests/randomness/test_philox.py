"""The generator: known answers, counters, keys, and the same bits from native code."""

import numpy as np
import pytest
from support.random_numbers import MODES

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops.philox import (
    high_words,
    key_of,
    low_words,
    philox_high,
    philox_low,
    split_key,
    words,
)
from symgraph.ops.random_bits import LANES, RandomBits

# Salmon et al. publish these with their code: counter, key, result.
ONES = 0xFFFFFFFF
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def joined(low: int, high: int) -> np.uint64:
    return np.uint64(low | high << 32)


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers(counter, key, expected):
    found = words(joined(*key), joined(*counter[:2]), joined(*counter[2:]))
    assert tuple(map(int, found)) == expected


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers_of_compiled_functions(mode, counter, key, expected):
    k, c, p = (TensorType("uint64", (None,))() for _ in range(3))
    f = sg.function([k, c, p], [philox_low(k, c, p), philox_high(k, c, p)], mode=mode)
    given = (joined(*key), joined(*counter[:2]), joined(*counter[2:]))
    low, high = f(*(np.array([value] * 3, "uint64") for value in given))
    assert (low == joined(*expected[:2])).all()
    assert (high == joined(*expected[2:])).all()


@pytest.mark.parametrize("mode", MODES)
def test_many_counters_at_once_are_each_by_itself(mode):
    c = TensorType("uint64", (None,))()
    f = sg.function([c], philox_low(np.uint64(7), c, np.uint64(3)), mode=mode)
    counters = np.arange(2**64 - 20_000, 2**64, dtype="uint64")
    found = f(counters)
    assert len(np.unique(found)) == len(found)
    for place in (0, 1, 16_383, 16_384, 19_999):
        assert found[place] == low_words(7, counters[place], 3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize("shape", [(), (1,), (0,), (7,), (4, 60), (30, 1, 5), (2, 0)])
def test_words_of_elements(mode, width, shape):
    first = TensorType("uint64", ())()
    extents = [T.lscalar() for _ in shape]
    bits = RandomBits(width, part=2)(T.constant(5, "uint64"), first, *extents)
    f = sg.function([first, *extents], bits, mode=mode)
    found = f(np.uint64(2**64 - 1), *shape)
    assert found.dtype == f"uint{width}"
    assert found.shape == shape
    each = 128 // width
    for i, word in enumerate(found.ravel()):
        block, within = divmod(i, each * LANES)
        place, lane = divmod(within, LANES)
        counter = (2**64 - 1 + block * LANES + lane) % 2**64
        whole = int(low_words(5, counter, 2)) | int(high_words(5, counter, 2)) << 64
        assert int(word) == whole >> width * place & (2**width - 1)


def test_a_negative_size_is_an_error():
    n = T.lscalar("n")
    for mode in MODES:
        f = sg.function([n], RandomBits(32)(*[T.constant(1, "uint64")] * 2, n), mode=mode)
        with pytest.raises(ValueError, match="negative size of -1|cannot have the shape"):
            f(-1)


def test_keys_of_seeds_differ_in_all_bits():
    seeds = [*range(200), 2**63, 2**64 - 1, 2**64, 2**64 + 1, 10**40]
    keys = np.array([key_of(seed) for seed in seeds], "uint64")
    assert len(set(keys.tolist())) == len(seeds)
    differing = np.bitwise_count(keys[:-1] ^ keys[1:])
    assert abs(differing.mean() - 32) < 1
    assert len({split_key(key_of(1), number) for number in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("seed", "error", "message"),
    [
        (-1, ValueError, "a seed is at least 0, not -1"),
        (1.5, TypeError, "a seed is an integer .* not 1.5"),
        (True, TypeError, "a seed is an integer .* not True"),
    ],
)
def test_what_is_no_seed(seed, error, message):
    with pytest.raises(error, match=message):
        sg.RandomStreams(seed)
