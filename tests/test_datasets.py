"""Data by name: what has its checksum is taken, from a server or by hand; all else is refused in a line."""

from __future__ import annotations

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import spinodal as sp
from spinodal import datasets
from spinodal.cli.main import main
from spinodal.datasets import Published

GOOD = {"a.idx.gz": b"the images", "b.idx.gz": b"their labels"}
MD5 = {  # as their publishers say
    "mnist": "f68b3c2dcbeaaa9fbdd348bbdeb94873 d53e105ee54ea40749a09fcbcd1e9432 "
             "9fb629c4189551a2d022fa330f9573f3 ec29112dd5afa0611ce80d1b7f02629c",
    "fashion_mnist": "8d4fb7e6c68d591d4c3dfef9ec88bf0d 25c81989df183df01b3e8a0aad5dffbe "
                     "bef4ecab320f06d8554ea6380940ec79 bb300cfdad3c16e7a12a480ee83cd310",
}  # fmt: skip


class Server(ThreadingHTTPServer):
    """Serves what it is given, and counts what it is asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.asked = dict(GOOD), []
        self.address = f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.removeprefix("/")
        self.server.asked.append(name)
        found = self.server.files.get(name)
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Length", str(len(found or b"")))
        self.end_headers()
        self.wfile.write(found or b"")

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of "toys", which isn't there yet."""
    monkeypatch.setenv("SPINODAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("http_proxy", raising=False)
    return tmp_path / "cache" / "toys"


@pytest.fixture
def toys(cache, server, monkeypatch):
    """Data called "toys" that the server has."""
    known = {name: hashlib.sha256(content).hexdigest() for name, content in GOOD.items()}
    monkeypatch.setattr(datasets, "SETS", {"toys": Published("toys", server.address, known)})
    return server


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_that_takes_no_files_is_said_before_anything_is_fetched(toys, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPINODAL_CACHE", str(tmp_path / "file"))
    with pytest.raises(OSError, match=r"Not a directory: set SPINODAL_CACHE to a writable folder: '.*toys'"):
        sp.fetch("toys")
    assert toys.asked == []


def test_what_is_fetched_is_kept(toys, cache):
    assert sp.fetch("toys") == [cache / name for name in GOOD]
    assert contents(cache) == GOOD
    assert sp.fetch("toys") == [cache / name for name in GOOD]
    assert toys.asked == list(GOOD)  # once


@pytest.mark.parametrize("bad", [b"", b"the image", b"something else"])
def test_what_is_not_the_file_is_refused_and_gone(toys, cache, bad):
    toys.files["a.idx.gz"] = bad
    with pytest.raises(
        sp.FormatError, match=rf"the file from {toys.address}a.idx.gz is not a.idx.gz \(.*\) and was deleted"
    ):
        sp.fetch("toys")
    assert contents(cache) == {}
    toys.files["a.idx.gz"] = GOOD["a.idx.gz"]
    assert len(sp.fetch("toys")) == 2


def test_a_file_that_went_bad_is_replaced_where_it_can_be(toys, cache):
    cache.mkdir(parents=True)
    (cache / "a.idx.gz").write_bytes(b"half")
    sp.fetch("toys")
    assert contents(cache) == GOOD


@pytest.mark.parametrize("why", ["no file", "no server"])
def test_what_can_not_be_fetched_is_put_there_by_hand(toys, cache, why, monkeypatch):
    if why == "no file":
        del toys.files["b.idx.gz"]
        cause = "the server answers 404 Not Found"
    else:
        monkeypatch.setattr(
            datasets, "SETS", {"toys": Published("", "http://127.0.0.1:9/", datasets.SETS["toys"].files)}
        )
        cache.mkdir(parents=True)
        (cache / "a.idx.gz").write_bytes(GOOD["a.idx.gz"])
        cause = "(ConnectionError)"
    with pytest.raises(OSError, match=r"^http://127.0.0.1:\d+/b.idx.gz can't be downloaded") as error:
        sp.fetch("toys")
    said = str(error.value)
    assert cause in said
    assert f"Get b.idx.gz elsewhere and put it into {cache}; it is used if its SHA-256 is" in said
    assert "\n" not in said
    (cache / "b.idx.gz").write_bytes(b"not it")
    with pytest.raises(OSError, match=r"b\.idx\.gz can't be downloaded"):
        sp.fetch("toys")
    (cache / "b.idx.gz").write_bytes(GOOD["b.idx.gz"])
    assert sp.fetch("toys") == [cache / name for name in GOOD]


@pytest.mark.parametrize("name", ["hgd", "pieces", "sam"])
def test_what_has_no_address_is_put_there_by_hand(cache, name):
    data, there = datasets.SETS[name], cache.parent / name
    for file in data.files:
        with pytest.raises(FileNotFoundError) as error:
            sp.fetch(name)
        assert data.address in str(error.value)
        assert str(error.value).endswith(f"into {there}")
        assert file in str(error.value)
        (there / file).parent.mkdir(parents=True, exist_ok=True)
        (there / file).touch()
    assert sp.fetch(name) == [there / file for file in data.files]


def test_names_that_are_not_known_are_refused():
    assert sp.datasets.names() == sorted(datasets.SETS)
    for use in (sp.fetch, datasets.folder):
        with pytest.raises(
            ValueError, match='no dataset is called "MNIST"; there are: fashion_mnist, hgd, mnist, pieces'
        ):
            use("MNIST")


def test_without_a_word_the_folder_is_the_users_cache(monkeypatch):
    import pooch

    monkeypatch.delenv("SPINODAL_CACHE", raising=False)
    assert datasets.folder("mnist") == pooch.os_cache("spinodal") / "mnist"


def test_the_table_is_whole():
    for name, data in datasets.SETS.items():
        known = [bool(sha) for sha in data.files.values()]
        assert all(known) or not any(known), name
        assert all(re.fullmatch("[0-9a-f]{64}", sha) for sha in data.files.values() if sha)
        assert data.address.endswith("/") or not any(known)


@pytest.mark.parametrize("name", MD5)
def test_checksums_are_of_the_published_files(data, name):
    for (file, sha256), md5 in zip(datasets.SETS[name].files.items(), MD5[name].split(), strict=True):
        raw = (data / name / file).read_bytes()
        assert (hashlib.md5(raw).hexdigest(), hashlib.sha256(raw).hexdigest()) == (md5, sha256)


# From the command line


def test_paths_are_printed(toys, cache, capsys):
    main(["fetch", "toys"])
    assert capsys.readouterr().out.split() == [str(cache / name) for name in GOOD]


def test_names_are_printed(capsys):
    main(["fetch"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == datasets.names()


def test_what_can_not_be_fetched_is_a_line(cache, capsys):
    with pytest.raises(SystemExit) as end:
        main(["fetch", "sam"])
    told = capsys.readouterr()
    assert (end.value.code, told.out) == (1, "")
    assert told.err.startswith("spinodal: sam can't be downloaded automatically")
    assert len(told.err.splitlines()) == 1
