//! Templates of header values and messages, and of JSON.

use hdr::fuzz::run;
use hdr::header::Template;
use hdr::header::template::{JsonTemplate, OwnValues};

pub(crate) const CHANGES: u64 = 20_000;
pub(crate) const WORDS: &[&str] = &[
    "{timestamp}",
    "{timestamp:unix}",
    "{timestamp:",
    "{uuid}",
    "{nonce}",
    "{env:A}",
    "{file:/x}",
    "{cmd:true}",
    "{server:url}",
    "{server:target}",
    "{token}",
    "{tenant:x}",
    "{{",
    "}}",
    "{",
    "}",
    "\\n",
    "\\t",
    "\\\\",
    "\\$",
    "$A",
    "${A}",
    "Bearer ",
    "{json:/x:a}",
    "{basic:u:env:A}",
    "\"",
    "{\"",
    "\":",
];

pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let run = run(&["--now", "1700000000", "--nonce", "n", "--server-name", "s", "--server-url", "https://h/a?b"])
        .expect("a run");
    let mut own = OwnValues::default();
    own.add("token", "t");
    own.add_with("tenant", "x", "acme");
    match Template::parse("-H", text, &["token", "tenant:"]) {
        Ok(template) => {
            assert_eq!(template.as_written(), text);
            // A source may be any program.
            if !template.reads_source() {
                let rendered = template.render_text(&run, &own);
                assert!(rendered.is_ok() || template.uses("tenant"), "{rendered:?}");
            }
        }
        Err(error) => assert_eq!(error.exit_code(), 2, "{error}"),
    }
    match JsonTemplate::parse("--claim-json", text) {
        Ok(json) if !json.template().reads_source() => {
            let rendered = json.render(&run).map_err(|error| error.exit_code());
            assert!(matches!(rendered, Ok(_) | Err(2)), "{rendered:?}");
        }
        Ok(json) => assert_eq!(json.template().as_written(), text),
        Err(error) => assert_eq!(error.exit_code(), 2, "{error}"),
    }
    // Whatever is escaped stands for itself.
    let escaped = text.replace('\\', "\\\\").replace('{', "{{").replace('}', "}}").replace('$', DOLLAR);
    let template = Template::parse("-H", &escaped, &[]).expect("a template");
    assert_eq!(template.render_text(&run, &OwnValues::default()).expect("text"), text);
}

/// How a dollar sign is written.
const DOLLAR: &str = "\\$";
