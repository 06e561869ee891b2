"""--print-config codex against Python's parser of TOML, and a shell against what stands in it."""

import subprocess
import unittest

try:
    import tomllib
except ModuleNotFoundError:  # before Python 3.11
    tomllib = None

from helper import BIN, HOME, run

WORDS = [
    "plain", "it's", 'a "b"', "back\\slash", "$HOME `id` $(id) ${HOME}", "tab\tnew\nline\r\n", "\x01\x1b[31m\x7f", "caf\u00e9 \u2028 \U0001f511",
    "#", "''' \"\"\"", "", "\\u0041",
]
URL = "https://mcp.acme.example/mcp?a=1"


@unittest.skipIf(tomllib is None, "tomllib came with Python 3.11")
class PrintConfig(unittest.TestCase):
    def codex(self, *arguments: str, name: str) -> tuple[dict, list[str]]:
        """The table of the server `name`, alone in the TOML, and the words of its command line."""
        given = [*arguments, f"--server-name={name}", "--server-url", URL]
        printed = run("hdr-hmac", *given, "--print-config=codex")
        self.assertEqual((0, ""), (printed.returncode, printed.stderr))
        parsed = tomllib.loads(printed.stdout)
        self.assertEqual([["mcp_servers"], [name]], [list(parsed), list(parsed["mcp_servers"])])
        table = parsed["mcp_servers"][name]
        # The real program is not to run: its name becomes that of one that shows its arguments.
        line = table["http_headers_helper"].removeprefix(f"exec {BIN / 'hdr-hmac'} ")
        self.assertNotEqual(line, table["http_headers_helper"])
        shown = subprocess.run(["sh", "-c", f"printf '%s\\0' {line}"], cwd=HOME, capture_output=True, check=True).stdout
        words = shown.decode().split("\0")[:-1]
        self.assertEqual(given, words)
        return table, words

    def test_any_word_survives_toml_and_the_shell(self):
        table, words = self.codex(*(f"--add=X: {word}" for word in WORDS), name="acme")
        self.assertEqual({"url", "http_headers_helper"}, set(table))
        self.assertEqual(URL, table["url"])
        self.assertEqual([f"--add=X: {word}" for word in WORDS], words[: len(WORDS)])

    def test_any_name_is_a_key(self):
        for name in WORDS:
            with self.subTest(name=name):
                self.codex("--explain", name=name)
