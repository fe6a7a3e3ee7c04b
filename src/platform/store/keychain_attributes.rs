//! What stands in for the macOS keychain on a system that has none.

use jiff::Timestamp;

use super::keychain::{Attributes, Item};
use crate::domain::credential::Problem;
use crate::domain::facts::KeychainFacts;

pub const IS_THERE: bool = false;

/// Holds nothing, and says so of every item.
#[derive(Clone, Copy, Debug)]
pub struct LoginKeychain;

impl LoginKeychain {
    pub fn facts(self, _item: Item) -> Option<KeychainFacts> {
        None
    }
}

impl Attributes for LoginKeychain {
    fn modified(&self, _item: &Item) -> Result<Option<Timestamp>, Problem> {
        Err(Problem::NoKeychain)
    }

    fn is_locked(&self) -> bool {
        false
    }
}
