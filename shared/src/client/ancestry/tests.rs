use super::*;

fn process(pid: u32, name: &str, started_ago: u64) -> Described {
    let started = Duration::from_secs(1_000_u64.saturating_sub(started_ago));
    Described { pid, ticks: 0, started, name: name.to_owned(), program: OnceCell::from(None) }
}

#[test]
fn the_client_is_found_among_the_ancestors() {
    for (ancestors, client_pid) in [
        (vec![("sh", 0), ("claude", 60), ("bash", 90)], Some(2)),
        (vec![("claude", 60), ("zsh", 90)], Some(1)),
        (vec![("codex", 0)], Some(1)),
        // A known client wins over a nearer program, the nearest known one over others.
        (vec![("sh", 0), ("node", 60), ("claude", 60), ("claude", 90)], Some(3)),
        (vec![("python3", 60), ("bash", 90), ("systemd", 900)], Some(1)),
        (vec![("bash", 60), ("hdr-tenant", 60), ("goose", 60)], Some(3)),
        // What starts with us only starts us; two seconds before is no longer with us.
        (vec![("env", 1), ("timeout", 0), ("goose", 2)], Some(3)),
        (vec![("bash", 60), ("sshd", 90)], Some(2)),
        (vec![("bash", 60)], None),
        (vec![], None),
    ] {
        let numbered = ancestors.iter().zip(1..).map(|((name, ago), pid)| process(pid, name, *ago));
        let found = nearest(&process(100, "hdr-bearer-refresh", 0), numbered);
        assert_eq!(found.map(|process| process.pid), client_pid, "{ancestors:?}");
    }
}

#[test]
fn a_process_goes_by_what_it_runs_too() {
    let mut node = process(1, "MainThread", 60);
    node.program = OnceCell::from(Some("claude".to_owned()));
    let others = [process(7, "goose", 60), node];
    let found = nearest(&process(100, "hdr-bearer-refresh", 0), others.into_iter());
    assert_eq!(found.map(|process| process.pid), Some(1));
}
