//! What to do with a key file that cannot sign, where the command for it cannot read the file as it is kept: with base64
//! around it, or without its line breaks.

use super::Unusable;
use super::refused::{CONVERT, CONVERT_ED25519, DECRYPT, TAKE_OFF, UNPACK, UNPACK_OLD, hex_of_seed};
use crate::sign::key_file::{Coding, Form, KeyFile};

pub(super) const NAME_CURVE: &str = "let openssl name it as it is read: cmd:openssl ec -param_enc named_curve -in KEY";
pub(super) const COMPLETE: &str =
    "let openssl complete it as it is read: cmd:openssl ec -conv_form uncompressed -in KEY";

/// What to do with a file that programs can read, and with base64 of it.
const REMEDIES: [(&str, &str); 8] = [
    (DECRYPT, "decrypt it as it is read: cmd:sh -c 'base64 -d KEY | openssl pkey -passin file:PASSWORD'"),
    (
        UNPACK,
        "take the key out of it as it is read: \
         cmd:sh -c 'base64 -d KEY | openssl pkcs12 -nocerts -nodes -passin file:PASSWORD'",
    ),
    (
        UNPACK_OLD,
        "take the key out of it as it is read: \
         cmd:sh -c 'base64 -d KEY | openssl pkcs12 -nocerts -nodes -legacy -passin file:PASSWORD'",
    ),
    (NAME_CURVE, "let openssl name it as it is read: cmd:sh -c 'base64 -d KEY | openssl ec -param_enc named_curve'"),
    (COMPLETE, "let openssl complete it as it is read: cmd:sh -c 'base64 -d KEY | openssl ec -conv_form uncompressed'"),
    (CONVERT_ED25519, concat!("convert it as it is read: cmd:sh -c 'base64 -d KEY | sed /----/d | ", hex_of_seed!())),
    (
        CONVERT,
        "decode and convert a copy of it: (umask 077; base64 -d KEY > COPY) && ssh-keygen -p -N '' -m PKCS8 -f COPY; \
         then give file:COPY",
    ),
    (
        TAKE_OFF,
        "decode a copy of it and take its passphrase off: (umask 077; base64 -d KEY > COPY) && \
         ssh-keygen -p -N '' -f COPY; then give file:COPY",
    ),
];

const RESTORE: &str = "write it to a file as it was made, in its lines and with nothing around them, and give that file: the \
                       message about it has the command";

/// Why `file` cannot sign, with a remedy that works on it as it is kept.
pub(super) fn as_kept(Unusable(cause, remedy): Unusable, file: &KeyFile) -> Unusable {
    let Some((_, of_base64)) = REMEDIES.iter().find(|(plain, _)| *plain == remedy) else {
        return Unusable(cause, remedy);
    };
    let is_whole = !matches!(file.form, Form::Pem(_)) || is_in_lines(file.contents.expose());
    let remedy = match (file.coding, file.layers) {
        (None, _) if is_whole => remedy,
        (Some(Coding::Base64), 1) if is_whole => of_base64,
        _ => RESTORE,
    };
    Unusable(cause, remedy)
}

/// The same of a key in a member of JSON.
pub(super) fn in_json(Unusable(cause, remedy): Unusable) -> Unusable {
    let reads_file = REMEDIES.iter().any(|(plain, _)| *plain == remedy);
    Unusable(cause, if reads_file { RESTORE } else { remedy })
}

/// Whether the lines of PEM are there, as programs want them.
fn is_in_lines(pem: &[u8]) -> bool {
    /// RFC 1421 has 64, and MIME 76.
    const LONGEST: usize = 76;
    let mut lines = pem.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let is_dashed = |line: &[u8], word: &[u8]| line.starts_with(word) && line.ends_with(b"-----");
    lines.any(|line| is_dashed(line, b"-----BEGIN "))
        && lines
            .find(|line| line.len() > LONGEST || line.starts_with(b"-"))
            .is_some_and(|end| is_dashed(end, b"-----END "))
}
