"""Vector instructions: one label of 64 sources in one row of memory, 64 *lanes* at a time.

Loops over lanes that Numba compiles by itself come out several times slower, so the few inner
loops are written here in LLVM's language, for any processor; LLVM splits a row into as many
registers as the processor needs. All addresses are plain integers and NOTHING is checked here:
each function says what must lie in bounds, and its callers say why it does.

A row is `LANES` uint32 labels. A label is at most `UNREACHABLE` = 2**31 - 1, and so is a
weight, so their sum stays below 2**32; the minimum with a row that starts at `UNREACHABLE`
brings it back.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, types

from .graph import UNREACHABLE

LANES = 64
ROW_BYTES = 4 * LANES
#: Labels written at a time when rows are turned into columns: a line of the cache.
BLOCK = 16
#: Arcs taken at a time: a node's arcs come as a multiple of it.
PAIR = 2

_I32 = ir.IntType(32)
_I64 = ir.IntType(64)
_F64 = ir.DoubleType()
_ROW = ir.VectorType(_I32, LANES)
_PART = ir.VectorType(_I32, BLOCK)
_ROW_F64 = ir.VectorType(_F64, LANES)
_FAR_ROW = ir.Constant(_ROW, [UNREACHABLE] * LANES)

# Neither llvmlite nor the calls of an intrinsic carry types.
Value = Any
Builder = Any
intrinsic: Any = extending.intrinsic


def _number(value: int) -> Value:
    return ir.Constant(_I64, value)


def _load(builder: Builder, address: Value, kind: Any) -> Value:
    # NumPy promises no more than the alignment of an element.
    align = 8 if kind in (_F64, _ROW_F64) else 4
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=align)


def _store(builder: Builder, value: Value, address: Value) -> None:
    align = 8 if value.type in (_F64, _ROW_F64) else 4
    builder.store(value, builder.inttoptr(address, value.type.as_pointer()), align=align)


def _stream(builder: Builder, value: Value, address: Value) -> None:
    pointer = builder.inttoptr(address, value.type.as_pointer())
    store = builder.store(value, pointer, align=64)
    module = builder.module
    store.set_metadata("nontemporal", module.add_metadata([ir.Constant(_I32, 1)]))


def _item(builder: Builder, base: Value, index: Value, size: int) -> Value:
    return builder.add(base, builder.mul(index, _number(size)))


def _everywhere(builder: Builder, scalar: Value) -> Value:
    undefined = ir.Constant(_ROW, ir.Undefined)
    row = builder.insert_element(undefined, scalar, ir.Constant(_I32, 0))
    return builder.shuffle_vector(row, undefined, ir.Constant(_ROW, [0] * LANES))


def _smaller(builder: Builder, a: Value, b: Value) -> Value:
    return builder.select(builder.icmp_unsigned("<", a, b), a, b)


def _half(builder: Builder, vector: Value, upper: bool) -> Value:
    width = vector.type.count // 2
    chosen = [lane + width * upper for lane in range(width)]
    undefined = ir.Constant(vector.type, ir.Undefined)
    return builder.shuffle_vector(
        vector, undefined, ir.Constant(ir.VectorType(_I32, width), chosen)
    )


def _folded(builder: Builder, vector: Value, operation: Callable[[Value, Value], Value]) -> Value:
    """Fold upper half onto lower half until one is left: the same order on every processor."""
    while vector.type.count > 1:
        vector = operation(_half(builder, vector, False), _half(builder, vector, True))
    return builder.extract_element(vector, ir.Constant(_I32, 0))


@intrinsic
def relax(typing_context, labels, slots, weights, begin, end, slot, seed, result):  # type: ignore[no-untyped-def]
    """Write row `slot`: the least of `seed` and of row ``slots[a]`` plus ``weights[a]``.

    labels
        Address of the rows; rows `slot` and all ``slots[begin:end]`` lie in it.
    slots, weights
        Addresses of int32 and uint32 arrays of at least `end` items.
    begin, end
        The arcs.
    seed
        Address of a row, or zero for unreachable in every lane.
    result
        Address of another row that is written too, or zero.
    """
    signature = types.void(*[types.int64] * 8)

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        labels, slots, weights, begin, end, slot, seed, result = arguments
        entry = builder.block
        seeded = builder.append_basic_block("seeded")
        start = builder.append_basic_block("start")
        loop = builder.append_basic_block("loop")
        done = builder.append_basic_block("done")
        builder.cbranch(builder.icmp_unsigned("!=", seed, _number(0)), seeded, start)
        builder.position_at_end(seeded)
        seed_row = _load(builder, seed, _ROW)
        builder.branch(start)
        builder.position_at_end(start)
        first = builder.phi(_ROW)
        first.add_incoming(_FAR_ROW, entry)
        first.add_incoming(seed_row, seeded)
        builder.cbranch(builder.icmp_signed("<", begin, end), loop, done)
        builder.position_at_end(loop)
        arc = builder.phi(_I64)
        best = builder.phi(_ROW)
        better = best
        for k in range(PAIR):
            place = builder.add(arc, _number(k))
            upper = builder.sext(_load(builder, _item(builder, slots, place, 4), _I32), _I64)
            weight = _load(builder, _item(builder, weights, place, 4), _I32)
            row = _load(builder, _item(builder, labels, upper, ROW_BYTES), _ROW)
            better = _smaller(builder, builder.add(row, _everywhere(builder, weight)), better)
        following = builder.add(arc, _number(PAIR))
        arc.add_incoming(begin, start)
        arc.add_incoming(following, loop)
        best.add_incoming(first, start)
        best.add_incoming(better, loop)
        builder.cbranch(builder.icmp_signed("<", following, end), loop, done)
        builder.position_at_end(done)
        least = builder.phi(_ROW)
        least.add_incoming(first, start)
        least.add_incoming(better, loop)
        _store(builder, least, _item(builder, labels, slot, ROW_BYTES))
        with builder.if_then(builder.icmp_unsigned("!=", result, _number(0))):
            _store(builder, least, result)
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def lift(typing_context, source, target, weight):  # type: ignore[no-untyped-def]
    """Lower the row at address `target` to that at `source` plus a weight (uint32 as int64)."""
    signature = types.void(types.int64, types.int64, types.int64)

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        source, target, weight = arguments
        step = _everywhere(builder, builder.trunc(weight, _I32))
        moved = builder.add(_load(builder, source, _ROW), step)
        _store(builder, _smaller(builder, moved, _load(builder, target, _ROW)), target)
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def clear(typing_context, target):  # type: ignore[no-untyped-def]
    """Fill the row at address `target` with `UNREACHABLE`."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        _store(builder, _FAR_ROW, arguments[0])
        return context.get_dummy_value()

    return types.void(types.int64), emit


@intrinsic
def any_within(typing_context, row, limit):  # type: ignore[no-untyped-def]
    """Return whether a lane of the row at address `row` is at most `limit` (int64)."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        row, limit = arguments
        bound = _everywhere(builder, builder.trunc(limit, _I32))
        inside = builder.icmp_unsigned("<=", _load(builder, row, _ROW), bound)
        mask = builder.bitcast(inside, ir.IntType(LANES))
        return builder.icmp_unsigned("!=", mask, ir.Constant(mask.type, 0))

    return types.boolean(types.int64, types.int64), emit


@intrinsic
def sum_within(typing_context, row, limit, amounts):  # type: ignore[no-untyped-def]
    """Return the sum of float64 `amounts` (address of a row) over lanes at most `limit`."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        row, limit, amounts = arguments
        bound = _everywhere(builder, builder.trunc(limit, _I32))
        inside = builder.icmp_unsigned("<=", _load(builder, row, _ROW), bound)
        nothing = ir.Constant(_ROW_F64, [0.0] * LANES)
        counted = builder.select(inside, _load(builder, amounts, _ROW_F64), nothing)
        return _folded(builder, counted, builder.fadd)

    return types.float64(types.int64, types.int64, types.int64), emit


@intrinsic
def dot(typing_context, factors, amounts):  # type: ignore[no-untyped-def]
    """Return the sum of products of two float64 rows at the given addresses."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        factors, amounts = arguments
        product = builder.fmul(_load(builder, factors, _ROW_F64), _load(builder, amounts, _ROW_F64))
        return _folded(builder, product, builder.fadd)

    return types.float64(types.int64, types.int64), emit


@intrinsic
def turn_block(typing_context, rows, chosen, target, stride):  # type: ignore[no-untyped-def]
    """Write a block of 16 x 16 labels with rows and columns exchanged.

    Lane j of row ``chosen[i]`` goes to ``target + j * stride + 4 * i``. `rows` is the address
    of rows, moved on by 4 bytes for each lane to be left out; `chosen` that of 16 int32.
    """
    signature = types.void(*[types.int64] * 4)

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        rows, chosen, target, stride = arguments
        lines = []
        for i in range(BLOCK):
            index = _load(builder, builder.add(chosen, _number(4 * i)), _I32)
            address = _item(builder, rows, builder.sext(index, _I64), ROW_BYTES)
            lines.append(_load(builder, address, _PART))
        distance = 1
        while distance < BLOCK:  # exchange ever larger squares across the diagonal
            low = [k + BLOCK - distance if k & distance else k for k in range(BLOCK)]
            high = [k + BLOCK if k & distance else k + distance for k in range(BLOCK)]
            for i in range(BLOCK):
                if not i & distance:
                    a, b = lines[i], lines[i + distance]
                    lines[i] = builder.shuffle_vector(a, b, ir.Constant(_PART, low))
                    lines[i + distance] = builder.shuffle_vector(a, b, ir.Constant(_PART, high))
            distance *= 2
        for j, line in enumerate(lines):
            _store(builder, line, builder.add(target, builder.mul(stride, _number(j))))
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def fetch(typing_context, row):  # type: ignore[no-untyped-def]
    """Ask for the row at an address that will be read soon. It need not be in bounds."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pointer = ir.IntType(8).as_pointer()
        kinds = [pointer, _I32, _I32, _I32]
        prefetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [pointer], ir.FunctionType(ir.VoidType(), kinds)
        )
        for line in range(0, ROW_BYTES, 64):
            address = builder.inttoptr(builder.add(arguments[0], _number(line)), pointer)
            builder.call(prefetch, [address, *(ir.Constant(_I32, k) for k in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(types.int64), emit


def _seconds(builder: Builder, labels: Value) -> Value:
    width = labels.type.count
    wide = ir.VectorType(_F64, width)
    seconds = builder.fdiv(builder.uitofp(labels, wide), ir.Constant(wide, [1000.0] * width))
    far = ir.Constant(labels.type, [UNREACHABLE] * width)
    never = ir.Constant(wide, [float("inf")] * width)
    return builder.select(builder.icmp_unsigned("==", labels, far), never, seconds)


@intrinsic
def put(typing_context, source, target):  # type: ignore[no-untyped-def]
    """Copy 16 labels to an address that is a multiple of 64, past the cache."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        source, target = arguments
        _stream(builder, _load(builder, source, _PART), target)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def put_one(typing_context, source, target):  # type: ignore[no-untyped-def]
    """Copy one label."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        source, target = arguments
        _store(builder, _load(builder, source, _I32), target)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def put_seconds(typing_context, source, target):  # type: ignore[no-untyped-def]
    """Write 16 labels as float64 seconds to an address that is a multiple of 64."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        source, target = arguments
        labels = _load(builder, source, _PART)
        for upper in (False, True):
            seconds = _seconds(builder, _half(builder, labels, upper))
            _stream(builder, seconds, builder.add(target, _number(64 * upper)))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def put_one_second(typing_context, source, target):  # type: ignore[no-untyped-def]
    """Write one label as float64 seconds."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        source, target = arguments
        one = ir.VectorType(_I32, 1)
        seconds = _seconds(builder, _load(builder, source, one))
        _store(builder, builder.extract_element(seconds, ir.Constant(_I32, 0)), target)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def settle(typing_context):  # type: ignore[no-untyped-def]
    """Let all that was put past the cache be seen by other threads."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), emit
