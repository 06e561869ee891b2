//! The parameters of a request as `application/x-www-form-urlencoded` writes them (RFC 6749 appendix B).

use crate::secret::Secret;

/// Parameters in the order they were added.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<Parameter>);

#[derive(Debug)]
struct Parameter {
    name: String,
    value: Secret,
    is_secret: bool,
}

impl Form {
    /// Adds a parameter that anyone may see.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.add_bytes(name, &Secret::new(value.as_bytes().to_vec()), false);
    }

    /// Adds a parameter that no message may repeat.
    pub(super) fn add_secret(&mut self, name: &str, value: &Secret) {
        self.add_bytes(name, value, true);
    }

    /// Adds a parameter that is one or the other.
    pub(super) fn add_bytes(&mut self, name: &str, value: &Secret, is_secret: bool) {
        self.0.push(Parameter { name: name.to_owned(), value: value.clone(), is_secret });
    }

    /// The values that no message may repeat.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter().filter(|parameter| parameter.is_secret).map(|parameter| &parameter.value)
    }

    /// The body of the request.
    pub(super) fn encode(&self) -> Secret {
        let lengths =
            self.0.iter().map(|Parameter { name, value, .. }| name.len().saturating_add(value.expose().len()));
        let separators = self.0.len().saturating_mul(2);
        // Room for each byte to become three, so that growth leaves no copy of a secret behind.
        let most = lengths.fold(separators, usize::saturating_add).saturating_mul(3);
        let mut encoded = Vec::with_capacity(most);
        for Parameter { name, value, .. } in &self.0 {
            if !encoded.is_empty() {
                encoded.push(b'&');
            }
            escape(name.as_bytes(), &mut encoded);
            encoded.push(b'=');
            escape(value.expose(), &mut encoded);
        }
        Secret::new(encoded)
    }
}

/// `text` as a name or value in a form.
pub(super) fn escaped(text: &[u8]) -> Secret {
    let mut escaped = Vec::with_capacity(text.len().saturating_mul(3));
    escape(text, &mut escaped);
    Secret::new(escaped)
}

fn escape(bytes: &[u8], into: &mut Vec<u8>) {
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => into.push(*byte),
            b' ' => into.push(b'+'),
            _ => into.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6749 appendix B.
    #[test]
    fn rfc_6749_b() {
        let mut form = Form::default();
        form.add("text", " %&+\u{a3}\u{20ac}");
        form.add_secret("b", &Secret::new(b"a-b_c.d*e~".to_vec()));
        assert_eq!(form.encode().expose(), b"text=+%25%26%2B%C2%A3%E2%82%AC&b=a-b_c.d*e%7E");
        assert_eq!(form.secrets().count(), 1);
    }
}
