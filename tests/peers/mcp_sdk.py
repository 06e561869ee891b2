"""The MCP Python SDK's authorization server and an MCP server behind it, on a loopback port of one process."""

import secrets
import time
from collections import Counter

import helper  # noqa: F401  (finds the packages)

import anyio
import jwt
import uvicorn
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, RefreshToken, TokenError
from mcp.server.auth.settings import AuthSettings, RevocationOptions
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

from loopback import Loopback

SCOPE = "mcp.read"
LIFE = 3600
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Provider:
    """What the SDK leaves to its user: clients, tokens, and identity assertions of one identity provider."""

    def __init__(self, resource: str, issuer: str, idp_key):
        self.resource, self.issuer, self.idp_key = resource, issuer, idp_key
        self.clients, self.access, self.refresh = {}, {}, {}
        self.issued = Counter()

    def add_client(self, client_id: str, secret: str, method: str) -> None:
        self.clients[client_id] = OAuthClientInformationFull(
            client_id=client_id, client_secret=secret, token_endpoint_auth_method=method,
            grant_types=["refresh_token", JWT_BEARER],
        )

    def add_refresh_token(self, client_id: str, token: str) -> str:
        self.refresh[token] = RefreshToken(token=token, client_id=client_id, scopes=[SCOPE], resource=self.resource)
        return token

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def load_refresh_token(self, client, token):
        return self.refresh.get(token)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        del self.refresh[refresh_token.token]
        successor = self.add_refresh_token(client.client_id, secrets.token_urlsafe(24))
        return self._issue("refresh_token", client, scopes, successor)

    async def exchange_identity_assertion(self, client, params):
        try:
            claims = jwt.decode(params.assertion, self.idp_key, algorithms=["ES256"], audience=self.issuer)
        except jwt.PyJWTError as refused:
            raise TokenError("invalid_grant", str(refused)) from refused
        if claims.get("client_id") != client.client_id or claims.get("resource") != self.resource:
            raise TokenError("invalid_grant", "the assertion is for another client or resource")
        return self._issue(JWT_BEARER, client, params.scopes or [SCOPE], None)

    async def load_access_token(self, token):
        return self.access.get(token)

    async def revoke_token(self, token):
        self.access.pop(token.token, None)
        self.refresh.pop(token.token, None)

    def _issue(self, grant, client, scopes, refresh_token):
        self.issued[grant] += 1
        token = secrets.token_urlsafe(24)
        self.access[token] = AccessToken(
            token=token, client_id=client.client_id, scopes=scopes, resource=self.resource,
            expires_at=int(time.time()) + LIFE,
        )
        return OAuthToken(access_token=token, expires_in=LIFE, scope=" ".join(scopes), refresh_token=refresh_token)


class Server(Loopback):
    """Serves `url` (streamable HTTP) and the SDK's own authorization server at `issuer` until it is closed."""

    def __init__(self, idp_key):
        super().__init__()
        self.issuer, self.url = self.origin, f"{self.origin}/mcp"
        self.provider = Provider(self.url, self.issuer, idp_key)
        server = MCPServer(
            "peer", auth_server_provider=self.provider, log_level="ERROR",
            auth=AuthSettings(
                issuer_url=self.issuer, resource_server_url=self.url, required_scopes=[SCOPE],
                validate_token_resource=True, identity_assertion_enabled=True,
                revocation_options=RevocationOptions(enabled=True),
            ),
        )

        @server.tool()
        def whoami() -> str:
            return get_access_token().client_id

        self.uvicorn = uvicorn.Server(uvicorn.Config(server.streamable_http_app(), log_level="error", lifespan="on"))
        self.start(lambda: self.uvicorn.run(sockets=[self.socket]), lambda: setattr(self.uvicorn, "should_exit", True))


def whoami(url: str, headers: dict[str, str]) -> str:
    """What the server's tool says of the client whose `headers` these are, asked through the SDK's own client."""

    async def call() -> str:
        async with create_mcp_http_client(headers=headers) as http, Client(streamable_http_client(url, http_client=http)) as client:
            return (await client.call_tool("whoami", {})).content[0].text

    return anyio.run(call)
