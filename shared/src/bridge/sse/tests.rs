use proptest::prelude::*;

use super::*;

/// The events of a stream that comes in these pieces.
fn events<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> (Vec<Event>, Parser) {
    let (mut parser, mut events) = (Parser::new(1 << 20), Vec::new());
    for piece in pieces {
        parser.push(piece, &mut events).expect("within the limit");
    }
    (events, parser)
}

/// What an event of a stream says: its data, and its id where there is one in force.
fn data(stream: &[u8]) -> Vec<String> {
    let (found, _) = events([stream]);
    let said = found.iter().map(|event| {
        let id = event
            .id
            .as_deref()
            .map(|id| format!("#{id}{}", if event.has_own_id { "" } else { "?" }))
            .unwrap_or_default();
        let kind = if event.kind == EventKind::Endpoint { "@" } else { "" };
        format!("{kind}{}{id}", event.data.escape_ascii())
    });
    let said = said.collect();
    for cut in 0..=stream.len() {
        let (one, other) = stream.split_at(cut);
        assert_eq!(events([one, other]).0, found, "cut at {cut}");
    }
    assert_eq!(events(stream.chunks(1)).0, found, "byte by byte");
    said
}

#[test]
fn lines_end_with_cr_lf_or_both() {
    assert_eq!(data(b"data: a\n\ndata:b\r\rdata:c\r\n\r\n"), ["a", "b", "c"]);
    assert_eq!(data(b"data:a\r\n\ndata:b\n\r\ndata:c\r\n\r"), ["a", "b", "c"]);
    assert_eq!(data(b"data:a\n\r"), ["a"]);
    assert_eq!(data(b"\r\n\r\n\n\n\rdata:a\n\n\n\n"), ["a"]);
    assert!(data(b"data:a\n").is_empty() && data(b"data:a\r\n").is_empty() && data(b"data:a").is_empty());
}

#[test]
fn data_of_several_lines_is_joined() {
    assert_eq!(data(b"data: {\ndata:   \"a\":1\r\ndata\ndata:}\n\n"), [r#"{\n  \"a\":1\n\n}"#]);
    assert_eq!(data(b"data:a:b: c\n\n"), ["a:b: c"]);
    assert_eq!(data(b"data:\xff\x00\xc3\n\n"), [r"\xff\x00\xc3"]);
}

#[test]
fn a_mark_at_the_beginning_is_left_out() {
    assert_eq!(data(b"\xef\xbb\xbfdata:a\n\n"), ["a"]);
    assert_eq!(data(b"\xef\xbb\xbf\xef\xbb\xbfdata:a\n\ndata:b\n\n"), ["b"]);
    assert_eq!(data(b"\xef\xbbdata:a\ndata:b\n\n"), ["b"]);
    assert_eq!(data(b"\xef\n\xbb\xbfdata:a\ndata:b\n\n"), ["b"]);
    assert_eq!(data(b"data:a\n\xef\xbb\xbfdata:b\n\n"), ["a"]);
}

#[test]
fn comments_and_other_fields_are_left_out() {
    assert_eq!(data(b": ping\n\n:\n:data:x\ndata:a\n:\nfoo:b\nDATA:c\n data:d\ndatas:e\ndat:f\n\n"), ["a"]);
    assert_eq!(data(b"data:a\nretry-after-all-of-it: 5\nx\n\n"), ["a"]);
}

#[test]
fn events_of_another_kind_are_left_out() {
    assert_eq!(
        data(b"event: ping\ndata:a\n\ndata:b\n\nevent:message\ndata:c\n\nevent: endpoint\ndata: /m?s=1\n\ndata:d\nevent:x\nevent\n\n"),
        ["b", "c", "@/m?s=1", "d"]
    );
    assert_eq!(data(b"event:endpoint\n\ndata:a\n\nevent: Message\ndata:b\n\n"), ["a"]);
}

#[test]
fn an_event_without_data_is_none_but_its_id_counts() {
    assert_eq!(data(b"id: 1\ndata:\n\ndata:a\n\nid:2\n\ndata:b\n\nid: 3 \ndata:c\n\n"), ["a#1?", "b#2?", "c#3 "]);
    assert_eq!(data(b"id:1\nevent:ping\ndata:x\n\ndata:a\n\n"), ["a#1?"]);
    assert_eq!(data(b"id:1\ndata:a\n\nid\ndata:b\n\n"), ["a#1", "b"]);
    assert_eq!(data(b"id:1\nid:2\ndata:a\n\nid:x\0y\ndata:b\n\n"), ["a#2", "b#2?"]);
    assert_eq!(data(b"data\ndata: \n\ndata:a\n\n"), ["a"]);
}

#[test]
fn the_last_event_id_is_that_of_a_whole_event() {
    let last = |stream: &[u8]| events([stream]).1.last_event_id().map(str::to_owned);
    assert_eq!(last(b""), None);
    assert_eq!(last(b"id:1\n\nid:2\n").as_deref(), Some("1"));
    assert_eq!(last(b"id:1\ndata:\n\n").as_deref(), Some("1"));
    assert_eq!(last(b"id:1\n\nid:\n\n"), None);
    assert_eq!(last("id:é:1\n\n".as_bytes()).as_deref(), Some("é:1"));
}

#[test]
fn retry_has_digits_alone() {
    let retry = |stream: &[u8]| events(stream.chunks(1)).1.retry().map(|retry| retry.as_millis());
    assert_eq!(retry(b"retry: 1500\n"), Some(1500));
    assert_eq!(retry(b"retry:0\n"), Some(0));
    assert_eq!(retry(b"retry:5\nretry:-1\nretry:\nretry:1.5\nretry: 7 \nretry\nretry:+8\nretry:1e3\n"), Some(5));
    assert_eq!(retry(b"retry:99999999999999999999\n"), Some(u128::from(u32::MAX)));
    assert_eq!(retry(b"data:a\n\n"), None);
}

#[test]
fn an_event_over_the_limit_is_refused() {
    let take = |stream: &[u8]| {
        let (mut parser, mut events) = (Parser::new(8), Vec::new());
        let results: Vec<_> = stream.chunks(3).map(|piece| parser.push(piece, &mut events)).collect();
        let result = results.into_iter().find(Result::is_err).unwrap_or(Ok(()));
        (result, events.into_iter().map(|event| event.data).collect::<Vec<_>>())
    };
    assert_eq!(take(b"data:12345678\n\n"), (Ok(()), vec![b"12345678".to_vec()]));
    assert_eq!(take(b"data:123\ndata:5678\n\n"), (Ok(()), vec![b"123\n5678".to_vec()]));
    assert_eq!(take(b"data:a\n\ndata:123456789\n\n"), (Err(TooLarge), vec![b"a".to_vec()]));
    assert_eq!(take(b"data:1234\ndata:6789\n\n").0, Err(TooLarge));
    assert_eq!(take("data\n".repeat(20).as_bytes()).0, Err(TooLarge));
    assert_eq!(take(b"id:123456789\n\n").0, Err(TooLarge));
    // What follows it is read, and its id counts.
    let mut parser = Parser::new(8);
    let mut events = Vec::new();
    let stream = b"id:1\ndata:a\n\nid:2\ndata:123456789\ndata:b\n\ndata:c\n\nid:123456789\ndata:d\n\nid:3\ndata:e\n\n";
    let refusals = stream.iter().filter(|byte| parser.push(&[**byte], &mut events).is_err()).count();
    let said: Vec<_> = events.iter().map(|event| (event.data.as_slice(), event.id.as_deref())).collect();
    assert_eq!(said, [(&b"a"[..], Some("1")), (b"c", Some("2")), (b"e", Some("3"))]);
    assert_eq!((refusals, parser.pending(), parser.last_event_id()), (2, 0, Some("3")));
    // What is not kept has no limit.
    assert_eq!(take(b": a long comment\nanother-field: of any length\ndata:b\n\n"), (Ok(()), vec![b"b".to_vec()]));
}

/// The events of a whole stream as the standard words it: lines first, then fields.
fn by_the_standard(stream: &str) -> (Vec<(String, String)>, String) {
    let stream = stream.strip_prefix('\u{feff}').unwrap_or(stream).replace("\r\n", "\n").replace('\r', "\n");
    let (mut found, mut last, mut id, mut name, mut data) =
        (Vec::new(), String::new(), String::new(), String::new(), String::new());
    let Some((whole, _unfinished)) = stream.rsplit_once('\n') else { return (found, last) };
    for line in whole.split('\n') {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" if line.is_empty() => {
                last.clone_from(&id);
                let said = data.strip_suffix('\n').unwrap_or_default().to_owned();
                if matches!(&*name, "" | "message") && !said.trim_ascii().is_empty() {
                    found.push((said, last.clone()));
                }
                data.clear();
                name.clear();
            }
            "data" => data = data + value + "\n",
            "event" => value.clone_into(&mut name),
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            _ => {}
        }
    }
    (found, last)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_stream_in_any_pieces_is_read_as_the_standard_says(
        tokens in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec![
                    "data", "data:", "data: ", "event:", "event: message", "id:", "id", "retry:", ":", " ", "\r", "\n", "\r\n", "\n\n",
                    "\u{feff}", "\0", "a", "{}", "é",
                ]).prop_map(str::to_owned),
                "[a-z:\\r\\n ]{0,8}",
            ],
            0..40,
        ),
        size in 1_usize..9,
    ) {
        let stream = tokens.concat();
        let (found, parser) = events(stream.as_bytes().chunks(size));
        let (expected, last) = by_the_standard(&stream);
        let found: Vec<_> = found
            .into_iter()
            .filter(|event| event.kind == EventKind::Message)
            .map(|event| (String::from_utf8(event.data).expect("UTF-8"), event.id.unwrap_or_default()))
            .collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(parser.last_event_id().unwrap_or_default(), last);
    }
}
