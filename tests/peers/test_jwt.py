"""hdr-jwt against PyJWT, with keys made by cryptography: every algorithm, the exact claims and header."""

import json
import secrets
import time
import unittest

from helper import headers, key_file

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

NOW = int(time.time())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=3072)
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
SECRET = secrets.token_urlsafe(64)

# cryptography calls PKCS#1 and SEC1 "traditional OpenSSL".
PKCS8, TRADITIONAL = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
KEYS = {
    "rsa PKCS#8": (RSA, PKCS8, ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
    "rsa PKCS#1": (RSA, TRADITIONAL, ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
    "P-256 PKCS#8": (P256, PKCS8, ["ES256"]),
    "P-256 SEC1": (P256, TRADITIONAL, ["ES256"]),
    "P-384 PKCS#8": (P384, PKCS8, ["ES384"]),
    "P-384 SEC1": (P384, TRADITIONAL, ["ES384"]),
    "Ed25519 PKCS#8": (ED25519, PKCS8, ["EdDSA"]),
}


def source(name: str, key, form: PrivateFormat) -> str:
    return key_file(name.replace(" ", "-"), key.private_bytes(Encoding.PEM, form, NoEncryption()))


class Jwt(unittest.TestCase):
    def verify(self, key, header: dict, *arguments: str, **environment: str) -> None:
        printed = headers(
            "hdr-jwt", "--now", str(NOW), "--iss", "me", "--aud", "mcp", "--claim-json", "n=[1,2.5,true]",
            *arguments, **environment,
        )
        self.assertEqual(["Authorization"], list(printed))
        scheme, token = printed["Authorization"].split(" ")
        self.assertEqual("Bearer", scheme)
        claims = jwt.decode(token, key, algorithms=[header["alg"]], audience="mcp", issuer="me")
        self.assertEqual({"iss": "me", "aud": "mcp", "n": [1, 2.5, True], "iat": NOW, "exp": NOW + 3600}, claims)
        self.assertEqual({"typ": "JWT", **header}, jwt.get_unverified_header(token))

    def test_every_algorithm_of_every_key(self):
        for name, (key, form, algorithms) in KEYS.items():
            for algorithm in algorithms:
                with self.subTest(key=name, algorithm=algorithm):
                    self.verify(key.public_key(), {"alg": algorithm}, "--key", source(name, key, form), "--alg", algorithm)

    def test_a_key_brings_its_algorithm(self):
        for name, (key, form, algorithms) in KEYS.items():
            with self.subTest(key=name):
                self.verify(key.public_key(), {"alg": algorithms[0]}, "--key", source(name, key, form))

    def test_shared_secrets(self):
        self.verify(SECRET, {"alg": "HS256"}, "--key", "env:SHARED", SHARED=SECRET)
        for algorithm in ["HS256", "HS384", "HS512"]:
            with self.subTest(algorithm=algorithm):
                self.verify(SECRET, {"alg": algorithm}, "--key", "env:SHARED", "--alg", algorithm, SHARED=SECRET)

    def test_jwk_written_by_pyjwt(self):
        for key, algorithm in [(P256, "ES256"), (P384, "ES384"), (ED25519, "EdDSA"), (RSA, "RS256")]:
            with self.subTest(algorithm=algorithm):
                jwk = jwt.get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True)
                # PyJWT adds members of its own for RSA: key_ops names the use, not the algorithm.
                file = key_file(f"{algorithm}.jwk", json.dumps(jwk))
                self.verify(key.public_key(), {"alg": algorithm, "kid": "k-7"}, "--key", file, "--kid", "k-7")


if __name__ == "__main__":
    unittest.main()
