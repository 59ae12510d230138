import gzip
import zipfile
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlelogsmart.export.archive import pack, read_gzipped, read_member


def write(path, files, **more):
    path.write_bytes(b"".join(pack(files, **more)))
    return zipfile.ZipFile(path)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.binary(max_size=5000), max_size=3), min_size=1, max_size=4), st.booleans())
def test_what_goes_in_comes_out(tmp_path, files, large):
    archive = write(tmp_path / "a.zip", [(f"{place}.csv", parts) for place, parts in enumerate(files)], large=large)
    contents = [b"".join(parts) for parts in files]
    assert archive.testzip() is None
    assert [archive.read(name) for name in archive.namelist()] == contents
    for name, content in zip(archive.namelist(), contents, strict=True):
        size, chunks = read_member(tmp_path / "a.zip", name)
        assert (size, b"".join(chunks)) == (len(content), content)
        size, chunks = read_gzipped(tmp_path / "a.zip", name)
        packed = b"".join(chunks)
        assert (size, gzip.decompress(packed)) == (len(packed), content)


def test_it_shrinks_a_file_of_many_megabytes(tmp_path):
    content = b"the same line\n" * 1_000_000
    write(tmp_path / "a.zip", [("big.csv", [content])])
    assert (tmp_path / "a.zip").stat().st_size < len(content) / 20
    assert b"".join(read_member(tmp_path / "a.zip", "big.csv")[1]) == content


@settings(max_examples=20)
@given(st.lists(st.integers(0, 3_000_000), max_size=6))
def test_the_same_files_give_the_same_bytes_however_they_come(cuts):
    content = bytes(range(256)) * 12_000
    parts = [content[a:b] for a, b in pairwise([0, *sorted(cuts), len(content)])]
    assert b"".join(pack([("x.csv", parts)])) == b"".join(pack([("x.csv", [memoryview(content)])]))


def test_a_file_is_made_when_it_is_its_turn():
    taken = []

    def content(name):
        taken.append(name)
        yield b"x" * 3_000_000

    def files():
        for name in "ab":
            assert len(taken) == "ab".index(name)
            yield name, content(name)

    assert b"".join(pack(files()))
    assert taken == ["a", "b"]


def test_it_knows_no_other_member(tmp_path):
    write(tmp_path / "a.zip", [("x.csv", [b"a,b\n"])])
    with pytest.raises(KeyError):
        read_member(tmp_path / "a.zip", "y.csv")
