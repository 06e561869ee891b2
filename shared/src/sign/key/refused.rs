//! Why a key file cannot sign, and what to do: where a program can make a usable key of it, the command to type.

use super::Unusable;
use super::remedy::{Conversion, Remedy};
use crate::sign::key_file::armour::Section;
use crate::sign::key_file::{Form, KeyFile, Kind};

pub(super) const ANY_PRIVATE_KEY: Remedy =
    Remedy::Do("give an unencrypted private key in PEM: RSA, EC on P-256 or P-384, or Ed25519");
const NOT_A_KEY: Remedy = Remedy::DoOrTakeRaw("give a private key in PEM, a JWK or a shared secret");

const MAKE_NEW: Remedy =
    Remedy::Do("make a key for tokens: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out NEW");

fn because(cause: &str, remedy: Remedy) -> Unusable {
    Unusable(cause.to_owned(), remedy)
}

/// Why the first section of a PEM file, or its first private key, is none that can be read.
pub(super) fn pem(section: Option<&Section>) -> Unusable {
    let Some(section) = section else { return broken() };
    let label = section.label.as_str();
    match label {
        "OPENSSHPRIVATEKEY" => openssh(section.der.as_ref().map_or(&[], |der| der.expose())),
        _ if label.starts_with("PGP") => because("it is an OpenPGP key, which cannot sign tokens", MAKE_NEW),
        "ENCRYPTEDPRIVATEKEY" => because("it is an encrypted PEM file", Remedy::convert(Conversion::Decrypt)),
        _ if label.ends_with("PRIVATEKEY") && section.is_encrypted => {
            because("it is an encrypted PEM file", Remedy::convert(Conversion::Decrypt))
        }
        _ if label.ends_with("PUBLICKEY") => because("it is a public key, which cannot sign", ANY_PRIVATE_KEY),
        _ if label.ends_with("CERTIFICATE") => certificate(),
        _ if label.ends_with("CERTIFICATEREQUEST") => {
            because("it is a certificate request, which has a public key and cannot sign", ANY_PRIVATE_KEY)
        }
        _ => because("it is a PEM file without a private key", ANY_PRIVATE_KEY),
    }
}

fn certificate() -> Unusable {
    because("it is a certificate, which has a public key and cannot sign", ANY_PRIVATE_KEY)
}

fn broken() -> Unusable {
    because(
        "it is a PEM file whose BEGIN line is broken",
        Remedy::Do("give the original file, with a first line like -----BEGIN PRIVATE KEY-----"),
    )
}

/// Why `file` is no key to sign with, where [`super::pem`] and [`super::jwk`] do not say it.
pub(super) fn file(file: &KeyFile) -> Unusable {
    match file.form {
        Form::PublicSsh => because("it is an OpenSSH public key, which cannot sign", NOT_A_KEY),
        Form::Putty => because(
            "it is a PuTTY key file",
            Remedy::Do("convert it: puttygen KEY -O private-openssh -o NEW; then give file:NEW"),
        ),
        Form::OpenPgp => because("it is an OpenPGP key, which cannot sign tokens", MAKE_NEW),
        Form::JavaKeyStore => because(
            "it is a Java keystore",
            Remedy::Do(
                "convert it: keytool -importkeystore -srckeystore KEY -destkeystore NEW -deststoretype PKCS12; then give \
             cmd:openssl pkcs12 -in NEW -nocerts -nodes -passin file:PASSWORD",
            ),
        ),
        Form::JwkList => because("it is a list of JWKs", Remedy::Do("make a JWKS of it: {\"keys\": […]}")),
        Form::BrokenPem => broken(),
        Form::Der(Kind::Pkcs12) => {
            let remedy = if has_old_encryption(file.contents.expose()) {
                Remedy::convert(Conversion::UnpackOld)
            } else {
                Remedy::convert(Conversion::Unpack)
            };
            because("it is a PKCS#12 file (.p12, .pfx)", remedy)
        }
        Form::Der(Kind::Encrypted) => {
            because("it is an encrypted private key in DER", Remedy::convert(Conversion::Decrypt))
        }
        Form::Der(Kind::Damaged) => because(
            "it is a damaged private key in DER: a part of it is missing",
            Remedy::Do("copy the whole key again"),
        ),
        Form::Der(Kind::Public) => because("it is a public key in DER, which cannot sign", NOT_A_KEY),
        Form::Der(Kind::Certificate) => certificate(),
        _ => because("it is a file in DER without a private key", NOT_A_KEY),
    }
}

/// Whether a PKCS#12 file is encrypted with RC2, as files of Windows and Java were for long: OpenSSL 3 reads it with
/// `-legacy` alone.
fn has_old_encryption(file: &[u8]) -> bool {
    /// pbeWithSHAAnd128BitRC2-CBC and pbeWithSHAAnd40BitRC2-CBC of RFC 7292 appendix C, without their last digit.
    const PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];
    let has = |last: u8| file.windows(PBE.len().saturating_add(1)).any(|window| window == [PBE, &[last]].concat());
    has(5) || has(6)
}

/// Why a key in the format of OpenSSH cannot be read, and how to convert it.
fn openssh(blob: &[u8]) -> Unusable {
    let mut rest = blob.strip_prefix(b"openssh-key-v1\0").unwrap_or_default();
    let cipher = ssh_string(&mut rest);
    let (_kdf, _options) = (ssh_string(&mut rest), ssh_string(&mut rest));
    // How many keys there are: one.
    rest = rest.get(4..).unwrap_or_default();
    let kind = ssh_string(&mut rest).and_then(|mut public| ssh_string(&mut public)).unwrap_or_default();
    match (kind, cipher) {
        ([b's', b'k', b'-', ..], _) => because("it is an OpenSSH key that is stored in a security key", MAKE_NEW),
        (b"ssh-ed25519", Some(b"none")) => {
            because("it is an Ed25519 key in OpenSSH format", Remedy::convert(Conversion::Ed25519FromOpenSsh))
        }
        (b"ssh-ed25519", _) => {
            because("it is an encrypted key in OpenSSH format", Remedy::convert(Conversion::TakePassphraseOff))
        }
        (_, None | Some(b"none")) => because("it is a key in OpenSSH format", Remedy::convert(Conversion::FromOpenSsh)),
        _ => because("it is an encrypted key in OpenSSH format", Remedy::convert(Conversion::FromOpenSsh)),
    }
}

/// The next string of RFC 4251 section 5.
fn ssh_string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let (string, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = after;
    Some(string)
}
