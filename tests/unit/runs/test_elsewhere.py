"""Where batches are done: invalid addresses, and strangers that answer."""

import socket
import threading

import pytest

from sim.errors import InputError
from sim.runs import elsewhere
from sim.runs.provenance import passport


def refused(address):
    with pytest.raises(InputError) as told, elsewhere.cluster(address, passport(())):
        pass
    (problem,) = told.value.problems
    assert (problem.key, problem.value) == ("--cluster", address)
    return problem.message


@pytest.mark.parametrize(
    "address",
    [
        *("", " ", "foo", "tcp://", "tcp://host", "tcp://host:", "tcp://:8786", "tcp://host:port"),
        *(
            "tcp://host:0",
            "tcp://host:99999",
            "tcp://host:-1",
            "tcp://host:1:2",
            "tcp://[::1:9",
            "tcp://host:9/path",
        ),
        *("http://host:9", "inproc://x", "ucx://host:9", "local", " tcp://host:9", "\0", "tcp//host:9"),
    ],
)
def test_what_is_no_address_is_refused_before_anybody_is_called(address, monkeypatch):
    monkeypatch.setattr(elsewhere, "_call", None)
    assert "no address of a scheduler" in refused(address)


@pytest.mark.parametrize("scheme", ["tcp", "tls", "ws"])
def test_nobody_there(monkeypatch, scheme, capfd):
    monkeypatch.setattr(elsewhere, "CONNECT_SECONDS", 1)
    assert "no Dask scheduler answers" in refused(f"{scheme}://127.0.0.1:9")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("answer", [b"HTTP/1.0 400 Bad Request\r\n\r\n" * 40, b""])
def test_a_stranger_at_that_port(monkeypatch, answer, capfd):
    monkeypatch.setattr(elsewhere, "CONNECT_SECONDS", 1)

    def serve():
        while True:
            try:
                line, _ = door.accept()
            except OSError:
                return
            line.sendall(answer)
            line.close()

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=serve, daemon=True).start()
        assert "no Dask scheduler answers" in refused(f"tcp://127.0.0.1:{door.getsockname()[1]}")
    assert "Traceback" not in "".join(capfd.readouterr())
