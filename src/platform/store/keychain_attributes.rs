//! What the macOS keychain tells of an item without a prompt. Type-checked on Linux; only a Mac can run it.

use std::ffi::c_void;
use std::ptr;

use core_foundation::base::{CFType, TCFType};
use core_foundation::date::CFDate;
use core_foundation::string::CFString;
use jiff::Timestamp;
use security_framework::item::{ItemClass, ItemSearchOptions, Limit, SearchResult};

use super::keychain::{Attributes, Item};

/// errSecItemNotFound of Security/SecBase.h.
const NOT_FOUND: i32 = -25_300;
/// kSecUnlockStateStatus of Security/SecKeychain.h.
const UNLOCKED: u32 = 1;
/// From the start of 1970 to that of 2001, where Core Foundation counts from.
const CORE_FOUNDATION_EPOCH: f64 = 978_307_200.0;

/// The user's default keychain.
#[derive(Clone, Copy, Debug)]
pub struct LoginKeychain;

impl Attributes for LoginKeychain {
    fn modified(&self, item: &Item) -> Result<Option<Timestamp>, String> {
        let found = ItemSearchOptions::new()
            .class(ItemClass::generic_password())
            .service(&item.service)
            .account(&item.account)
            .load_attributes(true)
            .limit(Limit::Max(1))
            .search();
        match found {
            Ok(results) => match results.first() {
                Some(item) => modification_date(item).map(Some).ok_or_else(|| "the item has no date".to_owned()),
                None => Ok(None),
            },
            Err(error) if error.code() == NOT_FOUND => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn is_locked(&self) -> bool {
        let mut status = 0;
        // SAFETY: a null keychain stands for the default one, and `status` outlives the call.
        #[expect(unsafe_code, reason = "no crate wraps this call, and reading a locked keychain would prompt")]
        let outcome = unsafe { SecKeychainGetStatus(ptr::null(), &raw mut status) };
        outcome == 0 && status & UNLOCKED == 0
    }

    #[expect(clippy::disallowed_methods, reason = "compared with the keychain's own dates, not with a rule's time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

fn modification_date(result: &SearchResult) -> Option<Timestamp> {
    let SearchResult::Dict(attributes) = result else { return None };
    // kSecAttrModificationDate is the string "mdat".
    let key = CFString::from_static_string("mdat");
    let value = attributes.find(key.as_concrete_TypeRef().cast::<c_void>())?;
    // SAFETY: a value of a CFDictionary is a CFType that the dictionary keeps alive.
    #[expect(unsafe_code, reason = "the crate hands attributes out as untyped pointers only")]
    let value = unsafe { CFType::wrap_under_get_rule(*value) };
    let seconds = value.downcast::<CFDate>()?.abs_time() + CORE_FOUNDATION_EPOCH;
    #[expect(clippy::cast_possible_truncation, reason = "dates of items have whole seconds")]
    Timestamp::from_second(seconds as i64).ok()
}

#[link(name = "Security", kind = "framework")]
#[expect(unsafe_code, reason = "no crate declares this call")]
unsafe extern "C" {
    fn SecKeychainGetStatus(keychain: *const c_void, status: *mut u32) -> i32;
}
