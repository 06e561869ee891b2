//! Profiles with `environment = false`: variables, which a repository's settings may set, choose neither proxy nor trust.

use crate::common::Helper;
use crate::endpoint::Endpoint;
use crate::proxies::Tunnel;
use crate::tls::Certificates;
use crate::{headers, helper};

/// The helper with a profile for the token endpoint at `origin`, which has these lines beside its options and among them.
fn with_profile(origin: &str, beside: &str, among: &str) -> Helper {
    let options =
        format!("token-url = '{origin}/token'\nclient-id = 'abc'\nclient-secret = 'file:~/secret'\n{among}\n");
    let profile = format!("[profiles.p]\n{beside}\n[profiles.p.hdr-bearer-refresh]\n{options}");
    let helper = helper().prepared_by("mkdir -p ~/.config/hdr");
    helper.file(".config/hdr/config.toml", profile, 0o600).args(["--profile", "p"])
}

const ALONE: &str = "environment = false";

#[test]
fn no_variable_chooses_the_proxy() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let origin = certificates.in_front_of(&endpoint, "good");
    let tunnel = Tunnel::new();
    let among = format!("ca-cert = '{}'\nno-cache = true", certificates.path("ca.pem"));
    for (number, name) in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].into_iter().enumerate() {
        let helper = |beside| with_profile(&origin, beside, &among).env(name, &tunnel.origin);
        helper(ALONE).run().prints(&headers(2 * number));
        assert_eq!(tunnel.heads(), Vec::<String>::new(), "{name}");
        helper("environment = true").run().prints(&headers(2 * number + 1));
        assert_eq!(tunnel.heads().len(), 1, "{name}");
    }
    // Its own proxy is taken, whatever variables make exceptions.
    let own = format!("{among}\nproxy = '{}'", tunnel.origin);
    let helper = with_profile(&origin, ALONE, &own).env("no_proxy", "*").env("NO_PROXY", "127.0.0.1");
    helper.run().prints(&headers(8));
    assert_eq!(tunnel.heads().len(), 1);
}

#[test]
fn no_variable_names_an_authority() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let origin = certificates.in_front_of(&endpoint, "good");
    let authority = certificates.path("ca.pem");
    let untrusted = format!(
        "{origin} cannot be reached: its certificate is issued by an authority that is not trusted: ca; give the authority's \
         certificate with --ca-cert FILE"
    );
    for name in ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
        with_profile(&origin, ALONE, "").env(name, &authority).run().fails(5, &untrusted);
    }
    assert_eq!(endpoint.requests(), Vec::<String>::new());
    with_profile(&origin, "", "").env("SSL_CERT_FILE", &authority).run().prints(&headers(0));
    // Its own one is, whatever they say.
    let own = format!("ca-cert = '{authority}'");
    for (number, name) in ["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"].into_iter().enumerate() {
        with_profile(&origin, ALONE, &own).env(name, "/nowhere").run().prints(&headers(number + 1));
    }
}

#[test]
fn it_is_true_or_false_and_explained() {
    let helper = with_profile("https://h", "environment = 'no'", "");
    let file = "~/.config/hdr/config.toml";
    helper.run().fails(2, &format!("{file} line 2: environment: it is a string; write true or false"));
    let helper = with_profile("https://h", "enviroment = false", "");
    helper.run().fails(2, &format!("{file} line 2: enviroment: the key is unknown; write environment"));
    let outcome = with_profile("https://h", ALONE, "").args(["--explain", "--token", "env:HOME"]).run();
    let line = format!(
        "hdr-bearer-refresh: profile p of {file}, chosen by --profile, gives --client-id; the command line replaces its \
         --token-url; not used because --token on the command line names another recipient: --client-secret; variables \
         for proxies and certificate authorities are ignored\n"
    );
    assert!(outcome.stderr().starts_with(&line), "{}", outcome.stderr());
}
