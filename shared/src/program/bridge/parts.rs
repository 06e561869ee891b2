//! What the bridge is put together from, by its options.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::bridge::Parts;
use crate::bridge::credentials::{Asker, Credentials, Means};
use crate::bridge::http::{CertificateFiles, Client, Way};
use crate::bridge::options::{BridgeOptions, Repeat};
use crate::bridge::signing::{Signer, SigningMeans};
use crate::client::mark::Marks;
use crate::config::Profile;
use crate::config::profile::helper_of;
use crate::error::notes::Notes;
use crate::error::{Error, Redactor};
use crate::header::HeaderTemplates;
use crate::oauth::proxy::Proxy;
use crate::oauth::trust::Trust;
use crate::oauth::url::Endpoint;
use crate::os::clock::{self, monotonic, parse_positive_duration};
use crate::program::bridge::asker;
use crate::program::bridge::command_line::Bridge;
use crate::program::bridge::url;
use crate::program::in_process::CallerOptions;
use crate::run::{OF_A_REQUEST, Run, RunOptions};
use crate::server::Server;

/// How long the headers of `-H` may take, with the commands that they are read from.
const TEMPLATES: Duration = Duration::from_secs(8);

/// Options that are understood, and whose files can be used.
pub(super) struct Plan {
    url: String,
    endpoint: Endpoint,
    own: Option<Asker>,
    helper: Option<Asker>,
    client: Client,
    signer: Option<Signer>,
    signing_notes: Notes,
    request_timeout: Option<Duration>,
    connect_timeout: Duration,
    options: BridgeOptions,
}

impl Plan {
    /// The plan for a command line.
    ///
    /// # Errors
    /// [`Error::Usage`] for an option that cannot be understood; [`Error::Secret`] for a certificate that cannot be used.
    pub(super) fn new(bridge: &Bridge, profile: Option<Arc<Profile>>) -> Result<Self, Error> {
        let options = bridge.options.clone();
        let (url, endpoint) = url::endpoint(&options)?;
        let caller = CallerOptions {
            server_url: Some(&url),
            server_name: options.server_name.as_deref(),
            // A check leaves no trace.
            log: if options.check { Some("off") } else { options.log.as_deref() },
            explain: options.explain,
        };
        let signing_notes = Notes::new(options.explain);
        let means = SigningMeans { env_files: options.env_file.clone(), timeout: TEMPLATES };
        let signer = options.signing.signer(&means, &signing_notes)?;
        let binding = signer.as_ref().and_then(Signer::binding);
        let helper =
            if options.helper.is_empty() { None } else { Some(asker::of_words(&options.helper, caller, binding)?) };
        let trusts_variables = profile.as_ref().is_none_or(|profile| profile.trusts_environment());
        if let Some(signer) = signer.as_ref().filter(|_| options.helper.is_empty()) {
            let name = |text: &str| text.split(':').next().unwrap_or_default().trim_end().to_ascii_lowercase();
            signer.check_components(|wanted| options.header.iter().any(|text| name(text) == wanted))?;
        }
        let own = own_headers(&options, &url, profile)?;
        let trust = Trust::new(options.ca_cert.clone());
        let proxy = match &options.proxy {
            Some(proxy) => Some(Proxy::typed(proxy)?),
            None if trusts_variables => Proxy::new(None)?,
            None => None,
        };
        let connect_timeout = parse_positive_duration("--connect-timeout", &options.connect_timeout)?;
        let request_timeout = options.request_timeout.as_deref();
        let certificate = options.tls_cert.clone().map(|cert| CertificateFiles::new(cert, options.tls_key.clone()));
        let client = Client::new(Way {
            url: &endpoint,
            trust: if trusts_variables { trust } else { trust.without_variables() },
            proxy,
            certificate,
            connect_timeout,
            redactor: Rc::new(Redactor::default()),
        })?;
        let request_timeout =
            request_timeout.map(|text| parse_positive_duration("--request-timeout", text)).transpose()?;
        Ok(Self {
            url,
            endpoint,
            own,
            helper,
            client,
            signer,
            signing_notes,
            request_timeout,
            connect_timeout,
            options,
        })
    }

    /// Who makes the headers, as `--check` shows it.
    pub(super) fn who(&self) -> String {
        let helper = self.options.helper.first().map(|word| match helper_of(&word.to_string_lossy()) {
            Some(helper) => helper.to_owned(),
            None => "a command".to_owned(),
        });
        let own = self.own.is_some().then(|| "-H".to_owned());
        own.into_iter().chain(helper).collect::<Vec<_>>().join(" and ")
    }

    /// The parts; `notice` takes lines for people.
    pub(super) fn parts(self, notice: Rc<dyn Fn(&str)>) -> Parts {
        let tell = Rc::clone(&notice);
        let means = Means {
            own: self.own,
            helper: self.helper,
            now: Box::new(clock::now),
            tell: Box::new(move |line| tell(line)),
        };
        for warning in self.client.take_warnings() {
            notice(&format!("warning: {warning}"));
        }
        for line in self.signing_notes.steps() {
            notice(&line);
        }
        for warning in self.signing_notes.warnings() {
            notice(&format!("warning: {warning}"));
        }
        let options = self.options;
        Parts {
            url: self.url,
            origin: self.endpoint.origin().to_owned(),
            transport: options.transport,
            client: self.client,
            credentials: Credentials::new(means),
            signer: self.signer,
            ignored_tools: options.ignore_tool,
            repeats: options.repeat == Repeat::Auto,
            request_timeout: self.request_timeout,
            connect_timeout: self.connect_timeout,
            max_message: options.max_message,
            notice: Box::new(move |line| notice(line)),
        }
    }
}

/// What makes the headers of `-H`, where there are any.
fn own_headers(options: &BridgeOptions, url: &str, profile: Option<Arc<Profile>>) -> Result<Option<Asker>, Error> {
    if options.header.is_empty() {
        return Ok(None);
    }
    let templates = HeaderTemplates::parse(&options.header, &[], Vec::new(), &OF_A_REQUEST)?;
    let (name, url) = (options.server_name.clone(), url.to_owned());
    let (env_files, explain) = (options.env_file.clone(), options.explain);
    Ok(Some(asker::of_templates(templates, move |call| {
        let given = RunOptions {
            timeout: TEMPLATES,
            now: None,
            nonce: None,
            explain,
            env_files: &env_files,
            server: Server::new(name.as_deref(), Some(&url))?,
            prints_headers: true,
            profile: profile.clone(),
            marks: Marks { time_left: None, started_at: None, ..Marks::inherited() },
            call: Some(call),
        };
        Run::new(given, monotonic())
    })))
}
