//! Whose certificates are believed, and the certificate that we show ourselves (RFC 8705).

mod system;

use std::path::Path;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts};

use crate::environment::{expand_home, setting};
use crate::error::{Error, Report};
use crate::explain::Notes;
use crate::file;
use crate::secret::Secret;
use crate::unicode;

/// The authorities that may vouch for a server.
#[derive(Debug, Default)]
pub struct Trust {
    /// The value of `--ca-cert`.
    ca_cert: Option<String>,
    /// Whether variables name none.
    ignores_variables: bool,
}

impl Trust {
    /// The system's trust, that of `NODE_EXTRA_CA_CERTS`, and the authorities in the file `ca_cert`. Nothing is read yet.
    #[must_use]
    pub fn new(ca_cert: Option<String>) -> Self {
        Self { ca_cert, ignores_variables: false }
    }

    /// The same without what variables name.
    #[must_use]
    pub fn without_variables(self) -> Self {
        Self { ignores_variables: true, ..self }
    }

    /// Reads them, which takes a while.
    ///
    /// # Errors
    /// [`Error::Usage`] when `--ca-cert` holds none, `SSL_CERT_FILE` leaves none, or a variable names a pipe or a device; [`Error::Other`] when the system has
    /// none.
    pub(super) fn load(&self, notes: &Notes) -> Result<RootCerts, Error> {
        // It reads SSL_CERT_FILE and SSL_CERT_DIR itself, and where they are set, these alone.
        let named = if self.ignores_variables { None } else { system::replaced_by() };
        let system = match named {
            None => system::without_variables()?,
            Some(_) => system::with_variables()?,
        };
        for error in &system.errors {
            match named {
                Some(name) => notes.warn(format!("a part of {name} was left out: {error}; name PEM files there")),
                None => notes.explain(|| format!("a part of the system's trust was left out: {error}")),
            }
        }
        let mut trusted = system.certs;
        if let Some(path) = setting("NODE_EXTRA_CA_CERTS").filter(|_| !self.ignores_variables) {
            system::refuse_special("NODE_EXTRA_CA_CERTS", Path::new(&path))?;
            match certificates(Path::new(&path)) {
                Ok(extra) => trusted.extend(extra),
                Err(cause) => notes.warn(format!("NODE_EXTRA_CA_CERTS was left out: {cause}; name a PEM file there")),
            }
        }
        if let Some(path) = &self.ca_cert {
            trusted.extend(certificates(&expand_home(path)?).map_err(|cause| {
                let fact = format_args!("--ca-cert {path} cannot be used");
                Error::Usage(Report::new(fact, cause, "name a file of certificates in PEM"))
            })?);
        }
        if trusted.is_empty() {
            let fact = "no server can be trusted";
            if let Some(name) = named {
                let cause =
                    format_args!("{name} names no certificate that can be read, and takes the place of the system's");
                return Err(Error::Usage(Report::new(fact, cause, "name PEM files there, or unset it")));
            }
            let cause = "neither the system nor an option names an authority";
            return Err(Error::Other(Report::new(fact, cause, "install ca-certificates, or give --ca-cert FILE")));
        }
        notes.explain(|| format!("{} certificate authorities are trusted", trusted.len()));
        Ok(RootCerts::new_with_certs(&owned(&trusted)))
    }
}

/// A certificate and its key, in PEM.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: Secret,
}

impl ClientCertificate {
    /// Reads `--tls-cert` and `--tls-key`.
    ///
    /// # Errors
    /// [`Error::Usage`] when the first holds no certificate, [`Error::Secret`] when the second cannot be read.
    pub fn read(cert: &str, key: &str, notes: &Notes) -> Result<Self, Error> {
        let chain = certificates(&expand_home(cert)?).map_err(|cause| {
            let fact = format_args!("--tls-cert {cert} cannot be used");
            Error::Usage(Report::new(fact, cause, "name a file with the certificate and its chain in PEM"))
        })?;
        let contents = file::read(&expand_home(key)?).map_err(|error| {
            let fact = format_args!("--tls-key {key} cannot be read");
            Error::Secret(Report::new(fact, file::reason(&error), "name a regular file that this user can read"))
        })?;
        if contents.exposed {
            notes.warn_aside(format!("--tls-key {key} can be read by group or others; run chmod 600 on it"));
        }
        Ok(Self { chain, key: unicode::without_mark(Secret::new(contents.bytes)) })
    }

    /// The bytes of the key's file.
    #[must_use]
    pub fn key(&self) -> &Secret {
        &self.key
    }

    /// The certificate and its chain, each in DER.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The two as the TLS stack takes them.
    ///
    /// # Errors
    /// [`Error::Secret`] when the key is none or belongs to another certificate.
    pub(super) fn identity(&self, provider: &CryptoProvider) -> Result<ClientCert, Error> {
        let unusable = |cause| {
            let remedy = "give the unencrypted private key of --tls-cert in PEM: RSA, EC on P-256 or P-384, or Ed25519";
            Error::Secret(Report::new("--tls-key is not a usable key", cause, remedy))
        };
        let none = |_| unusable("there is no private key in PEM in it");
        let der = PrivateKeyDer::from_pem_slice(self.key.expose()).map_err(none)?;
        CertifiedKey::from_der(self.chain.clone(), der, provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => unusable("it belongs to another certificate"),
            _ => unusable("it is damaged or of a kind that TLS here has no use for"),
        })?;
        let key = PrivateKey::from_pem(self.key.expose())
            .map_err(|_| unusable("there is something else before the private key in it"))?;
        Ok(ClientCert::new_with_certs(&owned(&self.chain), key))
    }
}

/// The cryptography under TLS: the ring that also signs JWTs.
pub(super) fn provider() -> CryptoProvider {
    ring::default_provider()
}

/// The certificates in a PEM file, of which there is at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let contents = file::read(path).map_err(|error| file::reason(&error))?;
    let contents = unicode::without_mark(Secret::new(contents.bytes));
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(contents.expose()).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| "there is no certificate in PEM in it".to_owned())
}

fn owned(certificates: &[CertificateDer<'_>]) -> Vec<Certificate<'static>> {
    certificates.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect()
}

#[cfg(test)]
mod tests;
