//! Configuration files in TOML: read only where nobody else could have written them, each value with its line.

use std::path::{Path, PathBuf};

use toml::de::{DeInteger, DeTable, DeValue};

use crate::error::{Error, Location, OutsideText, Redactor, Report, nearest, quotable};
use crate::os::environment::expand_home;
use crate::os::file::{self, OthersWrite};
use crate::secret::Secret;
use crate::secret::unicode;

/// The text of a configuration file.
pub struct ConfigFile {
    /// As messages name it.
    shown: String,
    path: PathBuf,
    text: String,
}

impl ConfigFile {
    /// Reads the file at `shown`, in which a leading `~/` is the home directory; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot be read, is not UTF-8, or another user could have written it.
    pub fn read(shown: &str) -> Result<Option<Self>, Error> {
        let path = expand_home(shown)?;
        let bytes = match file::read_own(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| {
                let remedy = match error.get_ref() {
                    Some(cause) if cause.is::<OthersWrite>() => "remove the write permission of others: chmod go-w",
                    _ => REGULAR,
                };
                unusable(shown, &file::reason(&error), remedy)
            })?,
        };
        match unicode::without_mark(Secret::new(bytes)).expose_text() {
            Some(text) => Ok(Some(Self { shown: quotable(shown), path, text: text.to_owned() })),
            None => Err(unusable(shown, "it is not UTF-8", REGULAR)),
        }
    }

    /// A file of this text that nobody has read.
    #[cfg(all(feature = "fuzz", unix))]
    pub(crate) fn of(text: &str) -> Self {
        Self { shown: "config.toml".to_owned(), path: PathBuf::new(), text: text.to_owned() }
    }

    /// The file as messages name it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The folder that paths in it are relative to.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Its tables.
    ///
    /// # Errors
    /// [`Error::Usage`] with the line of the first mistake.
    pub fn parse(&self) -> Result<Document<'_>, Error> {
        let root = DeTable::parse(&self.text).map_err(|error| {
            let line = self.line(error.span().map_or(0, |span| span.start));
            let location = Location { file: self.shown.clone(), line };
            Error::Usage(Report::at(location, "", shown(error.message()), "correct its TOML"))
        })?;
        Ok(Document { file: self, root: root.into_inner() })
    }

    /// The number of the line that the byte at `offset` stands in.
    fn line(&self, offset: usize) -> usize {
        self.text.get(..offset).unwrap_or_default().matches('\n').count().saturating_add(1)
    }
}

/// What stands in the file, as a message may quote it.
fn shown(text: &str) -> String {
    OutsideText::new(text).shown(&Redactor::default())
}

/// What to do about a file that cannot be read.
const REGULAR: &str = "make it a regular file that you own, TOML in UTF-8";

fn unusable(shown: &str, cause: &str, remedy: &str) -> Error {
    Error::Usage(Report::new(format_args!("{} cannot be used", quotable(shown)), cause, remedy))
}

/// A parsed configuration file.
pub struct Document<'f> {
    file: &'f ConfigFile,
    root: DeTable<'f>,
}

impl Document<'_> {
    /// What stands at its top.
    #[must_use]
    pub fn root(&self) -> Table<'_> {
        Table { file: self.file, entries: &self.root }
    }
}

/// A table of a configuration file.
#[derive(Clone, Copy)]
pub struct Table<'d> {
    file: &'d ConfigFile,
    entries: &'d DeTable<'d>,
}

impl<'d> Table<'d> {
    /// What stands in it, sorted by key.
    pub fn items(self) -> impl Iterator<Item = Item<'d>> {
        self.entries.iter().map(move |(key, value)| Item {
            file: self.file,
            offset: key.span().start,
            key: key.get_ref(),
            value: value.get_ref(),
        })
    }

    /// What `key` stands for.
    #[must_use]
    pub fn item(self, key: &str) -> Option<Item<'d>> {
        self.items().find(|item| item.key == key)
    }

    /// Refuses keys that are not `known`.
    ///
    /// # Errors
    /// [`Error::Usage`] with the line of the first of them and the nearest name.
    pub fn only(self, known: &[&str]) -> Result<(), Error> {
        let stray = self.items().filter(|item| !known.contains(&item.key)).min_by_key(|item| item.offset);
        stray.map_or(Ok(()), |item| Err(item.unknown(known.iter().copied())))
    }
}

/// A key of a configuration file and its value.
#[derive(Clone, Copy)]
pub struct Item<'d> {
    file: &'d ConfigFile,
    offset: usize,
    key: &'d str,
    value: &'d DeValue<'d>,
}

impl<'d> Item<'d> {
    /// Its name.
    #[must_use]
    pub fn key(self) -> &'d str {
        self.key
    }

    /// The number of its line.
    #[must_use]
    pub fn line(self) -> usize {
        self.file.line(self.offset)
    }

    /// A string.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is something else.
    pub fn text(self) -> Result<&'d str, Error> {
        self.value.as_str().ok_or_else(|| self.is_no("a string"))
    }

    /// A string, or a whole number as it is written.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is something else.
    pub fn word(self) -> Result<&'d str, Error> {
        let number = self.value.as_integer().filter(|number| number.radix() == 10).map(DeInteger::as_str);
        number.map_or_else(|| self.text(), Ok)
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is something else.
    pub fn flag(self) -> Result<bool, Error> {
        self.value.as_bool().ok_or_else(|| self.is_no("true or false"))
    }

    /// The items of a list, or the only one where it is no list.
    pub fn each(self) -> impl Iterator<Item = Item<'d>> {
        let list = self.value.as_array();
        let only = if list.is_none() { Some(self) } else { None };
        let member = move |(offset, value)| Item { offset, value, ..self };
        let members = list.into_iter().flatten().map(move |value| (value.span().start, value.get_ref()));
        only.into_iter().chain(members.map(member))
    }

    /// A table.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is something else.
    pub fn table(self) -> Result<Table<'d>, Error> {
        let entries = self.value.as_table().ok_or_else(|| self.is_no("a table"))?;
        Ok(Table { file: self.file, entries })
    }

    /// The error that its name is none of `known`.
    pub fn unknown<'a>(self, known: impl Iterator<Item = &'a str>) -> Error {
        let known: Vec<_> = known.collect();
        let remedy = match nearest(self.key, known.iter().copied()) {
            Some(near) => format!("write {near}"),
            None => format!("remove it; known keys: {}", known.join(" ")),
        };
        self.error("the key is unknown", remedy)
    }

    /// An error about it: where it stands, the cause and the remedy.
    #[must_use]
    pub fn error(self, cause: impl std::fmt::Display, remedy: impl std::fmt::Display) -> Error {
        let location = Location { file: self.file.shown.clone(), line: self.line() };
        Error::Usage(Report::at(location, format_args!(": {}", shown(self.key)), cause, remedy))
    }

    fn is_no(self, wanted: &str) -> Error {
        self.error(format_args!("it is {}", kind(self.value)), format_args!("write {wanted}"))
    }
}

/// What a value is, in words.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> ConfigFile {
        ConfigFile { shown: "c.toml".to_owned(), path: "/d/c.toml".into(), text: text.to_owned() }
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        for (text, message) in [
            ("a = 1\nb = \n", "c.toml line 2: string values must be quoted, expected literal string; correct its TOML"),
            ("a = 1\na = 2\n", "c.toml line 2: duplicate key; correct its TOML"),
            ("\n[x\n", "c.toml line 2: unclosed table, expected `]`; correct its TOML"),
        ] {
            let file = file(text);
            assert_eq!(file.parse().err().map(|error| error.to_string()).as_deref(), Some(message), "{text}");
        }
        let deep = format!("a = {}", "[".repeat(100_000));
        assert_eq!(file(&deep).parse().err().map(|error| error.exit_code()), Some(2));
    }

    #[test]
    fn a_value_of_another_kind_is_told_with_line_and_key() {
        let file = file("\ntext = 1.5\nflag = 'x'\ntable = []\n[[tables]]\nx = 1979-05-27\n");
        let document = file.parse().unwrap();
        let root = document.root();
        let item = |key| root.item(key).unwrap();
        let x = item("tables").each().next().unwrap().table().unwrap().item("x").unwrap();
        for (error, message) in [
            (item("text").text().err(), "c.toml line 2: text: it is a number; write a string"),
            (item("flag").flag().err(), "c.toml line 3: flag: it is a string; write true or false"),
            (item("table").table().err(), "c.toml line 4: table: it is a list; write a table"),
            (x.word().err(), "c.toml line 6: x: it is a date; write a string"),
            (root.only(&["text", "flags", "table"]).err(), "c.toml line 3: flag: the key is unknown; write flags"),
            (root.only(&["text", "flag", "table"]).err(), "c.toml line 5: tables: the key is unknown; write table"),
        ] {
            assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(message));
        }
    }

    #[test]
    fn a_list_may_be_a_single_value_and_a_word_a_number() {
        let file = file("one = 'x'\nmany = ['x',\n 'y']\nnumber = 17\n");
        let document = file.parse().unwrap();
        let each = |key| -> Vec<_> {
            document.root().item(key).unwrap().each().map(|item| (item.line(), item.word().unwrap())).collect()
        };
        assert_eq!(each("one"), [(1, "x")]);
        assert_eq!(each("many"), [(2, "x"), (3, "y")]);
        assert_eq!(each("number"), [(4, "17")]);
    }
}
