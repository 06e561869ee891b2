//! Every message that a server's answer can cause, in one table to read through.

use std::fmt::Write;

use crate::common::CANARY;
use crate::endpoint::Endpoint;
use crate::{Home, jwt, openssl};

/// In each block a title behind `#`, the options behind `$`, answers behind `<`, and behind `>` the exit code and what is
/// said. `{ORIGIN}` is the server; what an answer has in brackets are headers, and a path before it is that of the request.
const TABLE: &str = include_str!("messages.txt");

/// The options where a block has none.
const USUAL: &str = "--client-id abc --client-secret file:~/secret";

#[derive(Default)]
struct Block {
    title: String,
    options: String,
    answers: Vec<String>,
}

#[test]
fn every_message_is_in_the_table() {
    let home = Home::new();
    home.write("refresh", "r3fr3sh-token");
    home.write("subject", "subject-token-1");
    home.write("assertion", &jwt(r#"{"sub":"s"}"#));
    for (name, line) in [
        ("ec", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
        ("ed", "openssl genpkey -algorithm ed25519"),
    ] {
        home.write(name, &openssl::text(line, &[], ""));
    }
    let (introduction, blocks) = TABLE.split_once("\n\n").unwrap();
    let blocks: Vec<_> = blocks.split("\n\n").map(Block::parse).collect();
    assert!(blocks.len() > 60, "{} blocks", blocks.len());
    let mut actual = introduction.to_owned() + "\n";
    for block in blocks {
        actual.push('\n');
        actual.push_str(&block.said(&home));
    }
    if actual != TABLE {
        let place = concat!(env!("CARGO_TARGET_TMPDIR"), "/messages.txt");
        std::fs::write(place, &actual).unwrap();
        let differing = actual.lines().zip(TABLE.lines()).find(|(actual, expected)| actual != expected);
        panic!("the whole table as it is now is in {place}; the first line that differs: {differing:#?}");
    }
}

impl Block {
    fn parse(text: &str) -> Self {
        let mut block = Self::default();
        for line in text.lines() {
            let (mark, rest) = line.split_once(' ').unwrap();
            match mark {
                "#" => rest.clone_into(&mut block.title),
                "$" => rest.clone_into(&mut block.options),
                "<" => block.answers.push(rest.to_owned()),
                ">" => {}
                other => panic!("{other} in {text}"),
            }
        }
        block
    }

    /// The block with what the helper says.
    fn said(&self, home: &Home) -> String {
        let answers = self.answers.clone();
        let endpoint = Endpoint::new(move |_, request, connection| {
            use std::io::Write;
            let path = request.split([' ', '?']).nth(1).unwrap();
            let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
            // Whoever asked may be gone.
            let _ = connection.write_all(answer(&answers, path, &format!("http://{host}")).as_bytes());
        });
        let origin = endpoint.origin();
        let options = Some(self.options.as_str()).filter(|options| !options.is_empty()).unwrap_or(USUAL);
        let options = options.replace("{ORIGIN}", &origin);
        let mut helper = home.helper().args(["--no-cache"]).args(options.split(' '));
        if !["--token-url", "--issuer", "--discover"].iter().any(|option| options.contains(option)) {
            helper = helper.args(["--token-url", &endpoint.url()]);
        }
        let outcome = helper.run();
        let said = outcome.stderr().replace(&origin, "{ORIGIN}");
        let said = said.strip_prefix("hdr-bearer-refresh: ").unwrap_or(&said).trim_end();
        let mut block = format!("# {}\n", self.title);
        if !self.options.is_empty() {
            writeln!(block, "$ {}", self.options).unwrap();
        }
        self.answers.iter().for_each(|answer| writeln!(block, "< {answer}").unwrap());
        writeln!(block, "> exit {}: {said}", outcome.code().unwrap()).unwrap();
        block
    }
}

/// The answer of the server at `origin` to a request for `path`, as it goes over the wire.
fn answer(answers: &[String], path: &str, origin: &str) -> String {
    let of_path = |answer: &&String| answer.split_once(' ').is_some_and(|(first, _)| first == path);
    let named = answers.iter().any(|answer| answer.starts_with('/'));
    let chosen = if named { answers.iter().find(of_path) } else { answers.first() };
    let Some(chosen) = chosen else {
        return "HTTP/1.1 404 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
    };
    let chosen = chosen.replace("{ORIGIN}", origin).replace("{SECRET}", CANARY);
    let rest = if named { chosen.split_once(' ').unwrap().1 } else { &chosen };
    let (status, mut rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut headers = String::new();
    while let Some((header, behind)) =
        rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).filter(|(it, _)| it.contains(": "))
    {
        headers.push_str(header);
        headers.push_str("\r\n");
        rest = behind.trim_start();
    }
    if !headers.contains("Content-Type") {
        headers += "Content-Type: application/json\r\n";
    }
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{rest}", rest.len())
}
