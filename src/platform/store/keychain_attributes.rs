//! What stands in for the macOS keychain on a system that has none.

use jiff::Timestamp;

use super::keychain::{Attributes, Item};
use crate::domain::credential::Problem;
use crate::domain::facts::KeychainItem;

pub const IS_THERE: bool = false;

/// Holds nothing, and says so of every item.
#[derive(Clone, Copy, Debug)]
pub struct LoginKeychain;

impl LoginKeychain {
    pub fn items(self, _prefix: &str) -> Result<Vec<KeychainItem>, String> {
        Ok(Vec::new())
    }

    pub fn partitions(self, _item: &Item) -> Option<Vec<String>> {
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
