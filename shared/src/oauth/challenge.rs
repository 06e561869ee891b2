//! Challenges: what a server that refuses a request asks for in `WWW-Authenticate` (RFC 9110 section 11.6.1).
//! http-auth reads nothing behind what is malformed, which servers often send.

use std::fmt;

use crate::header::object::is_token;

/// An authentication scheme and the parameters that came with it. They are text from outside: `Debug` shows only names.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    scheme: String,
    /// Names in lower case, values without their quotes.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The challenges in the `WWW-Authenticate` lines of one answer, in their order. The lines are one list; what cannot be
    /// read of it is left out, and what stands around that counts.
    pub fn parse<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Vec<Self> {
        let mut challenges: Vec<Self> = Vec::new();
        for line in lines {
            for element in elements(&String::from_utf8_lossy(line.as_ref())) {
                let Some(parameter) = parameter(element) else {
                    let (scheme, rest) = element.split_once(BLANKS).unwrap_or((element, ""));
                    if is_token(scheme) {
                        let parameters = parameter(rest.trim_matches(BLANKS)).into_iter().collect();
                        challenges.push(Self { scheme: scheme.to_owned(), parameters });
                    }
                    continue;
                };
                if let Some(challenge) = challenges.last_mut() {
                    challenge.parameters.push(parameter);
                }
            }
        }
        challenges
    }

    /// Its scheme and its parameters, for fuzzing.
    #[cfg(all(feature = "fuzz", unix))]
    pub(super) fn into_parts(self) -> (String, Vec<(String, String)>) {
        (self.scheme, self.parameters)
    }

    /// Whether it is of this scheme, in any case.
    #[must_use]
    pub fn is_of(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of the parameter `name`, which is in lower case; the first one where a server repeats it.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parameters.iter().map(|(name, _)| name.as_str());
        f.debug_struct("Challenge").field("parameters", &names.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// Optional whitespace (RFC 9110 section 5.6.3).
const BLANKS: [char; 2] = [' ', '\t'];

/// The elements of a list, which commas separate outside quoted strings.
fn elements(line: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let separated = line.split(move |c: char| {
        let is_plain = !std::mem::take(&mut is_escaped);
        match c {
            '\\' if is_quoted && is_plain => is_escaped = true,
            '"' if is_plain => is_quoted = !is_quoted,
            _ => {}
        }
        c == ',' && !is_quoted
    });
    separated.map(|element| element.trim_matches(BLANKS)).filter(|element| !element.is_empty())
}

/// A parameter, its name in lower case and its value without quotes. What servers leave unquoted although it is no token,
/// URLs say, is taken; what may be a token68 is not.
fn parameter(element: &str) -> Option<(String, String)> {
    let (name, value) = element.split_once('=')?;
    let (name, value) = (name.trim_end_matches(BLANKS), value.trim_start_matches(BLANKS));
    let value = match value.strip_prefix('"') {
        Some(quoted) => unquoted(quoted)?,
        None => Some(value).filter(|value| is_bare(value))?.to_owned(),
    };
    is_token(name).then(|| (name.to_ascii_lowercase(), value))
}

/// What a quoted string says, of which the first quote is already gone; `None` where it does not end with `text`.
fn unquoted(text: &str) -> Option<String> {
    let mut value = String::with_capacity(text.len());
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            '"' => return rest.as_str().is_empty().then_some(value),
            '\\' => value.push(rest.next()?),
            other => value.push(other),
        }
    }
}

fn is_bare(value: &str) -> bool {
    let is_visible = |byte: u8| matches!(byte, b'!'..=b'~') && byte != b'"';
    !value.is_empty() && !value.starts_with('=') && value.bytes().all(is_visible)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::Config;

    use super::*;

    /// Challenges as `Scheme name=value name=value`.
    fn read(lines: &[&str]) -> Vec<String> {
        let shown = |challenge: Challenge| {
            let parameters = challenge.parameters.iter().map(|(name, value)| format!(" {name}={value}"));
            challenge.scheme.clone() + &parameters.collect::<String>()
        };
        Challenge::parse(lines).into_iter().map(shown).collect()
    }

    #[test]
    fn challenges_are_told_from_parameters() {
        for (lines, expected) in [
            (&["Bearer"][..], &["Bearer"][..]),
            (&[r#"Basic realm="a", Bearer"#], &["Basic realm=a", "Bearer"]),
            // RFC 9110 section 11.6.1.
            (
                &[r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#],
                &["Basic realm=simple", r#"Newauth realm=apps type=1 title=Login to "apps""#],
            ),
            (&[r#"Bearer realm="a""#, r#"DPoP algs="ES256 PS256""#], &["Bearer realm=a", "DPoP algs=ES256 PS256"]),
            (&["Negotiate YII==, Bearer scope=a"], &["Negotiate", "Bearer scope=a"]),
            (&["Negotiate YII=", "NTLM"], &["Negotiate", "NTLM"]),
            (&["BEARER Scope=a, RESOURCE_metadata=b"], &["BEARER scope=a resource_metadata=b"]),
            (&["Bearer realm = \"a\" ,\tscope\t=\tb"], &["Bearer realm=a scope=b"]),
            (&[", ,Bearer   realm=\"\",,scope=b,"], &["Bearer realm= scope=b"]),
            (
                &[r#"Bearer realm="a, Basic realm=\"b\", c", scope=d"#],
                &[r#"Bearer realm=a, Basic realm="b", c scope=d"#],
            ),
            (&[r#"Bearer a="\\", b="\,""#], &[r"Bearer a=\ b=,"]),
            (&["Bearer realm=\"a\"", "scope=b"], &["Bearer realm=a scope=b"]),
            (&["Bearer resource_metadata=https://h/x?y=z"], &["Bearer resource_metadata=https://h/x?y=z"]),
            (&["Bearer realm=\"\u{e9}\", scope=b"], &["Bearer realm=\u{e9} scope=b"]),
        ] {
            assert_eq!(read(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for (lines, expected) in [
            (&[""][..], &[][..]),
            (&["scope=a"], &[]),
            (&["=a, \"Bearer\", Bea(rer scope=b"], &[]),
            (&[r#"Bearer realm="a, scope=b"#], &["Bearer"]),
            (&[r#"Bearer realm="a\"#, "Basic realm=b"], &["Bearer", "Basic realm=b"]),
            (&[r#"Bearer realm="a"b, scope=c"#], &["Bearer scope=c"]),
            (&["Bearer error_description=no token, scope=c"], &["Bearer scope=c"]),
            (&["Bearer a b, scope=c"], &["Bearer scope=c"]),
            (&["Basic realm=a, Bea(rer scope=c"], &["Basic realm=a"]),
            (&["Bearer scope=, realm==, error=x"], &["Bearer error=x"]),
        ] {
            assert_eq!(read(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_first_of_two_counts_and_no_value_is_shown() {
        let challenges = Challenge::parse(["bEaReR scope=hunter2, Scope=b"]);
        let [challenge] = &*challenges else { panic!("{challenges:?}") };
        assert!(challenge.is_of("Bearer") && !challenge.is_of("Basic"));
        assert_eq!((challenge.parameter("scope"), challenge.parameter("realm")), (Some("hunter2"), None));
        assert!(!format!("{challenge:?}").contains("hunter2"));
    }

    proptest! {
        #![proptest_config(Config { cases: 2_000, failure_persistence: None, ..Config::default() })]

        #[test]
        fn a_quoted_value_comes_through_whatever_is_in_it(value in "[ -~]{0,20}", further in "[ -~]{0,20}") {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            let line = format!(r#"Bearer a="{escaped}", {further}"#);
            let challenges = Challenge::parse([&line]);
            prop_assert_eq!(challenges[0].parameter("a"), Some(value.as_str()), "{}", line);
        }

        #[test]
        fn nothing_makes_it_panic(lines in proptest::collection::vec(any::<Vec<u8>>(), 0..3)) {
            Challenge::parse(&lines);
        }
    }
}
