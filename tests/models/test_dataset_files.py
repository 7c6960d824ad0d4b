"""MNIST in its usual files: IDX, `mnist.pkl.gz`, NumPy archives; and the same files damaged."""

import gzip
import io
import pickle
import struct
import subprocess
import zipfile

import numpy as np
import pytest
from symgraph.models.datasets import digits_samples, load_data
from symgraph.models.datasets.idx import IMAGES_MAGIC, LABELS_MAGIC, read_idx
from symgraph.models.datasets.pickled import read_arrays
from symgraph.models.errors import DataError


@pytest.fixture(scope="module")
def digits():
    """Some genuine digits: uint8 images (60, 28, 28) and their labels."""
    samples = digits_samples("float64")
    images = np.round(samples.x[::83] * 255).astype(np.uint8).reshape(-1, 28, 28)
    return images[:60], samples.y[::83][:60]


def idx(values, magic=None):
    magic = (IMAGES_MAGIC if values.ndim == 3 else LABELS_MAGIC) if magic is None else magic
    return struct.pack(f">{1 + values.ndim}i", magic, *values.shape) + values.tobytes()


def write_folder(folder, images, labels, ending="", separator="-", pack=bytes):
    labels = labels.astype(np.uint8)
    for prefix, part in (("train", slice(0, 48)), ("t10k", slice(48, 60))):
        for kind, values in (("images", images[part]), ("labels", labels[part])):
            name = f"{prefix}-{kind}{separator}idx{values.ndim}-ubyte{ending}"
            (folder / name).write_bytes(pack(idx(values)))


def as_parts(images, labels):
    """The three pairs of `mnist.pkl.gz`: float32 images in [0, 1] and int64 labels."""
    x = (images.reshape(-1, 784) / 255.0).astype(np.float32)
    return tuple((x[part], labels[part]) for part in (slice(0, 40), slice(40, 48), slice(48, 60)))


class TestIDX:
    @pytest.mark.parametrize("separator", ["-", "."])
    @pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress)])
    def test_a_folder_plain_or_packed(self, tmp_path, digits, ending, pack, separator):
        write_folder(tmp_path, *digits, ending, separator, pack)
        data = load_data(tmp_path)
        images, labels = digits
        assert [len(p) for p in (data.train, data.validation, data.test)] == [40, 8, 12]
        np.testing.assert_array_equal(data.test.y.sum(), labels[48:].sum())
        np.testing.assert_allclose(
            data.test.x, images[48:].reshape(-1, 784) / 255.0, rtol=1e-6, atol=0
        )
        whole = data.train_and_validation
        rows = sorted(
            zip(map(bytes, np.round(whole.x * 255).astype(np.uint8)), whole.y, strict=True)
        )
        expected = sorted(zip(map(bytes, images[:48].reshape(48, -1)), labels[:48], strict=True))
        assert rows == expected

    def refused(self, path, content, magic, reason):
        path.write_bytes(content)
        with pytest.raises(DataError, match=reason) as caught:
            read_idx(path, magic)
        assert str(caught.value).startswith(str(path))

    def test_damage_is_named(self, tmp_path, digits):
        images, labels = digits[0], digits[1].astype(np.uint8)
        path, good = tmp_path / "images", idx(images)
        for content, magic, reason in (
            (b"", IMAGES_MAGIC, "short data: 0 bytes hold no IDX header"),
            (good[:10], IMAGES_MAGIC, "short data: the header needs 16 bytes, found 10"),
            (good[:-1], IMAGES_MAGIC, "short data: the header promises 47040 bytes, found 47039"),
            (good + b"\0", IMAGES_MAGIC, "too much data: the header promises 47040 bytes"),
            (idx(images, 99), IMAGES_MAGIC, "bad magic number 99; a file of images begins with"),
            (
                idx(labels),
                IMAGES_MAGIC,
                "bad magic number 2049, the magic of labels; a file of images begins with 2051",
            ),
            (struct.pack(">4i", IMAGES_MAGIC, -1, 28, 28), IMAGES_MAGIC, "negative size"),
            (
                struct.pack(">4i", IMAGES_MAGIC, *[2**31 - 1] * 3),
                IMAGES_MAGIC,
                "short data: the header promises 9903520300447984150353281023 bytes, found 0",
            ),
        ):
            self.refused(path, content, magic, reason)

    def test_damaged_packing_is_named(self, tmp_path, digits):
        path, packed = tmp_path / "images.gz", gzip.compress(idx(digits[0]))
        self.refused(path, packed[:-20], IMAGES_MAGIC, "the gzip data is truncated")
        flipped = bytearray(packed)
        flipped[len(packed) // 2] ^= 0xFF
        self.refused(path, bytes(flipped), IMAGES_MAGIC, "not a sound gzip file|truncated")

    def test_files_that_do_not_belong_together(self, tmp_path, digits):
        images, labels = digits
        write_folder(tmp_path, images, labels)
        path = tmp_path / "train-labels-idx1-ubyte"
        path.write_bytes(idx(labels[:47].astype(np.uint8)))
        with pytest.raises(DataError, match="labels-idx1-ubyte: 47 labels, but train-images.* 48"):
            load_data(tmp_path)
        path.unlink()
        with pytest.raises(DataError, match="the MNIST files train-labels are missing"):
            load_data(tmp_path)
        write_folder(tmp_path, images, labels)
        (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(images[48:, :20]))
        with pytest.raises(DataError, match="images of 560 pixels, the training images have 784"):
            load_data(tmp_path)

    def test_letters_have_labels_above_nine(self, tmp_path, digits):
        images, labels = digits
        write_folder(tmp_path, images, labels + 17)
        data = load_data(tmp_path)
        assert set(data.train_and_validation.y) == set(labels[:48] + 17)

    def test_names_of_a_data_set_and_packing_by_content(self, tmp_path, digits):
        write_folder(tmp_path, *digits, ending=".gz", pack=bytes)
        for path in list(tmp_path.iterdir()):
            name = path.name.replace("t10k", "test").removesuffix(".gz")
            path.rename(tmp_path / f"emnist-letters-{name}")
        packed = tmp_path / "emnist-letters-train-images-idx3-ubyte"
        packed.write_bytes(gzip.compress(packed.read_bytes()))
        assert len(load_data(tmp_path).test) == 12
        (tmp_path / "emnist-digits-train-images-idx3-ubyte").write_bytes(b"")
        with pytest.raises(DataError, match="holds the files of several data sets"):
            load_data(tmp_path)


class Evil:
    """Touches a file when it is unpickled the ordinary way."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return subprocess.call, (["touch", str(self.path)],)


# What a pickle of a float64 vector looks like, with the parts that a test spoils.
def array_pickle(code=b"f8", state="(I3\nV<\nNNNI-1\nI-1\nI0\nt", kind=b"numpy\nndarray"):
    return (
        b"cnumpy.core.multiarray\n_reconstruct\n(c" + kind + b"\n(I0\ntS'b'\ntR"
        b"(I1\n(I2\ntcnumpy\ndtype\n(S'" + code + b"'\nI0\nI1\ntR" + state.encode() + b"b"
        b"I00\nS'\\x00\\x00\\x00\\x00\\x00\\x00\\xf0?\\x00\\x00\\x00\\x00\\x00\\x00\\x00@'\ntb."
    )


class TestPickles:
    @pytest.mark.parametrize("protocol", range(6))
    @pytest.mark.parametrize("name", ["mnist.pkl", "mnist.pkl.gz"])
    def test_all_protocols_are_read(self, tmp_path, digits, protocol, name):
        parts = as_parts(*digits)
        content = pickle.dumps(parts, protocol=protocol)
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        for source in (path, tmp_path):
            data = load_data(source)
            for part, (x, y) in zip((data.train, data.validation, data.test), parts, strict=True):
                np.testing.assert_array_equal(part.x, x)
                np.testing.assert_array_equal(part.y, y)
                assert part.y.dtype == np.int64

    def test_what_python_2_wrote_is_read(self, tmp_path):
        path = tmp_path / "old.pkl"
        path.write_bytes(array_pickle())
        np.testing.assert_array_equal(read_arrays(path), [1.0, 2.0])

    def test_foreign_byte_order_and_column_order(self, tmp_path):
        path = tmp_path / "arrays.pkl"
        values = np.arange(6.0).reshape(2, 3)
        for protocol in range(6):
            arrays = (values.astype(">f4"), np.asfortranarray(values), values.astype("<i2"))
            path.write_bytes(pickle.dumps(arrays, protocol=protocol))
            for read in read_arrays(path):
                np.testing.assert_array_equal(read, values)

    def test_code_in_a_pickle_is_refused_and_never_run(self, tmp_path, digits):
        trace = tmp_path / "trace"
        train, validation, test = as_parts(*digits)
        path = tmp_path / "mnist.pkl"
        for content in (Evil(trace), (train, validation, (test[0], Evil(trace)))):
            path.write_bytes(pickle.dumps(content))
            with pytest.raises(DataError, match="mnist.pkl: refused: .* it asks for subproc.*call"):
                load_data(path)
            assert not trace.exists()
        pickle.loads(path.read_bytes())
        assert trace.exists()  # so the same bytes do harm where they are trusted

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (array_pickle(code=b"O8"), "refused.*array of 'O8', only numbers are read"),
            (array_pickle(code=b"f16"), "refused.*array of 'f16'"),
            (array_pickle(state="(I3\nV*\nNNNI-1\nI-1\nI0\nt"), "numbers of byte order '\\*'"),
            (array_pickle(kind=b"builtins\nobject"), "it asks for builtins.object"),
            (array_pickle(kind=b"numpy\ndtype"), "reconstructs something other than an array"),
            (b"cnumpy\nndarray\n(I9\ntR.", "it constructs an array directly"),
            (b"c_codecs\nencode\n(Vx\nVrot13\ntR.", "it encodes text as 'rot13'"),
            (b"cnumpy\nndarray\n(N}S'x'\nI1\nstb.", "it changes what it names"),
            (b"Pname\n.", "it refers to objects outside the file"),
            (b"cos\nsystem\n(S'true'\ntR.", "it asks for os.system"),
        ],
    )
    def test_other_objects_are_refused(self, tmp_path, content, reason):
        path = tmp_path / "other.pkl"
        path.write_bytes(content)
        with pytest.raises(DataError, match=reason):
            read_arrays(path)

    def test_flags_in_a_dtype_reach_no_array(self, tmp_path):
        """Flag 1 would have NumPy take each number for a pointer to a Python object."""
        path = tmp_path / "flags.pkl"
        path.write_bytes(array_pickle(state="(I3\nV<\nNNNI-1\nI-1\nI255\nt"))
        array = read_arrays(path)
        np.testing.assert_array_equal(array, [1.0, 2.0])
        assert array.dtype.flags == np.dtype("f8").flags == 0

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "the pickle is truncated|not a sound pickle"),
            (pickle.dumps(np.zeros(9))[:-12], "the pickle is truncated|not a sound pickle"),
            (b"nothing of the kind", "not a sound pickle"),
            (array_pickle().replace(b"(I2\nt", b"(I9\nt"), "not a sound pickle .*reshape"),
            (pickle.dumps((1, 2)), "expected three parts"),
            (pickle.dumps(np.zeros((3, 2))), "expected three parts"),
            (pickle.dumps((1, 2, 3)), "the training part is not a pair of arrays"),
            (
                pickle.dumps([[np.zeros((2, w)), np.zeros(2, int)] for w in (3, 4, 3)]),
                r"different numbers of features: \[3, 4, 3\]",
            ),
            (
                pickle.dumps([[np.full((2, 3), np.nan), np.zeros(2, int)]] * 3),
                "sample 0 holds a value that is not finite",
            ),
            (pickle.dumps([[np.zeros((2, 3)), np.zeros(3, int)]] * 3), "2 samples but 3 labels"),
            (pickle.dumps([[np.zeros(2), np.zeros(2)]] * 3), "expected samples of rank 2 or more"),
            (pickle.dumps([[np.zeros((0, 3)), np.zeros(0)]] * 3), "holds no samples"),
        ],
    )
    def test_damage_is_named(self, tmp_path, content, reason):
        path = tmp_path / "mnist.pkl"
        path.write_bytes(content)
        with pytest.raises(DataError, match=reason) as caught:
            load_data(path)
        assert str(caught.value).startswith(str(path))


class TestArchives:
    def write(self, tmp_path, **arrays):
        path = tmp_path / "mnist.npz"
        np.savez_compressed(path, **arrays)
        return path

    def test_kerass_archive(self, tmp_path, digits):
        images, labels = digits
        x, y = images, labels.astype(np.uint8)
        path = self.write(tmp_path, x_train=x[:48], y_train=y[:48], x_test=x[48:], y_test=y[48:])
        data = load_data(path)
        assert [len(p) for p in (data.train, data.validation, data.test)] == [42, 6, 12]
        np.testing.assert_allclose(data.test.x, x[48:].reshape(12, -1) / 255.0, rtol=1e-6)

    def test_one_pair_and_three_pairs(self, tmp_path, digits):
        images, labels = digits
        data = load_data(self.write(tmp_path, x=images, y=labels))
        assert [len(p) for p in (data.train, data.validation, data.test)] == [42, 6, 12]
        parts = {"train": 20, "validation": 5, "test": 7}
        arrays = {f"x_{name}": images[:n] for name, n in parts.items()}
        data = load_data(
            self.write(tmp_path, **arrays, **{f"y_{p}": labels[:n] for p, n in parts.items()})
        )
        assert [len(p) for p in (data.train, data.validation, data.test)] == [20, 5, 7]

    def test_pictures_in_black_and_white_keep_their_ones(self, tmp_path, digits):
        images, labels = digits
        bits = (images > 127).astype(np.uint8)
        assert load_data(self.write(tmp_path, x=bits, y=labels)).test.x.max() == 1.0

    def test_faults_are_named(self, tmp_path):
        x, y = np.zeros((20, 3)), np.arange(20) % 2
        for arrays, reason in (
            ({"a": x, "b": y}, "needs the arrays x and y, or .* it holds a, b"),
            ({"x_train": x, "y_train": y}, "needs the arrays .* it holds x_train, y_train"),
            ({"x": x, "y": y[:5]}, "20 samples but 5 labels"),
            ({"x": x.astype(str), "y": y}, "samples must be numbers, found dtype <U"),
            ({"x": x * 1j, "y": y}, "samples must be numbers, found dtype complex128"),
            ({"x": x, "y": y * 1j}, "labels must be numbers or text, found dtype complex128"),
            ({"x": x, "y": np.arange(20)}, "20 different labels of 20 samples are no classes"),
            ({"x": x[:, :0], "y": y}, "holds no samples"),
            (
                {"x_train": x, "y_train": y, "x_test": x[:, :2], "y_test": y},
                "different numbers of features",
            ),
        ):
            with pytest.raises(DataError, match=reason):
                load_data(self.write(tmp_path, **arrays))

    def test_pickled_objects_inside_are_refused_and_never_run(self, tmp_path):
        trace = tmp_path / "trace"
        objects = np.empty(1, dtype=object)
        objects[0] = Evil(trace)
        path = self.write(tmp_path, x=objects, y=np.zeros(1))
        with pytest.raises(DataError, match="x.npy holds object, and only numbers and text"):
            load_data(path)
        assert not trace.exists()

    def test_damage_is_named(self, tmp_path):
        path = self.write(tmp_path, x=np.random.rand(20, 3), y=np.arange(20))
        content = path.read_bytes()
        single = io.BytesIO()
        np.save(single, np.zeros((3, 3)))
        middle = bytearray(content)
        middle[100] ^= 0xFF
        for spoilt, reason in (
            (content[: len(content) // 2], "not a sound NumPy archive"),
            (bytes(middle), "not a sound NumPy archive"),
            (b"", "not a sound NumPy archive"),
            (b"text", "not a sound NumPy archive"),
            (pickle.dumps(Evil(tmp_path / "trace")), "not a sound NumPy archive"),
            (single.getvalue(), "a single array; np.savez makes an archive"),
        ):
            path.write_bytes(spoilt)
            with pytest.raises(DataError, match=reason) as caught:
                load_data(path)
            assert str(caught.value).startswith(str(path))
        assert not (tmp_path / "trace").exists()

    def test_a_member_that_is_no_array(self, tmp_path):
        path = tmp_path / "mnist.npz"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.txt", "text")
        with pytest.raises(DataError, match="needs the arrays x and y"):
            load_data(path)
