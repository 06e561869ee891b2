//! Whose certificates are believed, and the certificate that we show ourselves (RFC 8705).

mod system;
mod verifier;

use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "bridge")]
use chrono::{DateTime, SecondsFormat, Utc};
#[cfg(feature = "bridge")]
use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ALL_VERSIONS, ClientConfig, RootCertStore};

pub(super) use self::verifier::Untrusted;
use self::verifier::Verifier;
use crate::error::notes::Notes;
use crate::error::{Error, OutsideText, Redactor, Report};
use crate::os::environment::{expand_home, setting};
use crate::os::file;
use crate::secret::Secret;
use crate::secret::unicode;
use crate::sign::certificate::{self, Certificate, Unreadable};
use crate::sign::key::SigningKey;

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
    fn load(&self, notes: &Notes) -> Result<Trusted, Error> {
        // It reads SSL_CERT_FILE and SSL_CERT_DIR itself, and where they are set, these alone.
        let named = if self.ignores_variables { None } else { system::replaced_by() };
        let system = match named {
            None => system::without_variables()?,
            Some(_) => system::with_variables()?,
        };
        for error in &system.errors {
            match named {
                Some(name) => {
                    notes.warn(format!("some certificates of {name} were skipped: {error}; name PEM files there"));
                }
                None => notes.explain(|| format!("some of the system's certificate authorities were skipped: {error}")),
            }
        }
        let mut trusted = system.certs;
        let mut given = if named.is_some() { trusted.clone() } else { Vec::new() };
        if let Some(path) = setting("NODE_EXTRA_CA_CERTS").filter(|_| !self.ignores_variables) {
            system::refuse_special("NODE_EXTRA_CA_CERTS", Path::new(&path))?;
            match certificates(Path::new(&path)) {
                Ok(extra) => given.extend(extra),
                Err(unreadable) => {
                    let Unreadable { cause, remedy } = &unreadable;
                    let remedy = remedy.unwrap_or("name a PEM file there");
                    notes.warn(format!("NODE_EXTRA_CA_CERTS was ignored: {cause}; {remedy}"));
                }
            }
        }
        given.extend(self.named()?);
        trusted.extend(given.iter().cloned());
        if trusted.is_empty() {
            let fact = "no server can be trusted";
            if let Some(name) = named {
                let cause = format_args!(
                    "{name} names no readable certificate, and replaces the system's certificate authorities"
                );
                return Err(Error::Usage(Report::new(fact, cause, "name PEM files there, or unset it")));
            }
            let cause = "neither the system nor an option names a certificate authority";
            return Err(Error::Other(Report::new(fact, cause, "install ca-certificates, or give --ca-cert FILE")));
        }
        notes.explain(|| format!("{} certificate authorities are trusted", trusted.len()));
        let mut authorities = RootCertStore::empty();
        authorities.add_parsable_certificates(trusted);
        Ok(Trusted { authorities, given })
    }

    /// Reads the file of `--ca-cert` alone.
    ///
    /// # Errors
    /// [`Error::Usage`] when it holds no certificate.
    #[cfg(feature = "bridge")]
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.named().map(|_| ())
    }

    /// The authorities in the file of `--ca-cert`.
    fn named(&self) -> Result<Vec<CertificateDer<'static>>, Error> {
        let Some(path) = &self.ca_cert else { return Ok(Vec::new()) };
        let named = certificates(&expand_home(path)?);
        named.map_err(|unreadable| unreadable.of("--ca-cert", path, "name a file of certificates in PEM"))
    }

    /// How TLS is spoken: with servers that are trusted, showing them `certificate`.
    ///
    /// # Errors
    /// Those of reading the trust; [`Error::Secret`] when the key of the certificate is none, or of another one.
    pub(crate) fn client(
        &self,
        certificate: Option<&ClientCertificate>,
        notes: &Notes,
    ) -> Result<Arc<ClientConfig>, Error> {
        let provider = Arc::new(ring::default_provider());
        let identity = certificate.map(|certificate| certificate.identity(&provider)).transpose()?;
        let Trusted { authorities, given } = self.load(notes)?;
        let verifier = Arc::new(Verifier::new(authorities, given, &provider));
        let no_tls = |_| {
            let fact = "TLS cannot be used";
            Error::Other(Report::new(fact, "the library for it has no version in common with itself", "report it"))
        };
        let builder =
            ClientConfig::builder_with_provider(provider).with_protocol_versions(ALL_VERSIONS).map_err(no_tls)?;
        // Certificates are verified, though in a way of our own.
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        let config = match identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
            None => builder.with_no_client_auth(),
        };
        Ok(Arc::new(config))
    }
}

/// The certificates that are trusted.
struct Trusted {
    authorities: RootCertStore,
    /// Those that the user named, which may be of the server itself.
    given: Vec<CertificateDer<'static>>,
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: Secret,
    /// The values of `--tls-cert` and `--tls-key`.
    paths: [String; 2],
}

/// What stands in every private key in PEM.
const PRIVATE: &[u8] = b"PRIVATE KEY-----";

impl ClientCertificate {
    /// Reads `--tls-cert` and `--tls-key`, which may name the same file.
    ///
    /// # Errors
    /// [`Error::Usage`] when the first holds no certificate, [`Error::Secret`] when the second cannot be read.
    pub fn read(cert: &str, key: &str, notes: &Notes) -> Result<Self, Error> {
        let chain = certificates(&expand_home(cert)?).map_err(|unreadable| {
            unreadable.of("--tls-cert", cert, "name a file with the certificate and its chain in PEM")
        })?;
        let contents = file::read(&expand_home(key)?).map_err(|error| {
            let fact = format_args!(" {key} cannot be read");
            Error::Secret(Report::of(
                "--tls-key",
                fact,
                file::reason(&error),
                "name a regular file that this user can read",
            ))
        })?;
        if contents.exposed {
            notes.warn_in_log_only(format!("--tls-key {key} can be read by group or others; run chmod 600 on it"));
        }
        let key_file = unicode::without_mark(Secret::new(contents.bytes));
        Ok(Self { chain, key: key_file, paths: [cert.to_owned(), key.to_owned()] })
    }

    /// Looks whether it can be shown at all, before anything is sent and whether or not the way has TLS.
    ///
    /// # Errors
    /// [`Error::Secret`] when the key is none or belongs to another certificate.
    pub fn check(&self) -> Result<(), Error> {
        self.identity(&ring::default_provider()).map(|_| ())
    }

    /// Like [`ClientCertificate::check`], also that it is valid at this moment.
    ///
    /// # Errors
    /// [`Error::Secret`] when it cannot be shown, has expired or is not valid yet.
    #[cfg(feature = "bridge")]
    pub(crate) fn check_at(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let shown = self.identity(&ring::default_provider())?;
        let Some([begin, end]) = shown.cert.first().and_then(|der| Certificate::parse(der)).map(|own| own.validity())
        else {
            return Ok(());
        };
        let [path, _] = &self.paths;
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let unfit = |fact: &str, cause: String, remedy: &str| {
            Err(Error::Secret(Report::of("--tls-cert", format_args!(" {path} {fact}"), cause, remedy)))
        };
        if now > end {
            let cause = format!("it was valid until {}", time(end));
            return unfit("has expired", cause, "renew the certificate, and give the new one");
        }
        if now < begin {
            let cause = format!("it is valid from {}", time(begin));
            return unfit(
                "is not valid yet",
                cause,
                "check this machine's clock, or give a certificate that is valid now",
            );
        }
        Ok(())
    }

    /// What shows it in handshakes.
    ///
    /// # Errors
    /// [`Error::Secret`] when the key is none or belongs to another certificate.
    #[cfg(feature = "bridge")]
    pub(crate) fn resolver(&self) -> Result<Arc<dyn ResolvesClientCert>, Error> {
        Ok(Arc::new(SingleCertAndKey::from(self.identity(&ring::default_provider())?)))
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

    /// The certificate, what issued it, and the key.
    ///
    /// # Errors
    /// [`Error::Secret`] when the key is none or belongs to another certificate.
    fn identity(&self, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
        let [cert, path] = &self.paths;
        let unusable = |cause, remedy| Error::Secret(Report::of("--tls-key", " is not a usable key", cause, remedy));
        let key = SigningKey::parse("--tls-key", self.key.clone(), None, None, None).map_err(|error| {
            let has_key = self.key.expose().windows(PRIVATE.len()).any(|window| window == PRIVATE);
            if has_key || cert != path {
                return error;
            }
            let cause = format_args!("--tls-cert {cert} contains certificates only");
            Error::Secret(Report::of(
                "--tls-key",
                " has no private key",
                cause,
                "give the file of the key with --tls-key",
            ))
        })?;
        let Some(private) = key.pkcs8() else {
            let remedy = "give the unencrypted private key of --tls-cert in PEM: RSA, EC on P-256 or P-384, or Ed25519";
            return Err(unusable("there is no private key in it", remedy));
        };
        let chain = of_key(("--tls-cert", cert), ("--tls-key", Some(path)), self.chain.clone(), &key)?;
        let private = PrivatePkcs8KeyDer::from(private.expose().to_vec()).into();
        let private = provider.key_provider.load_private_key(private).map_err(|_| {
            let remedy = "give the original key file, or make a new key and its certificate";
            unusable("it is damaged: its parts do not belong together", remedy)
        })?;
        // What it checks here is known, and it reads no certificates of version 1.
        Ok(CertifiedKey::new(chain, private))
    }
}

/// The certificate of `key` and then those that issued it. Of the options of both, the values are named where they are no
/// secrets.
///
/// # Errors
/// [`Error::Secret`] when none of `chain` is of that key.
pub(super) fn of_key(
    (option, path): (&str, &str),
    (key_option, key_path): (&str, Option<&str>),
    chain: Vec<CertificateDer<'static>>,
    key: &SigningKey,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let public_key = key.public_key().unwrap_or_default();
    let first = chain.first().and_then(|der| Certificate::parse(der)).and_then(|first| first.subject());
    certificate::own_first(chain, &public_key).ok_or_else(|| {
        let key = key_path.map_or_else(|| key_option.to_owned(), |path| format!("{key_option} {path}"));
        let of = first
            .map_or_else(String::new, |name| format!(" of {}", OutsideText::new(name).shown(&Redactor::default())));
        let cause = format_args!("the certificate{of} was made for another key");
        let remedy =
            format_args!("give the certificate that belongs to {key_option}, or the key that belongs to {option}");
        Error::Secret(Report::of(option, format_args!(" {path} is not of {key}"), cause, remedy).and(key_option))
    })
}

/// The certificates in a file, of which there is at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Unreadable> {
    let contents = file::read(path).map_err(|error| Unreadable {
        cause: file::reason(&error).into(),
        remedy: Some("name a regular file that this user can read"),
    })?;
    let contents = unicode::without_mark(Secret::new(contents.bytes));
    Ok(certificate::read(contents.expose())?.into_iter().map(CertificateDer::from).collect())
}

#[cfg(test)]
mod tests;
