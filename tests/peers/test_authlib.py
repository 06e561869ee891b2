"""hdr-bearer-refresh against an authorization server of Authlib's, and hdr-jwt's tokens as joserfc reads them."""

import json
import os
import subprocess
import unittest
import urllib.error
import urllib.request
import uuid

from authlib_server import Client, Server
from helper import BIN, HOME, headers, key_file, run

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jwk, jwt

HELPER = "hdr-bearer-refresh"
# Reserved characters, which Basic form-encodes (RFC 6749, section 2.3.1) and Authlib decodes.
SECRET = "a-secret+/%:&="

# By algorithm: the kind of the key as joserfc calls it, and the private key.
KEYS = {
    "RS256": ("RSA", rsa.generate_private_key(65537, 2048)),
    "PS256": ("RSA", rsa.generate_private_key(65537, 2048)),
    "ES256": ("EC", ec.generate_private_key(ec.SECP256R1())),
    "ES384": ("EC", ec.generate_private_key(ec.SECP384R1())),
    "Ed25519": ("OKP", ed25519.Ed25519PrivateKey.generate()),
}


def private(key) -> str:
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, plain).decode()


def public(key) -> str:
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, info).decode()


def client_of(resource: str, printed: dict[str, str]) -> str:
    with urllib.request.urlopen(urllib.request.Request(resource, headers=printed)) as answer:
        return json.load(answer)["client"]


class Authlib(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)
        cls.secret = key_file("authlib-secret", SECRET)
        for method in ["client_secret_basic", "client_secret_post"]:
            cls.server.add(Client(method, (method,), SECRET))
        cls.keys = {algorithm: key_file(f"authlib-{algorithm}.pem", private(key)) for algorithm, (_, key) in KEYS.items()}
        for algorithm, (kind, key) in KEYS.items():
            cls.server.add(Client(algorithm, ("private_key_jwt",), keys={algorithm: (kind, public(key))}))

    def test_sign_in(self):
        """A person signs in; the code is tied to the verifier, and the refresh token that comes is replaced by each use."""
        self.server.add(Client("person", ("none",)))
        server = ["--token-url", self.server.token_url, "--authorization-url", self.server.authorization_url]
        options = [*server, "--client-id", "person", "--scope", "mcp.read"]
        command = [BIN / HELPER, *options, "--no-open", "login"]
        environment = {"HOME": str(HOME), "PATH": os.environ["PATH"]}
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as login:
            url = next(line.strip() for line in login.stderr if line.startswith("  http"))
            with urllib.request.urlopen(url) as page:
                self.assertIn("<h1>Signed in</h1>", page.read().decode())
            stdout, stderr = login.communicate(timeout=20)
            self.assertEqual((login.returncode, stdout), (0, f"signed in at {self.server.origin}\n"), stderr)
        first = headers(HELPER, *options)
        self.assertEqual(client_of(self.server.resource, first), "person")
        second = headers(HELPER, *options, "--fresh")
        self.assertNotEqual(second, first)
        self.assertEqual(self.server.issued["authorization_code"], 1)
        gone = run(HELPER, *options, "logout")
        self.assertEqual((gone.returncode, gone.stdout), (0, f"signed out of {self.server.origin}\n"))
        self.assertIn("names no revocation endpoint; give --revocation-url", gone.stderr)
        self.assertEqual(run(HELPER, *options).returncode, 3)

    def token(self, *options):
        return headers(HELPER, "--token-url", self.server.token_url, "--scope", "mcp.read", *options)

    def refused(self, *options):
        result = run(HELPER, "--token-url", self.server.token_url, "--scope", "mcp.read", "--fresh", *options)
        self.assertEqual((4, ""), (result.returncode, result.stdout), result.stderr)
        self.assertNotIn(SECRET, result.stderr)
        return result.stderr

    def test_a_secret_in_both_places(self):
        for method, auth in [("client_secret_basic", "basic"), ("client_secret_post", "post")]:
            with self.subTest(method=method):
                options = ["--client-id", method, "--client-secret", self.secret, "--client-auth", auth]
                self.assertEqual(method, client_of(self.server.resource, self.token(*options)))

    def test_the_other_place_is_named(self):
        message = self.refused("--client-id", "client_secret_post", "--client-secret", self.secret)
        self.assertIn("--client-auth post", message)

    def test_assertions(self):
        for algorithm in ["RS256", "ES256"]:
            key = self.keys[algorithm]
            with self.subTest(algorithm=algorithm):
                options = ["--client-id", algorithm, "--client-key", key, "--client-kid", algorithm, "--client-alg", algorithm]
                self.assertEqual(algorithm, client_of(self.server.resource, self.token(*options)))
                grant = ["--assertion-key", key, "--assertion-kid", algorithm, "--assertion-alg", algorithm, "--iss", algorithm]
                printed = self.token(*grant, "--sub", "alice", "--aud", self.server.token_url)
                self.assertEqual(algorithm, client_of(self.server.resource, printed))

    def test_an_assertion_that_is_refused(self):
        options = ["--client-id", "ES256", "--client-key", self.keys["ES256"]]
        message = self.refused(*options, "--client-kid", "ES256", "--client-aud", "https://elsewhere.example")
        self.assertIn("--client-aud", message)
        message = self.refused(*options, "--client-kid", "another")
        self.assertIn("--client-kid", message)
        # Authlib takes no algorithm that joserfc does not recommend.
        options = ["--client-id", "PS256", "--client-key", self.keys["PS256"], "--client-kid", "PS256"]
        self.assertIn("--client-alg", self.refused(*options, "--client-alg", "PS256"))

    def test_a_refresh_token_rotates(self):
        first = key_file("authlib-refresh", self.server.add_refresh_token("client_secret_basic", f"first-{uuid.uuid4()}"))
        options = ["--client-id", "client_secret_basic", "--client-secret", self.secret, "--refresh-token", first]
        printed = [self.token(*options, "--fresh") for _ in range(3)]
        self.assertEqual(3, len({each["Authorization"] for each in printed}))
        self.assertEqual("client_secret_basic", client_of(self.server.resource, printed[-1]))
        self.assertEqual(3, self.server.issued["refresh_token"])


class Joserfc(unittest.TestCase):
    def test_tokens_of_each_algorithm(self):
        for algorithm, (kind, key) in KEYS.items():
            with self.subTest(algorithm=algorithm):
                source = key_file(f"joserfc-{algorithm}.pem", private(key))
                printed = headers("hdr-jwt", "--key", source, "--alg", algorithm, "--iss", "me", "--sub", "alice")
                scheme, token = printed["Authorization"].split(" ")
                self.assertEqual("Bearer", scheme)
                read = jwt.decode(token, jwk.import_key(public(key), kind), algorithms=[algorithm])
                self.assertEqual(algorithm, read.header["alg"])
                self.assertEqual(("me", "alice"), (read.claims["iss"], read.claims["sub"]))


if __name__ == "__main__":
    unittest.main()
