//! The command line of another program: one that a helper wraps, or that `cmd:` and `--command` run.

use super::name::{Holder, names_place};
use super::written::is_bare;
use super::{
    Kind, holds_secret, holds_userinfo, is_with_userinfo, refuse_userinfo, refuse_value, script, shown, token,
};
use crate::error::{Error, quotable};

const WORD: &str = "a word of the command line";

/// What to do with a secret among the words of a program that knows no templates.
const REMEDY: &str = "keep it in a file that the command reads";

/// Shells, whose `-c` is followed by a script.
const SHELLS: [&str; 7] = ["ash", "bash", "dash", "fish", "ksh", "sh", "zsh"];

/// Options of curl whose value is, or may end in, a password or a token.
const OF_CURL: [&str; 5] = ["-u", "-U", "--user", "--proxy-user", "--oauth2-bearer"];

/// Letters of curl's that take no value.
const FLAGS_OF_CURL: &str = "#0123468BGIJLMNOSRZafgijklnpqsv";

/// Refuses the command line `words` where it holds a secret.
///
/// # Errors
/// [`Error::Usage`] with the option or variable that does.
pub(super) fn refuse(words: &[String]) -> Result<(), Error> {
    match words.split_first() {
        Some((program, arguments)) if is_ours(program) => refuse_ours(arguments),
        _ => refuse_foreign(words),
    }
}

/// Refuses the arguments of a helper of ours, as they would be refused if it stood alone.
fn refuse_ours(arguments: &[String]) -> Result<(), Error> {
    let mut words = arguments.iter().peekable();
    while let Some(word) = words.next() {
        if word == "--" {
            return refuse(&words.cloned().collect::<Vec<_>>());
        }
        let Some((option, attached)) = option_in(word) else {
            refuse_word(word)?;
            continue;
        };
        let next = || words.peek().map(|next| next.as_str()).filter(|next| !next.starts_with('-'));
        let Some(value) = attached.or_else(next) else { continue };
        if !is_of_tenant(value) {
            refuse_value(option, value)?;
        }
    }
    Ok(())
}

/// Refuses the words of a program that is not ours. Of its options only headers and addresses are known; whatever it is, it
/// may start a helper of ours or a shell, as `env`, `nice` and `sudo` do.
fn refuse_foreign(words: &[String]) -> Result<(), Error> {
    let mut is_curl = false;
    for (index, word) in words.iter().enumerate() {
        is_curl |= name_of(word) == "curl";
        let unflagged = is_curl.then(|| without_flags(word)).flatten();
        let word = unflagged.as_deref().unwrap_or(word);
        let behind = words.get(index.saturating_add(1)..).unwrap_or_default();
        if is_ours(word) {
            return refuse_ours(behind);
        }
        if let Some((script, arguments)) = SHELLS.contains(&name_of(word)).then(|| script_in(behind)).flatten() {
            script::commands(script)?.iter().try_for_each(|words| refuse(words))?;
            return refuse_foreign(arguments);
        }
        if word.contains([' ', '\t', '\n']) {
            // It may be a command line, as for `env -S` and `ssh`; text that is none is no error.
            script::commands_if_any(word).iter().try_for_each(|words| refuse(words))?;
        }
        let Some((option, attached)) = option_in(word) else {
            refuse_word(word)?;
            continue;
        };
        let next = behind.first().map(String::as_str).filter(|next| !next.starts_with('-'));
        if let Some(known) = OF_CURL.iter().find(|known| is_curl && is_password(known, word, next)) {
            return Err(holds_secret(known, REMEDY));
        }
        let Some(value) = attached.or(next).filter(|value| !is_of_tenant(value)) else { continue };
        match Kind::of(option) {
            Kind::Header => refuse_value(option, value)?,
            _ if option == "proxy" => refuse_value(option, value)?,
            _ => {
                refuse_userinfo(&shown(option), value)?;
                refuse_word(value)?;
            }
        }
    }
    Ok(())
}

/// Refuses a word that is a token, or `NAME=value` where the name says that the value is one, also several of them with `&`.
fn refuse_word(word: &str) -> Result<(), Error> {
    refuse_userinfo(WORD, word)?;
    if token::is_in(word) {
        return Err(holds_secret(WORD, REMEDY));
    }
    for (name, value) in word.split('&').filter_map(|pair| pair.split_once('=')) {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        let is_place = names_place(name) && value.starts_with(['/', '~', '.']);
        let holder = Holder::named(name);
        if is_name && holder.is_credential() && !is_place && is_bare(value, holder) {
            return Err(holds_secret(&format!("{} in the command line", quotable(name)), REMEDY));
        }
        if name.to_ascii_lowercase().ends_with("_proxy") && is_with_userinfo(value) {
            return Err(holds_userinfo(&format!("{} in the command line", quotable(name))));
        }
    }
    Ok(())
}

/// An option of curl without the letters before it that take no value: `-H` of `-sSH`.
fn without_flags(word: &str) -> Option<String> {
    let letters = word.strip_prefix('-').filter(|letters| !letters.starts_with('-'))?;
    let option = letters.trim_start_matches(|c| FLAGS_OF_CURL.contains(c));
    (!option.is_empty() && option.len() < letters.len()).then(|| format!("-{option}"))
}

/// The option that a word is, and the value that is attached to it.
fn option_in(word: &str) -> Option<(&str, Option<&str>)> {
    if let Some(long) = word.strip_prefix("--") {
        return Some(long.split_once('=').map_or((long, None), |(long, value)| (long, Some(value))));
    }
    if let Some(value) = word.strip_prefix("-H") {
        let value = value.strip_prefix('=').unwrap_or(value);
        return Some(("header", Some(value).filter(|value| !value.is_empty())));
    }
    let short = word.strip_prefix('-').filter(|short| !short.is_empty())?;
    let end = short.chars().next().map_or(0, char::len_utf8);
    let (short, value) = short.split_at(end);
    Some((short, Some(value).filter(|value| !value.is_empty())))
}

/// The script among the arguments of a shell, and what follows it.
fn script_in(arguments: &[String]) -> Option<(&str, &[String])> {
    let is_option = |word: &&String| word.starts_with(['-', '+']);
    let is_script = |word: &String| word.starts_with('-') && !word.starts_with("--") && word.contains('c');
    let options = arguments.iter().take_while(is_option).count();
    arguments.iter().take(options).any(is_script).then_some(())?;
    let (script, behind) = arguments.get(options..)?.split_first()?;
    Some((script, behind))
}

/// Whether `word` is the option `known` of curl, and it or the `next` word holds a password or a token.
fn is_password(known: &str, word: &str, next: Option<&str>) -> bool {
    let attached = word.strip_prefix(known).filter(|_| !known.starts_with("--"));
    let attached = attached.filter(|attached| !attached.is_empty());
    let Some(value) = attached.or(next.filter(|_| word == known)) else { return false };
    let password = if known == "--oauth2-bearer" { Some(value) } else { value.split_once(':').map(|(_, it)| it) };
    password.is_some_and(|password| is_bare(password, Holder::Credential))
}

/// Whether the whole of a value is of the tenant, whose file says it.
fn is_of_tenant(value: &str) -> bool {
    let inner = value.strip_prefix("{tenant").and_then(|inner| inner.strip_suffix('}'));
    inner.is_some_and(|inner| !inner.contains(['{', '}']) && (inner.is_empty() || inner.starts_with(':')))
}

fn is_ours(word: &str) -> bool {
    name_of(word).starts_with("hdr-") && !word.contains(['=', ':', ' ', '\t', '\n'])
}

fn name_of(program: &str) -> &str {
    program.rsplit(['/', '\\']).next().unwrap_or_default()
}
