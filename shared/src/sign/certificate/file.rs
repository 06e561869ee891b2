//! Files with certificates, read as leniently as those with keys.

use std::borrow::Cow;

use crate::error::{Error, Report};
use crate::sign::der::Elements;
use crate::sign::key_file::armour::{self, Section};
use crate::sign::key_file::{self, Form, Kind};

/// Why a file gives no certificate, and what to do; without that, its reader knows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) cause: Cow<'static, str>,
    pub(crate) remedy: Option<&'static str>,
}

impl Unreadable {
    /// The error for the file that `option` names; `usual` is what to do where nothing else is known.
    pub(crate) fn of(self, option: &str, path: &str, usual: &str) -> Error {
        let fact = format_args!(" {path} cannot be used");
        Error::Usage(Report::of(option, fact, self.cause, self.remedy.unwrap_or(usual)))
    }
}

/// The certificates in a file, each in DER and at least one: PEM or DER, perhaps encoded as a whole.
///
/// # Errors
/// Why there are none.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Unreadable> {
    let because = |cause: &'static str, remedy| Err(Unreadable { cause: cause.into(), remedy });
    let Some(file) = key_file::find(bytes) else {
        return because("there is no certificate in PEM or DER in it", None);
    };
    match file.form {
        Form::Pem(_) => of_pem(&armour::sections(file.contents.expose())),
        Form::Der(Kind::Certificate) => Ok(vec![file.contents.expose().to_vec()]),
        Form::Der(Kind::Pkcs12) => because(
            "it is a PKCS#12 file (.p12, .pfx)",
            Some("take the certificates out of it: openssl pkcs12 -in FILE -nokeys -passin file:PASSWORD -out NEW"),
        ),
        Form::Der(Kind::Other) => because(
            "it is a file in DER without a certificate of its own",
            Some("take the certificates out of a .p7b: openssl pkcs7 -inform DER -print_certs -in FILE -out NEW"),
        ),
        Form::Der(Kind::Private | Kind::Encrypted) | Form::Jwk(_) | Form::ServiceAccount => {
            because("it is a key, not a certificate", None)
        }
        _ => because("there is no certificate in PEM or DER in it", None),
    }
}

const LABELS: [&str; 3] = ["CERTIFICATE", "X509CERTIFICATE", "TRUSTEDCERTIFICATE"];

fn of_pem(sections: &[Section]) -> Result<Vec<Vec<u8>>, Unreadable> {
    let of_certificates = sections.iter().filter(|section| LABELS.contains(&section.label.as_str()));
    let found: Option<Vec<_>> =
        of_certificates.map(|section| section.der.as_ref().map(|der| own_part(der.expose()).to_vec())).collect();
    let has = |label: &str| sections.iter().any(|section| section.label.ends_with(label));
    let (cause, remedy) = match found {
        None => ("the base64 or the END line of a certificate in it is broken", None),
        Some(found) if !found.is_empty() => return Ok(found),
        Some(_) if has("PKCS7") || has("CMS") => (
            "it is a PKCS#7 file (.p7b)",
            Some("take the certificates out of it: openssl pkcs7 -print_certs -in FILE -out NEW"),
        ),
        Some(_) if has("REQUEST") => ("it is a certificate request, which no authority has signed", None),
        Some(_) if has("PRIVATEKEY") => ("it is a key, not a certificate", None),
        Some(_) => ("there is no certificate in PEM or DER in it", None),
    };
    Err(Unreadable { cause: cause.into(), remedy })
}

/// A certificate without what OpenSSL writes behind a trusted one.
fn own_part(der: &[u8]) -> &[u8] {
    let mut elements = Elements::new(der);
    let whole = der.len();
    match elements.any() {
        Some(_) => der.get(..whole.saturating_sub(elements.left())).unwrap_or(der),
        None => der,
    }
}
