//! Whether the keychain may ask the user: one switch for the whole process. Whoever is to go without a question shares it with
//! all others that are, and it is switched back after the last of them: one by one, they would undo each other.

use std::sync::Mutex;

use crate::ports::lock;

/// Something of the whole process that is switched as long as anyone has a share of it.
#[derive(Debug)]
pub struct Shared<T> {
    shares: Mutex<Shares<T>>,
}

/// How many have a share, and what undoes it when dropped.
#[derive(Debug)]
struct Shares<T> {
    count: usize,
    switched: Option<T>,
}

/// A share of it.
#[derive(Debug)]
pub struct Share<'a, T>(&'a Shared<T>);

impl<T> Shared<T> {
    pub const fn new() -> Self {
        Self { shares: Mutex::new(Shares { count: 0, switched: None }) }
    }

    /// Takes a share; `switch` is called for the first one.
    pub fn take<E>(&self, switch: impl FnOnce() -> Result<T, E>) -> Result<Share<'_, T>, E> {
        let mut shares = lock(&self.shares);
        if shares.switched.is_none() {
            shares.switched = Some(switch()?);
        }
        shares.count += 1;
        Ok(Share(self))
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for Share<'_, T> {
    fn drop(&mut self) {
        let mut shares = lock(&self.0.shares);
        shares.count -= 1;
        if shares.count == 0 {
            shares.switched = None;
        }
    }
}

#[cfg(target_os = "macos")]
mod keychain {
    use security_framework::base::Error;
    use security_framework::os::macos::keychain::{KeychainUserInteractionLock, SecKeychain};

    use super::{Share, Shared};

    static SILENCE: Shared<KeychainUserInteractionLock> = Shared::new();

    /// Has the keychain refuse what it would have to ask the user for, until what it returns is dropped.
    pub fn without_asking() -> Result<Share<'static, KeychainUserInteractionLock>, Error> {
        SILENCE.take(SecKeychain::disable_user_interaction)
    }
}

#[cfg(target_os = "macos")]
pub use keychain::without_asking;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    /// The process's switch, as the framework has it: who switches it on again asks nobody.
    static IS_OFF: AtomicBool = AtomicBool::new(false);

    struct Off;

    impl Drop for Off {
        fn drop(&mut self) {
            IS_OFF.store(false, Ordering::SeqCst);
        }
    }

    impl Off {
        fn switch() -> Self {
            IS_OFF.store(true, Ordering::SeqCst);
            Self
        }
    }

    #[test]
    fn what_one_has_switched_off_stays_off_until_all_are_done() {
        let shared = Shared::new();
        let take = || shared.take(|| Ok::<_, ()>(Off::switch())).expect("it is switched");
        let wants = || {
            for _ in 0..10_000 {
                let share = take();
                assert!(IS_OFF.load(Ordering::SeqCst), "another one has switched it on");
                drop(share);
            }
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(wants);
            }
        });
        assert!(!IS_OFF.load(Ordering::SeqCst), "the last one switches it on again");
        assert_eq!(shared.take(|| Err(1)).err(), Some(1), "one that failed has no share");
        drop(take());
        assert!(!IS_OFF.load(Ordering::SeqCst));
    }
}
