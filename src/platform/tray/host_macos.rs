//! A Mac always has its menu bar.

use crate::domain::facts::TrayHost;

/// Where icons are drawn.
pub fn find() -> TrayHost {
    TrayHost::Present
}

/// Reports that, once.
pub(super) fn watch(report: impl Fn(TrayHost)) {
    report(find());
}

/// There is one.
pub(super) fn panel() -> impl Fn() -> Option<String> {
    || None
}
