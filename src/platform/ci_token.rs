//! Where the one-year token lies: an item of Wick's own, written by `/usr/bin/security` on macOS; elsewhere the desktop's
//! Secret Service, or where none answers a file that only the user can read.

#[cfg(target_os = "macos")]
#[path = "ci_token/macos.rs"]
mod imp;
#[cfg(not(target_os = "macos"))]
#[path = "ci_token/linux.rs"]
mod imp;

pub use imp::SystemCiTokens;
