"""The MCP Python SDK's own servers in this process: streamable HTTP at /mcp (revisions with and without sessions), HTTP+SSE at /sse."""

import helper  # noqa: F401  (finds the packages)

import anyio
import mcp_types as types
import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.streamable_http import EventMessage
from pydantic import BaseModel
from starlette.applications import Starlette

from loopback import Loopback


class Color(BaseModel):
    color: str


COLOR = {"type": "object", "properties": {"color": {"type": "string"}}, "required": ["color"]}
MESSAGES = [types.SamplingMessage(role="user", content=types.TextContent(type="text", text="hi"))]


class Events:
    """What was sent on streams, to be sent again."""

    def __init__(self):
        self.events = []

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id, send):
        last = int(last_event_id)
        stream = self.events[last - 1][0]
        for index, (stream_id, message) in enumerate(self.events[last:], last + 1):
            if stream_id == stream and message is not None:
                await send(EventMessage(message, str(index)))
        return stream


class Server(Loopback):
    """Serves until it is closed. Remembers the HTTP requests, and what was cancelled."""

    def __init__(self):
        super().__init__()
        self.requests, self.started, self.cancelled, self.subscribed = [], [], [], []
        server = MCPServer("python", log_level="CRITICAL")
        self._add_tools(server)
        apps = [server.streamable_http_app(event_store=Events(), retry_interval=200), server.sse_app()]
        app = Starlette(routes=[route for each in apps for route in each.routes], lifespan=apps[0].router.lifespan_context)

        async def recorded(scope, receive, send):
            if scope["type"] == "http":
                headers = {name.decode(): value.decode() for name, value in scope["headers"]}
                self.requests.append((scope["method"], scope["path"], headers))
            await app(scope, receive, send)

        config = uvicorn.Config(recorded, log_level="critical", lifespan="on", timeout_graceful_shutdown=1)
        self.uvicorn = uvicorn.Server(config)
        self.start(lambda: self.uvicorn.run(sockets=[self.socket]), lambda: setattr(self.uvicorn, "should_exit", True))

    def _add_tools(self, server):
        @server.tool()
        async def sample(ctx: Context) -> str:
            result = await ctx.session.create_message(MESSAGES, max_tokens=9, related_request_id=ctx.request_id)
            return result.content.text

        @server.tool()
        async def elicit(ctx: Context) -> str:
            return (await ctx.elicit("which?", Color)).data.color

        @server.tool()
        async def roots(ctx: Context) -> str:
            return str((await ctx.session.list_roots()).roots[0].uri)

        @server.tool()
        async def ask(ctx: Context) -> str | types.InputRequiredResult:
            """Asks as revision 2026-07-28 does: the client calls again with the responses."""
            responses = ctx.input_responses
            if responses is None:
                form = types.ElicitRequestFormParams(message="which?", requested_schema=COLOR)
                asked = {"color": types.ElicitRequest(params=form), "roots": types.ListRootsRequest()}
                return types.InputRequiredResult(input_requests=asked)
            return f"{responses['color'].content['color']} {responses['roots'].roots[0].uri}"

        @server.tool()
        async def progress(ctx: Context) -> str:
            for step in (1, 2, 3):
                await ctx.report_progress(step, 3)
            return "done"

        @server.tool()
        async def log(ctx: Context) -> str:
            await ctx.info("a line")
            return "logged"

        @server.tool()
        async def slow() -> str:
            self.started.append("slow")
            try:
                await anyio.sleep(60)
            except anyio.get_cancelled_exc_class():
                self.cancelled.append("slow")
                raise
            return "never read"

        @server.tool()
        async def resumed(ctx: Context) -> str:
            await ctx.close_sse_stream()
            await anyio.sleep(0.1)
            return "after a gap"

        @server.tool()
        async def touch(ctx: Context) -> str:
            await ctx.notify_resource_updated("note://1")
            for uri in self.subscribed:
                await ctx.session.send_resource_updated(uri)
            return "touched"

        @server.resource("note://1")
        def note() -> str:
            return "text"

        async def subscribe(_, params: types.SubscribeRequestParams) -> types.EmptyResult:
            self.subscribed.append(str(params.uri))
            return types.EmptyResult()

        async def set_level(_, params: types.SetLevelRequestParams) -> types.EmptyResult:
            return types.EmptyResult()

        server._lowlevel_server.add_request_handler("resources/subscribe", types.SubscribeRequestParams, subscribe)
        server._lowlevel_server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, set_level)
