//! Runs that are killed at random moments while refresh tokens rotate.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::rotation::{self, Manner, Rotating};
use crate::{EXECUTABLE, Home, tell};

/// What the kills of one HOME hit.
#[derive(Debug, Default)]
struct Hits {
    before_asking: usize,
    before_printing: usize,
    after_printing: usize,
    too_late: usize,
}

/// A HOME, the server that it asks, and the newest token that was printed there.
struct Life {
    home: Home,
    server: Rotating,
    acknowledged: usize,
}

impl Life {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(EXECUTABLE);
        command.args(rotation::arguments(&self.server.endpoint.url())).args(arguments);
        command.env_clear().env("HOME", self.home.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs to the end; says how long it took. What it prints is no older than what was printed before.
    fn run(&mut self, arguments: &[&str]) -> Duration {
        let started_at = Instant::now();
        let output = self.command(arguments).output().unwrap();
        let took = started_at.elapsed();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr)), (Some(0), "".into()));
        let printed = number(&output.stdout).unwrap();
        assert!(printed >= self.acknowledged, "{printed} was printed after {}", self.acknowledged);
        self.acknowledged = printed;
        took
    }

    /// Runs with --fresh and is killed after `moment`. The refresh tokens shown are no older than what was printed before.
    fn is_killed_after(&mut self, moment: Duration, hits: &mut Hits) {
        let [issued, shown] = [self.server.issued(), self.server.presented().len()];
        let mut child = self.command(&["--fresh"]).spawn().unwrap();
        thread::sleep(moment);
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let printed = number(&output.stdout);
        *match printed {
            _ if output.status.success() => &mut hits.too_late,
            Some(_) => &mut hits.after_printing,
            None if self.server.issued() > issued => &mut hits.before_printing,
            None => &mut hits.before_asking,
        } += 1;
        let presented = self.server.presented().split_off(shown);
        assert!(presented.iter().all(|number| *number >= self.acknowledged), "{presented:?}, {}", self.acknowledged);
        self.acknowledged = printed.unwrap_or(self.acknowledged);
    }
}

/// The number of the token in a line, if it is a whole line.
fn number(line: &[u8]) -> Option<usize> {
    let line = std::str::from_utf8(line).unwrap();
    line.strip_prefix(r#"{"Authorization":"Bearer token-"#)?.strip_suffix("\"}\n")?.parse().ok()
}

/// A HOME in which runs are killed `kills` times.
fn live(seed: u64, kills: usize) -> Hits {
    let manner = Manner { strict: false, pause: Duration::from_millis(2), first_life: 3600 };
    let mut life = Life { home: rotation::home(), server: Rotating::new(manner), acknowledged: 0 };
    let mut usual = (0..8).map(|_| life.run(&["--fresh"])).min().unwrap();
    let mut hits = Hits::default();
    let mut random = seed;
    for _ in 0..kills {
        // The constants of MMIX.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = u32::try_from(random >> 40).unwrap();
        let too_late = hits.too_late;
        life.is_killed_after(usual.mul_f64(f64::from(share) / f64::from(1 << 24)), &mut hits);
        // How long a run takes is up to what else the machine does; a quarter of the kills are to come too late.
        usual = usual.mul_f64(if hits.too_late > too_late { 0.94 } else { 1.02 });
        life.run(&[]);
    }
    life.run(&["--fresh"]);
    let files = std::fs::read_dir(life.home.path().join(".local/state/hdr")).unwrap().count();
    tell(&format!("{hits:?} in {usual:?}, {files} files left in the state directory"));
    hits
}

#[test]
fn a_token_that_was_printed_or_issued_survives_every_kill() {
    let lives: Vec<_> = (0..2).map(|seed| thread::spawn(move || live(seed, 250))).collect();
    let hits: Vec<_> = lives.into_iter().map(|life| life.join().unwrap()).collect();
    let total = |part: fn(&Hits) -> usize| hits.iter().map(part).sum::<usize>();
    assert!(total(|hits| hits.before_asking) > 100, "{hits:?}");
    assert!(total(|hits| hits.before_printing) > 50, "{hits:?}");
}
