//! Every message that a key file can cause, in one table to read through; and the commands in it, which work.

use tempfile::TempDir;

use crate::common::Helper;
use crate::{EXECUTABLE, base64url, keys, openssl, signing_with};

/// What was given, and below it what is said.
const TABLE: &str = include_str!("key-messages.txt");

/// A folder with an RSA key in `rsa`, one on P-256 in `ec`, an Ed25519 key in `ed`, a certificate in `cert` and the password
/// `secret7` in `password`.
fn prepared() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, contents) in [
        ("rsa", keys::rsa()),
        ("ec", keys::p256()),
        ("ed", keys::ed25519()),
        ("password", "secret7\n"),
        ("ec.jwk", keys::P256_JWK),
        ("ed.jwk", keys::ED25519_JWK),
    ] {
        std::fs::write(folder.path().join(name), contents).expect(name);
    }
    made(&folder, "openssl req -x509 -key rsa -subj /CN=x -days 1 -out cert");
    folder
}

/// What a line of shell prints in `folder`.
#[track_caller]
fn made(folder: &TempDir, line: &str) -> Vec<u8> {
    openssl::shell(&format!("cd \"$1\"; {line}"), &[folder.path().to_str().expect("its path")], "")
}

/// What is given, how it is made, and with which options.
const GIVEN: &[(&str, &str, &str)] = &[
    ("an encrypted PEM file", "openssl pkcs8 -topk8 -in rsa -passout file:password", ""),
    ("an encrypted PEM file of old", "openssl rsa -in rsa -traditional -aes128 -passout file:password 2>&-", ""),
    ("one in base64", "openssl pkcs8 -topk8 -in rsa -passout file:password | openssl base64", ""),
    ("an encrypted key in DER", "openssl pkcs8 -topk8 -in rsa -outform DER -passout file:password", ""),
    ("one in base64", "openssl pkcs8 -topk8 -in rsa -outform DER -passout file:password | openssl base64", ""),
    ("a .pfx", "openssl pkcs12 -export -inkey rsa -in cert -passout file:password", ""),
    ("a .pfx of old", "openssl pkcs12 -export -legacy -inkey rsa -in cert -passout file:password", ""),
    ("a .pfx in base64", "openssl pkcs12 -export -inkey rsa -in cert -passout file:password | openssl base64 -A", ""),
    (
        "one of old in base64",
        "openssl pkcs12 -export -legacy -inkey rsa -in cert -passout file:password | openssl base64 -A",
        "",
    ),
    ("a Java keystore", "printf '\\376\\355\\376\\355\\0\\0\\0\\002\\0\\0\\0\\001\\0\\0\\0\\001'", ""),
    ("a key of PuTTY", "printf 'PuTTY-User-Key-File-3: ssh-rsa\\n'", ""),
    ("an RSA key of OpenSSH", "ssh-keygen -q -t rsa -N '' -f new >&2; cat new; rm new", ""),
    ("an encrypted one", "ssh-keygen -q -t rsa -N secret7 -f new >&2; cat new; rm new", ""),
    ("an Ed25519 key of OpenSSH", "ssh-keygen -q -t ed25519 -N '' -f new >&2; cat new; rm new", ""),
    ("an encrypted one", "ssh-keygen -q -t ed25519 -N secret7 -f new >&2; cat new; rm new", ""),
    ("an OpenSSH public key", "echo ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOkeVSmyMrXl me@host", ""),
    (
        "an OpenPGP key",
        "printf -- '-----BEGIN PGP PRIVATE KEY BLOCK-----\\n\\nlQ==\\n-----END PGP PRIVATE KEY BLOCK-----'",
        "",
    ),
    ("a public key", "openssl pkey -in rsa -pubout", ""),
    ("a public key in DER", "openssl pkey -in rsa -pubout -outform DER", ""),
    ("a public JWK", "sed '/\"d\"/d; s/I5a0\",/I5a0\"}/' ec.jwk", ""),
    ("a certificate", "cat cert", ""),
    ("a certificate in DER", "openssl x509 -in cert -outform DER", ""),
    ("a certificate request", "openssl req -new -key rsa -subj /CN=x", ""),
    ("parameters", "openssl ecparam -name prime256v1", ""),
    ("PEM that was cut", "head -5 rsa", ""),
    ("PEM with a wrong letter", "sed '3s/./!/' rsa", ""),
    ("PEM whose base64 is none of a key", "sed '2s/^..../AAAA/' rsa", ""),
    ("PEM whose first line is broken", "sed '1s/^--//' rsa", ""),
    ("DER that was cut", "openssl pkey -in rsa -outform DER | head -c 500", ""),
    ("RSA of 1024 bits", "openssl genrsa 1024 2>&-", ""),
    ("RSA of 2304 bits", "openssl genrsa 2304 2>&-", ""),
    ("RSA with the exponent 3", "openssl genrsa -3 2048 2>&-", ""),
    ("a key for RSASSA-PSS", "openssl genpkey -algorithm RSA-PSS 2>&-", ""),
    ("a key on P-521", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521", ""),
    ("a key on secp256k1", "openssl ecparam -genkey -name secp256k1", ""),
    ("a key on a curve without a name", "openssl ec -in ec -param_enc explicit 2>&-", ""),
    ("an EC key without its public half", "openssl ec -in ec -no_public 2>&-", ""),
    ("an Ed448 key", "openssl genpkey -algorithm ED448", ""),
    ("a DSA key", "openssl dsaparam -genkey -noout 1024 2>&-", ""),
    ("a JWK without y", "sed '/\"y\"/d' ec.jwk", ""),
    ("a JWK on P-521", "sed 's/P-256/P-521/' ec.jwk", ""),
    ("a JWK for encryption", "sed 's/{/{\"use\":\"enc\",/' ec.jwk", ""),
    ("a JWK for checking signatures", "sed 's/{/{\"key_ops\":[\"verify\"],/' ec.jwk", ""),
    ("a JWK for another algorithm", "sed 's/{/{\"alg\":\"RS256\",/' ec.jwk", ""),
    ("an RSA JWK without its primes", "echo '{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"d\":\"AQAB\"}'", ""),
    ("a list of JWKs", "printf '['; cat ec.jwk; printf ']'", ""),
    ("a JWKS with two keys", "printf '{\"keys\":['; cat ec.jwk; printf ,; cat ed.jwk; printf ']}'", ""),
    (
        "a JWKS without the key asked for",
        "printf '{\"keys\":['; sed 's/{/{\"kid\":\"a\",/' ec.jwk; printf ,; cat ed.jwk; printf ']}'",
        "--kid b",
    ),
    ("one of which no key has an id", "printf '{\"keys\":['; cat ec.jwk; printf ,; cat ed.jwk; printf ']}'", "--kid b"),
    ("JSON that is no key", "echo '{\"private\":{\"key\":\"MIIE\"}}'", ""),
    ("a credential of Google without a key", "echo '{\"type\":\"authorized_user\"}'", ""),
    ("JSON that was cut", "head -c 80 ec.jwk", ""),
    ("a private key for HS256", "cat rsa", "--alg HS256"),
    ("its base64 for HS256", "openssl base64 -in rsa", "--alg HS256"),
    ("its lines without BEGIN and END for HS512", "sed /-----/d rsa", "--alg HS512"),
    ("a public key for HS256", "openssl pkey -in rsa -pubout", "--alg HS256"),
    ("an RSA key for ES256", "cat rsa", "--alg ES256"),
    ("an Ed25519 key for RS256", "cat ed", "--alg RS256"),
    ("a shared secret for RS256", "echo a secret that is no key, whatever it may look like", "--alg RS256"),
    ("a secret that is not hex", "echo secret", "--key-encoding hex"),
    ("a secret that is not base64", "echo '{secret}'", "--key-encoding base64"),
];

#[test]
fn the_table() {
    let folder = prepared();
    let mut table = String::new();
    for (what, line, options) in GIVEN {
        let helper = signing_with(made(&folder, line)).args(options.split_ascii_whitespace());
        let outcome = helper.run();
        let said = outcome.stderr();
        assert!(matches!(outcome.code(), Some(2 | 3)), "{what}: {said}");
        let given = if options.is_empty() { (*what).to_owned() } else { format!("{what} ({options})") };
        table.extend([&given, "\n    ", said.trim_start_matches("hdr-jwt: ")]);
    }
    for (expected, found) in TABLE.lines().zip(table.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(TABLE, table);
}

/// The command in the message about a key that `line` makes, as it would be typed: with paths of real files.
#[track_caller]
fn remedy(folder: &TempDir, line: &str) -> String {
    std::fs::write(folder.path().join("given"), made(folder, line)).expect("a file");
    let said = signing_with(made(folder, line)).run().stderr();
    let (_, remedy) = said.trim_end().rsplit_once(": cmd:").or(said.trim_end().rsplit_once(" cmd:")).expect(&said);
    let path = |name: &str| folder.path().join(name).to_str().expect("its path").to_owned();
    remedy.replace("KEY", &path("given")).replace("PASSWORD", &path("password"))
}

/// With this command, the key is `key`.
#[track_caller]
fn gives(folder: &TempDir, command: &str, key: &str) {
    let helper = |source: &str| {
        let helper = Helper::new(EXECUTABLE).args(["--key", source, "--now", "1700000000", "--format", "token"]);
        helper.run()
    };
    let plain = helper(&format!("file:{}", folder.path().join(key).display()));
    let outcome = helper(&format!("cmd:{command}"));
    outcome.ends(0, &String::from_utf8_lossy(plain.stdout()), "");
}

#[test]
fn commands_that_decrypt_and_unpack() {
    let folder = prepared();
    for (what, line, _) in GIVEN.iter().take(9) {
        let command = remedy(&folder, line);
        assert!(command.contains("openssl"), "{what}: {command}");
        gives(&folder, &command, "rsa");
    }
    gives(&folder, &remedy(&folder, "openssl pkcs8 -topk8 -in ed -passout file:password"), "ed");
    for line in ["openssl ec -in ec -no_public 2>&-", "openssl ec -in ec -param_enc explicit 2>&-"] {
        let command = remedy(&folder, line);
        let outcome = Helper::new(EXECUTABLE).args(["--key", &format!("cmd:{command}"), "--alg", "ES256"]).run();
        assert_eq!(outcome.code(), Some(0), "{command}: {}", outcome.stderr());
    }
}

#[test]
fn commands_that_convert_keys_of_openssh() {
    let folder = prepared();
    let run = |said: &str| {
        let (_, remedy) = said.trim_end().rsplit_once("ssh-keygen ").expect(said);
        let command = remedy.split(';').next().unwrap_or_default().replace("COPY", "copy");
        made(&folder, &format!("cp new copy; ssh-keygen -q -P '' {command} >&2"));
        std::fs::read(folder.path().join("copy")).expect("a copy")
    };
    for kind in ["rsa", "ecdsa"] {
        let key = made(&folder, &format!("rm -f new; ssh-keygen -q -t {kind} -N '' -f new >&2; cat new"));
        let converted = run(&signing_with(key).run().stderr());
        assert_eq!(signing_with(converted).run().code(), Some(0));
    }
    made(&folder, "rm -f new; ssh-keygen -q -t ed25519 -N '' -C 'a longer comment' -f new >&2");
    let command = remedy(&folder, "cat new");
    // The thumbprint of RFC 7638, from the public half that ssh-keygen wrote.
    let x = "cut -d' ' -f2 new.pub | openssl base64 -d -A | tail -c 32 | openssl base64 -A | tr +/ -_ | tr -d =";
    let x = String::from_utf8(made(&folder, x)).expect("text");
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    let kid = base64url(openssl::shell("openssl dgst -sha256 -binary", &[], members));
    let helper = Helper::new(EXECUTABLE).args(["--key", &format!("cmd:{command}"), "--format", "token"]);
    let token = helper.args(["--kid", "thumbprint"]).run();
    let header = base64url(format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}"}}"#));
    assert_eq!(String::from_utf8_lossy(token.stdout()).split('.').next(), Some(header.as_str()), "{}", token.stderr());
}

/// The token that `--key cmd:COMMAND` makes verifies with the public key in `new.pub` of this folder.
#[track_caller]
fn verifies(folder: &TempDir, command: &str) {
    let helper = Helper::new(EXECUTABLE).args(["--key", &format!("cmd:{command}"), "--format", "token"]);
    let outcome = helper.run();
    let token = String::from_utf8_lossy(outcome.stdout()).trim().to_owned();
    let (signed, signature) = token.rsplit_once('.').unwrap_or_else(|| panic!("{command}: {}", outcome.stderr()));
    std::fs::write(folder.path().join("signed"), signed).expect("a file");
    std::fs::write(folder.path().join("signature"), signature).expect("a file");
    made(
        folder,
        "{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; \
         cut -d' ' -f2 new.pub | openssl base64 -d -A | tail -c 32; } > new.der; \
         { tr -- -_ +/ < signature; printf ==; } | openssl base64 -d -A > raw; \
         openssl pkeyutl -verify -pubin -inkey new.der -keyform DER -rawin -in signed -sigfile raw >&2",
    );
}

#[test]
fn a_key_of_openssh_is_converted_as_it_is_kept() {
    let folder = prepared();
    made(&folder, "rm -f new; ssh-keygen -q -t ed25519 -N '' -C comment -f new >&2");
    for kept in ["cat new", "openssl base64 -A -in new", "openssl base64 -in new", "sed 's/$/\r/' new"] {
        verifies(&folder, &remedy(&folder, kept));
    }
    // The command for one way prints nothing of another, and nothing of another key.
    for (meant, other) in [
        ("cat new", "openssl base64 -A -in new"),
        ("openssl base64 -A -in new", "cat new"),
        ("cat new", "cat rsa"),
        ("cat new", "openssl base64 -A -in rsa"),
        ("cat new", "ssh-keygen -q -t ed25519 -N secret7 -f other >&2; cat other; rm other"),
        ("cat new", "ssh-keygen -q -t rsa -N '' -f other >&2; cat other; rm other"),
    ] {
        let command = remedy(&folder, meant);
        std::fs::write(folder.path().join("given"), made(&folder, other)).expect("a file");
        let outcome = Helper::new(EXECUTABLE).args(["--key", &format!("cmd:{command}")]).run();
        assert_eq!((outcome.code(), outcome.stdout()), (Some(3), &b""[..]), "{meant} {other}: {}", outcome.stderr());
    }
}

#[test]
fn a_file_that_no_program_reads_is_restored_first() {
    let folder = prepared();
    let said = |cause: &str| {
        format!(
            "--key is not a usable key: {cause}; save it as the original file, with its line breaks and nothing around \
             them, and give that file: the message about it has the command"
        )
    };
    let encrypted = "openssl pkcs8 -topk8 -in rsa -passout file:password";
    for after in ["tr -d '\n'", "tr '\n' ' '", "sed 's/^/  /'", "openssl base64 -A | openssl base64 -A"] {
        let key = made(&folder, &format!("{encrypted} | {after}"));
        signing_with(key).run().fails(3, &said("it is an encrypted PEM file"));
    }
    let hex = made(&folder, &format!("{encrypted} -outform DER | od -An -v -tx1"));
    signing_with(hex).run().fails(3, &said("it is an encrypted private key in DER"));
    let ssh = made(&folder, "ssh-keygen -q -t ed25519 -N '' -f new >&2; tr -d '\n' < new");
    signing_with(ssh).run().fails(3, &said("it is an Ed25519 key in OpenSSH format"));
    for line in ["openssl ec -in ec -no_public 2>&-", "openssl ec -in ec -param_enc explicit 2>&-"] {
        let command = remedy(&folder, &format!("{line} | openssl base64"));
        let outcome = Helper::new(EXECUTABLE).args(["--key", &format!("cmd:{command}"), "--alg", "ES256"]).run();
        assert_eq!(outcome.code(), Some(0), "{command}: {}", outcome.stderr());
    }
}

#[test]
fn commands_that_convert_a_java_keystore() {
    let folder = prepared();
    let make = "keytool -genkeypair -keystore store -storetype JKS -storepass secret7 -keypass secret7 -alias a \
                -dname CN=x -keyalg RSA >&2";
    if openssl::text("command -v keytool || true", &[], "").is_empty() {
        return;
    }
    made(&folder, make);
    let said = signing_with(made(&folder, "cat store")).run().stderr();
    let (_, remedy) = said.split_once("convert it: ").expect(&said);
    let (convert, give) = remedy.trim_end().split_once("; then give cmd:").expect(remedy);
    let convert = convert.replace("KEY", "store").replace("NEW", "new.p12");
    made(&folder, &format!("{convert} -srcstorepass secret7 -deststorepass secret7 >&2"));
    let path = |name: &str| folder.path().join(name).to_str().expect("its path").to_owned();
    let command = give.replace("NEW", &path("new.p12")).replace("PASSWORD", &path("password"));
    let outcome = Helper::new(EXECUTABLE).args(["--key", &format!("cmd:{command}")]).run();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr());
}
