"""Which program serves a call with given shapes."""

from dataclasses import dataclass

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.analysis.shape_programs import (
    SPECIALISED,
    ShapePrograms,
    shapes_of_shared_values,
)


@dataclass
class Program:
    """Polls often enough for the first arguments that have fewer rows than 100."""

    shapes: tuple
    patient: bool

    def fits(self, shapes):
        return all(
            mine is None or mine == shape for mine, shape in zip(self.shapes, shapes, strict=True)
        )

    def hears(self, shapes):
        return self.patient or shapes[0][0] < 100


def compile(shapes, *, timed=False, patient=False):
    return Program(tuple(shapes), patient)


def test_the_first_program_is_for_the_shapes_given():
    programs = ShapePrograms(compile, [None, (3, 4)])
    assert programs.newest.shapes == (None, (3, 4))
    assert programs.serving([(7, 3), (3, 4)]) is programs.newest
    assert len(programs.made) == 1


def test_other_shapes_get_programs_of_their_own_before_one_serves_all():
    programs = ShapePrograms(compile, [None, (1,)])
    found = [programs.serving([(7,), (n,)]) for n in range(1, SPECIALISED + 3)]
    assert [p.shapes[1] for p in found[:SPECIALISED]] == [(n,) for n in range(1, SPECIALISED + 1)]
    assert [p.shapes for p in found[SPECIALISED:]] == [(None, None)] * 2
    assert found[-1] is found[-2] is programs.newest


def test_arguments_of_any_shape_need_one_program():
    programs = ShapePrograms(compile, [None])
    assert programs.serving([(1,)]) is programs.serving([(2,)])


def test_long_kernels_get_a_program_that_polls():
    programs = ShapePrograms(compile, [None, (2,)])
    found = programs.serving([(100,), (2,)])
    assert (found.patient, found.shapes) == (True, (None, (2,)))
    assert programs.serving([(200,), (2,)]) is found
    assert not programs.serving([(1,), (2,)]).patient
    assert programs.serving([(100,), (5,)]).patient
    assert len(programs.made) == 3


def test_shared_variables_have_the_shapes_of_their_values():
    x, w = T.fmatrix("x"), sg.shared([[1.0, 2.0]])
    assert shapes_of_shared_values([x, w]) == [None, (1, 2)]
