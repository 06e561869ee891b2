//! Profiles: the options of a helper, kept in a file under a name, for the one server that they may serve.

mod alternatives;
mod left_out;
mod options;
mod started_as;

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use clap::{ArgMatches, Command};

pub use self::alternatives::Alternatives;
use self::options::{LeftOut, ProfileOptions};
pub(crate) use self::options::{kind, may_hold};
#[cfg(feature = "tenant")]
pub(crate) use self::started_as::helper_of;
pub(crate) use self::started_as::started_as;
use crate::config::file::{ConfigFile, Item, Table};
use crate::error::{Error, Location, Report, nearest, quotable};
use crate::os::environment::home;
use crate::server::{Reach, Server};

/// Where profiles are kept, unless `--config` names another file.
const CONFIG: &str = "~/.config/hdr/config.toml";

/// The programs that a profile may have options for.
const PROGRAMS: [&str; 5] = ["hdr-bearer-refresh", "hdr-bridge", "hdr-hmac", "hdr-jwt", "hdr-tenant"];

/// The helpers.
#[cfg(feature = "tenant")]
pub(crate) const HELPERS: [&str; 4] = ["hdr-bearer-refresh", "hdr-hmac", "hdr-jwt", "hdr-tenant"];

/// How a profile is chosen that the name of a link names.
const BY_LINK: &str = "by the name of the link";

/// How a profile is chosen that was not named.
const BY_SERVER: &str = "for its server";

/// The key that binds a profile to a server.
const SERVER: &str = "server";

/// The key that keeps variables from choosing proxy and certificate authorities.
const ENVIRONMENT: &str = "environment";

/// What the profile in use adds to a command line.
#[derive(Debug)]
pub struct Profile {
    name: String,
    /// Its file as messages name it.
    file: String,
    /// Whether it has options for this helper.
    is_for_us: bool,
    /// The URL it is bound to, where it is.
    server: Option<String>,
    /// How it was chosen.
    chosen: &'static str,
    options: Vec<ProfileOption>,
    /// Options that the command line replaced or displaced.
    replaced: Vec<String>,
    left_out: LeftOut,
    /// Whether variables may choose proxy and certificate authorities.
    environment: bool,
}

/// An option as a profile gives it.
#[derive(Debug)]
struct ProfileOption {
    /// `--scope`, say.
    name: String,
    line: usize,
    words: Vec<OsString>,
}

impl ProfileOption {
    /// Whether it gives the header `name`.
    fn has_header(&self, name: &str) -> bool {
        let is_it = |word: &OsString| {
            let word = word.to_str().and_then(|word| word.split_once('='));
            word.is_some_and(|(option, value)| {
                let header = value.split(':').next().unwrap_or_default();
                matches!(option, "--header" | "--add") && !name.is_empty() && header.eq_ignore_ascii_case(name)
            })
        };
        self.words.iter().any(is_it)
    }
}

/// Makes paths in a value absolute that are relative to a folder: given the kind of the value, its text and the folder.
pub(crate) type Located = fn(kind: &str, text: &str, folder: &Path) -> String;

/// A command line before its profile is known.
#[derive(Clone, Copy)]
pub(crate) struct ParsedArgs<'a> {
    /// The helper's name.
    pub(crate) helper: &'static str,
    /// Its options.
    pub(crate) parser: &'a Command,
    /// What was given of them.
    pub(crate) matches: &'a ArgMatches,
    /// Which of them displace those of a profile.
    pub(crate) alternatives: &'static Alternatives,
    /// The profile in the name that the program was started under.
    pub(crate) started_as: Option<&'a str>,
    /// The URL of the server, where another argument than `--server-url` says it.
    pub(crate) server_url: Option<&'a str>,
    /// What places the paths in the values of a profile, which are relative to its file.
    pub(crate) located: Located,
}

impl<'a> ParsedArgs<'a> {
    /// The URL of the server that the command line is for.
    fn server_url(self) -> Option<&'a str> {
        self.server_url.or_else(|| self.text("server_url"))
    }

    /// The value of the option with this id.
    fn text(self, id: &str) -> Option<&'a str> {
        self.matches.try_get_one::<String>(id).ok().flatten().map(String::as_str)
    }
}

impl Profile {
    /// Whether [`Profile::choose`] chooses one, or finds fault, for these options of a program that was started under its
    /// own name.
    pub(crate) fn is_chosen(profile: Option<&str>, config: Option<&str>, server_url: Option<&str>) -> bool {
        let wanted = Wanted { named: None, config: None, server_url };
        profile.is_some() || config.is_some() || !matches!(wanted.find(|_, _, _| Ok(())), Ok(None))
    }

    /// The profile for a command line: that of `--profile`, else the one in the name that the program was started under,
    /// else the one bound to its server; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Usage`] when the file or the profile cannot be used, it does not exist, several are bound to the server,
    /// or it is bound to another server.
    pub(crate) fn choose(given: ParsedArgs<'_>) -> Result<Option<Self>, Error> {
        let by_option = given.text("profile").map(|name| (name, "by --profile"));
        let named = by_option.or(given.started_as.map(|name| (name, BY_LINK)));
        let wanted = Wanted { named, config: given.text("config"), server_url: given.server_url() };
        wanted.find(|item, how, file| Self::read(item, how, file, given))
    }

    fn read(item: Item<'_>, chosen: &'static str, file: &ConfigFile, given: ParsedArgs<'_>) -> Result<Self, Error> {
        let table = item.table()?;
        let known: Vec<_> = PROGRAMS.into_iter().chain([SERVER, ENVIRONMENT]).collect();
        table.only(&known)?;
        let ours = table.item(given.helper).map(Item::table).transpose()?;
        let ProfileOptions { used: options, replaced, left_out } = match ours {
            Some(section) => options::read(section, file.directory(), given)?,
            None => ProfileOptions::default(),
        };
        let server = table.item(SERVER).map(Item::text).transpose()?.map(str::to_owned);
        let (name, file) = (quotable(item.key()), file.shown().to_owned());
        let environment = table.item(ENVIRONMENT).map(Item::flag).transpose()?.unwrap_or(true);
        let is_for_us = ours.is_some();
        let profile = Self { name, file, is_for_us, server, chosen, options, replaced, left_out, environment };
        if let Some(bound) = table.item(SERVER) {
            let reach = reach(bound)?;
            for (origin, url) in Server::urls(given.server_url()).chain(profile.server_url()) {
                reach.includes(&url).map_err(|cause| {
                    let place = format!("{} line {}", profile.file, bound.line());
                    profile.not_for(&url, &format!(" of {origin}"), cause, &place)
                })?;
            }
        }
        Ok(profile)
    }

    /// The server's URL that it gives itself.
    fn server_url(&self) -> Option<(&'static str, String)> {
        let option = self.options.iter().find(|option| option.name == "--server-url")?;
        let url = option.words.first()?.to_str()?.strip_prefix("--server-url=")?;
        Some(("its server-url", url.to_owned()))
    }

    /// Checks that it may make headers for a request to `url`.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is bound to another server.
    pub(crate) fn check_request(&self, url: &str) -> Result<(), Error> {
        let Some(reach) = self.server.as_deref().and_then(Reach::parse) else { return Ok(()) };
        reach.includes(url).map_err(|cause| self.not_for(url, "", cause, &self.file))
    }

    /// That it is bound to another server than `url`, which is `of_origin`; `place` is where it is bound.
    fn not_for(&self, url: &str, of_origin: &str, cause: &str, place: &str) -> Error {
        let bound_to = self.server.as_deref().and_then(Server::origin_of).unwrap_or_default();
        let other = Server::origin_of(url).unwrap_or_else(|| "(not shown)".to_owned());
        let fact = format_args!("profile {} is bound to {bound_to} and not to {other}{of_origin}", self.name);
        let remedy = format_args!("use another profile, or change its server in {place}");
        Error::Usage(Report::new(fact, cause, remedy))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it gives the option `name`, `--scope` say.
    #[must_use]
    pub fn gives(&self, name: &str) -> bool {
        self.options.iter().any(|option| option.name == name)
    }

    /// Whether the command line takes the place of the option `name` that it gives.
    #[must_use]
    pub fn replaced(&self, name: &str) -> bool {
        self.replaced.iter().any(|replaced| replaced == name)
    }

    /// The URL that it is bound to, where it is.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// Whether variables may choose the proxy and the certificate authorities of its requests.
    #[must_use]
    pub fn trusts_environment(&self) -> bool {
        self.environment
    }

    /// What it adds to the command line.
    pub(crate) fn words(&self) -> impl Iterator<Item = OsString> {
        self.options.iter().flat_map(|option| option.words.iter().cloned())
    }

    /// What the user should know of it although the run goes on; `is_known` says whether the server's URL is.
    pub(crate) fn warnings(&self, is_known: bool) -> impl Iterator<Item = String> {
        let Self { name, file, .. } = self;
        let unchecked = self.server.is_some() && !is_known;
        let unchecked = unchecked.then(|| {
            let cause = "the client did not pass the server's URL (Codex never does)";
            format!("whether profile {name} is bound to this server is not known: {cause}; give --server-url")
        });
        let empty = !self.is_for_us && self.chosen != BY_SERVER;
        let empty = empty.then(|| format!("profile {name} of {file} has no options for this helper"));
        unchecked.into_iter().chain(empty).chain(self.left_out.warning())
    }

    /// `error` with the place in the file of the option that it is about, where it is about one of ours.
    pub(crate) fn place(&self, error: Error) -> Error {
        if let Some(reason) = self.left_out.reason_of(&error) {
            return error.remarked(reason);
        }
        let named = self.options.iter().find(|option| error.is_about(&option.name));
        // Of two that give the same header the latter is one too many.
        let header = error.about().header.as_deref();
        let gives_it = |option: &&ProfileOption| header.is_some_and(|name| option.has_header(name));
        let about = named.or_else(|| self.options.iter().rev().find(gives_it));
        match about {
            Some(option) => error.located(&self.name, self.line(option)),
            None => error,
        }
    }

    /// The error that it cannot be combined with the command line: what the parser has against it, and against which
    /// `options`.
    pub(crate) fn misfit(&self, complaint: &str, options: &[String]) -> Error {
        let about = self.options.iter().find(|option| options.contains(&option.name)).or(self.options.first());
        let remedy = "correct it there, or override it on the command line";
        let report = match about {
            Some(option) => Report::of_profile(&self.name, self.line(option), complaint, remedy),
            None => Report::new(format_args!("profile {} of {}", self.name, self.file), complaint, remedy),
        };
        Error::Usage(report.and_all(options.iter().map(String::as_str)))
    }

    fn line(&self, option: &ProfileOption) -> Location {
        Location { file: self.file.clone(), line: option.line }
    }
}

/// What it is and does, for `--explain`.
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "profile {} of {}, chosen {}, gives", self.name, self.file, self.chosen)?;
        if self.options.is_empty() {
            f.write_str(" nothing")?;
        }
        for option in &self.options {
            write!(f, " {}", option.name)?;
        }
        if !self.replaced.is_empty() {
            write!(f, "; the command line replaces its {}", self.replaced.join(" "))?;
        }
        if self.left_out.names().next().is_some() {
            let names: Vec<_> = self.left_out.names().collect();
            write!(f, "; not used because {}: {}", self.left_out.cause(), names.join(" "))?;
        }
        if !self.environment {
            f.write_str("; variables for proxies and certificate authorities are ignored")?;
        }
        Ok(())
    }
}

/// What says which profile is wanted.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    /// Its name, and how it was chosen.
    named: Option<(&'a str, &'static str)>,
    config: Option<&'a str>,
    server_url: Option<&'a str>,
}

impl Wanted<'_> {
    /// What `read` makes of the profile, of how it was chosen, and of its file; `None` where there is no profile.
    ///
    /// # Errors
    /// Those of [`Profile::choose`] and of `read`.
    fn find<T>(
        self,
        read: impl FnOnce(Item<'_>, &'static str, &ConfigFile) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let Self { named, config, server_url } = self;
        let urls: Vec<_> = Server::urls(server_url).collect();
        let is_needed = named.is_some() || config.is_some();
        if !is_needed && urls.is_empty() {
            return Ok(None);
        }
        let shown = config.unwrap_or(CONFIG);
        if shown.is_empty() {
            let report = Report::of("--config", " names no file", "it is empty", "write --config FILE, or remove it");
            return Err(Error::Usage(report));
        }
        let file = match ConfigFile::read(shown) {
            Ok(Some(file)) => file,
            Ok(None) if is_needed => {
                let fact = format_args!("{} is missing", quotable(shown));
                return Err(Error::Usage(Report::new(
                    fact,
                    "profiles are read from there",
                    "make it, or name it with --config",
                )));
            }
            Ok(None) => return Ok(None),
            Err(_) if !is_needed && home().is_none() => return Ok(None),
            Err(error) => return Err(error),
        };
        let document = file.parse()?;
        document.root().only(&["profiles"])?;
        let profiles = document.root().item("profiles").map(Item::table).transpose()?;
        let chosen = match (named, profiles) {
            (Some((name, how)), _) => Some((find(name, how, profiles, &file)?, how)),
            (None, Some(profiles)) => bound_to(urls.first(), profiles, &file)?.map(|item| (item, BY_SERVER)),
            (None, None) => None,
        };
        chosen.map(|(item, how)| read(item, how, &file)).transpose()
    }
}

/// The profile of this name, which was chosen as `how` says.
fn find<'d>(name: &str, how: &str, profiles: Option<Table<'d>>, file: &ConfigFile) -> Result<Item<'d>, Error> {
    let item = profiles.and_then(|profiles| profiles.item(name));
    item.ok_or_else(|| {
        let known: Vec<_> = profiles.into_iter().flat_map(Table::items).map(|item| quotable(item.key())).collect();
        let remedy = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) if how == BY_LINK => format!("give the link that name, or write --profile {near}"),
            Some(near) => format!("write --profile {near}"),
            None if known.is_empty() => "add [profiles.NAME] to it".to_owned(),
            None => format!("it has: {}", known.join(" ")),
        };
        let (name, cause) = (quotable(name), format_args!("{} has no such profile", file.shown()));
        Error::Usage(if how == BY_LINK {
            Report::new(format_args!("the profile {name} in the name of the link is unknown"), cause, remedy)
        } else {
            Report::of("--profile", format_args!(" {name} is unknown"), cause, remedy)
        })
    })
}

/// The one profile that is bound to the server at `url`.
fn bound_to<'d>(
    url: Option<&(&str, String)>,
    profiles: Table<'d>,
    file: &ConfigFile,
) -> Result<Option<Item<'d>>, Error> {
    let Some((_, url)) = url else { return Ok(None) };
    let mut found: Vec<Item<'d>> = Vec::new();
    for profile in profiles.items() {
        let server = profile.table()?.item(SERVER);
        if server.map(reach).transpose()?.is_some_and(|reach| reach.includes(url).is_ok()) {
            found.push(profile);
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        several => {
            let names: Vec<_> = several.iter().map(|item| quotable(item.key())).collect();
            Err(Error::Usage(Report::new(
                format_args!("profiles {} are all bound to this server", names.join(" and ")),
                format_args!("{} does not say which of them is meant", file.shown()),
                "choose one with --profile",
            )))
        }
    }
}

fn reach(server: Item<'_>) -> Result<Reach, Error> {
    let reach = Reach::parse(server.text()?);
    reach.ok_or_else(|| {
        server.error("it is not the URL of an origin, or of an origin and a path", "write https://HOST/PATH")
    })
}
