//! `--check`: a client of our own goes through the relay, as any other would, and says what it sees.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bridge::dispatch::Dispatcher;
use crate::bridge::failure::{CODE, MAY_HAVE_RUN};
use crate::bridge::message::Message;
use crate::bridge::relay::Relay;
use crate::bridge::serve;
use crate::error::{OutsideText, Redactor};
use crate::run::HttpRequest;

/// How long each answer is waited for, unless `--request-timeout` says otherwise.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The most pages of a list of tools.
const PAGES: usize = 100;

/// The revision that is asked for, with sessions, and the first one without.
const REVISIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// The code of the bridge's own errors.
const OWN_CODE: i64 = CODE as i64;

/// One line of the result: what it is about, and what was seen.
pub(super) type Seen<'a> = &'a dyn Fn(&str, &str);

/// Goes through a session with the server; `who` makes the headers. Says whether everything worked.
pub(super) async fn check(relay: Rc<Relay>, who: &str, seen: Seen<'_>) -> bool {
    let mut client = CheckClient { dispatcher: Dispatcher::new(Rc::clone(&relay)), relay, asked: 0, revision: None };
    let result = client.run(who, seen).await;
    if let Err(failure) = &result {
        seen("failed", failure);
    }
    client.end().await;
    result.is_ok()
}

/// A client that goes through the relay.
struct CheckClient {
    relay: Rc<Relay>,
    dispatcher: Dispatcher,
    /// How many requests were sent.
    asked: u64,
    /// The revision without sessions, where it is spoken.
    revision: Option<&'static str>,
}

/// What a request came to: its result, or the error's message.
type Answer = Result<Value, Refused>;

/// An error in an answer.
struct Refused {
    message: String,
    code: i64,
    status: Option<u64>,
}

impl CheckClient {
    async fn run(&mut self, who: &str, seen: Seen<'_>) -> Result<(), String> {
        seen("url", &self.relay.origin);
        self.authenticate(who, seen).await?;
        self.connect(seen).await?;
        self.begin(seen).await?;
        self.list_tools(seen).await
    }

    /// Makes the headers.
    async fn authenticate(&self, who: &str, seen: Seen<'_>) -> Result<(), String> {
        let described = |error: crate::error::Error| error.to_string();
        let request = HttpRequest::new("POST", &self.relay.url, None).map_err(described)?;
        let issued = self.relay.credentials.current(&request).await.map_err(|failure| failure.message)?;
        let headers = issued.headers().map_err(described)?;
        let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
        seen("headers", &if names.is_empty() { "none".to_owned() } else { format!("{} ({who})", names.join(", ")) });
        if self.relay.signer.is_some() {
            seen("signature", "each request is signed");
        }
        Ok(())
    }

    /// Makes a connection.
    async fn connect(&self, seen: Seen<'_>) -> Result<(), String> {
        let client = &self.relay.client;
        let through = client.through();
        client.reach().await.map_err(|failure| {
            format!("{}{through} cannot be reached: {}; {}", self.relay.origin, failure.cause, failure.remedy)
        })?;
        seen("proxy", through.strip_prefix(" through ").unwrap_or("none"));
        seen(
            "tls",
            match (client.has_tls(), client.has_certificate()) {
                (false, _) => "none, the server is on this machine",
                (true, false) => "the server's certificate is trusted",
                (true, true) => "the server's certificate is trusted; it may see the client certificate",
            },
        );
        Ok(())
    }

    /// Begins a session, or finds that the server has none.
    async fn begin(&mut self, seen: Seen<'_>) -> Result<(), String> {
        let [legacy, modern] = REVISIONS;
        let about_us = json!({ "name": "hdr-bridge", "version": env!("CARGO_PKG_VERSION") });
        let params = json!({ "protocolVersion": legacy, "capabilities": {}, "clientInfo": about_us });
        let (result, is_modern) = match self.request("initialize", params).await {
            Ok(result) => (result, false),
            Err(refused) if refused.may_be_modern() => {
                self.revision = Some(modern);
                // What the server says of the first one is what its users know.
                (self.request("server/discover", json!({})).await.map_err(|_| refused.message)?, true)
            }
            Err(refused) => return Err(refused.message),
        };
        let text = |value: &Value| value.as_str().map(shown).unwrap_or_default();
        let revision = if is_modern { modern.to_owned() } else { text(at(&result, "/protocolVersion")) };
        let transport = if self.relay.old.is_open() { "HTTP with SSE" } else { "streamable HTTP" };
        seen("protocol", &format!("{revision}, {transport}"));
        let name = format!("{} {}", text(at(&result, "/serverInfo/name")), text(at(&result, "/serverInfo/version")));
        seen("server", Some(name.trim()).filter(|name| !name.is_empty()).unwrap_or("it has no name"));
        if !is_modern {
            self.notify("notifications/initialized");
        }
        Ok(())
    }

    /// Counts the tools on all pages.
    async fn list_tools(&mut self, seen: Seen<'_>) -> Result<(), String> {
        let mut count: usize = 0;
        let mut cursor = Value::Null;
        for _ in 0..PAGES {
            let params = if cursor.is_null() { json!({}) } else { json!({ "cursor": cursor }) };
            let result = match self.request("tools/list", params).await {
                Ok(result) => result,
                // Not every server has tools.
                Err(Refused { code: -32601, .. }) => {
                    seen("tools", "none, the server has no such method");
                    return Ok(());
                }
                Err(refused) => return Err(refused.message),
            };
            count = count.saturating_add(at(&result, "/tools").as_array().map_or(0, Vec::len));
            cursor = at(&result, "/nextCursor").clone();
            if !cursor.is_string() {
                seen("tools", &count.to_string());
                return Ok(());
            }
        }
        Err(format!("the list of tools has no end: it has more than {PAGES} pages; report this to the server's maker"))
    }

    /// Sends a request and waits for its answer.
    async fn request(&mut self, method: &str, mut params: Value) -> Answer {
        self.asked = self.asked.saturating_add(1);
        let id = self.asked;
        if let Some(revision) = self.revision {
            let meta = json!({
                "io.modelcontextprotocol/protocolVersion": revision,
                "io.modelcontextprotocol/clientInfo": { "name": "hdr-bridge", "version": env!("CARGO_PKG_VERSION") },
                "io.modelcontextprotocol/clientCapabilities": {},
            });
            params.as_object_mut().map(|params| params.insert("_meta".to_owned(), meta));
        }
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let line = tokio::select! {
                biased;
                line = self.relay.output.next_line() => line,
                Some(report) = self.dispatcher.report() => {
                    self.dispatcher.go_on(report);
                    continue;
                }
            };
            let Ok(message) = serde_json::from_slice::<Value>(&line) else { continue };
            if *at(&message, "/id") == id && at(&message, "/method").is_null() {
                return answer(&message);
            }
            self.serve(&message);
        }
    }

    /// Answers a request of the server.
    fn serve(&mut self, message: &Value) {
        let (id, method) = (at(message, "/id"), at(message, "/method").as_str());
        match method {
            Some("ping") if !id.is_null() => self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": {} })),
            Some(_) if !id.is_null() => {
                let error = json!({ "code": -32601, "message": "hdr-bridge --check serves no requests" });
                self.send(&json!({ "jsonrpc": "2.0", "id": id, "error": error }));
            }
            _ => {}
        }
    }

    fn notify(&mut self, method: &str) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method }));
    }

    fn send(&mut self, message: &Value) {
        // What is made here is a message.
        if let Ok(message) = Message::parse(message.to_string().into()) {
            self.dispatcher.admit(message);
        }
    }

    /// Ends the session.
    async fn end(self) {
        serve::leave(&self.relay).await;
    }
}

impl Refused {
    /// Whether a server may answer so that has no sessions: it knows no `initialize`.
    fn may_be_modern(&self) -> bool {
        self.code != OWN_CODE || matches!(self.status, Some(400 | 404 | 405 | 406 | 415 | 422))
    }
}

/// The result in an answer, or its error.
fn answer(message: &Value) -> Answer {
    if at(message, "/error").is_null() {
        return Ok(at(message, "/result").clone());
    }
    let code = at(message, "/error/code").as_i64().unwrap_or_default();
    let status = at(message, "/error/data/httpStatus").as_u64();
    let text = at(message, "/error/message").as_str().unwrap_or_default();
    let message = match text.strip_prefix("hdr-bridge: ") {
        // What a check asks for changes nothing.
        Some(ours) if code == OWN_CODE => ours.strip_suffix(MAY_HAVE_RUN).unwrap_or(ours).to_owned(),
        _ => format!("the MCP server answered with error {code}: {}; see its documentation", shown(text)),
    };
    Err(Refused { message, code, status })
}

/// The value at a JSON pointer, null where there is none.
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// A text of the server.
fn shown(text: &str) -> String {
    OutsideText::new(text).shown(&Redactor::default())
}
