"""The command line of scripts/package-plugin."""

import argparse
import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

from failure import Failure

# The executable that is a stdio server itself.
BRIDGE = "hdr-bridge"


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Failure(f"the command line is not understood: {message}; see --help")


def parse(argv):
    """What was asked for: the options, `helper` and its `words`, of which the `own` ones stand before those of a `wrapped` one."""
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = Parser(
        prog="package-plugin",
        description="Writes a complete Claude Code plugin whose MCP server gets its headers from a helper, or is reached through hdr-bridge.",
        usage="package-plugin --name NAME --server URL --out DIR [OPTION…] -- hdr-x OPTIONS…",
        allow_abbrev=False,
    )
    parser.add_argument("--name", required=True, help="the plugin's name: a-z, 0-9 and single hyphens")
    parser.add_argument("--server", required=True, metavar="URL", help="the URL of the MCP server")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="where to write it: a new or empty folder")
    parser.add_argument(
        "--bins",
        metavar="DIR",
        type=Path,
        help="the folder of the executables, or one with a folder for each target, as scripts/release leaves it "
        "(default: release executables for this machine, built now)",
    )
    parser.add_argument("--server-name", metavar="NAME", help="the server's name in the client (default: the plugin's)")
    parser.add_argument("--description", metavar="TEXT", help="one line for the manifest and the README")
    parser.add_argument("--version", metavar="VERSION", help="the plugin's version, 1.2.3 (default: none)")
    asked = parser.parse_args(argv[:cut])
    asked.helper, *asked.words = argv[cut + 1 :] or [""]
    inner = asked.words.index("--") if "--" in asked.words else len(asked.words)
    asked.own, asked.wrapped = asked.words[:inner], asked.words[inner + 1 :]
    asked.server_name = asked.server_name or asked.name
    way = "through hdr-bridge" if asked.helper == BRIDGE else f"with headers made by {asked.helper}"
    asked.description = asked.description or f"The MCP server {asked.server_name}, {way}"
    check(asked)
    return asked


def check(asked):
    """Refuses what no client would take."""
    demand(
        re.fullmatch(r"(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*", asked.name),
        "--name is no name of a plugin: it has something else than a-z, 0-9 and single hyphens, or is too long; write acme-tools",
    )
    demand(
        re.fullmatch(r"[A-Za-z0-9_-]{1,64}", asked.server_name),
        "--server-name is no name of a server: it has something else than letters, digits, - and _, or is too long; write acme",
    )
    demand(
        asked.description.isprintable(),
        "--description is not one line: it has a character that cannot be shown; remove that",
    )
    demand(
        asked.version is None or re.fullmatch(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", asked.version),
        "--version is no version: it does not follow Semantic Versioning; write 1.2.3",
    )
    demand(
        re.fullmatch(r"hdr(-[a-z0-9]+)+", asked.helper),
        "no helper is named: its command line stands behind --; write -- hdr-hmac --key file:~/.config/acme/secret",
    )
    demand(str(asked.out) != ".", "--out names no new folder: it is empty, or this one; name a new one")
    formats = [word for word in asked.words if re.match(r"--format(=|$)", word)]
    demand(not formats, "--format stands among the helper's options: clients take its headers alone; remove it")
    check_url(asked.server)


def check_url(text):
    """The URL stands in .mcp.json and in a shell command of the README, for everybody to read."""
    wrong = "--server is no URL of an MCP server"
    demand(
        re.fullmatch(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]+", text),
        f"{wrong}: it is not https:// with characters that a URL may have; write https://HOST/PATH",
    )
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    demand(host, f"{wrong}: its host or port is none; write https://HOST/PATH")
    demand("@" not in url.netloc, f"{wrong}: it names a user, perhaps with a password; leave out what stands before the @")
    demand(
        url.scheme == "https" or is_loopback(host),
        f"{wrong}: headers with secrets would cross the network in the clear; write https://",
    )


def is_loopback(host):
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def demand(met, text):
    if not met:
        raise Failure(text)
