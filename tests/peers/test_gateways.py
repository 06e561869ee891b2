"""hdr-hmac --scheme kong and apisix, judged the way the gateways' hmac-auth plugins judge a request."""

import base64
import email.utils
import hmac
import re
import unittest

from helper import headers, run

SECRET = "gateway secret"
NOW = 1700000000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"


def sign(scheme: str, *arguments: str, url: str = "https://mcp.example.com:443/mcp?a=1") -> dict[str, str]:
    return headers(
        "hdr-hmac", "--scheme", scheme, "--key", "env:SHARED", "--key-id", "k1",
        "--now", str(NOW), "--server-url", url, *arguments, SHARED=SECRET,
    )


def received(printed: dict[str, str], host: str) -> dict[str, str]:
    """The fields as a gateway sees them: names in lower case, and the Host that the client adds."""
    return {"host": host, **{name.lower(): value for name, value in printed.items()}}


def mac(algorithm: str, text: str) -> str:
    return base64.b64encode(hmac.digest(SECRET.encode(), text.encode(), algorithm.replace("hmac-", ""))).decode()


def kong(fields: dict[str, str]) -> dict[str, str]:
    """kong/plugins/hmac-auth/access.lua, retrieve_hmac_fields and create_hash; raises when the signature does not match."""
    pattern = r'\s*[Hh]mac\s*username="(.+)",\s*algorithm="(.+)",\s*headers="(.+)",\s*signature="(.+)"'
    username, algorithm, names, signature = re.search(pattern, fields["authorization"]).groups()
    # A field that the request lacks is signed as a bare `name:`; there is no newline after the last.
    lines = [f"{name}: {fields[name]}" if name in fields else f"{name}:" for name in names.split(" ")]
    if signature != mac(algorithm, "\n".join(lines)):
        raise AssertionError("HMAC signature does not match")
    return {"id": username, "algorithm": algorithm, "headers": names}


def apisix(fields: dict[str, str]) -> dict[str, str]:
    """apisix/plugins/hmac-auth.lua, retrieve_hmac_fields and generate_signature; raises when the signature does not match."""
    authorization = fields["authorization"]
    if not authorization.startswith("Signature"):
        raise AssertionError("Authorization header does not start with 'Signature'")
    parameters = {}
    for field in re.findall(r"[^,]+", authorization[9:]):
        key, value = re.search(r'\s*(\w+)="(.*?)"', field).groups()
        parameters[key] = value
    # The key id comes first, a field that the request lacks is left out, and every line ends with a newline.
    names = parameters["headers"].split(" ")
    lines = [parameters["keyId"], *(f"{name}: {fields[name]}" for name in names if name in fields)]
    if parameters["signature"] != mac(parameters["algorithm"], "".join(f"{line}\n" for line in lines)):
        raise AssertionError("Invalid signature")
    return {"id": parameters["keyId"], "algorithm": parameters["algorithm"], "headers": parameters["headers"]}


GATEWAYS = {"kong": kong, "apisix": apisix}
HOST = "mcp.example.com"


class Gateways(unittest.TestCase):
    def test_date_alone(self):
        for scheme, gateway in GATEWAYS.items():
            with self.subTest(scheme=scheme):
                printed = sign(scheme)
                self.assertEqual(["Authorization", "Date"], sorted(printed))
                self.assertEqual(DATE, printed["Date"])
                self.assertEqual(NOW, email.utils.parsedate_to_datetime(printed["Date"]).timestamp())
                self.assertEqual({"id": "k1", "algorithm": "hmac-sha256", "headers": "date"}, gateway(received(printed, HOST)))

    def test_the_exact_value(self):
        self.assertEqual(
            f'hmac username="k1", algorithm="hmac-sha256", headers="date", signature="{mac("sha256", f"date: {DATE}")}"',
            sign("kong")["Authorization"],
        )
        signature = mac("sha256", f"k1\ndate: {DATE}\n")
        self.assertEqual(
            f'Signature keyId="k1",algorithm="hmac-sha256",headers="date",signature="{signature}"',
            sign("apisix")["Authorization"],
        )

    def test_more_components(self):
        for scheme, gateway in GATEWAYS.items():
            with self.subTest(scheme=scheme):
                printed = sign(scheme, "--components", "host x-tenant", "--add", "X-Tenant: acme")
                self.assertEqual(["Authorization", "Date", "X-Tenant"], sorted(printed))
                expected = {"id": "k1", "algorithm": "hmac-sha256", "headers": "date host x-tenant"}
                self.assertEqual(expected, gateway(received(printed, HOST)))
                for altered in [received({**printed, "X-Tenant": "other"}, HOST), received(printed, "other.example.com")]:
                    with self.assertRaises(AssertionError):
                        gateway(altered)

    def test_host_with_a_port_of_its_own(self):
        for scheme, gateway in GATEWAYS.items():
            with self.subTest(scheme=scheme):
                printed = sign(scheme, "--components", "host", url="https://mcp.example.com:8443/mcp")
                self.assertEqual("date host", gateway(received(printed, "mcp.example.com:8443"))["headers"])

    def test_algorithms(self):
        for scheme, algorithms in {"kong": ["sha1", "sha256", "sha384", "sha512"], "apisix": ["sha1", "sha256", "sha512"]}.items():
            for algorithm in algorithms:
                with self.subTest(scheme=scheme, algorithm=algorithm):
                    verdict = GATEWAYS[scheme](received(sign(scheme, "--algorithm", algorithm), HOST))
                    self.assertEqual(f"hmac-{algorithm}", verdict["algorithm"])

    def test_an_algorithm_that_apisix_lacks(self):
        result = run("hdr-hmac", "--scheme", "apisix", "--key", "env:SHARED", "--key-id", "k1", "--algorithm", "sha384", SHARED=SECRET)
        self.assertEqual((2, ""), (result.returncode, result.stdout))


if __name__ == "__main__":
    unittest.main()
