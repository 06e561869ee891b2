"""hdr-bridge as an MCP client runs it, and the MCP server behind it, which a test lets judge each request."""

import http.server
import json
import os
import subprocess
import threading

from helper import BIN, HOME
from loopback import Loopback


class Request:
    """An HTTP request as it came."""

    def __init__(self, handler: http.server.BaseHTTPRequestHandler, origin: str):
        self.method = handler.command
        self.url = origin + handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))


class Server:
    """Answers every request for which `judge` returns nothing; else with the status and the headers that it returns.

    `url` is that of the MCP endpoint, with `target` behind its origin.
    """

    def __init__(self, judge, target: str = "/mcp", headers: dict[str, str] | None = None):
        self.seen: list[Request] = []
        loopback = Loopback()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def date_time_string(self, timestamp=None):
                return (headers or {}).get("Date") or super().date_time_string(timestamp)

            def answer(self, status: int, fields: dict[str, str], body: bytes = b""):
                self.send_response(status)
                for name, value in {**fields, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                request = Request(self, loopback.origin)
                server.seen.append(request)
                refused = judge(request)
                message = json.loads(request.body) if request.body else {}
                if refused:
                    self.answer(*refused)
                elif request.method != "POST":
                    self.answer(405 if request.method == "GET" else 200, {})
                elif "id" not in message:
                    self.answer(202, {})
                else:
                    result = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}
                    body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
                    self.answer(200, {"Content-Type": "application/json", "Mcp-Session-Id": "session-1"}, body)

            do_GET = do_DELETE = do_POST

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True

        listener = Listener(("127.0.0.1", 0), Handler, bind_and_activate=False)
        listener.socket.close()
        listener.socket = loopback.socket
        loopback.start(lambda: listener.serve_forever(poll_interval=0.05), listener.shutdown)
        self.url = loopback.origin + target
        self.close = loopback.close


class Bridge:
    """The bridge before a server. `with` closes its stdin and waits for its end."""

    def __init__(self, *arguments: str, **environment: str):
        self.process = subprocess.Popen(
            [BIN / "hdr-bridge", *arguments],
            cwd=HOME,
            env={"HOME": str(HOME), "PATH": os.environ["PATH"], **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.stderr = ""
        self._reader = threading.Thread(target=self._read_stderr, daemon=True)
        self._reader.start()
        self._timer = threading.Timer(30, self.process.kill)
        self._timer.start()
        self._last = 0

    def _read_stderr(self):
        for line in self.process.stderr:
            self.stderr += line

    def request(self, method: str, **params) -> dict:
        """The answer to a request; it is the next line."""
        self._last += 1
        message = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": params}
        self.process.stdin.write(json.dumps(message, ensure_ascii=False) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"no answer to {method}; stderr: {self.stderr}")
        return json.loads(line)

    def session(self, **arguments) -> dict:
        """Opens a session and calls a tool in it; the answer to the call."""
        opened = self.request("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "c", "version": "1"})
        if "error" in opened:
            return opened
        self.process.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        return self.request("tools/call", name="tool", arguments=arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self._reader.join(timeout=5)
        self._timer.cancel()
        self.process.stdout.close()
        self.process.stderr.close()
