"""What a helper's command line needs of the machine that it runs on: files, variables, commands, profiles."""

import re
from typing import NamedTuple

from asked import BRIDGE
from failure import Failure

# What Claude Code takes away from the helpers of plugins.
CREDENTIAL_LIKE = re.compile(
    r"(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|KEY|APIKEY|CREDENTIALS?|CREDS|COOKIE|AUTH|PAT)(_|$)|_PASS$|PGPASSWORD|SSHKEY"
    r"|^(ANTHROPIC_CUSTOM_HEADERS|KUBECONFIG|GNUPGHOME|XDG_CONFIG_HOME|DATABASE_URL|SENTRY_DSN|CLOUDSDK_CONFIG|SSH_AGENT_PID)$"
    r"|^AWS_(CONFIG|SHARED_CREDENTIALS)_FILE$",
    re.IGNORECASE,
)

# Options that take a SOURCE, and those whose value is a path, a command line or a name.
SOURCES = ["--key", "--api-key", "--client-secret", "--client-key", "--client-assertion", "--assertion-key", "--assertion", "--refresh-token", "--subject-token", "--token", "--sign-key", "--secret-access-key", "--session-token", "--dpop-key"]
PATHS = ["--env-file", "--config", "--claims", "--tls-cert", "--tls-key", "--client-cert", "--assertion-cert", "--ca-cert"]
KINDS = {"--command": "command", "--profile": "profile", **dict.fromkeys(PATHS, "path")}

LINES = {
    "file": "{text}, for `{option}`: a file with the secret and nothing else, which only you can read (`chmod 600`).",
    "json": "{text}, for `{option}`: a file of JSON with the secret in that field, which only you can read (`chmod 600`).",
    "path": "{text}, for `{option}`: a file.",
    "env": "{text}, for `{option}`: a variable in the environment that Claude Code is started in.",
    "path-variable": "{text}, for `{option}`: a variable with the path of a file, in the environment that Claude Code is started in.",
    "lost": "{text}, for `{option}`: a variable that **Claude Code takes away from the helper** (see Variables).",
    "cmd": "{text}, for `{option}`: a command that prints the secret. It has to work in your shell without asking anything.",
    "command": "{text}, for `{option}`: a command that prints a token. It has to work in your shell without asking anything.",
    "profile": "the profile {text} in `~/.config/hdr/config.toml`, for `{option}`.",
    "tenant": "your tenant, if it is not the default in `~/.config/hdr/tenants.toml`: name it in a file `.hdr-tenant` in your project, "
    "or in `[[rules]]` of that file.",
}


class Need(NamedTuple):
    kind: str
    text: str = ""
    option: str = ""
    is_of_server: bool = False

    def line(self):
        """What the README of a plugin says of it."""
        ticks = "``" if "`" in self.text else "`"
        return "- " + LINES[self.kind].format(text=f"{ticks}{self.text}{ticks}", option=self.option)

    def check(self):
        """Refuses a file that would have to be in the plugin, which everybody gets."""
        if self.kind in ("file", "json", "path") and not self.text.startswith(("/", "~/")):
            if self.is_of_server and re.match(r"\$\{(?!CLAUDE_)", self.text):
                return
            folder = "a plugin's server may be started in any folder"
            cause = folder if self.is_of_server else "to a plugin's helper that is the plugin's own folder"
            raise Failure(f"{self.option} {self.text} is relative: {cause}; write ~/… or the whole path")

    def of_server(self):
        """The same, of a stdio server: Claude Code puts the value of the variable NAME in place of ${NAME}."""
        variable = re.fullmatch(r"\$\{((?!CLAUDE_)\w+)\}", self.text) if self.kind == "path" else None
        need = self._replace(kind="path-variable", text=variable[1]) if variable else self
        return need._replace(is_of_server=True)

    def warning(self):
        """What its maker should know, if anything."""
        if self.kind == "lost":
            return f"{self.option}: Claude Code takes the variable {self.text} away from a plugin's helper; use file:PATH or cmd:COMMAND LINE"
        return None


def values(words):
    """Each word as (option, value), with the option that it is the value of, or of which it is all."""
    option = ""
    for word in words:
        attached = re.fullmatch(r"(?:(--[a-z][a-z-]*)=|(-H)(?=.))(.*)", word, re.DOTALL)
        if attached:
            yield attached[1] or attached[2], attached[3]
            option = ""
        elif re.match(r"--[a-z]|-[A-Z]", word):
            yield word, ""
            option = word
        else:
            yield option, word
            option = ""


def source(option, word):
    """Kind and text of a SOURCE, which must not be the secret itself: the message does not repeat it."""
    parts = re.fullmatch(r"(env|file|json|cmd):(.+)", word, re.DOTALL)
    if not parts:
        cause = "everybody who gets the plugin could read it"
        raise Failure(f"{option} does not take a bare value: {cause}; name where it is kept: file:PATH, json:PATH:FIELD or cmd:COMMAND LINE")
    return parts.groups()


def placeholders(value):
    """Kind and text of each {env:…}, {file:…}, {json:…} and {cmd:…}, also in {basic:…}; a tenant may stand in one, and doubled braces are text."""
    return re.findall(r"\{(?:basic:[^:}]*:)?(env|file|json|cmd):((?:\{tenant[^}]*\}|[^}])*)\}", value.replace("{{", "").replace("}}", ""))


def needs(helper, words):
    """The needs of `helper` with these options, in their order, each once."""
    if helper == BRIDGE:
        return needs_of_bridge(words)
    found, given = named(words)
    found += unnamed([helper, *words], given)
    # A dotenv file serves what the environment lacks.
    lost = [need for need in found if need.kind == "env" and CREDENTIAL_LIKE.search(need.text) and "--env-file" not in given]
    return list(dict.fromkeys(need._replace(kind="lost") if need in lost else need for need in found))


def needs_of_bridge(words):
    """The needs of hdr-bridge and of the helper behind --. Claude Code hands a server the variables that .mcp.json names for it."""
    cut = words.index("--") if "--" in words else len(words)
    own = [re.sub(r"^--(cert|key)(?==|$)", r"--tls-\1", word) for word in words[:cut]]
    found, given = named(words[cut:])
    found = [*named(own)[0], *found, *unnamed(words[cut:], given)]
    return list(dict.fromkeys(need.of_server() for need in found))


def named(words):
    """The needs that options name, and the options."""
    found, given = [], set()
    for option, value in values(words):
        given.add(option)
        if not value:
            continue
        if option == "--from":
            found += [Need("env", place.removeprefix("env:"), option) for place in value.split(",") if place.startswith("env:")]
        elif option in KINDS:
            found.append(Need(KINDS[option], value, option))
        elif option in SOURCES:
            found.append(Need(*source(option, value), option))
        found += [Need(kind, text, option) for kind, text in placeholders(value)]
    return found, given


def unnamed(line, given):
    """The needs of the helpers in a command line that have these options, and leave out others."""
    found = []
    if "hdr-hmac" in line and not given & {"--key", "--profile"}:
        found.append(Need("env", "SECRET_KEY", "--key"))
    if "hdr-tenant" in line and "--tenant" not in given and (not given & {"-H", "--header"} or "{tenant" in "".join(line)):
        found.append(Need("tenant"))
    return found
