//! How TLS is spoken: whom we trust, and which certificate we show. The trust is read once, when it is first needed; the
//! certificate again whenever its files have changed and a handshake is due.

use std::cell::RefCell;
use std::fs::metadata;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use crate::error::notes::Notes;
use crate::error::{Error, Report};
use crate::oauth::trust::{ClientCertificate, Trust};
use crate::os::clock::now;
use crate::os::environment::expand_home;

/// The files of a client certificate: the values of `--tls-cert` and `--tls-key`, by default the same file.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFiles {
    cert: String,
    key: String,
}

impl CertificateFiles {
    pub(crate) fn new(cert: String, key: Option<String>) -> Self {
        Self { key: key.unwrap_or_else(|| cert.clone()), cert }
    }

    /// When they changed last, and their lengths. What cannot be asked has no time.
    fn stamp(&self) -> Stamp {
        [&self.cert, &self.key].map(|path| {
            let metadata = metadata(expand_home(path).unwrap_or_else(|_| Path::new(path).to_owned())).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}

type Stamp = [Option<(SystemTime, u64)>; 2];

/// How TLS is spoken.
#[derive(Debug)]
pub(super) struct Tls {
    trust: Arc<Trust>,
    /// Without a certificate of ours.
    base: OnceCell<Arc<ClientConfig>>,
    /// For the server, where there is no certificate of ours.
    bare: OnceCell<Arc<ClientConfig>>,
    own: Option<Own>,
    /// Whether the server has asked for a certificate.
    was_asked: Arc<AtomicBool>,
    warnings: RefCell<Vec<String>>,
}

/// The certificate that we show.
#[derive(Debug)]
struct Own {
    files: Arc<CertificateFiles>,
    shown: RefCell<Shown>,
    was_asked: Arc<AtomicBool>,
}

/// What was read of it.
#[derive(Clone, Debug)]
struct Shown {
    stamp: Stamp,
    resolver: Arc<dyn ResolvesClientCert>,
    /// How TLS is spoken with it.
    config: Option<Arc<ClientConfig>>,
}

impl Tls {
    /// Reads the files that options name.
    ///
    /// # Errors
    /// [`Error::Usage`] when one holds no certificate; [`Error::Secret`] when the client certificate cannot be shown, or is
    /// not valid now.
    pub(super) fn new(trust: Trust, files: Option<CertificateFiles>) -> Result<Self, Error> {
        trust.check()?;
        let notes = Notes::default();
        let was_asked = Arc::default();
        let own = files.map(|files| {
            let shown = RefCell::new(read(&files, true, &was_asked, &notes)?);
            Ok::<_, Error>(Own { files: Arc::new(files), shown, was_asked: Arc::clone(&was_asked) })
        });
        let own = own.transpose()?;
        let warnings = RefCell::new(notes.warnings().into_iter().chain(notes.log_only_warnings()).collect());
        Ok(Self { trust: Arc::new(trust), base: OnceCell::new(), bare: OnceCell::new(), own, was_asked, warnings })
    }

    /// Whether there is a certificate of ours.
    pub(super) fn has_certificate(&self) -> bool {
        self.own.is_some()
    }

    /// Whether the server has asked for one in a handshake.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }

    /// What should be mended though all goes on; each is told once.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// For the next handshake with a proxy, which never sees our certificate.
    ///
    /// # Errors
    /// Those of reading the trust.
    pub(super) async fn without_certificate(&self) -> Result<Arc<ClientConfig>, Error> {
        let read = || async {
            let trust = Arc::clone(&self.trust);
            let read = move || {
                let notes = Notes::default();
                trust.client(None, &notes).map(|config| (config, notes.warnings()))
            };
            let (config, warnings) = spawn_blocking(read).await.unwrap_or_else(|_| Err(interrupted()))?;
            self.warnings.borrow_mut().extend(warnings);
            Ok(config)
        };
        self.base.get_or_try_init(read).await.cloned()
    }

    /// For the next handshake with the server.
    ///
    /// # Errors
    /// Those of reading the trust.
    pub(super) async fn config(&self) -> Result<Arc<ClientConfig>, Error> {
        let base = self.without_certificate().await?;
        let Some(own) = &self.own else {
            let asked = Asked { was_asked: Arc::clone(&self.was_asked), certificate: None };
            return Ok(Arc::clone(self.bare.get_or_init(|| async { with(&base, Arc::new(asked)) }).await));
        };
        if let Some(read) = own.read_if_changed().await {
            match read {
                Ok(shown) => *own.shown.borrow_mut() = shown,
                // It may be in the middle of being replaced: the one before may still be valid.
                Err(error) => self.warnings.borrow_mut().push(format!("the certificate read before is used: {error}")),
            }
        }
        Ok(own.config(&base))
    }
}

impl Own {
    /// Reads the files where they have changed since they were read.
    async fn read_if_changed(&self) -> Option<Result<Shown, Error>> {
        let (files, was_asked) = (Arc::clone(&self.files), Arc::clone(&self.was_asked));
        let before = self.shown.borrow().stamp;
        let read = move || (files.stamp() != before).then(|| read(&files, false, &was_asked, &Notes::default()));
        spawn_blocking(read).await.ok().flatten()
    }

    fn config(&self, base: &ClientConfig) -> Arc<ClientConfig> {
        let mut shown = self.shown.borrow_mut();
        let Shown { resolver, config, .. } = &mut *shown;
        Arc::clone(config.get_or_insert_with(|| with(base, Arc::clone(resolver))))
    }
}

/// `base`, with another certificate.
fn with(base: &ClientConfig, resolver: Arc<dyn ResolvesClientCert>) -> Arc<ClientConfig> {
    let mut config = base.clone();
    config.client_auth_cert_resolver = resolver;
    // A session that was begun with another certificate is resumed with that one.
    config.resumption = Resumption::default();
    Arc::new(config)
}

/// What shows our certificate, if there is one, and knows whether the server has asked for it.
#[derive(Debug)]
struct Asked {
    was_asked: Arc<AtomicBool>,
    certificate: Option<Arc<dyn ResolvesClientCert>>,
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.was_asked.store(true, Ordering::Relaxed);
        self.certificate.as_ref()?.resolve(issuers, schemes)
    }

    fn has_certs(&self) -> bool {
        self.certificate.as_ref().is_some_and(|certificate| certificate.has_certs())
    }
}

/// Reads a certificate that can be shown, and that is valid now where it `must_be_valid`.
fn read(
    files: &CertificateFiles,
    must_be_valid: bool,
    was_asked: &Arc<AtomicBool>,
    notes: &Notes,
) -> Result<Shown, Error> {
    // A change after this is seen the next time.
    let stamp = files.stamp();
    let certificate = ClientCertificate::read(&files.cert, &files.key, notes)?;
    if must_be_valid {
        certificate.check_at(now())?;
    }
    let asked = Asked { was_asked: Arc::clone(was_asked), certificate: Some(certificate.resolver()?) };
    Ok(Shown { stamp, resolver: Arc::new(asked), config: None })
}

fn interrupted() -> Error {
    Error::Other(Report::new("the trust was not read", "its thread has ended", "start hdr-bridge again"))
}
