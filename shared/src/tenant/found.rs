//! What is found where a tenant may be named.

/// What was found at a place.
pub(super) enum Found {
    /// What should be a name, and where exactly it stood.
    Name { text: Vec<u8>, place: String },
    /// No name, in words.
    Nothing(String),
}
