use super::*;
use crate::os::clock::monotonic;

fn within(milliseconds: u64) -> Deadline {
    Deadline::new(monotonic(), Duration::from_millis(milliseconds))
}

/// Waits for 2 s, holds for some milliseconds and takes over.
fn taking_over(milliseconds: u64) -> Terms {
    Terms { wait: within(2000), hold: Hold::For(Duration::from_millis(milliseconds)), overdue: Overdue::TakeOver }
}

fn directory() -> (tempfile::TempDir, Directory) {
    let home = tempfile::tempdir().unwrap();
    let directory = Directory::at(&home.path().join("cache")).unwrap();
    (home, directory)
}

#[test]
fn it_is_held_by_one_and_waited_for_until_the_deadline() {
    let (_home, directory) = directory();
    let held = Lock::acquire(&directory, "a", &within(8000)).unwrap();
    Lock::acquire(&directory, "b", &within(0)).unwrap();
    let started_at = monotonic();
    let error = Lock::acquire(&directory, "a", &within(100)).unwrap_err();
    let waited = elapsed(started_at).as_millis();
    assert!((100..400).contains(&waited), "{waited} ms");
    assert_eq!(error.exit_code(), 5);
    assert_eq!(
        error.to_string(),
        "another run is requesting the same token: it did not finish within the 100 ms of --timeout; \
         try again, or raise --timeout"
    );
    drop(held);
    Lock::acquire(&directory, "a", &within(0)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_retired_one_locks_nobody_out_and_lets_nobody_in_twice() {
    let (_home, directory) = directory();
    let held = Lock::acquire(&directory, "a", &within(0)).unwrap();
    let waiting = directory.lock_file("a.lock").unwrap();
    held.retire().unwrap();
    assert_eq!(directory.names().unwrap(), Vec::<String>::new());
    waiting.try_lock().unwrap();
    assert!(!directory.leads_to("a.lock", &waiting).unwrap());
    let _held = Lock::acquire(&directory, "a", &within(0)).unwrap();
    assert_eq!(Lock::acquire(&directory, "a", &within(0)).unwrap_err().exit_code(), 5);
}

#[cfg(unix)]
#[test]
fn one_whose_holder_is_overdue_is_taken_over_once_and_by_its_next_holders_in_turn() {
    let (_home, directory) = directory();
    let first = Lock::acquire(&directory, "a", taking_over(100)).unwrap();
    assert!(first.is_current());
    let started_at = monotonic();
    let second = Lock::acquire(&directory, "a", taking_over(8000)).unwrap();
    let waited = elapsed(started_at).as_millis();
    assert!((100..1000).contains(&waited), "{waited} ms");
    assert_eq!((first.is_current(), second.is_current()), (false, true));
    assert_eq!(directory.names().unwrap(), ["a.1.lock", "a.lock"]);
    let error = Lock::acquire(&directory, "a", Terms { wait: within(100), ..taking_over(0) }).unwrap_err();
    assert!(error.to_string().contains("it did not finish within the 100 ms"), "{error}");
    // What the first one does now changes nothing for the second.
    first.retire().unwrap();
    assert!(second.is_current());
    assert_eq!(Lock::acquire(&directory, "a", &within(0)).unwrap_err().exit_code(), 5);
    drop(second);
    assert_eq!(directory.names().unwrap(), [""; 0]);
    assert!(Lock::acquire(&directory, "a", &within(100)).unwrap().is_current());
}

#[cfg(unix)]
#[test]
fn a_chain_of_holders_that_are_overdue_blocks_nobody() {
    let (_home, directory) = directory();
    let stopped: Vec<_> = (0..3).map(|_| Lock::acquire(&directory, "a", taking_over(1)).unwrap()).collect();
    let last = Lock::acquire(&directory, "a", taking_over(8000)).unwrap();
    assert_eq!(directory.names().unwrap(), ["a.1.lock", "a.2.lock", "a.3.lock", "a.lock"]);
    assert!(stopped.iter().all(|lock| !lock.is_current()) && last.is_current());
    drop(stopped);
    assert!(last.is_current());
    assert_eq!(directory.names().unwrap(), ["a.1.lock", "a.2.lock", "a.3.lock", "a.lock"]);
    drop(last);
    assert_eq!(directory.names().unwrap(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn as_many_holders_as_there_are_generations_name_the_last_one() {
    let (_home, directory) = directory();
    let _stopped: Vec<_> = (0..10).map(|_| Lock::acquire(&directory, "a", taking_over(1)).unwrap()).collect();
    let error = Lock::acquire(&directory, "a", taking_over(1)).unwrap_err();
    let pid = std::process::id();
    assert_eq!(error.exit_code(), 5);
    assert_eq!(
        error.to_string(),
        format!(
            "another run holds a lock that this one needs: process {pid} is past its deadline, and is suspended or hangs; \
             resume it (kill -CONT {pid}), or end it"
        )
    );
}

#[cfg(unix)]
#[test]
fn one_that_is_not_taken_over_names_its_holder() {
    let (_home, directory) = directory();
    let _held = Lock::acquire(&directory, "a", &within(1)).unwrap();
    for (wait, least, most) in [(100, 100, 600), (8000, 1000, 2000)] {
        let started_at = monotonic();
        let error = Lock::acquire(&directory, "a", &within(wait)).unwrap_err();
        let waited = elapsed(started_at).as_millis();
        assert!((least..most).contains(&waited), "{waited} ms");
        let named = format!("process {} is past its deadline", std::process::id());
        assert!(error.exit_code() == 5 && error.to_string().contains(&named), "{error}");
    }
    assert_eq!(directory.names().unwrap(), ["a.lock"]);
}

#[cfg(unix)]
#[test]
fn an_empty_file_is_never_overdue() {
    let (_home, directory) = directory();
    let held = directory.lock_file("a.lock").unwrap();
    held.lock().unwrap();
    let terms = Terms { wait: within(300), ..taking_over(0) };
    let error = Lock::acquire(&directory, "a", terms).unwrap_err();
    assert!(error.to_string().contains("it did not finish within the 300 ms"), "{error}");
    assert_eq!(directory.names().unwrap(), ["a.lock"]);
}

#[cfg(unix)]
#[test]
fn generations_that_were_left_behind_lock_nobody_out() {
    for left in [vec![1], vec![2], vec![0, 1, 2], vec![1, 2], vec![0, 3]] {
        let (_home, directory) = directory();
        for number in &left {
            drop(directory.lock_file(&file_name("a", *number)).unwrap());
        }
        let held = Lock::acquire(&directory, "a", &within(2000)).unwrap();
        assert!(held.is_current(), "{left:?}");
        assert_eq!(Lock::acquire(&directory, "a", &within(0)).unwrap_err().exit_code(), 5, "{left:?}");
        held.retire().unwrap();
        assert_eq!(directory.names().unwrap(), [""; 0], "{left:?}");
    }
}

/// Of those who hold it in time no two do at once, however many others hold it for too long.
#[cfg(unix)]
#[test]
fn many_who_are_too_late_come_through_one_after_another() {
    let (_home, directory) = directory();
    let inside = std::sync::atomic::AtomicUsize::new(0);
    let hold = |number: usize| {
        let in_time = !number.is_multiple_of(4);
        let wait = within(8000);
        let hold = Hold::For(Duration::from_millis(if in_time { 8000 } else { 1 }));
        let lock = Lock::acquire(&directory, "a", Terms { wait, hold, overdue: Overdue::TakeOver }).unwrap();
        if in_time {
            assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
            within(1).pause(Duration::from_secs(1));
            assert!(lock.is_current());
            inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        } else {
            within(70).pause(Duration::from_secs(1));
            assert!(!lock.is_current());
        }
    };
    std::thread::scope(|scope| {
        for thread in 0..6 {
            scope.spawn(move || (0..20).for_each(|turn| hold(thread + turn)));
        }
    });
    assert!(Lock::acquire(&directory, "a", &within(0)).unwrap().is_current());
}
