"""hdr-hmac --scheme rfc9421 against http-message-signatures, an independent verifier of RFC 9421."""

import dataclasses
import re
import time
import unittest

from helper import headers

from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature, algorithms

SECRET = "a shared secret of more than 32 bytes"
URL = "https://mcp.example.com/mcp?a=1"
NOW = int(time.time())
ALL_OF_THE_URL = ["@authority", "@path", "@query", "@scheme", "@target-uri"]


@dataclasses.dataclass
class Request:
    url: str
    headers: dict[str, str]
    method: str = "POST"


class SharedSecret(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id: str) -> bytes:
        return {"k1": SECRET.encode()}[key_id]

    def resolve_private_key(self, key_id: str) -> bytes:
        raise NotImplementedError


def sign(url: str, *arguments: str, now: int = NOW) -> dict[str, str]:
    return headers(
        "hdr-hmac", "--scheme", "rfc9421", "--key", "env:SHARED", "--key-id", "k1",
        "--now", str(now), "--server-url", url, *arguments, SHARED=SECRET,
    )


def verify(request: Request) -> list[str]:
    """The covered components, in order; raises InvalidSignature."""
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=SharedSecret())
    [result] = verifier.verify(request)
    return [component.strip('"') for component in result.covered_components if component != '"@signature-params"']


class Rfc9421(unittest.TestCase):
    def test_default_components(self):
        printed = sign(URL)
        self.assertEqual(["Signature", "Signature-Input"], sorted(printed))
        self.assertEqual(
            f'sig1=("@authority" "@path");created={NOW};expires={NOW + 300};keyid="k1";alg="hmac-sha256"',
            printed["Signature-Input"],
        )
        self.assertRegex(printed["Signature"], r"^sig1=:[A-Za-z0-9+/]{43}=:$")
        self.assertEqual(["@authority", "@path"], verify(Request(URL, printed)))

    def test_any_method_passes(self):
        printed = sign(URL)
        for method in ["POST", "GET", "DELETE"]:
            self.assertEqual(["@authority", "@path"], verify(Request(URL, printed, method)))

    def test_all_components_of_the_url(self):
        for url in [
            URL,
            "https://mcp.example.com/mcp",
            "https://mcp.example.com/",
            "https://mcp.example.com:8443/a%20b/%E2%82%AC?x=%2F&y=a+b&x=",
            "https://[::1]:8443/mcp",
        ]:
            with self.subTest(url=url):
                printed = sign(url, "--components", " ".join(ALL_OF_THE_URL))
                self.assertEqual(ALL_OF_THE_URL, verify(Request(url, printed)))

    def test_the_url_that_a_client_makes_of_the_given_one(self):
        for given, sent in [
            ("https://mcp.example.com", "https://mcp.example.com/"),
            ("https://mcp.example.com/mcp?", "https://mcp.example.com/mcp"),
            ("https://MCP.Example.com:443/Mcp", "https://mcp.example.com/Mcp"),
            ("https://mcp.example.com/mcp?a=1#part", "https://mcp.example.com/mcp?a=1"),
        ]:
            with self.subTest(given=given):
                self.assertEqual(ALL_OF_THE_URL, verify(Request(sent, sign(given, "--components", " ".join(ALL_OF_THE_URL)))))

    def test_a_request_that_was_altered_is_refused(self):
        printed = sign(URL, "--components", "@authority @path @query")
        for url in [URL.replace("/mcp", "/mcq"), URL.replace("mcp.example", "mcq.example"), URL.replace("a=1", "a=2")]:
            with self.subTest(url=url), self.assertRaises(InvalidSignature):
                verify(Request(url, printed))
        longer = {**printed, "Signature-Input": re.sub(r"expires=\d+", f"expires={NOW + 9000}", printed["Signature-Input"])}
        with self.assertRaises(InvalidSignature):
            verify(Request(URL, longer))

    def test_an_old_signature_is_refused(self):
        printed = sign(URL, "--expires", "1m", now=NOW - 120)
        with self.assertRaisesRegex(InvalidSignature, "in the past"):
            verify(Request(URL, printed))

    def test_label_and_expires(self):
        printed = sign(URL, "--label", "mcp", "--expires", "90s")
        self.assertEqual(
            f'mcp=("@authority" "@path");created={NOW};expires={NOW + 90};keyid="k1";alg="hmac-sha256"',
            printed["Signature-Input"],
        )
        self.assertEqual(["@authority", "@path"], verify(Request(URL, printed)))

    def test_a_field_of_our_own(self):
        printed = sign(URL, "--components", "@authority x-tenant", "--add", "X-Tenant: acme")
        self.assertEqual("acme", printed["X-Tenant"])
        self.assertEqual(["@authority", "x-tenant"], verify(Request(URL, printed)))
        with self.assertRaises(InvalidSignature):
            verify(Request(URL, {**printed, "X-Tenant": "other"}))


if __name__ == "__main__":
    unittest.main()
