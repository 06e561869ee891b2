//! The directories of this user in which tokens are kept, as far as they can be used.

use crate::bearer::options::CacheOptions;
use crate::error::Error;
use crate::os::private::Directory;
use crate::os::user_key::Key;
use crate::run::Run;

/// Where what was asked for is kept.
pub(super) struct Store {
    /// Rotated refresh tokens.
    pub(super) state: Directory,
    /// The key that opens them all.
    pub(super) key: Key,
    /// Access tokens; `None` where they are not kept.
    pub(super) cache: Option<Directory>,
}

impl Store {
    /// The directories that `options` name; `None` where nothing is kept. What cannot be used is warned of and done
    /// without, unless a token that is asked for `rotates`.
    ///
    /// # Errors
    /// Those of [`Directory::open`] and [`Key::open`] for the state that a rotated token needs.
    pub(super) fn open(options: &CacheOptions, rotates: bool, run: &Run) -> Result<Option<Self>, Error> {
        if options.no_cache && !rotates {
            return Ok(None);
        }
        let unless_needed = |error| {
            if rotates { Err(error) } else { Ok(not_cached(&error, run)) }
        };
        let state = match Directory::open(&options.state_dir) {
            Ok(state) => state,
            Err(error) => return unless_needed(error),
        };
        let key = match Key::open(&state, &run.deadline()) {
            Ok(key) => key,
            Err(error) => return unless_needed(error),
        };
        let cache = if options.no_cache { None } else { cache(&options.cache_dir, run) };
        Ok(Some(Self { state, key, cache }))
    }
}

fn cache(shown: &str, run: &Run) -> Option<Directory> {
    let opened = Directory::open(shown).and_then(|cache| cache.check_writable().map(|()| cache));
    opened.map_err(|error| not_cached::<()>(&error, run)).ok()
}

fn not_cached<T>(error: &Error, run: &Run) -> Option<T> {
    run.notes().warn(format!("no token is cached: {error}"));
    None
}
