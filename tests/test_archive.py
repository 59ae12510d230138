import gzip
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlelogsmart.export.archive import read_gzipped, read_member, write_archive


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=5000), min_size=1, max_size=4))
def test_what_goes_in_comes_out(tmp_path, contents):
    paths = [tmp_path / f"{place}.csv" for place in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    write_archive({path.name: path for path in paths}, tmp_path / "a.zip")
    archive = zipfile.ZipFile(tmp_path / "a.zip")
    assert archive.testzip() is None
    assert [archive.read(name) for name in archive.namelist()] == contents
    for path, content in zip(paths, contents, strict=True):
        size, chunks = read_member(tmp_path / "a.zip", path.name)
        assert (size, b"".join(chunks)) == (len(content), content)
        size, chunks = read_gzipped(tmp_path / "a.zip", path.name)
        packed = b"".join(chunks)
        assert (size, gzip.decompress(packed)) == (len(packed), content)


def test_it_shrinks_a_file_of_many_megabytes(tmp_path):
    path = tmp_path / "big.csv"
    path.write_bytes(b"the same line\n" * 1_000_000)
    write_archive({path.name: path}, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").stat().st_size < path.stat().st_size / 20
    assert b"".join(read_member(tmp_path / "a.zip", "big.csv")[1]) == path.read_bytes()


def test_the_same_files_give_the_same_bytes(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n")
    write_archive({path.name: path}, tmp_path / "a.zip")
    path.touch()
    write_archive({path.name: path}, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_it_knows_no_other_member(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n")
    write_archive({path.name: path}, tmp_path / "a.zip")
    with pytest.raises(KeyError):
        read_member(tmp_path / "a.zip", "y.csv")
