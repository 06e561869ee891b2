use std::cell::Cell;
use std::future::Future;
use std::sync::Mutex as SyncMutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::{JoinHandle, LocalSet, yield_now};

use super::*;
use crate::error::{Error, Report};
use crate::header::{CallOutcome, HeaderName, Headers, Life};
use crate::secret::Secret;

/// What a scripted helper makes: a header `NAME: VALUE` for each line, the token of the last, and their life.
type Script = Result<(&'static str, Life), &'static str>;

/// A helper that makes what a test says, in turn, and the clock.
struct Scripted {
    credentials: Credentials,
    clock: Rc<Cell<DateTime<Utc>>>,
    told: Rc<RefCell<Vec<String>>>,
    /// The calls so far: the method of the request, and the token that was refused.
    calls: Arc<SyncMutex<Vec<String>>>,
    answers: Sender<Script>,
}

const START: DateTime<Utc> = DateTime::from_timestamp(1_700_000_000, 0).unwrap();

fn at(seconds: i64) -> DateTime<Utc> {
    START.checked_add_signed(TimeDelta::seconds(seconds)).unwrap()
}

fn until(renewal: i64, end: i64) -> Life {
    Life::Until { renewal: at(renewal), end: at(end) }
}

fn made((lines, life): (&str, Life)) -> Made {
    let mut headers = Headers::default();
    let mut token = Secret::default();
    for line in lines.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        headers.add(HeaderName::parse(name).unwrap(), Secret::new(value.as_bytes().to_vec())).unwrap();
        token = Secret::new(value.as_bytes().to_vec());
    }
    Made { headers, token, life }
}

fn asker(calls: &Arc<SyncMutex<Vec<String>>>, answers: Receiver<Script>, name: &'static str) -> Asker {
    let (calls, answers) = (Arc::clone(calls), SyncMutex::new(answers));
    Asker::new(name, false, move |call, hand_over| {
        let method = call.request.as_ref().map_or("-", HttpRequest::method);
        let refused = call.refused.as_ref().and_then(Secret::expose_text).unwrap_or("-");
        calls.lock().unwrap().push(format!("{name} {method} {refused}"));
        let script = answers.lock().unwrap().recv().unwrap();
        let failed = |cause| match cause {
            "no request" => Error::Usage(Report::new("it failed", cause, "wait")),
            cause => Error::Transient(Report::new("it failed", cause, "wait")),
        };
        let result = script.map(made).map_err(failed);
        hand_over(CallOutcome { result, warnings: vec!["w".to_owned()], steps: vec!["s".to_owned()] });
    })
}

impl Scripted {
    fn new() -> Self {
        let (answers, receiver) = channel();
        let calls = Arc::default();
        let helper = asker(&calls, receiver, "hdr-test");
        Self::with(None, Some(helper), calls, answers)
    }

    fn with(
        own: Option<Asker>,
        helper: Option<Asker>,
        calls: Arc<SyncMutex<Vec<String>>>,
        answers: Sender<Script>,
    ) -> Self {
        let (clock, told) = (Rc::new(Cell::new(START)), Rc::new(RefCell::new(Vec::new())));
        let (now, tell) = (Rc::clone(&clock), Rc::clone(&told));
        let credentials = Credentials::new(Means {
            own,
            helper,
            now: Box::new(move || now.get()),
            tell: Box::new(move |line| tell.borrow_mut().push(line.to_owned())),
        });
        Self { credentials, clock, told, calls, answers }
    }

    fn makes(&self, scripts: impl IntoIterator<Item = Script>) {
        scripts.into_iter().for_each(|script| self.answers.send(script).unwrap());
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().drain(..).collect()
    }

    fn set(&self, seconds: i64) {
        self.clock.set(at(seconds));
    }

    async fn current(&self) -> Result<Rc<Issued>, AuthFailure> {
        self.credentials.current(&request("POST")).await
    }

    async fn after(&self, refused: &Rc<Issued>) -> Result<Rc<Issued>, AuthFailure> {
        self.credentials.after_refusal(refused, &request("POST")).await
    }

    /// Requests that are under way at once.
    fn at_once(&self, refused: Option<&Rc<Issued>>, count: usize) -> Vec<JoinHandle<Result<Rc<Issued>, AuthFailure>>> {
        let one = || {
            let (credentials, refused) = (self.credentials.clone(), refused.cloned());
            spawn_local(async move {
                match refused {
                    Some(refused) => credentials.after_refusal(&refused, &request("POST")).await,
                    None => credentials.current(&request("POST")).await,
                }
            })
        };
        std::iter::repeat_with(one).take(count).collect()
    }
}

fn request(method: &str) -> HttpRequest {
    HttpRequest::new(method, "https://mcp.example/mcp", None).unwrap()
}

fn lines(issued: &Issued) -> Vec<String> {
    issued.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value))).collect()
}

fn message(result: Result<Rc<Issued>, AuthFailure>) -> String {
    result.unwrap_err().message
}

async fn all(requests: Vec<JoinHandle<Result<Rc<Issued>, AuthFailure>>>) -> Vec<Result<Rc<Issued>, AuthFailure>> {
    let mut results = Vec::new();
    for request in requests {
        results.push(request.await.unwrap());
    }
    results
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

const SAME: &str = "the MCP server refused the headers: the same were made again when they were asked for; check that the \
                    server accepts this credential";

#[test]
fn headers_are_asked_for_once_and_again_when_their_life_is_over() {
    run(async {
        let helper = Scripted::new();
        helper.makes([Ok(("A: 1", until(100, 200))), Ok(("A: 2", until(300, 400)))]);
        for seconds in [0, 50, 99] {
            helper.set(seconds);
            assert_eq!(lines(&helper.current().await.unwrap()), ["A: 1"], "{seconds}");
        }
        assert_eq!(helper.calls(), ["hdr-test POST -"]);
        assert_eq!(*helper.told.borrow(), ["hdr-test: s", "warning: hdr-test: w"]);
        helper.set(100);
        assert_eq!(lines(&helper.current().await.unwrap()), ["A: 2"]);
        assert_eq!(helper.calls(), ["hdr-test POST -"]);
    });
}

#[test]
fn headers_that_cannot_be_renewed_serve_until_their_end() {
    run(async {
        let helper = Scripted::new();
        helper.makes([Ok(("A: 1", until(100, 200))), Err("down"), Err("down"), Err("down")]);
        helper.current().await.unwrap();
        helper.told.take();
        helper.calls();
        for (seconds, calls) in [(100, 1), (129, 0), (130, 1), (159, 0)] {
            helper.set(seconds);
            assert_eq!(lines(&helper.current().await.unwrap()), ["A: 1"], "{seconds}");
            assert_eq!(helper.calls().len(), calls, "{seconds}");
        }
        let warning =
            "warning: the headers are sent although they could not be renewed: hdr-test: it failed: down; wait";
        assert!(helper.told.borrow().contains(&warning.to_owned()), "{:?}", helper.told);
        helper.set(200);
        let failure = helper.current().await.unwrap_err();
        assert_eq!((failure.message.as_str(), failure.transient), ("hdr-test: it failed: down; wait", true));
        helper.makes([Ok(("A: 2", until(300, 400)))]);
        assert_eq!(lines(&helper.current().await.unwrap()), ["A: 2"]);
    });
}

#[test]
fn requests_that_were_refused_at_once_cost_one_ask() {
    run(async {
        let helper = Scripted::new();
        helper.makes([Ok(("A: 1", Life::Unknown)), Ok(("A: 2", Life::Unknown))]);
        let first = helper.current().await.unwrap();
        helper.calls();
        for result in all(helper.at_once(Some(&first), 64)).await {
            assert_eq!(lines(&result.unwrap()), ["A: 2"]);
        }
        assert_eq!(helper.calls(), ["hdr-test POST 1"]);
        // One whose refusal comes late gets the newer ones.
        assert_eq!(lines(&helper.after(&first).await.unwrap()), ["A: 2"]);
        assert_eq!(helper.calls(), [""; 0]);
    });
}

#[test]
fn who_comes_while_headers_are_asked_for_shares_what_comes_of_it() {
    run(async {
        let helper = Scripted::new();
        let waiting = helper.at_once(None, 64);
        yield_now().await;
        helper.makes([Err("down")]);
        for result in all(waiting).await {
            assert_eq!(message(result), "hdr-test: it failed: down; wait");
        }
        assert_eq!(helper.calls().len(), 1);
        // The next request asks again.
        helper.makes([Ok(("A: 1", Life::Unknown))]);
        assert_eq!(lines(&helper.current().await.unwrap()), ["A: 1"]);
    });
}

#[test]
fn an_ask_goes_on_when_its_request_is_gone() {
    run(async {
        let helper = Scripted::new();
        let waiting = helper.at_once(None, 2);
        while helper.calls.lock().unwrap().is_empty() {
            yield_now().await;
        }
        waiting.iter().for_each(JoinHandle::abort);
        helper.makes([Ok(("A: 1", Life::Unknown))]);
        assert_eq!(lines(&helper.current().await.unwrap()), ["A: 1"]);
        // The second one was gone before its turn came.
        assert_eq!(helper.calls().len(), 1);
    });
}

#[test]
fn the_same_again_is_an_error_and_the_next_request_asks_anew() {
    run(async {
        let helper = Scripted::new();
        helper.makes([Ok(("A: 1", Life::Unknown)), Ok(("A: 1", Life::Unknown))]);
        let first = helper.current().await.unwrap();
        helper.calls();
        for result in all(helper.at_once(Some(&first), 8)).await {
            assert_eq!(message(result), SAME);
        }
        // One that was sent before learns it without asking.
        assert_eq!(message(helper.after(&first).await), SAME);
        assert_eq!(helper.calls(), ["hdr-test POST 1"]);
        helper.makes([Ok(("A: 2", Life::Unknown))]);
        assert_eq!(lines(&helper.current().await.unwrap()), ["A: 2"]);
        assert_eq!(helper.calls(), ["hdr-test POST 1"]);
    });
}

#[test]
fn a_failure_after_a_refusal_is_told_and_the_next_request_asks_anew() {
    run(async {
        let helper = Scripted::new();
        helper.makes([Ok(("A: 1", Life::Unknown)), Err("down"), Err("still down"), Ok(("A: 1", Life::Unknown))]);
        let first = helper.current().await.unwrap();
        assert_eq!(message(helper.after(&first).await), "hdr-test: it failed: down; wait");
        assert_eq!(message(helper.current().await), "hdr-test: it failed: still down; wait");
        helper.calls();
        // A server may have refused for a moment: what it refused is sent again where there is nothing else.
        assert_eq!(lines(&helper.current().await.unwrap()), ["A: 1"]);
        assert_eq!(helper.calls(), ["hdr-test POST 1"]);
    });
}

#[test]
fn a_server_that_refuses_all_gets_three_in_a_minute() {
    run(async {
        let helper = Scripted::new();
        helper.makes(["A: 0", "A: 1", "A: 2", "A: 3"].map(|line| Ok((line, Life::Unknown))));
        let mut issued = helper.current().await.unwrap();
        for number in 1..=3 {
            issued = helper.after(&issued).await.unwrap();
            assert_eq!(lines(&issued), [format!("A: {number}")]);
        }
        helper.set(18);
        let failure = helper.after(&issued).await.unwrap_err();
        assert!(failure.message.contains("3 were made after refusals in the last minute"), "{failure}");
        assert!(failure.message.ends_with("others are made in 42 s") && failure.transient, "{failure}");
        // The headers may be accepted by now, and are sent without asking.
        assert_eq!(lines(&helper.current().await.unwrap()), ["A: 3"]);
        assert_eq!(helper.calls().len(), 4);
        helper.set(60);
        helper.makes([Ok(("A: 4", Life::Unknown))]);
        assert_eq!(lines(&helper.after(&issued).await.unwrap()), ["A: 4"]);
    });
}

#[test]
fn the_same_again_counts_as_made_and_a_failure_does_not() {
    run(async {
        let helper = Scripted::new();
        helper.makes([Ok(("A: 1", Life::Unknown))]);
        let first = helper.current().await.unwrap();
        helper.makes([Err("down"); 5]);
        assert!(message(helper.after(&first).await).contains("down"));
        for _ in 0..4 {
            assert!(message(helper.current().await).contains("down"));
        }
        helper.makes([Ok(("A: 1", Life::Unknown)); 3]);
        let second = helper.current().await.unwrap();
        assert_eq!(message(helper.after(&second).await), SAME);
        let third = helper.current().await.unwrap();
        assert!(message(helper.after(&third).await).contains("3 were made"));
        assert!(Rc::ptr_eq(&third, &helper.current().await.unwrap()));
    });
}

#[test]
fn headers_for_one_request_are_made_for_each_and_shared_by_none() {
    run(async {
        let helper = Scripted::new();
        helper.makes([Ok(("S: 1", Life::OneRequest)), Ok(("S: 2", Life::OneRequest)), Err("no body")]);
        let first = helper.current().await.unwrap();
        assert_eq!(lines(&first), ["S: 1"]);
        assert_eq!(lines(&helper.credentials.current(&request("GET")).await.unwrap()), ["S: 2"]);
        assert_eq!(helper.calls(), ["hdr-test POST -", "hdr-test GET -"]);
        // What one request comes to is nothing to the others.
        helper.makes([Ok(("S: 3", Life::OneRequest))]);
        let results = all(helper.at_once(None, 2)).await;
        let shown: Vec<_> = results.into_iter().map(|result| result.map(|issued| lines(&issued).concat())).collect();
        assert!(shown[0].is_err() && shown[1] == Ok("S: 3".to_owned()), "{shown:?}");
        // No server mints them, so that there is no limit.
        for number in 0..5 {
            let line: &'static str = ["S: a", "S: b", "S: c", "S: d", "S: e"][number];
            helper.makes([Ok((line, Life::OneRequest))]);
            assert_eq!(lines(&helper.after(&first).await.unwrap()), [line]);
        }
        helper.makes([Ok(("S: 1", Life::OneRequest))]);
        assert_eq!(message(helper.after(&first).await), SAME);
    });
}

#[test]
fn the_helpers_headers_take_precedence_and_own_ones_are_kept_between_requests() {
    run(async {
        let calls = Arc::default();
        let ((own_answers, own), (answers, helper)) = (channel(), channel());
        let (own, helper) = (asker(&calls, own, "-H"), asker(&calls, helper, "hdr-test"));
        let helper = Scripted::with(Some(own), Some(helper), calls, answers);
        own_answers.send(Ok(("X-A: own\nauthorization: own\nX-B: own", Life::Unknown))).unwrap();
        helper.makes([Ok(("Authorization: 1", Life::OneRequest)), Ok(("x-b: 2", Life::OneRequest))]);
        let first = helper.current().await.unwrap();
        assert_eq!(lines(&first), ["X-A: own", "X-B: own", "Authorization: 1"]);
        assert_eq!(lines(&helper.current().await.unwrap()), ["X-A: own", "authorization: own", "x-b: 2"]);
        assert_eq!(helper.calls(), ["-H POST -", "hdr-test POST -", "hdr-test POST -"]);
        // After a refusal both are asked: a secret of either may have been rotated.
        own_answers.send(Ok(("X-A: new", Life::Unknown))).unwrap();
        helper.makes([Ok(("Authorization: 2", Life::OneRequest))]);
        assert_eq!(lines(&helper.after(&first).await.unwrap()), ["X-A: new", "Authorization: 2"]);
        assert_eq!(helper.calls(), ["-H POST 1", "hdr-test POST 1"]);
    });
}

#[test]
fn without_anybody_to_ask_there_are_no_headers_and_no_others() {
    run(async {
        let helper = Scripted::with(None, None, Arc::default(), channel().0);
        let issued = helper.current().await.unwrap();
        assert_eq!(lines(&issued), [""; 0]);
        assert_eq!(message(helper.after(&issued).await), AuthFailure::nobody_to_ask().message);
    });
}

#[test]
fn headers_are_prepared_before_the_first_request() {
    run(async {
        let helper = Scripted::new();
        helper.makes([Err("down"), Ok(("A: 1", Life::Unknown))]);
        helper.credentials.prepare().await;
        helper.credentials.prepare().await;
        helper.credentials.prepare().await;
        assert_eq!(helper.calls(), ["hdr-test - -", "hdr-test - -"]);
        assert_eq!(lines(&helper.current().await.unwrap()), ["A: 1"]);
        assert_eq!(helper.calls(), [""; 0]);
        // Those for one request are not.
        let (answers, receiver) = channel();
        let calls = Arc::default();
        let each = asker(&calls, receiver, "hdr-test").for_one_request();
        let helper = Scripted::with(None, Some(each), calls, answers);
        helper.credentials.prepare().await;
        assert_eq!(helper.calls(), [""; 0]);
    });
}

#[test]
fn what_cannot_be_made_ahead_of_a_request_is_made_for_it() {
    run(async {
        for (failure, expected) in [("no request", Ok(vec!["A: 1".to_owned()])), ("down", Err("down"))] {
            let helper = Scripted::new();
            let ahead = helper.credentials.clone();
            let ahead = spawn_local(async move { ahead.prepare().await });
            yield_now().await;
            let waiting = helper.at_once(None, 1);
            yield_now().await;
            helper.makes([Err(failure), Ok(("A: 1", Life::OneRequest))]);
            ahead.await.unwrap();
            let [result] = all(waiting).await.try_into().unwrap();
            match (result, expected) {
                (Ok(issued), Ok(expected)) => assert_eq!(lines(&issued), expected),
                (Err(failure), Err(cause)) => {
                    assert_eq!(failure.message, format!("hdr-test: it failed: {cause}; wait"));
                }
                (result, _) => panic!("{failure}: {result:?}"),
            }
        }
    });
}

#[test]
fn a_bare_403_is_a_refusal_until_a_request_was_accepted() {
    run(async {
        let helper = Scripted::new();
        let verdict = || helper.credentials.is_refusal(403, &HeaderMap::new());
        assert_eq!(verdict(), Verdict::Refused);
        helper.credentials.accepted();
        assert_eq!(verdict(), Verdict::No);
    });
}

/// What the test below shows, in a process whose programs may all be ended.
#[test]
#[ignore = "it ends the programs of the whole process, and is run in one of its own"]
fn programs_end_when_the_process_does() {
    run(async {
        // The shell is deaf to SIGTERM, and what it runs is not.
        let line = "trap '' TERM; (trap - TERM; exec sleep 60); echo over >&2; sleep 60".to_owned();
        let command = HelperCommand::new(&[line], None, "https://mcp.example", false).unwrap();
        let (started, has_started) = channel();
        let asker = Asker::new("", false, move |_, hand_over| {
            started.send(()).unwrap();
            hand_over(command.call());
        });
        let helper = Scripted::with(None, Some(asker), Arc::default(), channel().0);
        let waiting = helper.at_once(None, 1);
        while has_started.try_recv().is_err() {
            yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        helper.credentials.close();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!waiting[0].is_finished());
        helper.credentials.abandon();
        let failure = message(all(waiting).await.pop().unwrap());
        assert!(failure.starts_with("sh -c failed: signal: 9"), "{failure}");
        assert!(failure.contains("over"), "{failure}");
        assert_eq!(message(helper.current().await), AuthFailure::cut_short().message);
    });
}

#[test]
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "this test runs itself")]
fn no_program_outlives_the_process() {
    let test = "bridge::credentials::tests::programs_end_when_the_process_does";
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", test, "--ignored"]).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && report.contains("1 passed"), "{report}");
}
