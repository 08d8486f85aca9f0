import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from pulumi_sandbox.plugin.assets import Archive, Asset, content_hash


def contents(archive: Archive) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive.bytes())) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_nested_archives_become_folders(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "b.py").write_text("b")
    archive = Archive(assets={"a.py": Asset(text="a"), "lib": Archive(path="lib", base=tmp_path)})
    assert contents(archive) == {"a.py": b"a", "lib/b.py": b"b"}


def test_equal_files_give_equal_bytes_whatever_their_order() -> None:
    one = Archive(assets={"a": Asset(text="1"), "b": Asset(text="2")})
    other = Archive(assets={"b": Asset(text="2"), "a": Asset(text="1")})
    assert one.bytes() == other.bytes()
    assert content_hash(one) == content_hash(other)


def test_a_zip_file_is_taken_as_it_is(tmp_path: Path) -> None:
    made = Archive(assets={"a": Asset(text="1")}).bytes()
    (tmp_path / "x.zip").write_bytes(made)
    assert Archive(path="x.zip", base=tmp_path).bytes() == made


def test_tar_files_are_repacked(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as packed:
        packed.add(tmp_path / "a.txt", "in/a.txt")
    assert contents(Archive(path="x.tar.gz", base=tmp_path)) == {"in/a.txt": b"a"}


def test_permissions_are_kept(tmp_path: Path) -> None:
    script = tmp_path / "code" / "run"
    script.parent.mkdir()
    script.write_text("#!/bin/sh")
    script.chmod(0o755)
    with zipfile.ZipFile(io.BytesIO(Archive(path="code", base=tmp_path).bytes())) as packed:
        assert stat.S_IMODE(packed.infolist()[0].external_attr >> 16) == 0o755


def test_another_file_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("plain")
    with pytest.raises(ValueError, match=r"use \.zip, \.tar or \.tar\.gz"):
        Archive(path="x.txt", base=tmp_path).bytes()


def test_an_asset_of_another_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="ftp://"):
        Asset(uri="ftp://example.com/x").bytes()
