"""From LLVM IR to callable machine code, for the processor at hand.

A module becomes an object file in memory (`compile_object`), which is then linked into the
process (`load`); `compile_ir` does both. The two are apart because an object file can be kept:
on disk, or shipped. It holds no address: what it calls outside itself stays a name, which linking
looks up in `imports` first and then among the symbols of the process (the C library).

Any number of threads may compile at once: llvmlite serialises its own calls but for the two that
take long, and nothing here is changed after it is made.
"""

import ctypes
import itertools
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from llvmlite import ir
from llvmlite.binding import ffi
from llvmlite.binding.newpassmanagers import NewPassManager
from symgraph.backends.llvm.codegen.optimisation_level import FULL, OptimisationLevel

from symgraph.graph import NoFork

# When it first writes text, llvmlite fills a table that others may then read half full.
ir.MetaDataString(ir.Module(), "").get_reference()

# A child process could not go on where other threads left LLVM in the middle of its work: no fork
# comes between a call that is made under llvmlite's lock, nor one of those that are not.
_llvmlite = ffi.lib._lock._lock
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_llvmlite.acquire,
        after_in_parent=_llvmlite.release,
        after_in_child=_llvmlite.release,
    )
_at_work = NoFork()

# AVX-512 processors that lower their clock for 512-bit code: LLVM's own choice (256) is right.
SLOW_512 = {"skylake-avx512", "cascadelake", "cooperlake", "cannonlake"}


class CompilationError(RuntimeError):
    """LLVM refused a module: a defect of the emitter, never of the user's program."""


class Host(NamedTuple):
    """The processor: LLVM's name for it, and the features that it has."""

    triple: str
    cpu: str
    features: str

    def has(self, feature: str) -> bool:
        return f"+{feature}" in self.features.split(",")


@cache
def host() -> Host:
    """Starts LLVM (twice does no harm) and asks it for the processor."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu = llvm.get_host_cpu_name()
    features = llvm.get_host_cpu_features().flatten()
    if "+avx512f" in features.split(",") and cpu not in SLOW_512:
        # Vectors as wide as the registers, whatever LLVM's tuning of this processor prefers: on
        # Zen 4, which computes their halves in turn, loops still run 1.2 to 1.7 times as fast.
        features += ",-prefer-256-bit"
    return Host(llvm.get_process_triple(), cpu, features)


class Timings(NamedTuple):
    """Seconds that each stage took."""

    parse: float = 0.0
    optimise: float = 0.0
    generate: float = 0.0
    link: float = 0.0

    @property
    def total(self) -> float:
        return self.parse + self.optimise + self.generate + self.link


class ObjectCode(NamedTuple):
    """A relocatable object file in memory, the names that it offers and those it needs."""

    name: str
    code: bytes
    symbols: tuple[str, ...]
    needs: tuple[str, ...]
    timings: Timings

    def __repr__(self) -> str:
        return f"ObjectCode({self.name!r}, {len(self.code)} bytes)"


@dataclass(frozen=True)
class MachineCode:
    """Machine code in the process; it stays there as long as this object."""

    object: ObjectCode
    timings: Timings
    _addresses: dict[str, int] = field(repr=False)
    # Dropping the tracker frees the code; the linker must outlive it.
    _tracker: Any = field(repr=False)
    _linker: Any = field(repr=False)

    def address(self, symbol: str) -> int:
        """The address of a function that the module defines; KeyError for any other name."""
        try:
            return self._addresses[symbol]
        except KeyError:
            offered = ", ".join(self._addresses) or "nothing"
            raise KeyError(
                f"{symbol!r} is not among what {self.object.name!r} defines: {offered}"
            ) from None


def compile_ir(
    source: str | ir.Module, name: str, imports: Mapping[str, int] | None = None
) -> MachineCode:
    """Optimises a module for this processor and links it into the process.

    `imports` gives the addresses of symbols that the module declares. Every function with
    external linkage is offered; a built module has its functions' stacks aligned as vectors need
    it. Raises CompilationError if LLVM cannot read, verify or link the module.
    """
    return load(compile_object(source, name), imports)


def compile_object(
    source: str | ir.Module, name: str, effort: OptimisationLevel = FULL
) -> ObjectCode:
    """Optimises a module for this processor and generates its code."""
    clock = time.perf_counter
    start = clock()
    module = _parse(source, name)
    parsed = clock()
    machine = _optimise(module, effort)
    optimised = clock()
    code = _emit(machine, module)
    timings = Timings(parsed - start, optimised - parsed, clock() - optimised)
    offered, needed = _names(module)
    return ObjectCode(name, code, offered, needed, timings)


def load(
    object_code: ObjectCode, imports: Mapping[str, int] | None = None, lasting: bool = False
) -> MachineCode:
    """Links object code into the process. Code that is `lasting` is never given up: the linker
    that all such code shares keeps traces of it."""
    start = time.perf_counter()
    linker = _lasting_linker() if lasting else _new_linker()
    builder = llvm.JITLibraryBuilder().add_object_img(object_code.code).add_current_process()
    for symbol, address in (imports or {}).items():
        builder.import_symbol(symbol, address)
    for symbol in object_code.symbols:
        builder.export_symbol(symbol)
    try:
        tracker = builder.link(linker, f"module {next(_numbers)}")
    except RuntimeError as error:
        outside = ", ".join(object_code.needs) or "nothing"
        raise CompilationError(
            f"cannot link {object_code.name!r}, which calls {outside}: {error}"
        ) from error
    made = object_code.timings
    timings = Timings(made.parse, made.optimise, made.generate, time.perf_counter() - start)
    addresses = {symbol: tracker[symbol] for symbol in object_code.symbols}
    return MachineCode(object_code, timings, addresses, tracker, linker)


# A linker takes modules of different names only.
_numbers = itertools.count()


def _new_linker() -> Any:
    return llvm.create_lljit_compiler(_machine(), use_jit_link=True, suppress_errors=True)


@cache
def _lasting_linker() -> Any:
    """Making a linker takes longer than most modules take to be linked."""
    return _new_linker()


def assembly(
    source: str | ir.Module, name: str = "module", effort: OptimisationLevel = FULL
) -> str:
    """The optimised module in assembly language, for people and tests."""
    module = _parse(source, name)
    return _optimise(module, effort).emit_assembly(module)


def optimised_ir(source: str | ir.Module, name: str = "module") -> str:
    """The optimised module as IR, for people and tests."""
    module = _parse(source, name)
    _optimise(module)
    return str(module)


def _parse(source: str | ir.Module, name: str) -> llvm.ModuleRef:
    if not isinstance(source, str):
        _align_stacks(source)
    text = str(source)
    host()
    # A context of its own: modules of different threads share nothing.
    try:
        module = llvm.parse_assembly(text, llvm.create_context())
        # The pass manager crashes the process on invalid IR.
        module.verify()
    except RuntimeError as error:
        raise CompilationError(f"invalid IR in {name!r}: {_located(str(error), text)}") from error
    return module


def _align_stacks(module: ir.Module) -> None:
    """Has every function that is built here align its stack to a whole vector.

    LLVM decides this before it knows what it will spill. A vector spilled across two cache lines
    costs more than the arithmetic between: sin over an array ran 2.6 times slower in half of
    all processes, depending on where their stacks began.
    """
    size = 64 if host().has("avx512f") else 32 if host().has("avx") else 16
    for function in module.functions:
        if not function.is_declaration and "alwaysinline" not in function.attributes:
            # The property `alignstack` is not printed unless there are other attributes.
            set.add(function.attributes, f"alignstack({size})")


def _located(message: str, text: str) -> str:
    """LLVM's message with the line of IR that it names."""
    place = re.search(r"<string>:(\d+):", message)
    lines = text.splitlines()
    if place is None or int(place[1]) > len(lines):
        return message.strip()
    return f"{message.strip()} [{lines[int(place[1]) - 1].strip()}]"


def _optimise(module: llvm.ModuleRef, effort: OptimisationLevel = FULL) -> llvm.TargetMachine:
    """Runs LLVM's pipeline on the module; returns the machine it was meant for."""
    machine = _machine(effort.generation)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=effort.level)
    options.loop_vectorization = True
    options.slp_vectorization = effort.unrolled
    options.loop_interleaving = effort.unrolled
    options.loop_unrolling = effort.unrolled
    builder = llvm.create_pass_builder(machine, options)
    pipeline = builder.getModulePassManager()
    _at_once("LLVMPY_RunNewModulePassManager")(pipeline, module, builder)
    # llvmlite's pass manager does not free itself (its base class hides the method): 50 kB.
    NewPassManager._dispose(pipeline)
    pipeline.detach()
    return machine


def _emit(machine: llvm.TargetMachine, module: llvm.ModuleRef) -> bytes:
    """The module as an object file: `machine.emit_object(module)`, many at once."""
    with ffi.OutputString() as error:
        memory = _at_once("LLVMPY_TargetMachineEmitToMemory")(machine, module, 1, error)
        if not memory:
            raise CompilationError(str(error))
    try:
        start, size = (
            getattr(ffi.lib, f"LLVMPY_GetBuffer{part}")(memory) for part in ("Start", "Size")
        )
        return ctypes.string_at(start, size)
    finally:
        ffi.lib.LLVMPY_DisposeMemoryBuffer(memory)


def _at_once(name: str) -> Callable[..., Any]:
    """A function of LLVM's that takes long, for any number of threads at once: modules with
    contexts of their own share nothing. llvmlite lets one thread at a time call any function."""
    function = getattr(ffi.lib, name)
    function = getattr(function, "_cfn", function)

    def call(*args: Any) -> Any:
        with _at_work:
            return function(*args)

    return call


def _machine(generation: int = 3) -> llvm.TargetMachine:
    target = host()
    # The linker places a module in one piece, so that near addresses ("default") always reach.
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=generation, reloc="pic", codemodel="default"
    )


def _names(module: llvm.ModuleRef) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(functions that the module offers, functions that it calls elsewhere)."""
    functions = [f for f in module.functions if f.linkage == llvm.Linkage.external]
    offered = tuple(f.name for f in functions if not f.is_declaration)
    needed = (f.name for f in functions if f.is_declaration)
    return offered, tuple(name for name in needed if not name.startswith("llvm."))
