//! The certificate authorities of the system, whatever variables say.

use std::path::Path;

use rustls_native_certs::CertificateResult;

use crate::error::{Error, Report};
use crate::os::environment::setting;
use crate::os::file;

/// The variables that take the place of the system's trust.
pub(super) const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The variable that takes the place of the system's trust, where one does.
pub(super) fn replaced_by() -> Option<&'static str> {
    VARIABLES.into_iter().find(|name| setting(name).is_some())
}

/// The authorities that the variables name.
///
/// # Errors
/// [`Error::Usage`] when one of them is a pipe or a device, for which no run should wait.
pub(super) fn with_variables() -> Result<CertificateResult, Error> {
    for name in VARIABLES {
        let Some(value) = setting(name) else { continue };
        let is_list = name == "SSL_CERT_DIR";
        let paths = if is_list { std::env::split_paths(&value).collect() } else { vec![value.into()] };
        for path in paths {
            refuse_special(name, &path)?;
        }
    }
    Ok(rustls_native_certs::load_native_certs())
}

/// Refuses a pipe or a device that the variable `name` names.
///
/// # Errors
/// [`Error::Usage`] then.
pub(super) fn refuse_special(name: &str, path: &Path) -> Result<(), Error> {
    file::refuse_special(path).map_err(|error| {
        let fact = format_args!("{name} cannot be used");
        Error::Usage(Report::new(fact, error, "name PEM files there, or unset it"))
    })
}

/// The authorities of the system alone.
///
/// # Errors
/// [`Error::Usage`] on systems whose trust cannot be had where a variable takes its place.
pub(super) fn without_variables() -> Result<CertificateResult, Error> {
    match replaced_by() {
        None => Ok(rustls_native_certs::load_native_certs()),
        Some(name) => in_files(name),
    }
}

/// Where Unix systems keep one file with all authorities.
#[cfg(all(unix, not(target_os = "macos")))]
const FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];

/// Where they keep a file for each.
#[cfg(all(unix, not(target_os = "macos")))]
const FOLDERS: [&str; 3] = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/openssl/certs"];

#[cfg(all(unix, not(target_os = "macos")))]
#[expect(clippy::unnecessary_wraps, reason = "other systems cannot do it")]
fn in_files(_: &str) -> Result<CertificateResult, Error> {
    let first = |paths: &'static [&'static str]| paths.iter().map(Path::new).find(|path| path.exists());
    // A folder without the file is as good; both say the same.
    let file = first(&FILES);
    let folder = if file.is_none() { first(&FOLDERS) } else { None };
    Ok(rustls_native_certs::load_certs_from_paths(file, folder))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn in_files(name: &str) -> Result<CertificateResult, Error> {
    let fact = "environment = false of the profile cannot be honoured here";
    let cause = format_args!("{name} replaces the system's certificate authorities");
    Err(Error::Usage(Report::new(fact, cause, format_args!("unset {name}"))))
}
