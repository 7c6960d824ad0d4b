"""What programs call is compiled by another thread while the programs themselves are."""

import threading

import pytest
from symgraph.backends.llvm.linking.external_symbols import addresses, found_meanwhile
from symgraph.backends.llvm.routines import registry
from symgraph.backends.llvm.threads import IN_RANGES, PARALLEL_FOR

import symgraph as sg


def products(*columns):
    """Names of routines that no other test asks for."""
    return [f"symgraph_product.outer.float64.000.n.{n}.n.1.0.0.0" for n in columns]


def test_it_is_there_behind_the_block(monkeypatch, tmp_path):
    names = [*products(411, 413), PARALLEL_FOR, IN_RANGES]
    with sg.config.change_flags(compiledir=str(tmp_path)):
        before = threading.active_count()
        with found_meanwhile(names):
            pass
        assert threading.active_count() == before
        monkeypatch.setattr(registry, "object_code", None)
        assert set(names) == set(addresses(names))
    # The flags are those of who asked.
    assert len(list((tmp_path / "objects").glob("*.entry"))) >= 2


def test_who_asks_in_the_block_gets_the_same():
    names = products(417, 419, 421, 423)
    with sg.config.change_flags(cache="False"), found_meanwhile(names):
        found = addresses(names)
    assert len(set(found.values())) == 4
    assert addresses(names) == found


def test_what_cannot_be_compiled_is_told_to_who_asks():
    nonsense = ["symgraph_product.nonsense"]
    with found_meanwhile(nonsense):
        pass
    with pytest.raises(KeyError, match="nonsense"):
        addresses(nonsense)
