//! What is around each command's own in its JSON object.

use serde::Serialize;

use crate::words::Sentence;

/// The JSON object of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer<T> {
    schema: u32,
    /// What this command alone says.
    #[serde(flatten)]
    pub own: T,
    /// What is wrong, and what to do. May stand beside a good answer of which something is doubtful.
    pub error: Option<Sentence>,
}

impl<T> Answer<T> {
    /// The object of this form.
    pub fn new(own: T, error: Option<Sentence>) -> Self {
        Self { schema: 1, own, error }
    }
}

impl<T: Default> Answer<T> {
    /// Nothing was tried, for this reason.
    pub fn refused(error: Sentence) -> Self {
        Self::new(T::default(), Some(error))
    }
}
