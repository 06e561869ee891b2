"""hdr-bearer-refresh against the MCP Python SDK: its authorization server, its MCP server and its client."""

import time
import unittest
import uuid

from helper import headers, key_file, run
from mcp_sdk import JWT_BEARER, SCOPE, Server, whoami

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

HELPER = "hdr-bearer-refresh"
IDP_KEY = ec.generate_private_key(ec.SECP256R1())


class McpSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(IDP_KEY.public_key())
        cls.provider = cls.server.provider
        cls.addClassCleanup(cls.server.close)
        for method in ["client_secret_basic", "client_secret_post"]:
            cls.provider.add_client(method, "a-secret+/%:", method)
        cls.secret = key_file("sdk-client-secret", "a-secret+/%:\n")

    def refreshing(self, client, *options):
        token = key_file(f"sdk-{uuid.uuid4()}", self.provider.add_refresh_token(client, f"first-{uuid.uuid4()}"))
        return ["--client-id", client, "--client-secret", self.secret, "--refresh-token", token, *options]

    def test_post(self):
        options = self.refreshing("client_secret_post", "--client-auth", "client_secret_post")
        printed = headers(HELPER, "--issuer", self.server.issuer, *options)
        self.assertEqual("client_secret_post", whoami(self.server.url, printed))
        # Cached, then renewed with the rotated refresh token.
        self.assertEqual(printed, headers(HELPER, "--issuer", self.server.issuer, *options))
        renewed = headers(HELPER, "--issuer", self.server.issuer, *options, "--fresh")
        self.assertNotEqual(printed, renewed)
        self.assertEqual("client_secret_post", whoami(self.server.url, renewed))

    def test_basic_wants_the_client_id_in_the_body_too(self):
        options = self.refreshing("client_secret_basic", "--client-auth", "basic")
        refused = run(HELPER, "--issuer", self.server.issuer, *options)
        self.assertEqual((4, ""), (refused.returncode, refused.stdout))
        self.assertIn("Missing client_id", refused.stderr)
        self.assertIn("--param client_id=client_secret_basic", refused.stderr)
        printed = headers(HELPER, "--issuer", self.server.issuer, *options, "--param", "client_id=client_secret_basic", "--fresh")
        self.assertEqual("client_secret_basic", whoami(self.server.url, printed))

    def test_the_default_for_a_client_that_is_registered_for_post(self):
        refused = run(HELPER, "--issuer", self.server.issuer, *self.refreshing("client_secret_post"))
        self.assertEqual((4, ""), (refused.returncode, refused.stdout))
        self.assertIn("--client-auth post", refused.stderr)

    def test_discovery_from_the_mcp_server(self):
        options = self.refreshing("client_secret_post", "--client-auth", "post")
        where = ["--discover", "--issuer", self.server.issuer, "--server-url", self.server.url]
        self.assertEqual("client_secret_post", whoami(self.server.url, headers(HELPER, *where, *options)))

    def test_an_identity_assertion(self):
        now = int(time.time())
        assertion = jwt.encode(
            {
                "iss": "https://idp.example.com", "sub": "alice", "aud": self.server.issuer, "iat": now, "exp": now + 300,
                "jti": str(uuid.uuid4()), "client_id": "client_secret_post", "resource": self.server.url, "scope": SCOPE,
            },
            IDP_KEY, algorithm="ES256", headers={"typ": "oauth-id-jag+jwt"},
        )
        options = [
            "--issuer", self.server.issuer, "--grant", JWT_BEARER, "--assertion", key_file("id-jag", assertion),
            "--client-id", "client_secret_post", "--client-secret", self.secret, "--client-auth", "post",
        ]
        self.assertEqual("client_secret_post", whoami(self.server.url, headers(HELPER, *options)))

    def test_what_it_refuses(self):
        wrong = self.refreshing("client_secret_post", "--client-auth", "post")
        wrong[wrong.index("--client-secret") + 1] = key_file("sdk-wrong-secret", "something else")
        refused = run(HELPER, "--issuer", self.server.issuer, *wrong)
        self.assertEqual((4, ""), (refused.returncode, refused.stdout))
        self.assertIn("--client-secret", refused.stderr)
        self.assertNotIn("something else", refused.stderr)

        unknown = ["--client-id", "client_secret_post", "--client-secret", self.secret, "--client-auth", "post"]
        unknown += ["--refresh-token", key_file("sdk-unknown-token", "never issued")]
        refused = run(HELPER, "--issuer", self.server.issuer, *unknown)
        self.assertEqual((4, ""), (refused.returncode, refused.stdout))
        self.assertIn("refresh token does not exist", refused.stderr)
        self.assertIn("another client", refused.stderr)


if __name__ == "__main__":
    unittest.main()
