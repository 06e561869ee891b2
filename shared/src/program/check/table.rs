//! The table of a check, for a person. Libraries for tables have no remarks below a row, and bring the widths of Unicode,
//! of which nothing stands in a cell.

use clap::builder::styling::{AnsiColor, Style};

use super::Row;

/// The columns before the last one, and how they are called.
const HEAD: [&str; 4] = ["client", "scope", "result", "time"];

/// A line for each row and its remarks, and one that sums them up.
pub(super) fn render(rows: &[Row], in_colour: bool) -> String {
    let cells: Vec<_> = rows.iter().map(cells).collect();
    let width = |column: usize| {
        let widths = cells.iter().map(|cells| cells.get(column).map_or(0, String::len));
        widths.chain(HEAD.get(column).map(|head| head.len())).max().unwrap_or_default()
    };
    let [client, scope, result, time] = [0, 1, 2, 3].map(width);
    let line = |cells: [&str; 4], last: &str, colour: Style| {
        let [a, b, c, d] = cells;
        let padding = " ".repeat(result.saturating_sub(c.len()));
        format!("{a:client$}  {b:scope$}  {colour}{c}{colour:#}{padding}  {d:>time$}  {last}\n")
    };
    let mut text = line(HEAD, "headers, or the error and its remedy", Style::new());
    for (row, [client, scope, result, time]) in rows.iter().zip(&cells) {
        let (colour, last) = match &row.verdict.result {
            Ok(names) if names.is_empty() => (AnsiColor::Green, "(no headers)".to_owned()),
            Ok(names) => {
                let redacted: Vec<_> = names.iter().map(|name| format!("{name}: [redacted]")).collect();
                (AnsiColor::Green, redacted.join(", "))
            }
            Err(reason) => (AnsiColor::Red, reason.clone()),
        };
        text += &line([client, scope, result, time], &last, if in_colour { colour.on_default() } else { Style::new() });
        for remark in &row.verdict.remarks {
            text = text + "    " + remark + "\n";
        }
    }
    let passed = rows.iter().filter(|row| row.verdict.result.is_ok()).count();
    text + &format!("{passed} of {} ok\n", rows.len())
}

fn cells(row: &Row) -> [String; 4] {
    let result = if row.verdict.result.is_ok() { "ok" } else { "failed" };
    let time = format!("{} ms", row.took.as_millis());
    [row.client.name.to_owned(), row.client.scope.unwrap_or("-").to_owned(), result.to_owned(), time]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::known::chosen;
    use crate::program::check::verdict::Verdict;

    #[test]
    fn columns_are_aligned_and_results_coloured() {
        let results = [Ok(vec!["A".to_owned(), "B".to_owned()]), Err("why; do".to_owned()), Ok(vec![])];
        let clients =
            ["claude-code:project", "claude-code:user", "codex"].map(|choice| chosen(&[choice.to_owned()])[0]);
        let rows: Vec<_> = (results.into_iter().zip(clients).zip([5, 10_000, 12]))
            .map(|((result, client), milliseconds)| {
                let remarks = if result.is_err() { vec!["warning: w".to_owned()] } else { vec![] };
                Row { client, took: Duration::from_millis(milliseconds), verdict: Verdict { result, remarks } }
            })
            .collect();
        let plain = "client       scope    result      time  headers, or the error and its remedy\n\
                     claude-code  project  ok          5 ms  A: [redacted], B: [redacted]\n\
                     claude-code  user     failed  10000 ms  why; do\n    warning: w\n\
                     codex        -        ok         12 ms  (no headers)\n\
                     2 of 3 ok\n";
        assert_eq!(render(&rows, false), plain);
        let coloured =
            plain.replace("ok    ", "\u{1b}[32mok\u{1b}[0m    ").replace("failed", "\u{1b}[31mfailed\u{1b}[0m");
        assert_eq!(render(&rows, true), coloured);
    }
}
