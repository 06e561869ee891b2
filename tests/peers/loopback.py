"""A server in a thread of this process, on a loopback port of the system's choice."""

import socket
import threading


class Loopback:
    """Takes a port at once, so that its URLs are known before the server is made; serves from `start` to `close`."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def start(self, serve, stop) -> None:
        self._stop = stop
        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop()
        self._thread.join(timeout=10)
        self.socket.close()
