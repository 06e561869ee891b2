//! Manual pages, which `scripts/completions` collects. No executable that users are given prints one.

use std::ffi::OsString;
use std::io;

use clap::Arg;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::program::help::{described, values};
use crate::program::helper::Program;

const PROGRAMS: [&str; 5] = ["hdr-bearer-refresh", "hdr-bridge", "hdr-hmac", "hdr-jwt", "hdr-tenant"];

/// Behind what 0 means to the program.
const EXIT_STATUS: [(&str, &str); 6] = [
    ("1", "Any other failure: stdout cannot be written, a rotated refresh token cannot be stored, --check failed."),
    ("2", "Usage or configuration error, or a URL that is not HTTPS."),
    ("3", "A secret is missing, unreadable or not a usable key, or its command failed."),
    ("4", "The authorization server refused, redirected, or answered something that is not a token."),
    ("5", "No connection, a timeout, or a server that is busy or broken: trying again may help."),
    ("6", "The headers are not acceptable to every client."),
];

const ENVIRONMENT: [(&str, &str); 10] = [
    (
        "CLAUDE_CODE_MCP_SERVER_URL, CLAUDE_CODE_MCP_SERVER_NAME",
        "URL and name of the MCP server, set by Claude Code. --server-url and --server-name override them.",
    ),
    (
        "CLAUDE_CODE_MARKETPLACE_URL, CLAUDE_CODE_MARKETPLACE_NAME, CLAUDE_CODE_PLUGIN_ARCHIVE_URL, CLAUDE_CODE_PLUGIN_NAME",
        "The same for a marketplace and for a plugin's archive.",
    ),
    ("API_URL", "URL of the MCP server of hdr-bridge, where no argument gives one."),
    ("HOME", "The directory ~ in paths. It must be absolute. The variables XDG_* are not used."),
    ("PATH", "Where the programs of cmd:, --command and -- are looked for."),
    ("TZ", "The time zone of {timestamp}."),
    (
        "https_proxy, all_proxy, no_proxy",
        "Proxies of hdr-bearer-refresh and hdr-bridge; in upper case too. --proxy overrides them.",
    ),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS",
        "Certificate authorities of hdr-bearer-refresh and hdr-bridge: the first two replace those of the system, the last one adds to them.",
    ),
    ("HDR_TENANT", "The tenant of hdr-tenant, with the default of --from. It is set for a helper after --."),
    ("HDR_PROJECT_DIR", "Set for the program of a cmd: source: the directory of the project."),
];

const FILES: [(&str, &str); 7] = [
    ("~/.config/hdr/config.toml", "Profiles."),
    ("~/.config/hdr/tenants.toml", "Tenants."),
    (".hdr-tenant", "The name of a tenant, in a project."),
    ("~/.cache/hdr/", "Access tokens of hdr-bearer-refresh, encrypted unless a command printed them."),
    ("~/.local/state/hdr/", "Rotated refresh tokens of hdr-bearer-refresh."),
    ("~/.local/state/hdr/key", "The key that protects the names and contents of the files in both directories."),
    ("~/.local/state/hdr/hdr.log, ~/.local/state/hdr/hdr.log.1", "Failures and warnings, at most 1 MiB each."),
];

/// The page asked for by a whole command line `hdr-x --manual`; nothing for any other one.
pub(crate) fn page<P: Program>(words: &[OsString]) -> Option<Vec<u8>> {
    let [_, option] = words else { return None };
    if option != "--manual" {
        return None;
    }
    render::<P>().ok()
}

fn render<P: Program>() -> io::Result<Vec<u8>> {
    let mut command = described::<P>();
    let usage = command.render_usage().to_string();
    let values = values(&command);
    let command = command.override_usage(usage.trim_start_matches("Usage: ").to_owned());
    let source = format!("hdr {}", env!("CARGO_PKG_VERSION"));
    let headings = headings(command.get_arguments());
    // Without a date, so that it is the same on every day.
    let manual = Man::new(command).title(P::NAME.to_uppercase()).date(" ").source(source).manual("hdr manual");
    let mut page = Vec::new();
    manual.render_title(&mut page)?;
    manual.render_name_section(&mut page)?;
    manual.render_synopsis_section(&mut page)?;
    manual.render_description_section(&mut page)?;
    let mut options = Vec::new();
    manual.render_options_section(&mut options)?;
    page.extend(as_subsections(&String::from_utf8_lossy(&options), &headings).into_bytes());

    let mut end = Roff::new();
    for section in [values.as_str(), P::MORE].into_iter().filter(|section| !section.is_empty()) {
        preformatted(&mut end, section);
    }
    end.control("SH", ["EXAMPLES"]);
    for (text, line) in P::EXAMPLES {
        end.control("PP", []).text([roman(text)]);
        verbatim(&mut end, line.lines().map(|line| format!("    {line}")));
    }
    list(&mut end, "EXIT STATUS", [&[("0", P::DONE)], EXIT_STATUS.as_slice()].concat().as_slice());
    list(&mut end, "ENVIRONMENT", &ENVIRONMENT);
    list(&mut end, "FILES", &FILES);
    end.control("SH", ["SEE ALSO"]);
    let others = PROGRAMS.into_iter().filter(|name| *name != P::NAME).map(|name| format!("{name}(1)"));
    end.text([roman(others.chain(["curl(1)".to_owned()]).collect::<Vec<_>>().join(", "))]);
    end.to_writer(&mut page)?;
    Ok(page)
}

/// The groups of options, in their order.
fn headings<'a>(options: impl Iterator<Item = &'a Arg>) -> Vec<String> {
    options.filter_map(Arg::get_help_heading).map(str::to_owned).collect()
}

/// The groups of options as subsections of one section; clap makes each a section.
fn as_subsections(options: &str, headings: &[String]) -> String {
    let lines = options.lines().filter(|line| *line != ".SH OPTIONS").map(|line| {
        let title = line.strip_prefix(".SH ").map(|title| title.trim_matches('"'));
        let heading = title.and_then(|title| headings.iter().find(|heading| heading.to_uppercase() == title));
        heading.map_or_else(|| line.to_owned(), |heading| format!(".SS \"{heading}\""))
    });
    let lines: Vec<_> = [".SH OPTIONS".to_owned()].into_iter().chain(lines).collect();
    lines.join("\n") + "\n"
}

/// A section of the help as it is; its first line is the title.
fn preformatted(page: &mut Roff, section: &str) {
    let mut lines = section.lines();
    let title = lines.next().unwrap_or_default().trim_end_matches(':').to_uppercase();
    page.control("SH", [title.as_str()]);
    verbatim(page, lines.map(str::to_owned));
}

fn verbatim(page: &mut Roff, lines: impl Iterator<Item = String>) {
    page.control("nf", []);
    for line in lines {
        page.text([roman(line)]);
    }
    page.control("fi", []);
}

fn list(page: &mut Roff, title: &str, entries: &[(&str, &str)]) {
    page.control("SH", [title]);
    for (term, text) in entries {
        let term = if title == "FILES" { italic(*term) } else { bold(*term) };
        page.control("TP", []).text([term]).text([roman(*text)]);
    }
}
