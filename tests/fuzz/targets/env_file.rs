//! dotenv files.

use hdr::fuzz::env_file;
use hdr::secret::Secret;

pub(crate) const CHANGES: u64 = 80_000;
pub(crate) const WORDS: &[&str] =
    &["export ", "A=", "A='", "A=\"", " # ", "#", "\\n", "\\\"", "'", "\"", "=\n", "$A", "${A}"];

pub(crate) fn check(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    match env_file(bytes) {
        Ok(variables) => {
            let names = variables.iter().map(|(name, _)| name);
            assert!(
                names.into_iter().all(|name| name.is_ascii() && !name.is_empty() && !name.contains(['=', ' ', '\n']))
            );
            // Written in quotes, with what is special in them escaped, they are the same.
            let line = |(name, value): &(String, Secret)| {
                let value = value.expose_text().expect("text");
                let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\n', "\\n");
                format!("export {name}=\"{value}\" # {name}")
            };
            let written = variables.iter().map(line).collect::<Vec<_>>().join("\n");
            let again = env_file(written.as_bytes()).expect("variables");
            assert_eq!(again.len(), variables.len());
            for ((name, value), (other, same)) in variables.iter().zip(&again) {
                assert_eq!((name, value.expose()), (other, same.expose()));
            }
        }
        Err(line) => assert!((1..=lines).contains(&line), "line {line} of {lines}"),
    }
}
