"""Compile LLVM IR to callable machine code, for this processor.

A module is compiled to an object file in memory (`compile_object`), which is then linked into the
process (`load`); `compile_ir` does both. The two are separate because an object file can be kept:
on disk, or shipped. It contains no addresses: external symbols stay names, which linking looks up
in `imports` first and then among the symbols of the process (the C library).

Any number of threads may compile at once: llvmlite serialises its own calls except for the two that
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

# When llvmlite first writes text it fills a table that other threads may then read half full.
ir.MetaDataString(ir.Module(), "").get_reference()

# A child process could not go on where other threads left LLVM in the middle of its work: so no
# fork may come during a call made under llvmlite's lock, nor during one made without it.
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
    """LLVM rejected a module: a defect of the emitter, never of the user's program."""


class Host(NamedTuple):
    """The processor: LLVM's name for it, and its features."""

    triple: str
    cpu: str
    features: str

    def has(self, feature: str) -> bool:
        return f"+{feature}" in self.features.split(",")


@cache
def host() -> Host:
    """Initialise LLVM (doing so twice is harmless) and return the processor that it detects."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu = llvm.get_host_cpu_name()
    features = llvm.get_host_cpu_features().flatten()
    if "+avx512f" in features.split(",") and cpu not in SLOW_512:
        # Use vectors as wide as the registers, whatever LLVM's tuning of this processor prefers: on
        # Zen 4, which processes their halves in turn, loops still run 1.2 to 1.7 times as fast.
        features += ",-prefer-256-bit"
    return Host(llvm.get_process_triple(), cpu, features)


class Timings(NamedTuple):
    """The seconds that each stage took."""

    parse: float = 0.0
    optimise: float = 0.0
    generate: float = 0.0
    link: float = 0.0

    @property
    def total(self) -> float:
        return self.parse + self.optimise + self.generate + self.link


class ObjectCode(NamedTuple):
    """A relocatable object file in memory, the names that it defines and those that it needs."""

    name: str
    code: bytes
    symbols: tuple[str, ...]
    needs: tuple[str, ...]
    timings: Timings

    def __repr__(self) -> str:
        return f"ObjectCode({self.name!r}, {len(self.code)} bytes)"


@dataclass(frozen=True)
class MachineCode:
    """Machine code in the process, which stays there as long as this object."""

    object: ObjectCode
    timings: Timings
    _addresses: dict[str, int] = field(repr=False)
    # Dropping the tracker frees the code; the linker must outlive it.
    _tracker: Any = field(repr=False)
    _linker: Any = field(repr=False)

    def address(self, symbol: str) -> int:
        """Return the address of a function that the module defines; KeyError for any other name."""
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
    """Optimise a module for this processor and link it into the process.

    `imports` gives the addresses of symbols that the module declares. Every function with external
    linkage is available; a module built with llvmlite gets its functions' stacks aligned as vectors
    need it. Raises CompilationError if LLVM cannot read, verify or link the module.
    """
    return load(compile_object(source, name), imports)


def compile_object(
    source: str | ir.Module, name: str, effort: OptimisationLevel = FULL
) -> ObjectCode:
    """Optimise a module for this processor and generate its code."""
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
    """Link object code into the process. `lasting` code is never freed: the linker that all such
    code shares keeps records of it."""
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


# A linker accepts only modules with different names.
_numbers = itertools.count()


def _new_linker() -> Any:
    return llvm.create_lljit_compiler(_machine(), use_jit_link=True, suppress_errors=True)


@cache
def _lasting_linker() -> Any:
    """Return the shared linker: making one takes longer than linking most modules."""
    return _new_linker()


def assembly(
    source: str | ir.Module, name: str = "module", effort: OptimisationLevel = FULL
) -> str:
    """Return the optimised module in assembly language, for people and tests."""
    module = _parse(source, name)
    return _optimise(module, effort).emit_assembly(module)


def optimised_ir(source: str | ir.Module, name: str = "module") -> str:
    """Return the optimised module as IR, for people and tests."""
    module = _parse(source, name)
    _optimise(module)
    return str(module)


def _parse(source: str | ir.Module, name: str) -> llvm.ModuleRef:
    if not isinstance(source, str):
        _align_stacks(source)
    text = str(source)
    host()
    # A separate context: modules of different threads share nothing.
    try:
        module = llvm.parse_assembly(text, llvm.create_context())
        # The pass manager crashes the process on invalid IR.
        module.verify()
    except RuntimeError as error:
        raise CompilationError(f"invalid IR in {name!r}: {_located(str(error), text)}") from error
    return module


def _align_stacks(module: ir.Module) -> None:
    """Align the stack of every function built here to a whole vector.

    LLVM decides on this before it knows what it will spill. A vector spilled across two cache lines
    costs more than the arithmetic between: sin over an array ran 2.6 times slower in half of all
    processes, depending on where their stacks began.
    """
    size = 64 if host().has("avx512f") else 32 if host().has("avx") else 16
    for function in module.functions:
        if not function.is_declaration and "alwaysinline" not in function.attributes:
            # The property `alignstack` is not printed unless there are other attributes.
            set.add(function.attributes, f"alignstack({size})")


def _located(message: str, text: str) -> str:
    """Return LLVM's message with the line of IR that it names."""
    place = re.search(r"<string>:(\d+):", message)
    lines = text.splitlines()
    if place is None or int(place[1]) > len(lines):
        return message.strip()
    return f"{message.strip()} [{lines[int(place[1]) - 1].strip()}]"


def _optimise(module: llvm.ModuleRef, effort: OptimisationLevel = FULL) -> llvm.TargetMachine:
    """Run LLVM's pipeline on the module; return the target machine."""
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
    """Return the module as an object file: `machine.emit_object(module)`, but concurrent."""
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
    """Return one of LLVM's slow functions, for any number of threads at once: modules with separate
    contexts share nothing. llvmlite would let only one thread at a time call any function."""
    function = getattr(ffi.lib, name)
    function = getattr(function, "_cfn", function)

    def call(*args: Any) -> Any:
        with _at_work:
            return function(*args)

    return call


def _machine(generation: int = 3) -> llvm.TargetMachine:
    target = host()
    # The linker places a module contiguously, so that near addresses ("default") always reach.
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=generation, reloc="pic", codemodel="default"
    )


def _names(module: llvm.ModuleRef) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (functions that the module defines, functions that it calls elsewhere)."""
    functions = [f for f in module.functions if f.linkage == llvm.Linkage.external]
    offered = tuple(f.name for f in functions if not f.is_declaration)
    needed = (f.name for f in functions if f.is_declaration)
    return offered, tuple(name for name in needed if not name.startswith("llvm."))
