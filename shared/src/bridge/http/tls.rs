//! How TLS is spoken: whom we trust, and which certificate we show. The trust is read once, when it is first needed; the
//! certificate again whenever its files have changed and a handshake is due.

use std::cell::RefCell;
use std::fs::metadata;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ClientConfig;
use rustls::client::{ResolvesClientCert, Resumption};
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
    own: Option<Own>,
    warnings: RefCell<Vec<String>>,
}

/// The certificate that we show.
#[derive(Debug)]
struct Own {
    files: Arc<CertificateFiles>,
    shown: RefCell<Shown>,
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
        let own = files.map(|files| {
            let shown = read(&files, true, &notes)?;
            Ok::<_, Error>(Own { files: Arc::new(files), shown: RefCell::new(shown) })
        });
        let own = own.transpose()?;
        let warnings = RefCell::new(notes.warnings().into_iter().chain(notes.log_only_warnings()).collect());
        Ok(Self { trust: Arc::new(trust), base: OnceCell::new(), own, warnings })
    }

    /// Whether there is a certificate of ours.
    pub(super) fn has_certificate(&self) -> bool {
        self.own.is_some()
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
        let Some(own) = &self.own else { return Ok(base) };
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
        let (files, before) = (Arc::clone(&self.files), self.shown.borrow().stamp);
        let read = move || (files.stamp() != before).then(|| read(&files, false, &Notes::default()));
        spawn_blocking(read).await.ok().flatten()
    }

    fn config(&self, base: &ClientConfig) -> Arc<ClientConfig> {
        let mut shown = self.shown.borrow_mut();
        let Shown { resolver, config, .. } = &mut *shown;
        let config = config.get_or_insert_with(|| {
            let mut config = base.clone();
            config.client_auth_cert_resolver = Arc::clone(resolver);
            // A session that was begun with another certificate is resumed with that one.
            config.resumption = Resumption::default();
            Arc::new(config)
        });
        Arc::clone(config)
    }
}

/// Reads a certificate that can be shown, and that is valid now where it `must_be_valid`.
fn read(files: &CertificateFiles, must_be_valid: bool, notes: &Notes) -> Result<Shown, Error> {
    // A change after this is seen the next time.
    let stamp = files.stamp();
    let certificate = ClientCertificate::read(&files.cert, &files.key, notes)?;
    if must_be_valid {
        certificate.check_at(now())?;
    }
    Ok(Shown { stamp, resolver: certificate.resolver()?, config: None })
}

fn interrupted() -> Error {
    Error::Other(Report::new("the trust was not read", "its thread has ended", "start hdr-bridge again"))
}
