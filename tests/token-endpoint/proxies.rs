//! Proxies on the way: which one is taken, and what it gets to see.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::common::Helper;
use crate::endpoint::Endpoint;
use crate::headers;
use crate::script::{answer, scripted, silence};
use crate::tls::Certificates;

/// A proxy that tunnels, and what it was asked for.
pub(crate) struct Tunnel {
    pub(crate) origin: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    /// One that leads where it is asked to.
    pub(crate) fn new() -> Self {
        Self::leading(None)
    }

    /// One that leads to this address, whatever it is asked for.
    pub(crate) fn to(address: &str) -> Self {
        Self::leading(Some(address.to_owned()))
    }

    fn leading(address: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        thread::spawn(move || {
            for mut inner in listener.incoming().flatten() {
                let lines = BufReader::new(&inner).lines().map_while(Result::ok);
                let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
                let asked = head[0].split(' ').nth(1).unwrap();
                let mut outer = TcpStream::connect(address.as_deref().unwrap_or(asked)).unwrap();
                seen.lock().unwrap().push(head.join("\n"));
                inner.write_all(b"HTTP/1.1 200 X\r\n\r\n").unwrap();
                let (mut from, mut to) = (inner.try_clone().unwrap(), outer.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut from, &mut to));
                thread::spawn(move || {
                    let _ = std::io::copy(&mut outer, &mut inner);
                    inner.shutdown(std::net::Shutdown::Both)
                });
            }
        });
        Self { origin, heads }
    }

    /// What it was asked for since the last time.
    pub(crate) fn heads(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }
}

/// A helper that asks `endpoint` through TLS, and the origin that it asks.
fn through_tls(certificates: &Certificates, endpoint: &Endpoint) -> (Helper, String) {
    let origin = certificates.in_front_of(endpoint, "good");
    let helper = crate::asking(&format!("{origin}/token?tenant=hunter3"));
    (helper.args(["--ca-cert", &certificates.path("ca.pem")]), origin)
}

#[test]
fn a_proxy_is_asked_for_a_tunnel_and_sees_no_more() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let tunnel = Tunnel::new();
    let with_password = tunnel.origin.replace("//", "//me:hunter2@");
    for (number, variable) in ["", "https_proxy", "HTTPS_PROXY", "all_proxy"].into_iter().enumerate() {
        let (helper, origin) = through_tls(&certificates, &endpoint);
        let helper = match variable {
            "" => helper.args(["--proxy", &tunnel.origin]).env("https_proxy", "http://127.0.0.1:1"),
            _ => helper.env(variable, &with_password),
        };
        helper.run().prints(&headers(number));
        let heads = tunnel.heads();
        let target = origin.replace("https://", "");
        assert_eq!(heads.len(), 1, "{heads:?}");
        assert!(heads[0].starts_with(&format!("CONNECT {target} HTTP/1.1\n")), "{heads:?}");
        let has_password = heads[0].to_lowercase().contains("proxy-authorization: basic bwu6ahvudgvymg==");
        assert_eq!(has_password, !variable.is_empty(), "{heads:?}");
        assert!(!heads[0].contains("tenant"), "{heads:?}");
    }
}

#[test]
fn some_hosts_are_reached_without_it() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let tunnel = Tunnel::new();
    for (number, except) in
        ["127.0.0.1", "example.com, 127.0.0.1", "*", "127.0.0.0/8", "example.com 127.0.0.1"].into_iter().enumerate()
    {
        let (helper, _) = through_tls(&certificates, &endpoint);
        helper.env("https_proxy", &tunnel.origin).env("no_proxy", except).run().prints(&headers(number));
    }
    assert_eq!(tunnel.heads(), Vec::<String>::new());
    let (helper, _) = through_tls(&certificates, &endpoint);
    helper.env("https_proxy", &tunnel.origin).env("no_proxy", "example.com").run().prints(&headers(5));
    assert_eq!(tunnel.heads().len(), 1);
}

#[test]
fn plain_http_to_this_host_needs_no_proxy() {
    let endpoint = Endpoint::minting();
    let helper = crate::asking(&endpoint.url()).env("http_proxy", "http://127.0.0.1:1");
    helper.env("https_proxy", "http://127.0.0.1:1").env("all_proxy", "http://127.0.0.1:1").run().prints(&headers(0));
}

#[test]
fn a_proxy_that_fails_is_named() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let check = "check the URL, the network and the proxy, then try again";
    let refusing = scripted(vec![answer(407, "", "")]);
    let hanging = scripted(vec![silence()]);
    for (proxy, says) in [
        ("http://127.0.0.1:1".to_owned(), format!("cannot be reached: connection refused; {check}")),
        (refusing.origin(), format!("cannot be reached: the proxy did not connect to it; {check}")),
        (
            hanging.origin(),
            "did not answer: the 700 ms of --timeout ended before its answer was complete; try again, or raise \
             --timeout"
                .to_owned(),
        ),
    ] {
        let (helper, origin) = through_tls(&certificates, &endpoint);
        let outcome =
            helper.args(["--timeout", "700ms"]).env("https_proxy", proxy.replace("//", "//me:hunter2@")).run();
        outcome.fails(5, &format!("{origin} through {proxy} {says}"));
        assert!(outcome.elapsed() < Duration::from_secs(1), "{:?}", outcome.elapsed());
    }
    assert_eq!(endpoint.requests(), Vec::<String>::new());
}

#[test]
fn a_password_has_no_place_on_a_command_line() {
    let certificates = Certificates::new();
    let (helper, _) = through_tls(&certificates, &Endpoint::minting());
    helper.args(["--proxy", "http://me:hunter2@127.0.0.1:1"]).run().fails(
        2,
        "--proxy does not take a password: a secret on a command line can be read by every process of the machine; set https_proxy \
         to the URL with it instead",
    );
}
