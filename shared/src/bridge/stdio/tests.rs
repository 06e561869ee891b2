//! Stdin and stdout as clients give them: socket pairs, pipes, files.

use std::fs::File;
use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdout, Stdio};
use std::thread;
use std::time::Duration;

use hyper::body::Bytes;
use rustix::fs::{OFlags, fcntl_getfl};
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime;
use tokio::task::{LocalSet, yield_now};
use tokio::time::timeout;

use super::descriptor::Descriptor;
use super::sink::Sink;
use super::source::Source;
use super::{Input, Line, Output, Signals};
use crate::os::signals::Deferral;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);
/// Long enough for what is ready to be noticed.
const SHORT: Duration = Duration::from_millis(50);

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async { timeout(LONG, future).await.expect("it ends") })
}

fn output(fd: impl Into<OwnedFd>) -> Output {
    Output::start(Sink::new(Descriptor::new(fd.into()).unwrap()))
}

fn text(bytes: &'static [u8]) -> Line {
    Line::Text(Bytes::from_static(bytes))
}

fn blocks(file: &OwnedFd) -> bool {
    !fcntl_getfl(file).unwrap().contains(OFlags::NONBLOCK)
}

/// Each kind of stream, as its reading end and its writing end.
fn streams() -> [(&'static str, OwnedFd, OwnedFd); 2] {
    let (reader, writer) = pipe().unwrap();
    let (ours, clients) = UnixStream::pair().unwrap();
    [("pipe", reader.into(), writer.into()), ("socket", ours.into(), clients.into())]
}

#[test]
fn lines_are_read_as_they_come_and_the_open_file_stays_as_it_was() {
    for (kind, reader, writer) in streams() {
        let shared = reader.try_clone().unwrap();
        let mut writer = File::from(writer);
        run(async {
            let source = Source::new(reader).unwrap();
            assert!(matches!(source, Source::Polled(_)), "{kind}");
            let mut input = Input::new(source, 64);
            assert!(timeout(SHORT, input.next()).await.is_err(), "{kind}");
            writer.write_all(b"{\"a\":1}\r\n\n{\"b\"").unwrap();
            assert_eq!(input.next().await, Some(text(b"{\"a\":1}")), "{kind}");
            assert!(timeout(SHORT, input.next()).await.is_err(), "{kind}");
            writer.write_all(b":2}\nlast").unwrap();
            assert_eq!(input.next().await, Some(text(b"{\"b\":2}")), "{kind}");
            drop(writer);
            assert_eq!(input.next().await, Some(text(b"last")), "{kind}");
            assert_eq!(input.next().await, None, "{kind}");
            assert_eq!(input.next().await, None, "{kind}");
        });
        assert!(blocks(&shared), "{kind}");
    }
}

#[test]
fn a_terminal_is_read_and_written_until_it_hangs_up() {
    use rustix::fs::{Mode, open};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let terminal = open(ptsname(&screen, Vec::new()).unwrap(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let (shared, mut screen) = (terminal.try_clone().unwrap(), File::from(screen));
    run(async {
        let output = output(terminal.try_clone().unwrap());
        let source = Source::new(terminal).unwrap();
        assert!(matches!(source, Source::Polled(_)));
        let mut input = Input::new(source, 64);
        assert!(timeout(SHORT, input.next()).await.is_err());
        screen.write_all(b"{\"a\":1}\n").unwrap();
        assert_eq!(input.next().await, Some(text(b"{\"a\":1}")));
        output.write(Bytes::from_static(b"{}"));
        assert!(output.flushed(LONG).await);
        let mut shown = [0; 13];
        screen.read_exact(&mut shown).unwrap();
        assert_eq!(&shown, b"{\"a\":1}\r\n{}\r\n");
        assert!(blocks(&shared));
        assert!(timeout(SHORT, output.closed()).await.is_err());
        drop(screen);
        output.closed().await;
        assert_eq!(input.next().await, None);
    });
}

#[test]
fn files_and_devices_are_read_to_their_end() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&[b"first\n".as_slice(), &vec![b'a'; 1 << 20], b"\nlast"].concat()).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a device to read")]
    let null = File::open("/dev/null").unwrap();
    run(async {
        let source_of_file = Source::new(file.into()).unwrap();
        assert!(matches!(source_of_file, Source::Thread(_)));
        let mut input = Input::new(source_of_file, 1 << 20);
        assert_eq!(input.next().await, Some(text(b"first")));
        assert_eq!(input.next().await, Some(Line::Text(vec![b'a'; 1 << 20].into())));
        assert_eq!(input.next().await, Some(text(b"last")));
        assert_eq!(input.next().await, None);
        assert_eq!(Input::new(Source::new(null.into()).unwrap(), 64).next().await, None);
    });
}

#[test]
fn lines_that_wait_are_written_whole_and_in_order() {
    for (kind, reader, writer) in streams() {
        let shared = writer.try_clone().unwrap();
        let lines: Vec<Vec<u8>> = (0..200_usize).map(|n| vec![b'a'; n * n]).skip(1).collect();
        let expected: Vec<u8> = lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
        run(async {
            let output = output(writer);
            for line in lines {
                output.write(line.into());
            }
            // Nobody reads, and that keeps nobody.
            assert!(timeout(SHORT, output.has_room()).await.is_err(), "{kind}");
            assert!(!output.flushed(SHORT).await, "{kind}");
            let all = thread::spawn(move || {
                let mut all = vec![0; 200 + (0..200).map(|n| n * n).sum::<usize>() - 1];
                let mut reader = File::from(reader);
                // It stays open: a reader that goes is noticed at once.
                reader.read_exact(&mut all).map(|()| (all, reader))
            });
            assert!(output.flushed(LONG).await, "{kind}");
            output.has_room().await;
            assert!(all.join().unwrap().unwrap().0 == expected, "{kind}");
            assert!(blocks(&shared), "{kind}");
        });
    }
}

#[test]
fn a_file_takes_everything() {
    let mut file = tempfile::tempfile().unwrap();
    let shared = file.try_clone().unwrap();
    run(async {
        let output = output(shared);
        output.write(Bytes::from_static(b"{}"));
        assert!(output.flushed(LONG).await);
        assert!(timeout(SHORT, output.closed()).await.is_err());
    });
    std::io::Seek::rewind(&mut file).unwrap();
    let mut written = String::new();
    file.read_to_string(&mut written).unwrap();
    assert_eq!(written, "{}\n");
}

#[test]
fn a_reader_that_goes_is_noticed_though_nothing_is_written() {
    for (kind, reader, writer) in streams() {
        run(async {
            let output = output(writer);
            output.write(Bytes::from_static(b"{}"));
            assert!(output.flushed(LONG).await, "{kind}");
            assert!(timeout(SHORT, output.closed()).await.is_err(), "{kind}");
            drop(reader);
            output.closed().await;
            assert!(output.is_closed(), "{kind}");
            output.write(Bytes::from_static(b"{}"));
            assert!(!output.flushed(LONG).await, "{kind}");
        });
    }
}

#[test]
fn a_reader_that_goes_frees_those_who_wait_for_room() {
    for (kind, reader, writer) in streams() {
        run(async {
            let output = output(writer);
            output.write(vec![b'a'; 1 << 20].into());
            assert!(timeout(SHORT, output.has_room()).await.is_err(), "{kind}");
            drop(reader);
            output.has_room().await;
            assert!(output.is_closed(), "{kind}");
            yield_now().await;
            assert!(!output.flushed(LONG).await, "{kind}");
        });
    }
}

/// Runs [`watching`] in a process of its own.
fn start_watching() -> (Child, BufReader<ChildStdout>) {
    #[expect(clippy::disallowed_methods, reason = "signals are sent to a process of its own")]
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let test = "bridge::stdio::tests::watching";
    let mut child = command.args([test, "--exact", "--ignored", "--nocapture"]).stdout(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

/// Reads until a line ends with `word`.
#[track_caller]
fn expect(stdout: &mut BufReader<ChildStdout>, word: &str) {
    let mut line = String::new();
    while !line.trim_end().ends_with(word) {
        line.clear();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "no {word}");
    }
}

#[test]
fn signals_are_events_and_what_must_be_stored_outlasts_them() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let (mut child, mut stdout) = start_watching();
        let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
        for word in ["watching", "again"] {
            expect(&mut stdout, word);
            kill_process(pid, signal).unwrap();
        }
        expect(&mut stdout, "done");
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest).unwrap();
        assert!(child.wait().unwrap().success(), "{signal:?}");
    }
}

#[test]
#[ignore = "a process for the test above"]
fn watching() {
    #[expect(clippy::print_stdout, reason = "the other process waits for it")]
    let tell = |word| println!("\n{word}");
    let limit = Duration::from_millis(450);
    run(async {
        let signals = Signals::watch().unwrap();
        assert!(signals.until_no_child_is_left(limit).await && signals.until_all_is_stored(limit).await);
        let child = Deferral::begin().unwrap();
        assert!(!signals.until_no_child_is_left(SHORT).await && signals.until_all_is_stored(limit).await);
        drop(child);
        let before = Deferral::storing().unwrap();
        tell("watching");
        signals.next().await;
        assert!(timeout(SHORT, signals.next()).await.is_err());
        assert!(!signals.until_all_is_stored(SHORT).await);
        let end = thread::spawn(move || {
            #[expect(clippy::disallowed_methods, reason = "a token is being stored")]
            thread::sleep(SHORT);
            drop(before);
        });
        assert!(signals.until_all_is_stored(LONG).await);
        end.join().unwrap();
        tell("again");
        signals.next().await;
        drop(Deferral::begin().unwrap());
        drop(signals);
        tell("done");
    });
}
