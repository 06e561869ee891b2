//! The help: in short for `-h`, whole for `--help`. What only the help needs is added here, and not to each parser.

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, Command};

use crate::program::helper::Program;

/// The widest line of the help, where the terminal has room for it.
const WIDTH: usize = 100;

/// Possible values take the place of the value's name up to this length.
const LONGEST_CHOICE: usize = 32;

/// The kinds of values that options share, by the names that stand for the value in the list of options.
const VALUES: [(&str, &str); 5] = [
    (
        "SOURCE",
        "  SOURCE    where a secret is read from, never the secret itself:
              env:NAME          a variable, of the environment or of --env-file
              file:PATH         a file; ~/ is HOME
              json:PATH:FIELD   a string in a JSON file; nested names are separated by dots
              cmd:COMMAND LINE  the output of a program, which is run without a shell
",
    ),
    (
        "TEMPLATE",
        "  TEMPLATE  text in which placeholders are replaced:
              {timestamp}  {timestamp:unix|unix-ms|rfc3339|http-date|basic}  {uuid}  {nonce}
              {env:NAME}  {file:PATH}  {json:PATH:FIELD}  {cmd:COMMAND LINE}  {basic:USER:SOURCE}
              {server:name|url|scheme|host|port|authority|path|query|target}
              and those of this helper. {{ and }} are braces; \\n, \\t, \\\\ and \\$ are escapes.
",
    ),
    ("TEXT", "  TEXT      the same as TEMPLATE\n"),
    ("DURATION", "  DURATION  500ms, 8s, 5m, 1h\n"),
    ("TIME", "  TIME      Unix seconds or RFC 3339: 1700000000, 2023-11-14T22:13:20Z\n"),
];

/// What `-h` prints, or `--help`.
#[cold]
pub(super) fn text<P: Program>(is_long: bool) -> String {
    let command = described::<P>();
    let text = if is_long {
        let end = [values(&command), P::MORE.to_owned(), examples::<P>()];
        let end = end.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
        command.after_long_help(end).render_long_help()
    } else {
        let end = format!("Run {} --help for details, the kinds of values, and examples.", P::NAME);
        command.after_help(end).mut_args(in_short).render_help()
    };
    text.to_string()
}

/// The parser with what only descriptions of it need: every option has a group.
pub(super) fn described<P: Program>() -> Command {
    let flag = |name: &'static str, short, action, help: &'static str| {
        Arg::new(name).long(name).short(short).action(action).help(help).help_heading("Help")
    };
    P::command()
        .bin_name(P::NAME)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(flag("help", 'h', ArgAction::Help, "Print a summary with -h, everything with --help"))
        .arg(flag("version", 'V', ArgAction::Version, "Print the version"))
        // A group of options before it is not its own.
        .mut_args(|arg| if arg.is_positional() { arg.help_heading(None::<&'static str>) } else { arg })
        .max_term_width(WIDTH)
}

/// An option on one line: its possible values are its value, or left to the long help.
fn in_short(option: Arg) -> Arg {
    let values = if option.get_action().takes_values() { option.get_possible_values() } else { Vec::new() };
    if option.is_positional() || values.is_empty() {
        return option;
    }
    let values = values.iter().map(PossibleValue::get_name).collect::<Vec<_>>().join("|");
    let option = option.hide_possible_values(true);
    // Clap wants static names, and this process ends with the help.
    if values.len() <= LONGEST_CHOICE { option.value_name(&*values.leak()) } else { option }
}

/// What the values of `command` are.
pub(super) fn values(command: &Command) -> String {
    let names: Vec<_> = command.get_arguments().filter_map(Arg::get_value_names).flatten().collect();
    let is_used = |name: &str| names.iter().any(|used| used.split([' ', ':', '=']).any(|part| part == name));
    let used = VALUES.iter().filter(|(name, _)| is_used(name)).map(|(_, text)| *text);
    ["Values:\n"].into_iter().chain(used).collect()
}

fn examples<P: Program>() -> String {
    let examples = P::EXAMPLES.iter().map(|(text, line)| format!("  {text}\n    {}\n", line.replace('\n', "\n    ")));
    format!("Examples:\n{}", examples.collect::<Vec<_>>().join("\n"))
}
