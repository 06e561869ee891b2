use super::*;
use crate::oauth::authorization_server::SignInMetadata;

fn server(names_itself: bool) -> AuthorizationServer {
    let endpoint = Endpoint::typed("", "https://login.example/token").unwrap();
    let at = AuthorizationServer::at(endpoint);
    let sign_in = SignInMetadata { names_itself, ..SignInMetadata::default() };
    AuthorizationServer { issuer: Some("https://login.example".to_owned()), sign_in, ..at }
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest::new("a b", "http://127.0.0.1:1/cb", &["r".to_owned(), "w".to_owned()]).unwrap()
}

fn pairs(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The challenge of RFC 7636 appendix B.
#[test]
fn the_challenge_is_that_of_the_verifier() {
    let verifier = b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier)), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let request = request();
    let url = request.url(&Endpoint::typed("", "https://login.example/authorize?tenant=x").unwrap());
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, request.verifier.expose()));
    let state = request.state.expose_text().unwrap();
    assert_eq!((state.len(), request.verifier.expose().len()), (43, 43));
    assert_eq!(
        url,
        format!(
            "https://login.example/authorize?tenant=x&response_type=code&client_id=a+b&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb\
             &state={state}&code_challenge={challenge}&code_challenge_method=S256&scope=r+w"
        )
    );
}

#[test]
fn no_two_requests_are_alike() {
    let [one, other] = [request(), request()];
    assert_ne!(one.state.expose(), other.state.expose());
    assert_ne!(one.verifier.expose(), other.verifier.expose());
    assert_ne!(one.state.expose(), one.verifier.expose());
}

#[test]
fn an_answer_is_of_this_request_and_this_issuer() {
    let request = request();
    let state = request.state.expose_text().unwrap().to_owned();
    let code = |answer: &[(&str, &str)], names_itself| {
        let code = request.code(&pairs(answer), &server(names_itself), &Redactor::default());
        code.map(|code| code.expose_text().unwrap().to_owned()).map_err(|error| error.to_string())
    };
    let (state, iss) = (("state", state.as_str()), ("iss", "https://login.example"));
    assert_eq!(code(&[("code", "c"), state], false), Ok("c".to_owned()));
    assert_eq!(code(&[("code", "c"), state, iss], true), Ok("c".to_owned()));
    let again = "run login again, and sign in at the URL that it prints";
    let other = ("iss", "https://evil.example");
    let words = ("error_description", "call +1 234");
    for (answer, names_itself, cause) in [
        (vec![("code", "c"), ("state", "x")], false, "its state is not the one of this sign-in"),
        (vec![("code", "c")], false, "it has no state"),
        (
            vec![("code", "c"), state, other],
            false,
            "it comes from the issuer https://evil.example, not https://login.example",
        ),
        (
            vec![("error", "access_denied"), words, state, other],
            false,
            "it comes from the issuer https://evil.example, not https://login.example",
        ),
        (vec![("code", "c"), state], true, "it has no iss, which https://login.example says that it sends"),
        (vec![("code", ""), state], false, "it has no code"),
    ] {
        let expected = format!("the answer of the browser is not accepted: {cause}; {again}");
        assert_eq!(code(&answer, names_itself), Err(expected), "{answer:?}");
    }
    let denied = code(&[("error", "access_denied"), ("error_description", "no\n"), state], false);
    let expected = "https://login.example did not sign you in: it answered access_denied: no; run login again, and allow the access that is asked for";
    assert_eq!(denied, Err(expected.to_owned()));
}

#[test]
fn what_it_sets_itself_cannot_be_set() {
    let mut request = request();
    request.add_other("--login-param", "prompt", "login").unwrap();
    for name in ["state", "scope", "code_challenge", "prompt", "response_mode"] {
        let error = request.add_other("--login-param", name, "x").unwrap_err();
        let expected =
            format!("--login-param {name} cannot be set: the authorization request has it already; remove it");
        assert_eq!((error.to_string(), error.exit_code()), (expected, 2));
    }
}
