"""hdr-bridge signs each request: RFC 9421 against http-message-signatures, Signature Version 4 against botocore."""

import datetime
import email.utils
import hashlib
import hmac
import json
import re
import unittest

from bridge import Bridge, Request, Server
from helper import key_file, run

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms

SECRET = "a shared secret of more than 32 bytes"
POST = ["@method", "@target-uri", "content-type", "content-digest"]
BARE = ["@method", "@target-uri"]


class Keys(HTTPSignatureKeyResolver):
    def __init__(self, key):
        self.key = key

    def resolve_public_key(self, key_id: str):
        return {"k1": self.key}[key_id]

    def resolve_private_key(self, key_id: str):
        raise NotImplementedError


def verifying(algorithm, key, covered: list):
    """A judge that takes what the algorithm and the key verify, and notes what was signed of each request."""
    verifier = HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=Keys(key))

    def judge(request: Request):
        [result] = verifier.verify(request, body=request.body, max_age=datetime.timedelta(minutes=1))
        names = [component.strip('"') for component in result.covered_components if component != '"@signature-params"']
        covered.append((request.method, names))

    def or_refuse(request: Request):
        try:
            return judge(request)
        except Exception as error:
            covered.append((request.method, repr(error)))
            return 401, {}

    return or_refuse


class Rfc9421(unittest.TestCase):
    def signed(self, algorithm, key, *arguments: str, target: str = "/mcp?a=%20b&c", **environment: str) -> list:
        """What was signed of each request of a session with a call, of which each was verified."""
        covered = []
        server = Server(verifying(algorithm, key, covered), target)
        try:
            with Bridge(server.url, *arguments, **environment) as bridge:
                answer = bridge.session(text="\u20ac and more")
            self.assertIn("result", answer, f"{covered} {bridge.stderr}")
        finally:
            server.close()
        self.assertEqual(len(server.seen), len(covered))
        return covered

    def test_the_keys_of_each_algorithm(self):
        rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        for algorithm, key in [
            (algorithms.ED25519, ed25519.Ed25519PrivateKey.generate()),
            (algorithms.ECDSA_P256_SHA256, ec.generate_private_key(ec.SECP256R1())),
            (algorithms.RSA_PSS_SHA512, rsa_key),
        ]:
            with self.subTest(algorithm=algorithm.algorithm_id):
                pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                source = key_file("sign.pem", pem)
                covered = self.signed(
                    algorithm, key.public_key(), "--sign", "rfc9421", "--sign-key", source, "--sign-key-id", "k1",
                    "-H", "Authorization: Bearer {env:TOKEN}", TOKEN="t0ken",
                )
                session = ["authorization", "mcp-session-id"]
                self.assertEqual(("POST", [*POST, "authorization"]), covered[0])
                self.assertIn(("POST", [*POST, *session]), covered[1:])
                self.assertIn(("GET", [*BARE, *session]), covered)
                self.assertEqual(("DELETE", [*BARE, *session]), covered[-1])

    def test_other_components(self):
        key = ed25519.Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        covered = self.signed(
            algorithms.ED25519, key.public_key(), "--sign", "rfc9421", "--sign-key", key_file("sign.pem", pem),
            "--sign-key-id", "k1", "--sign-nonce", "--label", "acme", "--components",
            "@method @authority @path @query @request-target @scheme content-length content-digest x-tenant",
            "-H", "X-Tenant: acme",
        )
        of_url = ["@authority", "@path", "@query", "@request-target", "@scheme"]
        self.assertEqual(("POST", ["@method", *of_url, "content-length", "content-digest", "x-tenant"]), covered[0])
        self.assertEqual(("DELETE", ["@method", *of_url, "x-tenant"]), covered[-1])

    def test_the_helper_with_a_shared_secret(self):
        covered = self.signed(
            algorithms.HMAC_SHA256, SECRET.encode(), "-H", "Authorization: Bearer {env:TOKEN}", "--",
            "hdr-hmac", "--scheme", "rfc9421", "--key", "env:SHARED", "--key-id", "k1", SHARED=SECRET, TOKEN="t0ken",
        )
        self.assertEqual(("POST", [*POST, "authorization"]), covered[0])
        self.assertIn(("POST", [*POST, "authorization", "mcp-session-id"]), covered[1:])
        self.assertEqual(("DELETE", [*BARE, "authorization", "mcp-session-id"]), covered[-1])

    def test_a_header_that_no_request_has_is_refused_at_the_start(self):
        key = ed25519.Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        signing = ["--sign", "rfc9421", "--sign-key", key_file("sign.pem", pem), "--components", "@method X-Tenant"]
        result = run("hdr-bridge", "https://mcp.example.com/mcp", *signing)
        message = (
            "hdr-bridge: --components x-tenant has no value: no request has such a header; remove it, or set the header with "
            "-H 'NAME: TEMPLATE'\n"
        )
        self.assertEqual((2, "", message), (result.returncode, result.stdout, result.stderr))
        # The end of stdin ends it.
        result = run("hdr-bridge", "https://mcp.example.com/mcp", *signing, "-H", "X-Tenant: acme")
        self.assertEqual((0, "", ""), (result.returncode, result.stdout, result.stderr))

    def test_a_body_that_was_altered_is_refused(self):
        key = ed25519.Ed25519PrivateKey.generate()
        covered = []
        judge = verifying(algorithms.ED25519, key.public_key(), covered)

        def altered(request: Request):
            request.body = request.body.replace(b'"id"', b'"Id"')
            return judge(request)

        server = Server(altered)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            with Bridge(server.url, "--sign", "rfc9421", "--sign-key", key_file("sign.pem", pem), "--sign-key-id", "k1") as bridge:
                answer = bridge.session()
        finally:
            server.close()
        self.assertEqual(401, answer["error"]["data"]["httpStatus"])
        self.assertIn("igest", covered[0][1])


class Templates(unittest.TestCase):
    def test_helpers_have_the_parts_of_the_request(self):
        def judge(request: Request):
            target = request.url.split("/", 3)[3]
            digest = hashlib.sha256(request.body).hexdigest()
            message = f"{request.method}\n/{target}\n{digest}\n".encode() + request.body
            expected = hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()
            if request.headers["x-signature"] != expected or request.headers["x-what"] != f"{request.method} /{target}":
                return 401, {}

        server = Server(judge, "/mcp?a=%20b&c")
        try:
            with Bridge(
                server.url, "-H", "X-What: {method} {target}", "--", "hdr-hmac", "--key", "env:SHARED", "--message",
                r"{method}\n{target}\n{body:sha256}\n{body}", "-H", "X-Signature: {signature}", SHARED=SECRET,
            ) as bridge:
                answer = bridge.session(text="\u20ac")
        finally:
            server.close()
        self.assertIn("result", answer, bridge.stderr)
        self.assertEqual({"POST", "GET", "DELETE"}, {request.method for request in server.seen})


class SigV4(unittest.TestCase):
    CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
    SCOPE = ["--sign", "sigv4", "--region", "us-east-1", "--service", "bedrock-agentcore"]

    @staticmethod
    def signed_by_botocore(request: Request, token: str | None) -> str:
        """What botocore puts into Authorization for the request at the time that it says, with the headers that it says."""
        signed = re.search("SignedHeaders=([^,]+)", request.headers["authorization"])[1].split(";")
        headers = {name: value for name, value in request.headers.items() if name in signed}
        at = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        again = AWSRequest(method=request.method, url=request.url, data=request.body, headers=headers)
        again.context["timestamp"] = headers["x-amz-date"]
        key, secret = SigV4.CREDENTIALS.values()
        auth = SigV4Auth(Credentials(key, secret, token), "bedrock-agentcore", "us-east-1")
        auth._should_sha256_sign_payload = lambda _: True
        canonical = auth.canonical_request(again)
        signature = auth.signature(auth.string_to_sign(again, canonical), again)
        scope = f"{at:%Y%m%d}/us-east-1/bedrock-agentcore/aws4_request"
        return f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={';'.join(sorted(signed))}, Signature={signature}"

    def judge(self, request: Request, token: str | None = None):
        if request.headers["authorization"] != self.signed_by_botocore(request, token):
            return 403, {"x-amzn-errortype": "SignatureDoesNotMatch"}

    def test_each_request(self):
        for target in [
            "/mcp",
            "/",
            "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A1%3Aruntime%2Fa/invocations?qualifier=DEFAULT",
            "/mcp?b=2&a=1&a=&c&%C3%BC=%2F~",
        ]:
            with self.subTest(target=target):
                server = Server(lambda request: self.judge(request, "a token"), target)
                try:
                    with Bridge(server.url, *self.SCOPE, AWS_SESSION_TOKEN="a token", **self.CREDENTIALS) as bridge:
                        answer = bridge.session(text="\u20ac")
                finally:
                    server.close()
                self.assertIn("result", answer, bridge.stderr)
                self.assertEqual({"POST", "GET", "DELETE"}, {request.method for request in server.seen})
                [first, *_] = server.seen
                self.assertIn(
                    "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token,",
                    first.headers["authorization"],
                )

    def test_the_clock_of_the_server_is_taken_once(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for minutes in [-30, 30]:
            with self.subTest(minutes=minutes):
                there = now + datetime.timedelta(minutes=minutes)

                def judge(request: Request):
                    at = datetime.datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
                    if abs(at.replace(tzinfo=datetime.timezone.utc) - there) > datetime.timedelta(minutes=5):
                        return 403, {"x-amzn-errortype": "RequestTimeTooSkewed"}
                    return self.judge(request)

                server = Server(judge, headers={"Date": email.utils.format_datetime(there.replace(microsecond=0), usegmt=True)})
                try:
                    with Bridge(server.url, *self.SCOPE, **self.CREDENTIALS) as bridge:
                        answer = bridge.session()
                finally:
                    server.close()
                self.assertIn("result", answer, bridge.stderr)
                opened = [request for request in server.seen if b'"initialize"' in request.body]
                called = [request for request in server.seen if b'"tools/call"' in request.body]
                self.assertEqual((2, 1), (len(opened), len(called)), "the clock is known after the first answer")

    def test_credentials_that_have_ended_are_read_again(self):
        key, secret = self.CREDENTIALS.values()

        def printed(token: str) -> str:
            return key_file(
                "exported.json",
                json.dumps({"Version": 1, "AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token}),
            )

        ended = []

        def judge(request: Request):
            token = request.headers["x-amz-security-token"]
            if token in ended:
                printed("a new token")
                return 403, {"x-amzn-errortype": "ExpiredTokenException:http://internal.amazon.com/"}
            return self.judge(request, token)

        path = printed("the first token").removeprefix("file:")
        server = Server(judge)
        try:
            with Bridge(server.url, *self.SCOPE, "--command", f"cat {path}") as bridge:
                self.assertIn("result", bridge.session(), bridge.stderr)
                ended.append("the first token")
                self.assertIn("result", bridge.request("ping"), bridge.stderr)
        finally:
            server.close()
        pings = [request for request in server.seen if b'"ping"' in request.body]
        tokens = [request.headers["x-amz-security-token"] for request in pings]
        self.assertEqual(["the first token", "a new token"], tokens)

    def test_a_clock_that_is_right_is_no_reason_to_ask_again(self):
        server = Server(lambda _: (403, {"x-amzn-errortype": "SignatureDoesNotMatch"}))
        try:
            with Bridge(server.url, *self.SCOPE, **self.CREDENTIALS) as bridge:
                answer = bridge.session()
        finally:
            server.close()
        self.assertRegex(
            answer["error"]["message"],
            r"HTTP 403: the server does not accept the credentials \(SignatureDoesNotMatch\); check the key of --sign, and that "
            "this server accepts its signatures$",
        )
        self.assertEqual(1, len(server.seen))


if __name__ == "__main__":
    unittest.main()
