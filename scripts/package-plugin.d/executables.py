"""The executables in a plugin's bin/: one, or one for each target with a launcher that picks."""

import shutil
import subprocess
from pathlib import Path

from failure import Failure

PARTS = Path(__file__).parent

# What `uname -sm` says, as a pattern of sh, by the processor and the system in a target's name.
PLATFORMS = {
    ("x86_64", "linux"): "'Linux x86_64'",
    ("aarch64", "linux"): "'Linux aarch64'",
    ("x86_64", "darwin"): "'Darwin x86_64'",
    ("aarch64", "darwin"): "'Darwin arm64'",
    ("x86_64", "windows"): "MINGW*' x86_64' | MSYS*' x86_64'",
}


def install(helper, bins, into):
    """Copies the executables of `helper` from the folder `bins` into the folder `into`; answers their targets."""
    targets = {file.parent.name: file for file in [*bins.glob(f"*/{helper}"), *bins.glob(f"*/{helper}.exe")] if file.is_file()}
    plain = [file for file in [bins / helper, bins / f"{helper}.exe"] if file.is_file()]
    into.mkdir(exist_ok=True)
    if not plain and len(targets) > 1:
        install_all(helper, targets, into)
        return sorted(targets)
    for file in [*plain, *targets.values()][:1]:
        copy(file, into / file.name)
        return []
    raise Failure(f"{helper} is missing: neither {bins} nor a folder in it has it; build it, or name another --bins")


def install_all(helper, targets, into):
    """Copies the executable of each target, and writes the launcher that picks one."""
    cases = {}
    for target, file in sorted(targets.items()):
        pattern = platform(target)
        if pattern in cases:
            raise Failure(f"--bins has {helper} twice for the platform of {target}: a plugin has one of each; remove a folder")
        # On Windows it is found by its suffix, beside the launcher.
        place = file.name if file.suffix == ".exe" else f"{target}/{helper}"
        (into / place).parent.mkdir(exist_ok=True)
        copy(file, into / place)
        cases[pattern] = f"{pattern}) file={place} ;;"
    launcher = (PARTS / "launcher.sh").read_text(encoding="utf-8")
    for mark, text in {"HELPER": helper, "CASES": "\n".join(cases.values()), "TARGETS": ", ".join(sorted(targets))}.items():
        launcher = launcher.replace(f"@{mark}@", text)
    (into / helper).write_text(launcher, encoding="utf-8", newline="\n")
    (into / helper).chmod(0o755)


def platform(target):
    """The pattern of a target's platform."""
    processor, *rest = target.split("-")
    for (known, system), pattern in PLATFORMS.items():
        if known == processor and system in rest:
            return pattern
    raise Failure(f"--bins has a folder {target}: it is no target whose platform is known here; remove it")


def copy(source, to):
    shutil.copyfile(source, to)
    to.chmod(0o755)


def build():
    """Builds the release executables of this machine and answers their folder."""
    script = PARTS.parent / "bench.d" / "build-release"
    built = subprocess.run([script], stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode:
        raise Failure("the release executables are missing: cargo did not build them; see above, or give --bins", 1)
    return Path(built.stdout.strip())
