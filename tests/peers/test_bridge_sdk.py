"""The MCP Python SDK's stdio client, through hdr-bridge, to the SDK's own servers: streamable HTTP, HTTP+SSE, and revision 2026-07-28."""

import unittest
import warnings

from helper import BIN
from bridge_sdk import Server

import anyio
import mcp_types as types
from mcp import StdioServerParameters
from mcp.client import Client


class Seen:
    """The client's side: what it answers, and what it was told."""

    def __init__(self):
        self.logged, self.updated = [], []

    async def sample(self, _, params):
        return types.CreateMessageResult(role="assistant", model="m", content=types.TextContent(type="text", text="sampled"))

    async def elicit(self, _, params):
        return types.ElicitResult(action="accept", content={"color": "blue"})

    async def roots(self, _):
        return types.ListRootsResult(roots=[types.Root(uri="file:///root")])

    async def log(self, params):
        self.logged.append(params.data)

    async def message(self, message):
        if isinstance(message, types.ResourceUpdatedNotification):
            self.updated.append(str(message.params.uri))


async def until(is_so):
    with anyio.fail_after(10):
        while not is_so():
            await anyio.sleep(0.02)


class BridgeSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)

    def through(self, path, mode, act, **options):
        """Runs `act` with the SDK's client whose stdio server is hdr-bridge."""

        async def connected():
            seen = Seen()
            command = StdioServerParameters(command=str(BIN / "hdr-bridge"), args=[self.server.origin + path])
            client = Client(
                command, mode=mode, sampling_callback=seen.sample, elicitation_callback=seen.elicit,
                list_roots_callback=seen.roots, logging_callback=seen.log, message_handler=seen.message, **options,
            )
            with anyio.fail_after(30):
                async with client:
                    await act(client, seen)

        for collection in (self.server.requests, self.server.started, self.server.cancelled, self.server.subscribed):
            collection.clear()
        with warnings.catch_warnings():
            # The SDK warns of what revision 2026-07-28 has no longer.
            warnings.simplefilter("ignore")
            anyio.run(connected)

    async def text(self, client, tool, **options):
        result = await client.call_tool(tool, {}, **options)
        self.assertFalse(result.is_error, result)
        return result.content[0].text

    async def asks_the_client(self, client, _):
        texts = [await self.text(client, tool) for tool in ("sample", "elicit", "roots")]
        self.assertEqual(["sampled", "blue", "file:///root"], texts)

    async def progress_and_logging(self, client, seen):
        steps = []

        async def step(progress, total, message):
            steps.append((progress, total))

        self.assertEqual("done", await self.text(client, "progress", progress_callback=step))
        await until(lambda: len(steps) == 3)
        self.assertEqual([(1, 3), (2, 3), (3, 3)], steps)
        if client.protocol_version < "2026":
            await client.set_logging_level("info")
        self.assertEqual("logged", await self.text(client, "log"))
        await until(lambda: seen.logged)
        self.assertEqual(["a line"], seen.logged)

    async def subscription(self, client, seen):
        await client.subscribe_resource("note://1")
        await self.text(client, "touch")
        await until(lambda: seen.updated)
        self.assertEqual(["note://1"], seen.updated)
        self.assertEqual("text", (await client.read_resource("note://1")).contents[0].text)

    async def cancellation(self, client, _):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.text, client, "slow")
            await until(lambda: self.server.started)
            tasks.cancel_scope.cancel()
        await until(lambda: self.server.cancelled)
        self.assertEqual("done", await self.text(client, "progress"))

    async def resumption(self, client, _):
        self.assertEqual("after a gap", await self.text(client, "resumed"))
        self.assertTrue(any(method == "GET" and "last-event-id" in headers for method, _, headers in self.server.requests))

    async def modern(self, client, _):
        self.assertEqual("2026-07-28", client.protocol_version)
        self.assertEqual("blue file:///root", await self.text(client, "ask"))
        async with client.listen(resource_subscriptions=["note://1"]) as events:
            await self.text(client, "touch")
            with anyio.fail_after(10):
                event = await anext(aiter(events))
        self.assertEqual("note://1", str(event.uri))
        names = [headers.get("mcp-name") for method, _, headers in self.server.requests if headers.get("mcp-method") == "tools/call"]
        self.assertEqual(["ask", "ask", "touch"], names)
        self.assertTrue(all("mcp-session-id" not in headers for _, _, headers in self.server.requests))

    def test_streamable_http(self):
        for act in (self.asks_the_client, self.progress_and_logging, self.subscription, self.cancellation, self.resumption):
            with self.subTest(act.__name__):
                self.through("/mcp", "legacy", act)

    def test_http_sse(self):
        for act in (self.asks_the_client, self.progress_and_logging, self.subscription, self.cancellation):
            with self.subTest(act.__name__):
                self.through("/sse", "legacy", act)

    def test_revision_2026_07_28(self):
        for mode in ("auto", "2026-07-28"):
            with self.subTest(mode):
                self.through("/mcp", mode, self.modern)
        for act in (self.progress_and_logging, self.cancellation):
            with self.subTest(act.__name__):
                self.through("/mcp", "2026-07-28", act, log_level="info")


if __name__ == "__main__":
    unittest.main()
