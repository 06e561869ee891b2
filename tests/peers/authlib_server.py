"""An authorization server of Authlib's in Flask on a loopback port, with a resource that takes its tokens."""

import secrets
import time
from collections import Counter
from dataclasses import dataclass, field

import helper  # noqa: F401  (finds the packages)

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6749.util import scope_to_list
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, jsonify
from joserfc import jwk
from werkzeug.serving import WSGIRequestHandler, make_server

from loopback import Loopback

SCOPES = {"mcp.read", "mcp.write"}


@dataclass
class Client(ClientMixin):
    """A registered client; `keys` is its JWK set as PEM texts by key id."""

    client_id: str
    methods: tuple = ("client_secret_basic",)
    secret: str = ""
    keys: dict = field(default_factory=dict)

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return " ".join(name for name in scope_to_list(scope or "") if name in SCOPES)

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method, endpoint):
        return method in self.methods

    def check_grant_type(self, grant_type):
        return True

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_redirect_uri(self, redirect_uri):
        """Any port of the loopback address (RFC 8252, section 7.3)."""
        return redirect_uri.startswith("http://127.0.0.1:") and redirect_uri.endswith("/callback")

    def get_default_redirect_uri(self):
        return None

    def key_set(self):
        return jwk.KeySet([jwk.import_key(pem, kind, {"kid": kid}) for kid, (kind, pem) in self.keys.items()])


class Token(TokenMixin):
    """A token that was issued, by its members."""

    def __init__(self, client, members):
        self.client, self.members, self.issued, self.revoked = client, members, time.time(), False

    def check_client(self, client):
        return self.client is client

    def get_scope(self):
        return self.members.get("scope", "")

    def get_expires_in(self):
        return self.members["expires_in"]

    def is_expired(self):
        return self.issued + self.members["expires_in"] < time.time()

    def is_revoked(self):
        return self.revoked

    def get_user(self):
        return None

    def get_client(self):
        return self.client


class Code(AuthorizationCodeMixin):
    """A code that a person's consent brought, for one use."""

    def __init__(self, request):
        asked = request.payload
        self.redirect_uri, self.scope, self.user = asked.redirect_uri, asked.scope, request.user
        self.code_challenge = asked.data["code_challenge"]
        self.code_challenge_method = asked.data["code_challenge_method"]

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


class Server(Loopback):
    """Serves `token_url` and `resource` until it is closed."""

    def __init__(self):
        super().__init__()
        self.token_url, self.resource = f"{self.origin}/oauth/token", f"{self.origin}/me"
        self.clients, self.access, self.refresh, self.issued, self.used = {}, {}, {}, Counter(), set()
        self.authorization_url, self.codes = f"{self.origin}/oauth/authorize", {}
        self._app()
        server = make_server("127.0.0.1", 0, self.app, threaded=True, request_handler=Quiet, fd=self.socket.fileno())
        self.start(server.serve_forever, server.shutdown)

    def add(self, client: Client) -> None:
        self.clients[client.client_id] = client

    def add_refresh_token(self, client_id: str, token: str) -> str:
        self.refresh[token] = Token(self.clients[client_id], {"scope": "mcp.read", "expires_in": 3600})
        return token

    def _save(self, members, request):
        self.issued[request.payload.grant_type] += 1
        token = Token(request.client, dict(members))
        self.access[members["access_token"]] = token
        if "refresh_token" in members:
            self.refresh[members["refresh_token"]] = token

    def _app(self):
        self.app, us = Flask("peer"), self
        self.app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
        server = AuthorizationServer(self.app, self.clients.get, self._save)
        methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"]

        class Assertion(JWTBearerClientAssertion):
            CLIENT_AUTH_METHOD = "private_key_jwt"

            def get_audiences(self):
                return [us.token_url]

            def validate_jti(self, claims, jti):
                seen, us.used = jti in us.used, us.used | {jti}
                return not seen

            def resolve_client_public_key(self, client):
                return client.key_set()

        class ClientCredentials(grants.ClientCredentialsGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = methods

        class AuthorizationCode(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["none"]

            def save_authorization_code(self, code, request):
                us.codes[code] = Code(request)

            def query_authorization_code(self, code, client):
                return us.codes.get(code)

            def delete_authorization_code(self, authorization_code):
                us.codes = {code: known for code, known in us.codes.items() if known is not authorization_code}

            def authenticate_user(self, authorization_code):
                return authorization_code.user

        class Refresh(grants.RefreshTokenGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["none", *methods]
            INCLUDE_NEW_REFRESH_TOKEN = True

            def authenticate_refresh_token(self, refresh_token):
                token = us.refresh.get(refresh_token)
                return token if token and not token.revoked else None

            def authenticate_user(self, refresh_token):
                return "alice"

            def revoke_old_credential(self, refresh_token):
                refresh_token.revoked = True

        class JwtBearer(JWTBearerGrant):
            def get_audiences(self):
                return [us.token_url]

            def resolve_issuer_client(self, issuer):
                return us.clients.get(issuer)

            def resolve_client_public_key(self, client):
                return client.key_set()

            def authenticate_user(self, subject):
                return subject if subject == "alice" else None

            def has_granted_permission(self, client, user):
                return True

        class Validator(BearerTokenValidator):
            def authenticate_token(self, token_string):
                return us.access.get(token_string)

        server.register_client_auth_method(Assertion.CLIENT_AUTH_METHOD, Assertion())
        for grant in [ClientCredentials, Refresh, JwtBearer]:
            server.register_grant(grant)
        server.register_grant(AuthorizationCode, [CodeChallenge(required=True)])
        protected = ResourceProtector()
        protected.register_token_validator(Validator())

        @self.app.get("/oauth/authorize")
        def authorize():
            """Alice consents to everything."""
            grant = server.get_consent_grant(end_user="alice")
            return server.create_authorization_response(grant_user="alice", grant=grant)

        @self.app.post("/oauth/token")
        def token():
            return server.create_token_response()

        @self.app.get("/me")
        @protected("mcp.read")
        def me():
            from authlib.integrations.flask_oauth2 import current_token

            return jsonify(client=current_token.client.client_id)


class Quiet(WSGIRequestHandler):
    """Writes no log of requests."""

    def log(self, *_):
        pass
