"""Write the three products of transformed tiles, as routines."""

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.routines.conv.patches import fill
from symgraph.backends.llvm.routines.conv.squares import Row, Squares
from symgraph.backends.llvm.routines.conv.tile_positions import BlockTable
from symgraph.backends.llvm.routines.conv.transforms import Matrix, transposed
from symgraph.backends.llvm.routines.conv.winograd import Tiles, Winograd
from symgraph.backends.llvm.routines.matmul.loops import carrying, counted, int64, polling, settled
from symgraph.backends.llvm.routines.matmul.outer import HEIGHTS, block_height

from symgraph.lower.convolutions.winograd import SOME_LINES, SOME_ROWS


def write_tiles(function: ir.Function, spec: Winograd) -> None:
    """Write the routine, whose cells are ranges of tiles."""
    _Cells(function, spec).write()


class _Cells(Tiles):
    def __init__(self, function: ir.Function, spec: Winograd) -> None:
        super().__init__(function, spec)
        words = BlockTable.WORDS * spec.block * 8 // self.lanes.size
        seen = self.words["tall"] if spec.computes == "kernel" else self.inner
        self.sizes = int64(words), self.times(seen, spec.positions * spec.block)
        # The strides between positions of the transformed input, and between those of products.
        self.plane = self.times(seen, spec.block)
        self.made_plane = self.times(self.made_rows, spec.block)

    def write(self) -> None:
        b, w, spec = self.b, self.words, self.spec
        of_image = b.mul(w["down"], w["across"])
        unit = int64(spec.block)
        if spec.computes == "image":
            unit = b.mul(of_image, w["together"])
        tiles = b.mul(w["images"], of_image)
        with counted(b, self.begin, self.end) as cell:
            slot = self.at(w["scratch"], b.add(w["shared"], b.mul(cell, w["slot"])))
            self.table = BlockTable(self, slot)
            self.seen = self.at(slot, self.sizes[0])
            self.made = self.at(self.seen, self.sizes[1])
            first = b.sdiv(b.mul(cell, w["units"]), w["cells"])
            last = b.sdiv(b.mul(b.add(cell, int64(1)), w["units"]), w["cells"])
            end = self.least(b.mul(last, unit), tiles)
            self._begin(first, last)
            with polling(b, b.mul(first, unit), end, int64(spec.block)) as tile:
                self.table.fill(tile, end)
                {"output": self._output, "image": self._image, "kernel": self._kernel}[
                    spec.computes
                ]()
        b.ret_void()

    def _begin(self, first: ir.Value, last: ir.Value) -> None:
        """Fill the sums of a cell with zeros."""
        b, w, spec = self.b, self.words, self.spec
        if spec.computes == "image":
            start = b.mul(first, w["together"])
            end = self.least(b.mul(last, w["together"]), w["images"])
            images = self.at(w["image"], b.mul(start, w["image_n"]))
            fill(b, self.lanes, images, b.mul(b.sub(end, start), w["image_n"]))
        elif spec.computes == "kernel":
            # The sums lie after the transformed outputs.
            self.sums = self.at(self.made, self.times(w["wide"], spec.positions * spec.block))
            fill(b, self.lanes, self.sums, self.times(w["tall"], w["wide"], spec.positions))

    # --- the three products ---

    def _output(self) -> None:
        self._see("image", self.matrices["B'"], self.words["channels"])
        self._by_row_blocks(False)

    def _image(self) -> None:
        self._see("output", self.matrices["A"], self.words["maps"])
        self._by_row_blocks(True)

    def _kernel(self) -> None:
        self._see("image", self.matrices["B'"], self.words["channels"])
        self._see_along_maps()
        self._add_products()

    # --- reading ---

    def _see(self, array: str, matrix: Matrix, count: ir.Value) -> None:
        """Transform the block's squares of an array, for `count` channels."""
        b, w, spec, lanes = self.b, self.words, self.spec, self.lanes
        is_output = array == "output"
        squares = Squares(self, len(matrix[0]))
        step = w["output_k"] if is_output else w["image_c"]
        pitch = w["out1"] if is_output else w["image_0"]
        with (
            counted(b, int64(0), count) as channel,
            counted(b, int64(0), int64(spec.block), int64(lanes.count)) as group,
        ):
            base = self.at(w[array], b.mul(channel, step))

            def row(lane: ir.Value, number: ir.Value) -> tuple[ir.Value, ir.Value]:
                tile = b.add(group, lane)
                start = b.add(self.table.start(tile, is_output), b.mul(number, pitch))
                return self.at(base, start), self.table.mask(tile, number, is_output)

            self._read(squares, row, matrix)

            def store(y: int, x: ir.Value, vector: ir.Value) -> None:
                place = self.place((x, self.plane), (channel, spec.block))
                place = b.add(b.add(place, group), self.times(self.plane, y * spec.side))
                lanes.store(b, vector, self.at(self.seen, place))

            self.transform_columns(matrix, spec.side, spec.side, store)

    def _read(self, squares: Squares, row: Row, matrix: Matrix) -> None:
        """Read squares, transform their rows, and store them in the first square."""
        b, lanes, side = self.b, self.lanes, self.spec.side

        def keep(first: ir.Value, number: int, vectors: list[ir.Value]) -> None:
            for x, vector in enumerate(self.transform.apply(matrix, vectors)):
                place = b.add(
                    self.place((first, side * lanes.count)),
                    int64((number * side + x) * lanes.count),
                )
                lanes.store(b, vector, self.at(self.first, place))

        squares.read(row, keep)

    def _see_along_maps(self) -> None:
        """Transform the block's squares of the output, with output channels in the lanes."""
        b, w, spec, lanes = self.b, self.words, self.spec, self.lanes
        matrix = self.matrices["A"]
        squares = Squares(self, spec.tile)
        with (
            counted(b, int64(0), int64(spec.block)) as tile,
            counted(b, int64(0), w["wide"], int64(lanes.count)) as group,
        ):
            start = self.table.start(tile, True)

            def row(lane: ir.Value, number: ir.Value) -> tuple[ir.Value, ir.Value]:
                k = b.add(group, lane)
                there = b.icmp_signed("<", k, w["maps"])
                k = b.select(there, k, int64(0))
                mask = self.table.mask(tile, number, True)
                mask = b.select(there, mask, ir.Constant(mask.type, 0))
                place = b.add(start, b.mul(number, w["out1"]))
                return self.at(w["output"], b.add(place, b.mul(k, w["output_k"]))), mask

            self._read(squares, row, matrix)

            def store(y: int, x: ir.Value, vector: ir.Value) -> None:
                plane = self.times(w["wide"], spec.block)
                place = self.place((x, plane), (tile, w["wide"]))
                place = b.add(b.add(place, group), self.times(plane, y * spec.side))
                lanes.store(b, vector, self.at(self.made, place))

            self.transform_columns(matrix, spec.side, spec.side, store)

    # --- products ---

    def _by_row_blocks(self, add: bool) -> None:
        """Multiply with the kernel, transform and write: for some rows at a time, which then stay
        in the first-level cache; or for all, where the transformed input exceeds the second-level
        cache and so should be read only once."""
        b, w, spec = self.b, self.words, self.spec
        with counted(b, int64(0), w["row_blocks"], w["chunk"]) as chunk:
            end = self.least(b.add(chunk, w["chunk"]), w["row_blocks"])
            with (
                counted(b, int64(0), int64(spec.positions)) as p,
                counted(b, chunk, end) as block,
            ):
                self._multiply(p, block, b.mul(b.sub(block, chunk), int64(spec.height)))
            first = b.mul(chunk, int64(spec.height))
            count = self.least(b.sub(self.rows, first), self.made_rows)
            with counted(b, int64(0), count) as row:
                self._write(row, b.add(first, row), add)

    def _multiply(self, p: ir.Value, block: ir.Value, row: ir.Value) -> None:
        """made[p, row + i, tile] = sum over q  weights[block, p, q, i] seen[p, q, tile]"""
        b, spec, lanes = self.b, self.spec, self.lanes
        height = spec.height
        width = self._width(height, spec.block // lanes.count)
        with counted(b, int64(0), int64(spec.block), int64(width * lanes.count)) as tile:
            plane = self.times(self.inner, height)
            weights = self.place((block, self.times(plane, spec.positions)), (p, plane))
            weights = settled(b, self.at(self.weights, weights))
            seen = settled(b, self.at(self.seen, b.add(self.place((p, self.plane)), tile)))
            zeros = [lanes.zero()] * (height * width)
            with carrying(b, int64(0), self.inner, zeros) as (q, sums, following):
                line = self.at(seen, b.mul(q, int64(spec.block)))
                vectors = [lanes.load(b, self.at(line, int64(j * lanes.count)))
                           for j in range(width)]  # fmt: skip
                factors = self.at(weights, b.mul(q, int64(height)))
                for i in range(height):
                    factor = lanes.broadcast(b, self.at(factors, int64(i)))
                    for j, vector in enumerate(vectors):
                        total = sums[i * width + j]
                        following.append(lanes.multiply_add(b, factor, vector, total))
            target = self.place((p, self.made_plane), (row, spec.block))
            target = b.add(target, tile)
            for i in range(height):
                for j in range(width):
                    place = b.add(target, int64(i * spec.block + j * lanes.count))
                    lanes.store(b, following[i * width + j], self.at(self.made, place))

    def _width(self, height: int, most: int) -> int:
        """Return the vectors of a tile: as many as leave registers for the factors."""
        count = target().vector_registers
        fits = [n for n in range(1, most + 1) if most % n == 0 and height * n + n + 1 <= count]
        return max(fits, default=1)

    def _add_products(self) -> None:
        """sums[p, channel, k] += sum over tiles  seen[p, channel, tile] made[p, tile, k]"""
        b, w, spec = self.b, self.words, self.spec
        width, height, tiles, rest = self._cut()
        with (
            counted(b, int64(0), int64(spec.positions)) as p,
            counted(b, int64(0), w["wide"], int64(width * self.lanes.count)) as k,
        ):
            with counted(b, int64(0), tiles, int64(height)) as channel:
                self._add_tile(p, k, channel, height, width)
            if rest:
                self._add_tile(p, k, tiles, rest, width)

    def _cut(self) -> tuple[int, int, ir.Value, int]:
        """Return vectors and rows of the tiles of sums; the channels of whole tiles, and the
        rest."""
        w, count = self.words, self.lanes.count
        heights = HEIGHTS[target().vector_registers]
        wide, tall = w["wide"], w["tall"]
        step = SOME_LINES * target().line_bytes // self.lanes.size
        vectors = (wide.constant if isinstance(wide, ir.Constant) else step) // count
        width = max(n for n in range(1, max(heights) + 1) if vectors % n == 0)
        if not isinstance(tall, ir.Constant):
            height = max(n for n in range(1, heights[width] + 1) if SOME_ROWS % n == 0)
            return width, height, tall, 0
        height = block_height(tall.constant, width)
        rest = tall.constant % height
        return width, height, int64(tall.constant - rest), rest

    def _add_tile(self, p: ir.Value, k: ir.Value, channel: ir.Value, rows: int, width: int) -> None:
        b, w, spec, lanes = self.b, self.words, self.spec, self.lanes
        made = self.place((p, self.times(w["wide"], spec.block)))
        made = settled(b, self.at(self.made, b.add(made, k)))
        seen = self.place((p, self.plane), (channel, spec.block))
        seen = settled(b, self.at(self.seen, seen))
        zeros = [lanes.zero()] * (rows * width)
        with carrying(b, int64(0), int64(spec.block), zeros) as (tile, sums, following):
            line = self.at(made, b.mul(tile, w["wide"]))
            vectors = [lanes.load(b, self.at(line, int64(j * lanes.count))) for j in range(width)]
            for i in range(rows):
                at = b.add(tile, int64(i * spec.block))
                factor = lanes.broadcast(b, self.at(seen, at))
                for j, vector in enumerate(vectors):
                    total = sums[i * width + j]
                    following.append(lanes.multiply_add(b, factor, vector, total))
        plane = self.times(w["tall"], w["wide"])
        place = b.add(self.place((p, plane), (channel, w["wide"])), k)
        for i in range(rows):
            for j in range(width):
                offset = b.add(self.times(w["wide"], i), int64(j * lanes.count))
                at = self.at(self.sums, b.add(place, offset))
                lanes.store(b, b.fadd(lanes.load(b, at), following[i * width + j]), at)

    # --- writing ---

    def _write(self, row: ir.Value, number: ir.Value, add: bool) -> None:
        """Transform a row of the products back, and write it to the output channel of that number,
        or add it to the input channel of the image."""
        b, w, spec, lanes = self.b, self.words, self.spec, self.lanes
        array = "image" if add else "output"
        matrix = transposed(self.matrices["B'" if add else "A"])
        squares = Squares(self, len(matrix))
        step, pitch = (w["image_c"], w["image_0"]) if add else (w["output_k"], w["out1"])
        base = self.at(w[array], b.mul(number, step))
        with counted(b, int64(0), int64(spec.block), int64(lanes.count)) as group:
            start = b.add(self.place((row, spec.block)), group)

            def load(y: ir.Value, x: int) -> ir.Value:
                place = b.add(
                    self.place((y, self.times(self.made_plane, spec.side))),
                    self.times(self.made_plane, x),
                )
                return lanes.load(b, self.at(self.made, b.add(start, place)))

            self.transform_rows(matrix, spec.side, load, squares.width)

            def store(y: int, x: ir.Value, vector: ir.Value) -> None:
                place = b.add(x, int64(y * squares.width))
                lanes.store(b, vector, self.at(self.second, b.mul(place, int64(lanes.count))))

            self.transform_columns(matrix, len(matrix), squares.width, store)

            def line(lane: ir.Value, y: ir.Value) -> tuple[ir.Value, ir.Value]:
                tile = b.add(group, lane)
                place = b.add(self.table.start(tile, not add), b.mul(y, pitch))
                return self.at(base, place), self.table.mask(tile, y, not add)

            squares.write(self.second, line, add)
