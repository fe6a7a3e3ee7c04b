//! The attributes of keychain items, which macOS gives without a prompt. Type-checked on Linux; only a Mac can run it.

use std::ffi::c_void;
use std::ptr::{self, NonNull};

use core_foundation::base::{CFType, TCFType};
use core_foundation::date::CFDate;
use core_foundation::string::CFString;
use jiff::Timestamp;
use objc2_core_foundation::{CFArray, CFRetained, CFString as ObjcString};
use objc2_security::{
    SecACL, SecAccess, SecKeychain, SecKeychainItem, SecKeychainPromptSelector, kSecACLAuthorizationPartitionID,
};
use security_framework::base::Error;
use security_framework::item::{ItemClass, ItemSearchOptions, Limit, Reference, SearchResult};
use security_framework::os::macos::keychain::SecKeychain as Keychain;

use super::keychain::{Attributes, Item, NOT_FOUND, meaning};
use crate::domain::credential::{Problem, SERVICE};
use crate::domain::facts::{KeychainFacts, KeychainItem, partitions};
use crate::platform::pool::in_a_pool;
use crate::platform::silence::without_asking;

pub const IS_THERE: bool = true;
/// errSecDecode of Security/SecBase.h.
const UNDECODABLE: i32 = -26_275;
/// kSecUnlockStateStatus of Security/SecKeychain.h.
const UNLOCKED: u32 = 1;
/// From the start of 1970 to that of 2001, where Core Foundation counts from.
const CORE_FOUNDATION_EPOCH: f64 = 978_307_200.0;
// kSecAttrService, kSecAttrAccount and kSecAttrModificationDate.
const SERVICE_KEY: &str = "svce";
const ACCOUNT: &str = "acct";
const MODIFIED: &str = "mdat";

/// The keychains that are searched for the user, which is the login keychain.
#[derive(Clone, Copy, Debug)]
pub struct LoginKeychain;

impl LoginKeychain {
    /// The attributes of Claude Code's items, read without a prompt.
    pub fn facts(self, item: Item) -> Option<KeychainFacts> {
        let partitions = if self.is_locked() { None } else { self.partitions(&item) };
        let asked = KeychainItem { service: item.service, account: item.account };
        Some(KeychainFacts { asked, items: self.items(SERVICE), partitions })
    }

    /// Every item whose service begins so.
    pub fn items(self, prefix: &str) -> Result<Vec<KeychainItem>, String> {
        let mut search = passwords();
        search.load_attributes(true).limit(Limit::All);
        let text =
            |found: &SearchResult, key| attribute(found, key)?.downcast::<CFString>().map(|text| text.to_string());
        let item = |found: &SearchResult| {
            let service = text(found, SERVICE_KEY).filter(|service| service.starts_with(prefix))?;
            Some(KeychainItem { service, account: text(found, ACCOUNT).unwrap_or_default() })
        };
        let mut items: Vec<KeychainItem> =
            found(&search).map_err(|error| error.to_string())?.iter().filter_map(item).collect();
        items.sort();
        Ok(items)
    }

    /// The item's partition list: what programs are signed with that may read it without a prompt. `None` where there is
    /// no such item, or its access list does not say.
    pub fn partitions(self, item: &Item) -> Option<Vec<String>> {
        // To read an access list, the system opens the keychain, and for a locked one it would ask.
        let _silent = without_asking().ok()?;
        let mut search = one(item);
        let Some(SearchResult::Ref(Reference::KeychainItem(item))) = found(search.load_refs(true)).ok()?.pop() else {
            return None;
        };
        // SAFETY: both crates name the same type of the framework, and `item` lives to the end of this function.
        #[expect(unsafe_code, reason = "the two crates have a type each for one object")]
        let item = unsafe { item.as_concrete_TypeRef().cast::<SecKeychainItem>().cast_const().as_ref()? };
        let access = access(item)?;
        // SAFETY: the tag is one of the framework's own.
        #[expect(unsafe_code, deprecated, reason = "no newer function reads the partition list")]
        let lists = unsafe { access.matching_acl_list(kSecACLAuthorizationPartitionID)? };
        // SAFETY: a list of access lists is what the call above is documented to give.
        #[expect(unsafe_code, reason = "the crate hands out an array of anything")]
        let lists = unsafe { CFRetained::cast_unchecked::<CFArray<SecACL>>(lists) };
        lists.iter().find_map(|list| partitions(&description(&list)?))
    }
}

#[expect(unsafe_code, deprecated, reason = "no newer function reads an item's access")]
fn access(item: &SecKeychainItem) -> Option<CFRetained<SecAccess>> {
    let mut access = ptr::null_mut();
    // SAFETY: the place for the answer outlives the call.
    let outcome = unsafe { item.copy_access(NonNull::from(&mut access)) };
    // SAFETY: what a call with "copy" in its name hands out is the caller's to release.
    (outcome == 0).then(|| NonNull::new(access).map(|access| unsafe { CFRetained::from_raw(access) }))?
}

#[expect(unsafe_code, deprecated, reason = "no newer function reads an access list's description")]
fn description(list: &SecACL) -> Option<String> {
    let (mut programs, mut text) = (ptr::null::<CFArray>(), ptr::null::<ObjcString>());
    let mut prompt = SecKeychainPromptSelector::empty();
    // SAFETY: the places for the answers outlive the call, and what a call with "copy" in its name hands out is the
    // caller's to release.
    unsafe {
        let outcome =
            list.copy_contents(NonNull::from(&mut programs), NonNull::from(&mut text), NonNull::from(&mut prompt));
        drop(NonNull::new(programs.cast_mut()).map(|programs| CFRetained::from_raw(programs)));
        let text = NonNull::new(text.cast_mut()).map(|text| CFRetained::from_raw(text));
        text.filter(|_| outcome == 0).map(|text| text.to_string())
    }
}

impl Attributes for LoginKeychain {
    fn modified(&self, item: &Item) -> Result<Option<Timestamp>, Problem> {
        let date = |item: &SearchResult| modification_date(item).ok_or_else(|| Error::from_code(UNDECODABLE));
        let modified = found(one(item).load_attributes(true)).and_then(|items| items.first().map(date).transpose());
        modified.map_err(|error| {
            let known = meaning(|known| known == error.code());
            known.unwrap_or_else(|| Problem::Failed { detail: error.to_string() })
        })
    }

    fn is_locked(&self) -> bool {
        let mut status = 0;
        // SAFETY: no keychain stands for the default one, and the place for the answer outlives the call.
        #[expect(
            unsafe_code,
            deprecated,
            reason = "no newer function reads it, and reading a locked keychain would prompt"
        )]
        let outcome = unsafe { SecKeychain::status(None, NonNull::from(&mut status)) };
        outcome == 0 && status & UNLOCKED == 0
    }
}

/// A search for this item alone.
fn one(item: &Item) -> ItemSearchOptions {
    let mut search = passwords();
    search.service(&item.service).account(&item.account).limit(Limit::Max(1));
    search
}

/// A search that names the keychains. One that names none also asks the keychain of another kind, which is closed while the
/// screen is locked, and then nothing is found.
fn passwords() -> ItemSearchOptions {
    let mut search = ItemSearchOptions::new();
    search.class(ItemClass::generic_password());
    if let Some(keychains) = searched() {
        search.keychains(&keychains);
    }
    search
}

/// The keychains that are searched for the user.
#[expect(unsafe_code, deprecated, reason = "no newer function names them, and the two crates have a type each for one")]
fn searched() -> Option<Vec<Keychain>> {
    let mut list = ptr::null::<CFArray>();
    // SAFETY: the place for the answer outlives the call, and what a call with "copy" in its name hands out is the caller's
    // to release.
    let list = unsafe {
        let outcome = SecKeychain::copy_search_list(NonNull::from(&mut list));
        NonNull::new(list.cast_mut()).filter(|_| outcome == 0).map(|list| CFRetained::from_raw(list))?
    };
    // SAFETY: a list of keychains is what the call above is documented to give.
    let list = unsafe { CFRetained::cast_unchecked::<CFArray<SecKeychain>>(list) };
    let keychain = |one: CFRetained<SecKeychain>| {
        let reference = CFRetained::as_ptr(&one).as_ptr().cast();
        // SAFETY: it is kept alive by `one` until it was retained here.
        unsafe { Keychain::wrap_under_get_rule(reference) }
    };
    Some(list.iter().map(keychain).collect())
}

fn found(search: &ItemSearchOptions) -> Result<Vec<SearchResult>, Error> {
    match in_a_pool(|| search.search()) {
        Err(error) if error.code() == NOT_FOUND => Ok(Vec::new()),
        found => found,
    }
}

fn modification_date(found: &SearchResult) -> Option<Timestamp> {
    let seconds = attribute(found, MODIFIED)?.downcast::<CFDate>()?.abs_time() + CORE_FOUNDATION_EPOCH;
    #[expect(clippy::cast_possible_truncation, reason = "dates of items have whole seconds")]
    Timestamp::from_second(seconds as i64).ok()
}

fn attribute(found: &SearchResult, key: &'static str) -> Option<CFType> {
    let SearchResult::Dict(attributes) = found else { return None };
    let key = CFString::from_static_string(key);
    let value = attributes.find(key.as_concrete_TypeRef().cast::<c_void>())?;
    // SAFETY: a value of a CFDictionary is a CFType that the dictionary keeps alive.
    #[expect(unsafe_code, reason = "the crate hands attributes out as untyped pointers only")]
    Some(unsafe { CFType::wrap_under_get_rule(*value) })
}
