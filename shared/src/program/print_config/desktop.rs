//! Claude Desktop runs one executable without arguments: a link whose name has the profile with the options.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};

use super::{Printed, toml_key, toml_string};
use crate::config::profile::{kind, may_hold};
use crate::error::{Error, Report, quotable};
use crate::header::template::located;
use crate::os::environment::{home, search_path};
use crate::os::file::{is_program, is_writable};
use crate::program::command_line::OwnCommandLine;
use crate::secret::words::quoted;
use crate::server::{Reach, Server};

/// What is printed for `line` of the helper `helper`: the server's JSON on stdout, and for the user the profile and the link
/// to make.
///
/// # Errors
/// [`Error::Usage`] for what no profile can hold, [`Error::Other`] for a path that cannot be written.
pub(super) fn print(
    helper: &str,
    line: &OwnCommandLine,
    profile: Option<&str>,
    server: &Server,
    parser: &Command,
    [name, url]: [&str; 2],
) -> Result<Printed, Error> {
    if line.rest.len() > 1 {
        let fact = "the command line after -- cannot be used in Claude Desktop";
        let remedy = "write the wrapped helper's own command line, without hdr-tenant";
        return Err(Error::Usage(Report::new(fact, CAUSE, remedy)));
    }
    let section = match profile {
        Some(profile) => {
            refuse_beside(profile, line)?;
            None
        }
        None => Some(section(line, server, parser)?),
    };
    let name_of_profile = profile.map_or_else(|| plain(name), str::to_owned);
    if name_of_profile.is_empty() || name_of_profile.contains(['/', '\0', std::path::MAIN_SEPARATOR]) {
        let fact = format_args!("the profile {} cannot be used for Claude Desktop", quotable(&name_of_profile));
        return Err(Error::Usage(Report::new(fact, "no link can have that name", "give the profile another name")));
    }
    let executable = executable(&line.program, helper)?;
    let (folder, is_to_be_made) = folder(&executable);
    let of_profile = folder.join(format!("{helper}@{name_of_profile}{}", std::env::consts::EXE_SUFFIX));
    let [executable, of_profile, folder] =
        [&executable, &of_profile, &folder].map(|path| path.to_string_lossy().into_owned());
    let table = toml_key(&name_of_profile);
    let section = section.map(|(bound, options)| {
        format!(
            "# Add to ~/.config/hdr/config.toml:\n[profiles.{table}]\n{bound}\n[profiles.{table}.{helper}]\n{options}\n"
        )
    });
    let made = if is_to_be_made { format!("mkdir -p {}\n", quoted(&folder)) } else { String::new() };
    let linked = format!("# Make the link:\n{made}ln -s {} {}\n", quoted(&executable), quoted(&of_profile));
    let instructions = section.unwrap_or_default() + &linked;
    Ok(Printed { text: super::json(name, url, None, &of_profile), instructions, warning: None })
}

const CAUSE: &str = "it runs one executable without arguments, and its options come from a profile";

/// Besides the profile that it takes its options from, a link has none.
fn refuse_beside(profile: &str, line: &OwnCommandLine) -> Result<(), Error> {
    let is_of_server = |long: &str| matches!(long, "profile" | "server-name" | "server-url");
    let Some(stray) = line.given.iter().find(|given| !is_of_server(&given.long)) else { return Ok(()) };
    let fact = format_args!("--{} cannot be used with the profile {}", quotable(&stray.long), quotable(profile));
    let cause = "Claude Desktop runs a link without arguments, which takes all options from its profile";
    Err(Error::Usage(Report::new(fact, cause, "put it into the profile, or remove the profile")))
}

/// The keys of a profile that is bound to the server, and those of its options.
fn section(line: &OwnCommandLine, server: &Server, parser: &Command) -> Result<(String, String), Error> {
    let here = std::path::absolute(".").unwrap_or_default();
    let mut options: Vec<(&Arg, Vec<String>)> = Vec::new();
    for given in &line.given {
        let Some(arg) = may_hold(parser, &given.long) else {
            let fact = format_args!("--{} cannot be used in Claude Desktop", quotable(&given.long));
            let cause = format_args!("{CAUSE}, and no profile can hold it");
            return Err(Error::Usage(Report::new(fact, cause, "remove it")));
        };
        let value = given
            .value
            .as_deref()
            .map_or_else(|| "true".to_owned(), |text| toml_string(&located(kind(arg), text, &here)));
        match options.iter_mut().find(|(known, _)| known.get_id() == arg.get_id()) {
            Some((_, values)) => values.push(value),
            None => options.push((arg, vec![value])),
        }
    }
    let of_server = ["server-name", "server-url"].into_iter().zip(server.identity());
    // No client tells a link whom it is for.
    let left_out = of_server.filter(|(long, _)| !options.iter().any(|(arg, _)| arg.get_long() == Some(*long)));
    let left_out = left_out.filter_map(|(long, value)| Some((long, toml_string(value?))));
    let given = options.iter().map(|(arg, values)| {
        let value = match arg.get_action() {
            ArgAction::Append if values.len() > 1 => format!("[{}]", values.join(", ")),
            _ => values.last().cloned().unwrap_or_default(),
        };
        (arg.get_long().unwrap_or_default(), value)
    });
    let all = given.chain(left_out);
    let keys = all.fold(String::new(), |keys, (long, value)| keys + long + " = " + &value + "\n");
    let [_, url] = server.identity();
    let bound = url.and_then(|url| url.split(['?', '#']).next()).filter(|url| Reach::parse(url).is_some());
    Ok((bound.map(|url| format!("server = {}\n", toml_string(url))).unwrap_or_default(), keys))
}

/// The name of a server as that of a file.
fn plain(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().map(|c| if is_plain(c) { c } else { '-' }).collect()
}

/// The file that `called` is: a path, or a name on PATH.
pub(super) fn executable(called: &str, helper: &str) -> Result<PathBuf, Error> {
    let path = super::program(called)?;
    if path.contains(std::path::MAIN_SEPARATOR) {
        return Ok(PathBuf::from(path));
    }
    let file = format!(
        "{path}{}",
        if path.ends_with(std::env::consts::EXE_SUFFIX) { "" } else { std::env::consts::EXE_SUFFIX }
    );
    search_path()
        .iter()
        .map(|folder| folder.join(&file))
        .find(|file| file.is_absolute() && is_program(file))
        .ok_or_else(|| {
            let fact = format_args!("the executable of {helper} is not found");
            Error::Other(Report::new(fact, "no directory of PATH has it", "run it by its absolute path"))
        })
}

/// Where the link is to stand: beside the executable if this user can write there, else in a folder of HOME, which may have
/// to be made.
fn folder(executable: &Path) -> (PathBuf, bool) {
    let beside = executable.parent().unwrap_or(Path::new("/")).to_owned();
    match home() {
        Some(home) if !is_writable(&beside) => {
            let folder = home.join(".local/bin");
            let is_there = folder.is_dir();
            (folder, !is_there)
        }
        _ => (beside, false),
    }
}
