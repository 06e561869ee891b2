//! Messages of which only the beginning is there.

use super::super::id::Id;

/// The id in the beginning of a request of which the rest is missing. A response has one too, but that is a request of the
/// other side.
pub(crate) fn first_id(head: &[u8]) -> Option<Id> {
    let mut tokens = Tokens { text: head, at: 0 };
    if tokens.next()? != b"{" {
        return None;
    }
    let mut depth: usize = 1;
    let mut is_id = false;
    let mut id = None;
    while let Some(token) = tokens.next() {
        match token {
            b"{" | b"[" => depth = depth.saturating_add(1),
            b"}" | b"]" => depth = depth.saturating_sub(1),
            b":" | b"," => continue,
            value if is_id => id = str::from_utf8(value).ok().and_then(Id::parse),
            _ => {}
        }
        let is_key = depth == 1 && tokens.is_before_colon();
        is_id = is_key && token == b"\"id\"";
        if is_key && matches!(token, b"\"result\"" | b"\"error\"") {
            return None;
        }
    }
    id.filter(|id| id.as_json() != "null")
}

/// The tokens of a text that may be no JSON.
struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Tokens<'t> {
    fn next(&mut self) -> Option<&'t [u8]> {
        self.skip_blanks();
        let rest = self.text.get(self.at..)?;
        let length = match rest.first()? {
            b'"' => {
                let mut is_escaped = true;
                let end = rest.iter().position(|byte| {
                    let ends = *byte == b'"' && !is_escaped;
                    is_escaped = *byte == b'\\' && !is_escaped;
                    ends
                });
                end?.saturating_add(1)
            }
            b'{' | b'}' | b'[' | b']' | b':' | b',' => 1,
            // A number or a word that is cut off could be a longer one.
            _ => rest.iter().position(|byte| b"{}[]:,\" \t".contains(byte))?,
        };
        self.at = self.at.saturating_add(length);
        rest.get(..length)
    }

    fn is_before_colon(&mut self) -> bool {
        self.skip_blanks();
        self.text.get(self.at) == Some(&b':')
    }

    fn skip_blanks(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at = self.at.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_message_that_is_cut_off_is_found() {
        for (head, expected) in [
            (r#"{"jsonrpc":"2.0","id":7,"params":{"x":"aaa"#, Some("7")),
            (r#" { "params" : {"id":1}, "id" : "a\"b" , "#, Some(r#""a\"b""#)),
            (r#"{"method":"id","params":["id"#, None),
            (r#"{"x":{"id":1},"id":12"#, None),
            (r#"{"id":null,"#, None),
            (r#"[{"id":1,"#, None),
            (r#"{"jsonrpc":"2.0","id":7,"result":{"x":"aaa"#, None),
            (r#"{"id":7,"error" :{"message":"aaa"#, None),
            (r#"{"id":7,"method":"result","params":{"result":"error","x":"aaa"#, Some("7")),
            (r#"{"id":7,"id":8,"x":"aaa"#, Some("8")),
            ("", None),
        ] {
            assert_eq!(first_id(head.as_bytes()).as_ref().map(Id::as_json), expected, "{head}");
        }
    }
}
