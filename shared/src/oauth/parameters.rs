//! What is asked for, whatever the grant: the parameters of a token request (RFC 6749 section 3.2).

use serde_json::Value;

use crate::error::{Error, Report, quotable};
use crate::oauth::form::Form;
use crate::oauth::kind::Kind;
use crate::secret::Secret;

/// What is asked for, whatever the grant.
#[derive(Debug, Default)]
pub struct Parameters {
    scope: Vec<String>,
    written_scope: Vec<String>,
    audience: Vec<String>,
    resource: Vec<String>,
    others: Vec<Other>,
}

/// A parameter that has no option of its own.
#[derive(Debug)]
struct Other {
    name: String,
    value: OtherValue,
}

#[derive(Debug)]
enum OtherValue {
    /// Text, and whether no message may repeat it.
    Text(Secret, bool),
    /// A member of a JSON body.
    Json(Value),
}

/// Which parameters a request sets itself.
#[derive(Clone, Debug)]
pub struct OwnParameters<'a> {
    /// The grant that it is made with.
    pub grant: &'a Kind,
    /// Whether the client's identifier is in the body.
    pub client_id: bool,
    /// Whether the body is JSON, in which a name may have several values.
    pub is_json: bool,
}

/// Parameters of every request that come from options of their own.
const OWNED: [(&str, &str); 7] = [
    ("grant_type", "--grant"),
    ("client_secret", "--client-secret"),
    ("client_assertion", "--client-key"),
    ("client_assertion_type", "--client-key"),
    ("scope", "--scope"),
    ("audience", "--audience"),
    ("resource", "--resource"),
];

/// Those of the grants that have options; an extension grant may have parameters of these names.
const OF_GRANTS: [(&str, &str); 4] = [
    ("refresh_token", "--refresh-token"),
    ("assertion", "--assertion-key"),
    ("subject_token", "--subject-token"),
    ("subject_token_type", "--subject-token-type"),
];

impl OwnParameters<'_> {
    /// The option that sets the parameter `name`.
    fn option_of(&self, name: &str) -> Option<&'static str> {
        let of_grant = OF_GRANTS.iter().filter(|_| !matches!(self.grant, Kind::Extension(_)));
        let id = [("client_id", "--client-id")];
        let mut owned = OWNED.iter().chain(of_grant).chain(id.iter().filter(|_| self.client_id));
        owned.find(|(owned, _)| *owned == name).map(|(_, option)| *option)
    }
}

impl Parameters {
    /// A `scope` of these words, and each `audience` (RFC 8693) and `resource` (RFC 8707) by itself.
    #[must_use]
    pub fn new(scope: Vec<String>, audience: Vec<String>, resource: Vec<String>) -> Self {
        Self { scope, audience, resource, ..Self::default() }
    }

    /// The words of the scope that is asked for.
    pub(super) fn scope(&self) -> &[String] {
        &self.scope
    }

    /// The same, with those words of the scope that stand in options as they are: they hold no secret.
    #[must_use]
    pub fn with_written_scope(self, written_scope: Vec<String>) -> Self {
        Self { written_scope, ..self }
    }

    /// The words of the scope that messages may show as they are.
    pub(super) fn written_scope(&self) -> &[String] {
        &self.written_scope
    }

    /// The audiences that are asked for.
    #[must_use]
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// The resources that are asked for.
    #[must_use]
    pub fn resource(&self) -> &[String] {
        &self.resource
    }

    /// Adds a parameter of `--param`, whose value may be a secret, to a request that sets `own` itself.
    ///
    /// # Errors
    /// [`Error::Usage`] for a name that has an option of its own, or is there already in a form.
    pub fn add(&mut self, name: &str, value: Secret, is_secret: bool, own: &OwnParameters<'_>) -> Result<(), Error> {
        self.check("--param", name, own)?;
        self.others.push(Other { name: name.to_owned(), value: OtherValue::Text(value, is_secret) });
        Ok(())
    }

    /// Adds a parameter of `--param-json` to a request that sets `own` itself.
    ///
    /// # Errors
    /// Those of [`Parameters::add`].
    pub fn add_json(&mut self, name: &str, value: Value, own: &OwnParameters<'_>) -> Result<(), Error> {
        self.check("--param-json", name, own)?;
        self.others.push(Other { name: name.to_owned(), value: OtherValue::Json(value) });
        Ok(())
    }

    /// The scope that is asked for, in one text.
    pub(super) fn scope_text(&self) -> Option<String> {
        (!self.scope.is_empty()).then(|| self.scope.join(" "))
    }

    /// Adds all of them to `form`, of the scope what is left of it.
    pub(super) fn add_to(&self, form: &mut Form, scope: Option<&str>) {
        if let Some(scope) = scope {
            form.add("scope", scope);
        }
        for (name, values) in [("audience", &self.audience), ("resource", &self.resource)] {
            for value in values {
                form.add(name, value);
            }
        }
        self.add_others(form);
    }

    /// Those of `--param` and `--param-json` alone.
    pub(super) fn others(&self) -> Form {
        let mut form = Form::default();
        self.add_others(&mut form);
        form
    }

    fn add_others(&self, form: &mut Form) {
        for Other { name, value } in &self.others {
            match value {
                OtherValue::Text(text, is_secret) => form.add_bytes(name, text, *is_secret),
                OtherValue::Json(value) => form.add_json(name, value),
            }
        }
    }

    fn check(&self, option: &str, name: &str, own: &OwnParameters<'_>) -> Result<(), Error> {
        let cannot = |cause: &str, remedy: String| {
            let fact = format_args!(" {} cannot be set", quotable(name));
            Err(Error::Usage(Report::of(option, fact, cause, remedy)))
        };
        if let Some(owner) = own.option_of(name) {
            return cannot("it has an option of its own", format!("use {owner}"));
        }
        if !own.is_json && self.others.iter().any(|other| other.name == name) {
            return cannot("it is given twice", "remove one".to_owned());
        }
        Ok(())
    }
}
