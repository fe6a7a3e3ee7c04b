//! What Apple's frameworks put aside to be freed later.

/// Frees it at once. On a thread without an event loop of its own nothing else does, and in the main loop nothing before the
/// next event: each look would leave some behind.
#[cfg(target_os = "macos")]
pub fn in_a_pool<T>(work: impl FnOnce() -> T) -> T {
    objc2::rc::autoreleasepool(|_| work())
}

/// Elsewhere there is no such thing.
#[cfg(not(target_os = "macos"))]
pub fn in_a_pool<T>(work: impl FnOnce() -> T) -> T {
    work()
}
