//! What broke a connection, or kept it from being made.

use std::io;

use super::Words;

pub(super) fn in_words(error: &io::Error) -> Words {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => Words::passing("connection refused"),
        Kind::ConnectionReset | Kind::BrokenPipe | Kind::ConnectionAborted | Kind::NotConnected => {
            Words::passing("the connection was reset")
        }
        Kind::UnexpectedEof => Words::passing("the connection was closed before the answer was complete"),
        Kind::HostUnreachable => Words::passing("no route to its host"),
        Kind::NetworkUnreachable => Words::passing("no route to its network"),
        Kind::NetworkDown => Words::passing("the network is down"),
        Kind::AddrNotAvailable => Words::passing("this machine has no address to connect from"),
        Kind::TimedOut | Kind::WouldBlock => Words::passing("it did not answer in time"),
        Kind::PermissionDenied => Words::lasting(
            "this system does not permit the connection",
            "check the firewall, and the sandbox in which the client runs",
        ),
        Kind::InvalidData | Kind::InvalidInput => {
            Words::lasting("its answer does not match the request", "check the URL: another service may answer there")
        }
        // The system's own words, without its number.
        _ if error.raw_os_error().is_some() => {
            let text = error.to_string();
            let words = text.split(" (os error").next().unwrap_or_default();
            Words::passing(words.to_ascii_lowercase())
        }
        _ => Words::passing("the connection failed"),
    }
}
