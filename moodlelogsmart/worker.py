"""How the server meets its clients: a request takes a thread once it has come whole, and no end of one waits.

gunicorn's own threaded worker gives each new connection a thread, which waits for what the client sends, so that 64
slow clients stop all pages. Here the main loop waits: for the whole head, and for the whole body of a form. Only
uploads are read by threads, of which some are left for pages; see `web.admission`.
"""

import errno
import re
import selectors
import socket
import struct
import sys
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from moodlelogsmart.config import FORM_LIMIT, UPLOADS, SettingError

REQUEST_SECONDS = 10  # until the head, and the body of a form, have come whole
STALL = 10  # seconds after which a client that sends or takes nothing is let go
HEAD_LIMIT = 1 << 16  # bytes of a head; browsers send some thousand
LINGER_SECONDS = 2  # in which a client may read its answer before the connection is closed
UPLOAD_LINGER_SECONDS = 10
LINGER, UPLOAD_LINGER = 1 << 18, 64 << 20  # bytes that are thrown away meanwhile, of what it still sends
_SENT_AT_ONCE = (
    1 << 20
)  # bytes of an answer that the system takes, so that no thread waits for who does not read a page

_LENGTH = re.compile(rb"\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r", re.I)
_TARGET = re.compile(rb"POST ([^ ?]+)")
_REFUSALS = {408: b"Request Timeout", 431: b"Request Header Fields Too Large", 400: b"Bad Request"}


class Connection(TConn):  # type: ignore[misc] # gunicorn has no types
    """A client, and what came from it that no thread has taken yet."""

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.received = bytearray()
        self.is_upload = False
        self.is_whole = True  # the request, and not its head alone, comes before a thread takes it
        self.left = 0  # bytes that are thrown away until it is closed
        self.needed: int | None = None  # bytes of the request, as far as it is waited for; None within the head

    def take(self, data: bytes) -> int:
        """Add what came: 0, or the status with which it is refused."""
        before = len(self.received)
        self.received += data
        if self.needed is None:
            end = self.received.find(b"\r\n\r\n", max(0, before - 3))
            if max(end, len(self.received) if end < 0 else 0) > HEAD_LIMIT:
                return 431
            if self.received.startswith(b"\r\n"):
                return 400
            if end >= 0:
                self._read_head(end + 4)
        return 0

    @property
    def is_ready(self) -> bool:
        """Whether a thread can take it without waiting for the client."""
        return self.needed is not None and len(self.received) >= self.needed

    def _read_head(self, size: int) -> None:
        head = bytes(self.received[:size])
        length, target, lower = _LENGTH.search(head), _TARGET.match(head), head.lower()
        body = int(length[1]) if length else 0
        self.is_upload = target is not None and UPLOADS.fullmatch(target[1].decode("latin-1")) is not None
        self.is_whole = not self.is_upload and body <= FORM_LIMIT and b"\ntransfer-encoding:" not in lower
        self.needed = size + body if self.is_whole else size
        if self.is_whole and not self.is_ready and b"\nexpect:" in lower:
            with suppress(OSError):
                self.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def hand_over(self) -> None:
        """Give what came to the parser of the thread."""
        self.data_ready = True
        self.init()
        self.parser.unreader.unread(bytes(self.received))
        self.received.clear()

    def begin_again(self) -> int:
        """Be ready for the next request, of which something may have come already; as `take`."""
        self.needed = None
        return self.take(self.parser.unreader.take_buffered())


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """The one worker of a server."""

    def load_wsgi(self) -> None:
        """Load the app; where a setting speaks against it, its sentence is the last word."""
        try:
            super().load_wsgi()
        except SettingError as error:
            print(error, file=sys.stderr, flush=True)
            sys.exit(4)  # gunicorn's own code for "the app cannot be loaded": it does not try again

    def accept(self, listener: socket.socket) -> bool:
        """Take a connection, if need be for the one that has kept us waiting longest; whether there may be more."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                return self._make_room()
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return error.errno == errno.ECONNABORTED
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections - 1:
            self._make_room()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENT_AT_ONCE)
        # Also where a thread reads more than was waited for.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", STALL, 0))
        self._wait(Connection(self.cfg, client, address, listener.getsockname()))
        return True

    def _make_room(self) -> bool:
        for waiting in (self.pending_conns, self.keepalived_conns):
            if waiting:
                self._leave(waiting.popleft())
                return True
        return False

    def _wait(self, conn: Connection) -> None:
        """Wait in the loop until the request of this connection has come."""
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + REQUEST_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))

    def _receive(self, conn: Connection, _sock: socket.socket) -> None:
        data = _read(conn.sock)
        if data is None:
            return
        status = conn.take(data)
        if data and not status and not conn.is_ready:
            return
        self.pending_conns.remove(conn)
        if not data:
            self._leave(conn)
            return
        self.poller.unregister(conn.sock)
        if status:
            self._refuse(conn, status)
        else:
            self.enqueue_req(conn)

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """Begin to wait for the next request of a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._wait(conn)

    def handle(self, conn: Connection) -> Any:
        """Answer the request that has come, in a thread."""
        try:
            conn.hand_over()
        except OSError:
            return False
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """The same, once it is parsed."""
        conn.sock.settimeout(STALL)
        if not conn.is_whole:
            req.force_close()
        try:
            return super().handle_request(req, conn)
        except TimeoutError as error:
            # As where the client is gone.
            raise ConnectionResetError(errno.ECONNRESET, "stalled") from error

    def finish_request(self, conn: Connection, answered: "Future[Any]") -> None:
        """Keep the connection, or close it, without waiting for the client."""
        kept = False
        with suppress(Exception):
            kept = not answered.cancelled() and bool(answered.result())
        if not kept:
            self._linger(conn)
            return
        status = conn.begin_again()
        if not conn.received:
            super().finish_request(conn, answered)
        elif status:
            self._refuse(conn, status)
        elif conn.is_ready:
            self.enqueue_req(conn)
        else:
            self._wait(conn)

    def _refuse(self, conn: Connection, status: int) -> None:
        """Answer without a thread, and close."""
        with suppress(OSError):
            conn.sock.send(
                b"HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % (status, _REFUSALS[status])
            )
        self._linger(conn)

    def _linger(self, conn: Connection) -> None:
        """Close it once the client has read its answer: where something lies unread at a close, the answer is lost."""
        seconds, conn.left = (UPLOAD_LINGER_SECONDS, UPLOAD_LINGER) if conn.is_upload else (LINGER_SECONDS, LINGER)
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._throw_away, conn))
        except (OSError, ValueError):
            self._leave(conn)
            return
        conn.timeout = time.monotonic() + seconds
        self.lingering.append(conn)

    def _throw_away(self, conn: Connection, _sock: socket.socket) -> None:
        data = _read(conn.sock)
        conn.left -= len(data or b"")
        if data == b"" or conn.left < 0:
            self.lingering.remove(conn)
            self._leave(conn)

    def _leave(self, conn: Connection) -> None:
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Let go of who has not sent a request in time, and of who has had time to read an answer."""
        now = time.monotonic()
        while self.pending_conns and self.pending_conns[0].timeout <= now:
            conn = self.pending_conns.popleft()
            if conn.received:
                self.poller.unregister(conn.sock)
                self._refuse(conn, 408)
            else:
                self._leave(conn)
        for conn in [conn for conn in self.lingering if conn.timeout <= now]:
            self.lingering.remove(conn)
            self._leave(conn)

    def init_process(self) -> None:
        """Begin; returns when the worker ends."""
        self.lingering: list[Connection] = []
        super().init_process()

    def _cap_keepalive(self, deadline: float) -> None:
        """Begin to end: answer who has connected already, if the request comes soon, and have others find nobody.

        Kept open, as gunicorn does, the door would take in people of whom the end of the process would break off all.
        """
        for listener in self.sockets:
            # No more than fit: else a crowd that goes on coming would keep us here.
            with suppress(OSError):
                for _ in range(self.worker_connections):
                    if not self.accept(listener):
                        break
            listener.close()
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)


def _read(sock: socket.socket) -> bytes | None:
    """What a client has sent; nothing where it is gone, None where there is nothing yet."""
    try:
        return sock.recv(1 << 16)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b""
