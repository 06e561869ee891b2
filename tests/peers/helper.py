"""Runs an executable from HDR_BIN as a client would: an empty environment, a HOME of its own, another working directory."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent / ".python"))

BIN = pathlib.Path(os.environ["HDR_BIN"]).resolve()
_home = tempfile.TemporaryDirectory(prefix="hdr-peers-")
HOME = pathlib.Path(_home.name)


def key_file(name: str, content: str | bytes) -> str:
    """Writes a file that only its owner may read; answers its SOURCE."""
    path = HOME / name
    path.touch(mode=0o600)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return f"file:{path}"


def run(helper: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [BIN / helper, *arguments],
        cwd=HOME,
        env={"HOME": str(HOME), "PATH": os.environ["PATH"], **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
    )


def headers(helper: str, *arguments: str, **environment: str) -> dict[str, str]:
    """The headers that a helper prints; a failure carries its stderr."""
    result = run(helper, *arguments, **environment)
    if result.returncode != 0:
        raise AssertionError(f"{helper} {' '.join(arguments)}: exit {result.returncode}: {result.stderr}")
    return json.loads(result.stdout)
