//! Plain command lines, which are most of those that run in a client: what they ask for is known without clap.

use std::ffi::OsString;

use crate::config::Profile;
use crate::config::command_words::CommandWords;
use crate::config::profile::started_as;
use crate::program::helper::Helper;

/// The helper that the command line `words` asks for; `None` where clap has to read it, or a profile adds to it.
pub(crate) fn read<H: Helper>(words: &[OsString]) -> Option<H> {
    let (program, arguments) = words.split_first()?;
    let helper: H = read_arguments(arguments)?;
    let options = helper.options();
    let [profile, config, url] = [&options.profile, &options.config, &options.server_url].map(Option::as_deref);
    let has_profile = started_as(H::NAME, program).is_some() || Profile::is_chosen(profile, config, url);
    (!has_profile).then_some(helper)
}

/// The helper that the words behind the name of the program ask for; `None` where clap has to read them.
pub(crate) fn read_arguments<H: Helper>(arguments: &[OsString]) -> Option<H> {
    let mut words = CommandWords::new(arguments)?;
    let helper = H::from_words(&mut words);
    words.are_all_read().then_some(helper)
}

#[cfg(test)]
#[cfg(all(feature = "bearer", feature = "hmac", feature = "tenant"))]
mod tests {
    use std::fmt::Debug;

    use clap::builder::PossibleValue;
    use clap::{Arg, Args, Command};

    use super::*;
    use crate::bearer::BearerOptions;
    use crate::config::command_words::FromWords;
    use crate::hmac::HmacOptions;
    use crate::jwt::JwtOptions;
    use crate::program::options::Options;
    use crate::tenant::TenantOptions;

    /// What `line` says without clap and with it, where either can read it.
    fn both<T: Args + FromWords + Debug>(line: &[&str]) -> [Option<String>; 2] {
        let words: Vec<OsString> = line.iter().map(Into::into).collect();
        let mut plain = CommandWords::new(&words).unwrap();
        let options = T::from_words(&mut plain);
        let by_plain = plain.are_all_read().then(|| format!("{options:?}"));
        let parser = T::augment_args(Command::new("x").no_binary_name(true));
        let by_clap = parser.try_get_matches_from(words).and_then(|matches| T::from_arg_matches(&matches));
        [by_plain, by_clap.ok().map(|options| format!("{options:?}"))]
    }

    /// Checks that nothing is read otherwise than clap reads it, and that each option is read but those `of_clap`.
    fn agrees<T: Args + FromWords + Debug>(of_clap: &[&str]) {
        let parser = T::augment_args(Command::new("x"));
        let value = |option: &Arg| {
            let choice = option.get_possible_values().first().map(|choice| choice.get_name().to_owned());
            option.get_action().takes_values().then(|| choice.unwrap_or_else(|| "a=b,c".to_owned()))
        };
        assert_eq!(both::<T>(&[])[0], both::<T>(&[])[1]);
        for option in parser.get_arguments() {
            let long = format!("--{}", option.get_long().unwrap());
            let short = option.get_short().map_or_else(|| long.clone(), |short| format!("-{short}"));
            let value = value(option);
            let value = value.as_deref();
            let attached = format!("{long}={}", value.unwrap_or_default());
            let lines: [Vec<&str>; 13] = [
                [long.as_str()].into_iter().chain(value).collect(),
                vec![&attached],
                vec![&long],
                vec![&long, ""],
                vec![&long, "-"],
                vec![&long, "--"],
                vec![&long, "--", "x"],
                vec![&long, "-x"],
                vec![&long, "--explain"],
                vec![&long, "no value of a list"],
                [long.as_str()].into_iter().chain(value).chain(["x"]).collect(),
                [&long, value.unwrap_or(&long), &long].into_iter().chain(value).collect(),
                [short.as_str()].into_iter().chain(value).collect(),
            ];
            for line in &lines {
                let [plain, clap] = both::<T>(line);
                assert!(plain.is_none() || plain == clap, "{line:?}: {plain:?} {clap:?}");
            }
            for choice in option.get_possible_values().iter().flat_map(PossibleValue::get_name_and_aliases) {
                let [plain, clap] = both::<T>(&[&long, choice]);
                assert!(plain.is_none() || plain == clap, "{long} {choice}: {plain:?} {clap:?}");
            }
            let is_read = both::<T>(&lines[0])[0].is_some();
            assert_eq!(is_read, !of_clap.contains(&long.as_str()), "{long}");
            assert_eq!(both::<T>(&lines[12])[0].is_some(), is_read, "{short}");
        }
    }

    #[test]
    fn a_plain_command_line_says_what_clap_reads_from_it() {
        agrees::<Options>(&["--check", "--print-config"]);
        agrees::<HmacOptions>(&[]);
        agrees::<JwtOptions>(&[]);
        agrees::<TenantOptions>(&[]);
        agrees::<BearerOptions>(&[
            "--tls-cert",
            "--tls-key",
            "--grant",
            "--flow",
            "--no-open",
            "--redirect-url",
            "--login-param",
            "--authorization-url",
            "--device-url",
            "--revocation-url",
        ]);
    }
}
